//! Runs the suite's own client and counts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

/// As many required tests as the best cache in the suite's published results passes.
const LEAST: usize = 141;

/// No required test of these groups may fail, by what its name begins with.
const NEVER: [&str; 7] = [
    "other-authorization",
    "headers-store-Set-Cookie",
    "cc-resp-",
    "vary-",
    "invalidate-",
    "auth-",
    "method-",
];

/// Prints the tests of a suite: which there are, and what each asks for.
const LIST: &str = "
const { pathToFileURL } = await import('node:url')
const load = async file => (await import(pathToFileURL(file).href)).default
const suites = await load('tests/index.mjs')
const tests = suites.flatMap(suite => suite.tests.map(test => ({
  group: suite.id, id: test.id, kind: test.kind || 'required', browser: test.browser_only === true
})))
console.log(JSON.stringify(tests))
";

#[derive(Debug, Deserialize)]
struct Listed {
    group: String,
    id: String,
    kind: String,
    browser: bool,
}

/// Passed and all, for one kind of tests in one group.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    passed: usize,
    all: usize,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Report {
    groups: BTreeMap<String, BTreeMap<String, Count>>,
    total: BTreeMap<String, Count>,
    /// Required tests that did not pass, with the suite's message.
    failed: Vec<(String, String)>,
    /// Of these, the ones that could be run.
    wrong: Vec<String>,
}

impl Report {
    /// Whether so much passed as must.
    pub fn holds(&self) -> bool {
        let required = self.total.get("required").copied().unwrap_or_default();
        let in_vain = |id: &str| NEVER.iter().any(|beginning| id.starts_with(beginning));
        required.passed >= LEAST && !self.wrong.iter().any(|id| in_vain(id))
    }
}

/// Runs the suite in the folder `suite` against the app at `base`.
///
/// # Errors
/// If Node or the suite cannot be run, with what it printed.
pub fn run(suite: &Path, base: &str) -> Result<Report, String> {
    let listed: Vec<Listed> = json(node(suite).args(["--input-type=module", "-e", LIST]))?;
    let client = ["test-engine/cli.mjs", "cli.mjs"]
        .into_iter()
        .find(|client| suite.join(client).is_file())
        .ok_or_else(|| format!("{} holds no copy of the suite", suite.display()))?;
    let results: BTreeMap<String, Value> = json(
        node(suite)
            .args(["--no-warnings", client])
            .env("npm_config_base", base)
            .env("npm_config_id", "")
            .env("npm_package_config_id", ""),
    )?;
    let mut report = Report::default();
    for test in listed.into_iter().filter(|test| !test.browser) {
        let result = results.get(&test.id);
        let passed = result == Some(&Value::Bool(true));
        let group = report.groups.entry(test.group).or_default();
        for count in [
            group.entry(test.kind.clone()).or_default(),
            report.total.entry(test.kind.clone()).or_default(),
        ] {
            count.all += 1;
            count.passed += usize::from(passed);
        }
        if !passed && test.kind == "required" {
            // What a test needs before it begins is not what it is about: it has not failed.
            if result.and_then(|result| result.get(0)) != Some(&Value::from("Setup")) {
                report.wrong.push(test.id.clone());
            }
            let why = result.map_or("was not run".to_owned(), Value::to_string);
            report.failed.push((test.id, why));
        }
    }
    Ok(report)
}

fn node(suite: &Path) -> Command {
    let mut node = Command::new("node");
    node.current_dir(suite).stderr(Stdio::inherit());
    node
}

fn json<T: for<'de> Deserialize<'de>>(command: &mut Command) -> Result<T, String> {
    let output = command
        .output()
        .map_err(|error| format!("node cannot be run: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        let printed = String::from_utf8_lossy(&output.stdout);
        format!("{error} in what node printed:\n{printed}")
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KINDS: [&str; 3] = ["required", "optimal", "check"];
        let row = |f: &mut fmt::Formatter<'_>, name: &str, counts: &BTreeMap<String, Count>| {
            write!(f, "| {name} |")?;
            for kind in KINDS {
                match counts.get(kind) {
                    Some(Count { passed, all }) => write!(f, " {passed} / {all} |")?,
                    None => write!(f, " – |")?,
                }
            }
            writeln!(f)
        };
        writeln!(f, "| group | {} |", KINDS.join(" | "))?;
        writeln!(f, "|---|---|---|---|")?;
        for (group, counts) in &self.groups {
            row(f, group, counts)?;
        }
        row(f, "all", &self.total)?;
        for (id, why) in &self.failed {
            writeln!(f, "not passed: {id}: {why}")?;
        }
        Ok(())
    }
}
