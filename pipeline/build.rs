//! Tells the pipeline what it is: a digest of its own code and of the exact versions it is built from, for the keys of
//! the build cache. Paths do not count, so that checkouts share results.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=build.rs");
    // That of the profile that this crate is compiled in: of build scripts, mostly.
    let level = env::var("OPT_LEVEL").unwrap_or_default();
    println!("cargo:rustc-env=CRUSHED_OPT_LEVEL={level}");
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    // Two hashers with other starts: 128 bits.
    let mut hashers = [0_u64, 1].map(|start| {
        let mut hasher = DefaultHasher::new();
        start.hash(&mut hasher);
        hasher
    });
    let mut add = |part: &str| hashers.iter_mut().for_each(|hasher| part.hash(hasher));
    add(env!("CARGO_PKG_VERSION"));
    let mut files = BTreeSet::new();
    collect(&own.join("src"), &mut files);
    // In the workspace only: a published one has a version.
    let manifest = own.join("../manifest/src");
    if manifest.is_dir() {
        println!("cargo:rerun-if-changed={}", manifest.display());
        collect(&manifest, &mut files);
    }
    for file in files {
        let name = file.strip_prefix(&own).unwrap_or(&file);
        add(&name.to_string_lossy());
        add(&fs::read_to_string(&file).unwrap_or_default());
    }
    // The app's lock file lies above its target folder; in this workspace's own, the one above this crate is the same. The
    // one that is packed with this crate says what it was published with, and not what it is built from.
    let locks = out.ancestors().chain(own.ancestors().skip(1));
    let lock = locks
        .map(|folder| folder.join("Cargo.lock"))
        .find(|lock| lock.is_file());
    println!("cargo:rustc-env=CRUSHED_LOCKED={}", lock.is_some());
    if let Some(lock) = lock {
        println!("cargo:rerun-if-changed={}", lock.display());
        for package in built_from(&fs::read_to_string(lock).unwrap_or_default()) {
            add(&package);
        }
    }
    let [a, b] = hashers.map(|hasher| hasher.finish());
    println!("cargo:rustc-env=CRUSHED_TOOLS={a:016x}{b:016x}");
}

fn collect(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => collect(&path, files),
            false => drop(files.insert(path)),
        }
    }
}

/// The packages that this one is built from, with their versions, off a lock file.
fn built_from(lock: &str) -> BTreeSet<String> {
    let lock = lock.replace("\r\n", "\n");
    let mut packages: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for package in lock.split("[[package]]\n").skip(1) {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key));
            line.map_or("", |rest| rest.trim_end_matches('"'))
        };
        let name = value("name = \"");
        let entry = (value("version = \""), package);
        packages.entry(name).or_default().push(entry);
    }
    let mut found = BTreeSet::new();
    let mut open = vec![env!("CARGO_PKG_NAME")];
    while let Some(wanted) = open.pop() {
        // `name`, or `name version` where there are several.
        let (name, wanted) = wanted.split_once(' ').unwrap_or((wanted, ""));
        for (version, package) in packages.get(name).into_iter().flatten() {
            let is_wanted = wanted.is_empty() || wanted == *version;
            if is_wanted && found.insert(format!("{name} {version}")) {
                let list = package
                    .split_once("dependencies = [")
                    .map_or("", |(_, rest)| rest);
                let list = list.split(']').next().unwrap_or_default();
                open.extend(list.split('"').skip(1).step_by(2));
            }
        }
    }
    found
}
