//! Programs that must not compile, and what the compiler says of them.
//!
//! A case is an example of this package with the message beside it: `examples/asset_missing.rs` and `.stderr`. They are
//! examples and not files for a UI test harness, because the macros read what the build script of their own crate left in
//! `OUT_DIR`: here that is this package's real build script, on a workspace that is built already. A harness of its own
//! would compile the whole pipeline again.

use std::env;
use std::fs;

use crushed_tests::built::{binary, cargo, workspace};
use serde_json::Value;

#[test]
fn a_reference_to_a_missing_file_is_an_error_at_its_place() {
    assert_refused("asset_missing");
}

fn assert_refused(case: &str) {
    binary("crushed");
    let mut command = cargo(&[
        "build",
        "--release",
        "--workspace",
        "--quiet",
        "--message-format=json",
    ]);
    command.args([
        "--example",
        case,
        "--features",
        "crushed-tests/must-not-compile",
    ]);
    let output = command.output().expect("cargo can be executed");
    assert!(!output.status.success(), "{case} compiles");

    let lines = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"{"));
    let messages =
        lines.map(|line| serde_json::from_slice::<Value>(line).expect("cargo's messages are JSON"));
    let of_case = messages.filter(|message| {
        message["target"]["name"] == case && message["message"]["code"].is_null()
    });
    let rendered: Vec<String> = of_case
        .filter_map(|message| message["message"]["rendered"].as_str().map(str::to_owned))
        .filter(|text| !text.starts_with("error: aborting"))
        .collect();
    let said = rendered.concat();

    let golden = workspace()
        .join("tests/examples")
        .join(case)
        .with_extension("stderr");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &said).unwrap();
    }
    let wanted = fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(
        said,
        wanted,
        "see {}; other output:\n{}",
        golden.display(),
        String::from_utf8_lossy(&output.stderr)
    );
}
