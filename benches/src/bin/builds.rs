//! What a build costs: `cargo xtask bench build [COMMAND…]`. Fails when a bar is missed.
//!
//! The build script is a process of its own, from its start to its end. COMMAND does the work of the build on another
//! system, by a shell: crushed is measured by it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::OnceLock;

use crushed_benches::peers;
use crushed_benches::script::{Script, Took, timed, timed_on_one_core};
use crushed_benches::table::{grouped, median};
use crushed_build::{CacheDir, Effort, Options, encode, run};
use crushed_manifest::Coding;
use crushed_tests::built::workspace;
use crushed_tests::generate::noise;
use crushed_tests::tree::{copy_demo, write};
use tempfile::{tempdir, tempdir_in};

const ROUNDS: usize = 3;

/// Rounds of the cold build: its bars are near.
const COLD_ROUNDS: usize = 7;

/// Rounds of the largest builds: what runs beside one of them makes it slower, and the quickest of each counts.
const GROWTH_ROUNDS: usize = 5;

/// Rounds of what takes milliseconds.
const MORE_ROUNDS: usize = 11;

const BOOTSTRAP: &str = "external/node_modules/bootstrap/dist/css/bootstrap.css";

/// What was asked for and not reached.
#[derive(Default)]
struct Missed(Vec<String>);

impl Missed {
    /// Prints a figure, which may be `most` at most.
    fn bar(&mut self, what: &str, value: f64, most: f64) {
        println!("- {what}: {value:.3} (bar {most})");
        if value.is_nan() || value > most {
            self.0.push(format!("{what} is {value:.3} (bar {most})"));
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, folder] = &arguments[..]
        && word == ENCODE
    {
        encode_all(Path::new(folder));
        return ExitCode::SUCCESS;
    }
    let other = (!arguments.is_empty()).then(|| arguments.join(" "));
    let mut missed = Missed::default();
    let all = tempdir().expect("a temporary directory can be made");
    ALL.get_or_init(|| all.path().to_owned());
    cold(other.as_deref(), &mut missed);
    unchanged(&mut missed);
    one_of_ten(&mut missed);
    growth(&mut missed);
    two_places(&mut missed);
    other_tools();
    for miss in &missed.0 {
        println!("missed: {miss}");
    }
    match missed.0.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Where everything is made, removed at the end only: for minutes ext4 looks past each inode that was given back when it
/// gives out another, so that a build would pay for what the one before it left to be removed.
static ALL: OnceLock<PathBuf> = OnceLock::new();

/// A new directory.
struct Place(PathBuf);

impl Place {
    fn path(&self) -> &Path {
        &self.0
    }
}

fn place() -> Place {
    place_in(ALL.get().expect("the first thing that is made"))
}

fn place_in(all: &Path) -> Place {
    Place(
        tempdir_in(all)
            .expect("a temporary directory can be made")
            .keep(),
    )
}

fn demo(place: &Path) -> PathBuf {
    copy_demo(place);
    place.join("demo-app")
}

/// The median of what some rounds give.
fn rounds(count: usize, mut round: impl FnMut() -> f64) -> f64 {
    median((0..count).map(|_| round()).collect())
}

fn least(values: Vec<f64>) -> f64 {
    values.into_iter().fold(f64::INFINITY, f64::min)
}

/// The demo from nothing, against the other system and against the encoders alone.
fn cold(other: Option<&str>, missed: &mut Missed) {
    println!("## Cold: the demo's assets at full effort");
    let folder = place();
    let root = demo(folder.path());
    let options = Options::new(&root);
    let release = run(&options).expect("the demo compiles");
    let texts = place();
    for (path, asset) in &release.manifest.assets {
        if asset.variants.len() > 1 {
            let name = path.as_str().replace('/', "-");
            fs::write(texts.path().join(name), &release.files[path.as_str()])
                .expect("a file can be written");
        }
    }
    let (mut wall, mut of_other) = (Vec::new(), Vec::new());
    let (mut all_on_one, mut all_encoders) = (Vec::new(), Vec::new());
    for _ in 0..COLD_ROUNDS {
        let ours = Script::new(&root, place().path()).run();
        let on_one = Script::new(&root, place().path()).run_on_one_core();
        // A process too: one that has run before has its memory already.
        let own = std::env::current_exe().expect("this program has a path");
        let mut alone = Command::new(own);
        let encoders = timed_on_one_core(alone.arg(ENCODE).arg(texts.path())).cpu;
        println!(
            "  crushed {:.2} s and {:.2} CPU-s, on one core {:.2} CPU-s; its encoders alone {encoders:.2} CPU-s",
            ours.wall, ours.cpu, on_one.cpu
        );
        wall.push(ours.wall);
        all_on_one.push(on_one.cpu);
        all_encoders.push(encoders);
        if let Some(command) = other {
            let mut shell = Command::new("sh");
            let theirs = timed(shell.args(["-c", command]).stdout(Stdio::null()));
            println!(
                "  the other system {:.2} s, {:.2} CPU-s",
                theirs.wall, theirs.cpu
            );
            of_other.push(ours.wall / theirs.wall);
        }
    }
    println!("- {:.2} s from start to end", median(wall));
    // Of each the round that was disturbed least: the machine has more than one speed, and changes it within a round.
    missed.bar(
        "CPU time on one core, of that of the encoders alone",
        least(all_on_one) / least(all_encoders),
        1.3,
    );
    match of_other.is_empty() {
        true => println!("- no other system was named"),
        false => missed.bar("of the other system's time", median(of_other), 0.5),
    }
}

/// Has this program encode the files of a folder and do nothing else.
const ENCODE: &str = "encode-and-nothing-else";

fn encode_all(folder: &Path) {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for file in files {
        let text = fs::read(file).expect("the file is there");
        for coding in [Coding::Br, Coding::Zstd, Coding::Gzip] {
            encode(&text, coding, Effort::Release).expect("memory can be written to");
        }
    }
}

/// The build script runs again, and finds everything as it was.
fn unchanged(missed: &mut Missed) {
    println!("\n## Nothing changed");
    let (demo_place, many_place) = (place(), place());
    let root = demo(demo_place.path());
    let many = many_place.path().join("many");
    files(&many, 10_000, 1_000);
    for (what, root, bar) in [
        ("the demo, ms", root, 30.0),
        ("10,000 sources and 1,000 templates, ms", many, 300.0),
    ] {
        let place = place();
        let script = Script::new(&root, place.path());
        let first = script.run();
        println!("  the first run {:.2} s", first.wall);
        let milliseconds = rounds(MORE_ROUNDS, || script.run().wall * 1e3);
        missed.bar(what, milliseconds, bar);
    }
}

/// Templates, each of which names its share of the sources: a stylesheet and a script in bundles, pictures and texts.
fn files(root: &Path, sources: usize, templates: usize) {
    write(root, &[("crushed.toml", "effort = \"fast\"\n")]);
    let base = "<!doctype html><title>{% block title %}{% endblock %}</title><body>{% block main %}{% endblock %}";
    write(root, &[("templates/base.html", base)]);
    let share = sources / templates;
    for number in 0..templates {
        let sheet = format!(".a{number} {{ color: #{number:06x}; margin: 0px }}\n");
        let script = format!("var value{number} = function (name) {{ return name + {number} }}\n");
        let mut page = format!(
            "{{% extends \"base.html\" %}}{{% block main %}}\n\
             {{% compress css %}}<link rel=stylesheet href=css/{number}.css>{{% endcompress %}}\n\
             {{% compress js %}}<script src=js/{number}.js></script>{{% endcompress %}}\n"
        );
        write(
            root,
            &[
                (&format!("assets/css/{number}.css"), &sheet),
                (&format!("assets/js/{number}.js"), &script),
            ],
        );
        for file in 2..share {
            let name = small(root, number * share + file);
            page += &format!("<p>{{{{ name }}}} <img src='{{{{ asset!(\"{name}\") }}}}'>\n");
        }
        page += "{% endblock %}\n";
        write(root, &[(&format!("templates/page{number}.html"), &page)]);
    }
}

/// A picture of 2 to 16 kB, or each fifth time a text of digits, which can be coded. Returns its name.
fn small(root: &Path, number: usize) -> String {
    let mut bytes = noise(number as u64, 2048 + number * 7919 % (14 << 10));
    let name = match number % 5 {
        0 => {
            bytes.iter_mut().for_each(|byte| *byte = b'0' + *byte % 10);
            format!("a/{number}.txt")
        }
        _ => format!("a/{number}.png"),
    };
    write(root, &[(&format!("assets/{name}"), &bytes)]);
    name
}

/// Bundles of Bootstrap's stylesheet, each with one more rule, on a page each.
fn bundles(root: &Path, count: usize) {
    let bootstrap = bootstrap();
    for number in 0..count {
        let sheet = format!("{bootstrap}\n.own{number} {{ color: #{number:06x} }}\n");
        let page = format!(
            "<!doctype html><title>{number}</title>\
             {{% compress css %}}<link rel=stylesheet href=css/{number}.css>{{% endcompress %}}<p>{{{{ text }}}}"
        );
        write(
            root,
            &[
                (&format!("assets/css/{number}.css"), &sheet),
                (&format!("templates/{number}.html"), &page),
            ],
        );
    }
}

fn bootstrap() -> String {
    let path = workspace().join(BOOTSTRAP);
    fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask setup`", path.display()))
}

/// One stylesheet of ten bundles edited, against that bundle alone.
fn one_of_ten(missed: &mut Missed) {
    println!("\n## One stylesheet of ten bundles edited");
    let folder = place();
    let (ten, one) = (folder.path().join("ten"), folder.path().join("one"));
    bundles(&ten, 10);
    bundles(&one, 1);
    let script = Script::new(&ten, &folder.path().join("made"));
    script.run();
    let sheet = bootstrap();
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let edited = format!("{sheet}\n.own0 {{ color: #{:06x} }}\n", 0xabc_000 + round);
        for root in [&ten, &one] {
            write(root, &[("assets/css/0.css", &edited)]);
        }
        let after = script.run();
        let place = place();
        let alone = Script::new(&one, place.path()).run();
        println!(
            "  {:.2} s after the edit, {:.2} s alone",
            after.wall, alone.wall
        );
        ratios.push(after.wall / alone.wall);
    }
    missed.bar("of the time of that bundle alone", median(ratios), 1.2);
}

/// Bundles of the largest app.
const LARGEST: usize = 100;

/// Ever more bundles and files: time, memory and how busy both cores are.
fn growth(missed: &mut Missed) {
    println!("\n## 100 bundles of Bootstrap's size and 10,000 small files, effort = \"fast\"");
    let all = match in_memory() {
        Some(place) => tempdir_in(place),
        None => tempdir(),
    };
    let all = all.expect("a temporary directory can be made");
    println!("  in {}", all.path().display());
    println!("| bundles | files | s | CPU-s | of two cores | MB |\n|--:|--:|--:|--:|--:|--:|");
    let sizes = [25, 50, 75, LARGEST];
    let folders = sizes.map(|bundles| {
        let folder = place_in(all.path());
        let root = folder.path().join("app");
        files(&root, bundles * 100, bundles);
        self::bundles(&root, bundles);
        folder
    });
    let mut walls = sizes.map(|_| Vec::new());
    let (mut idle, mut memory) = (Vec::new(), 0);
    for _ in 0..GROWTH_ROUNDS {
        for ((bundles, folder), walls) in sizes.iter().zip(&folders).zip(&mut walls) {
            let root = folder.path().join("app");
            let (took, most) = Script::new(&root, place_in(all.path()).path()).run_watched();
            memory = memory.max(most);
            println!(
                "| {bundles} | {} | {:.2} | {:.2} | {:.2} | {} |",
                grouped(*bundles as u64 * 100),
                took.wall,
                took.cpu,
                busy(took),
                most / 1024
            );
            walls.push(took.wall);
            if *bundles == LARGEST {
                idle.push(1.0 - busy(took));
            }
        }
    }
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .zip(walls)
        .map(|(bundles, walls)| (*bundles as f64, least(walls)))
        .collect();
    let Fit { base, slope, rest } = Fit::of(&points);
    println!("- fit: {base:.2} s and {slope:.3} s for each bundle and its 100 files");
    missed.bar("what the line leaves over, of the variance", rest, 0.02);
    let [first, end] = [points[0], points[points.len() - 1]].map(|(count, wall)| wall / count);
    missed.bar("time for each bundle, of that with 25", end / first, 1.2);
    missed.bar("memory, GB", memory as f64 / f64::from(1 << 20), 1.0);
    missed.bar("idle part of two cores", median(idle), 0.15);
}

/// A file system in memory, if there is one that holds all of this: tens of thousands of files on a disk's take as long as
/// its state has it, which depends on what removed files in the minutes before.
fn in_memory() -> Option<&'static str> {
    const AT: &str = "/dev/shm";
    let free = Command::new("df")
        .args(["--output=avail", "--block-size=1G", AT])
        .output()
        .ok()?;
    let free = String::from_utf8(free.stdout).ok()?;
    let free: u64 = free.lines().nth(1)?.trim().parse().ok()?;
    (free >= 4).then_some(AT)
}

fn busy(took: Took) -> f64 {
    took.cpu / took.wall / 2.0
}

/// A line through points, by least squares.
struct Fit {
    base: f64,
    slope: f64,
    /// The variance that it leaves, in parts of all: 1 - R².
    rest: f64,
}

impl Fit {
    fn of(points: &[(f64, f64)]) -> Self {
        let count = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            points
                .iter()
                .map(|point| of(point.0 - x, point.1 - y))
                .sum()
        };
        let slope = sum(&|x, y| x * y) / sum(&|x, _| x * x);
        let rest = sum(&|x, y| (y - slope * x).powi(2)) / sum(&|_, y| y * y);
        Self {
            base: y - slope * x,
            slope,
            rest,
        }
    }
}

/// A second checkout elsewhere, with the cache of the first.
fn two_places(missed: &mut Missed) {
    println!("\n## Two checkouts with one cache");
    let (one, two, cache) = (place(), place(), place());
    let roots = [demo(one.path()), demo(&two.path().join("another place"))];
    let made = roots.map(|root| {
        let options = Options {
            cache: Some(CacheDir::new(cache.path())),
            ..Options::new(root)
        };
        run(&options).expect("the demo compiles").cached
    });
    println!(
        "  the first made {}, the second found {}",
        made[0].made, made[1].found
    );
    missed.bar("results that the second makes", made[1].made as f64, 0.0);
}

/// Bundlers that do part of the same work: they join, minify and name, and compress nothing; none compares what it made.
fn other_tools() {
    println!("\n## Other tools, the demo's stylesheets and scripts without variants");
    let folder = place();
    let root = demo(folder.path());
    let settings = root.join("crushed.toml");
    let text = fs::read_to_string(&settings).expect("the demo has settings");
    let text = format!("effort = \"fast\"\ncodings = []\n{text}");
    fs::write(&settings, text).expect("they can be written");
    let ours = rounds(ROUNDS, || {
        let place = place();
        Script::new(&root, place.path()).run().wall
    });
    println!("| | s | crushed, of its time |\n|---|--:|--:|");
    println!("| crushed, a process | {ours:.2} | 1 |");
    for tool in ["esbuild", "vite"] {
        let theirs = rounds(ROUNDS, || {
            let place = place();
            peers::bundle(tool, folder.path(), place.path()).wall
        });
        println!("| {tool}, a process | {theirs:.2} | {:.2} |", ours / theirs);
    }
}
