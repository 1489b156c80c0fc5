use std::fs;
use std::process::Command;

use crate::run::{cargo, find, run, target, workspace};

/// What the tests start, and the Debian package that holds it.
pub(crate) const TESTS: [(&str, &str); 10] = [
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("redis-server", "redis-server"),
    ("openssl", "openssl"),
    ("gzip", "gzip"),
    ("python3", "python3-venv"),
    ("faketime", "faketime"),
    ("git", "git"),
    ("strip", "binutils"),
    ("unshare", "util-linux"),
];

/// What the benches `serving` and `page-cache` start.
pub(crate) const SERVING: [(&str, &str); 4] = [
    ("nginx", "nginx-light"),
    ("redis-server", "redis-server"),
    ("taskset", "util-linux"),
    ("wrk", "wrk"),
];

/// The npm packages of a folder, as its lockfile has them.
pub(crate) fn npm(folder: &str) -> Result<(), String> {
    let place = workspace().join(folder);
    let read = |name: &str| fs::read(place.join(name));
    let lock = read("package-lock.json")
        .map_err(|error| format!("{folder}/package-lock.json: {error}"))?;
    // A copy of the lockfile that was installed. `npm ci` begins by deleting the folder, and the copy with it.
    let stamp = "node_modules/.installed-lock.json";
    if read(stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    if find("npm").is_none() {
        return Err("npm is missing, install Node.js (Debian: apt-get install npm)".to_owned());
    }
    let mut command = Command::new("npm");
    // Bootstrap 3 asks for a Node of its time, and npm warns of it on each install.
    command.args(["ci", "--loglevel=error"]).current_dir(&place);
    run(command)?;
    fs::write(place.join(stamp), &lock).map_err(|error| format!("{folder}/{stamp}: {error}"))
}

/// REDbot with all that it needs, in the versions of its list, in a folder of the target directory.
pub(crate) fn redbot() -> Result<(), String> {
    let list = workspace().join("tests/redbot/requirements.txt");
    let wanted = fs::read(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let place = target()?.join("redbot");
    // A copy of the list that was installed, written last.
    let stamp = place.join("installed.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    // Debian's Python comes without what makes environments.
    let mut asked = Command::new("python3");
    asked.args(["-m", "ensurepip", "--version"]);
    if !asked.output().is_ok_and(|output| output.status.success()) {
        install("Python's venv", &["python3-venv"])?;
    }
    let mut command = Command::new("python3");
    command.args(["-m", "venv", "--clear"]).arg(&place);
    run(command)?;
    let mut command = Command::new(place.join("bin/pip"));
    command
        .args(["install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&list);
    run(command)?;
    fs::write(&stamp, &wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Programs, each with its package, through apt where they are missing.
pub(crate) fn programs(wanted: &[(&str, &str)]) -> Result<(), String> {
    let missing: Vec<_> = wanted
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    let names: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
    install(&names.join(", "), &packages)
}

/// Debian packages, for what is missing.
fn install(missing: &str, packages: &[&str]) -> Result<(), String> {
    let by_hand = format!(
        "missing: {missing}; install the Debian packages {}",
        packages.join(" ")
    );
    if find("apt-get").is_none() {
        return Err(format!(
            "{by_hand} or what your system has for them: there is no apt-get here"
        ));
    }
    if !is_root() {
        return Err(format!("{by_hand}: this is not root"));
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(["-qq", "-o", "Dpkg::Use-Pty=0"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        run(command)
    };
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

/// cargo-nextest, from source where it is missing.
pub(crate) fn nextest() -> Result<(), String> {
    let mut asked = cargo(["nextest", "--version"]);
    if asked.output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    run(cargo(["install", "cargo-nextest", "--locked"]))
}

/// cargo-fuzz, from source where it is missing.
pub(crate) fn cargo_fuzz() -> Result<(), String> {
    let mut asked = cargo(["fuzz", "--version"]);
    if asked.output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    run(cargo(["install", "cargo-fuzz", "--locked"]))
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
