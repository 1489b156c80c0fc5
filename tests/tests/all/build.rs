//! How the workspace is built.

use std::collections::BTreeMap;

use crushed_tests::built::{BUILD, binary, cargo};
use serde_json::Value;

/// The crates that make up most of a cold build.
const HEAVY: [&str; 4] = [
    "lightningcss",
    "swc_ecma_minifier",
    "swc_ecma_transforms_optimization",
    "brotli",
];

/// The pipeline runs in a build script and on the command line. Cargo compiles a crate twice if the two want it with
/// different features or settings: see the profiles in `Cargo.toml`.
#[test]
fn each_heavy_crate_is_compiled_once_per_profile() {
    binary("crushed");
    let output = cargo(&BUILD)
        .args(["--quiet", "--message-format=json"])
        .output();
    let output = output.expect("cargo can be executed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut artifacts: BTreeMap<String, usize> = BTreeMap::new();
    for line in output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"{"))
    {
        let message: Value = serde_json::from_slice(line).expect("cargo's messages are JSON");
        let name = message["target"]["name"].as_str().unwrap_or_default();
        let library = matches!(message["target"]["kind"][0].as_str(), Some("lib" | "rlib"));
        if library && message["reason"] == "compiler-artifact" {
            *artifacts.entry(name.to_owned()).or_default() += 1;
        }
    }
    for name in HEAVY {
        assert_eq!(
            artifacts.get(name),
            Some(&1),
            "{name} is compiled more or less than once"
        );
    }
}
