//! What 10,000 embedded assets cost an app: `cargo xtask bench embedding`. Fails when a bar is missed.
//!
//! One app is built three times over: without assets, with the demo's, and with 10,000 made up ones. The pipeline that its
//! build script runs is this program, so that it is not compiled once more.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crushed_benches::table::{grouped, median};
use crushed_manifest::Manifest;
use crushed_tests::built::{cargo, target, workspace};
use crushed_tests::generate::noise;
use crushed_tests::http::get;
use crushed_tests::tree::copy_demo;

const ASSETS: usize = 10_000;

const STARTS: usize = 15;

/// The app; its name and its sources are the same whatever it embeds.
const MAIN: &str = "\
#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let app = || actix_web::App::new().service(crushed::actix::service_at(\"/static/\", crushed::assets!()));
    let server = actix_web::HttpServer::new(app).bind(\"127.0.0.1:0\")?;
    println!(\"http://{}\", server.addrs()[0]);
    server.run().await
}
";

const BUILD: &str = "\
fn main() {
    let status = std::process::Command::new(env!(\"PIPELINE\")).arg(\"as-build-script\").status();
    assert!(status.is_ok_and(|status| status.success()));
}
";

/// An app that was built.
struct App {
    program: PathBuf,
    manifest: Manifest,
    seconds: f64,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("as-build-script") {
        crushed_build::compile();
        return ExitCode::SUCCESS;
    }
    let place = tempfile::tempdir().expect("a temporary directory can be made");
    let place = place.path();
    let none = place.join("none");
    app(&none, "");
    copy_demo(place);
    app(&place.join("demo-app"), "");
    let many = place.join("many");
    app(&many, &made_up(&many));
    // The first build compiles what the others use too.
    let none = build(&none);
    let [demo, many] = [place.join("demo-app"), many].map(|folder| build(&folder));

    println!(
        "| assets | bytes embedded | binary | growth | of the bytes | build, s | start to first answer, ms | idle, kB |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut missed = Vec::new();
    let base = none.show(&none);
    for app in [&demo, &many] {
        let shown = app.show(&none);
        // The code that serves, which an app without assets does not link, is a large part of a few assets only.
        if shown.growth > 1.05 && app.manifest.assets.len() >= ASSETS {
            missed.push(format!(
                "the binary grows by {:.3} of the bytes embedded (bar 1.05)",
                shown.growth
            ));
        }
        if shown.start > 0.02 {
            missed.push(format!(
                "{:.1} ms to the first answer (bar 20)",
                shown.start * 1e3
            ));
        }
        if shown.idle > base.idle + 4096.0 {
            missed.push(format!(
                "{} kB more when idle (bar 4096)",
                shown.idle - base.idle
            ));
        }
    }
    for miss in &missed {
        println!("missed: {miss}");
    }
    match missed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Writes the app, with a template that names its assets.
fn app(folder: &Path, template: &str) {
    let root = workspace().display();
    let manifest = format!(
        "[package]\nname = \"embedding\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         crushed = {{ path = \"{root}/runtime\" }}\n\
         actix-web = {{ version = \"4.18\", default-features = false, features = [\"macros\"] }}\n\n\
         [profile.release]\nopt-level = 3\ncodegen-units = 16\n"
    );
    fs::create_dir_all(folder.join("src")).expect("the folder can be made");
    fs::create_dir_all(folder.join("templates")).expect("the folder can be made");
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).expect("the folder can be written to")
    };
    write("Cargo.toml", &manifest);
    write("src/main.rs", MAIN);
    write("build.rs", BUILD);
    if !template.is_empty() {
        write("templates/page.html", template);
    }
    // The versions that the servers of the other bench have, which are compiled for them already.
    let lock = workspace().join("benches/serving/Cargo.lock");
    fs::copy(lock, folder.join("Cargo.lock")).expect("the lockfile is there");
}

/// Pictures of 2 to 16 kB, which have no variants, and a fifth of texts, which have. Returns a page of them.
fn made_up(folder: &Path) -> String {
    let assets = folder.join("assets/a");
    fs::create_dir_all(&assets).expect("the folder can be made");
    let mut page = String::new();
    for number in 0..ASSETS {
        let bytes = noise(number as u64, 16 << 10);
        let length = 2048 + number * 7919 % (14 << 10);
        let (name, bytes) = match number % 5 {
            // Digits alone halve in size when they are coded.
            0 => (
                format!("{number}.txt"),
                bytes[..length]
                    .iter()
                    .map(|byte| b'0' + byte % 10)
                    .collect(),
            ),
            _ => (format!("{number}.png"), bytes[..length].to_vec()),
        };
        fs::write(assets.join(&name), bytes).expect("the folder can be written to");
        page += &format!("<img src=\"{{{{ asset!(\"a/{name}\") }}}}\">\n");
    }
    page
}

/// Builds an app, and keeps its program.
fn build(folder: &Path) -> App {
    let build = target().join("serving");
    let own = std::env::current_exe().expect("this program has a path");
    let start = Instant::now();
    let output = cargo(&[
        "build",
        "--release",
        "--quiet",
        "--offline",
        "--message-format=json-render-diagnostics",
    ])
    .current_dir(folder)
    .env("CARGO_TARGET_DIR", &build)
    .env("PIPELINE", own)
    .env_remove("CRUSHED")
    .stderr(Stdio::inherit())
    .output()
    .expect("cargo can be executed");
    assert!(output.status.success(), "the app does not build");
    let seconds = start.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    let out = text
        .lines()
        .rfind(|line| line.contains("build-script-executed") && line.contains("embedding"));
    let out = out.and_then(|line| line.split_once("\"out_dir\":\"")?.1.split('"').next());
    let manifest = Path::new(out.expect("cargo names the folder")).join("crushed/manifest.json");
    let manifest = fs::read(manifest).expect("the pipeline left a manifest");
    let program = folder.join("embedding");
    let made = build.join("release/embedding");
    // By a program of its own, see `crushed_tests::app`.
    let copied = Command::new("cp").arg(made).arg(&program).status();
    assert!(
        copied.is_ok_and(|status| status.success()),
        "the app cannot be copied"
    );
    App {
        program,
        manifest: serde_json::from_slice(&manifest).expect("a manifest can be read"),
        seconds,
    }
}

/// What was measured of an app.
struct Shown {
    growth: f64,
    start: f64,
    idle: f64,
}

impl App {
    fn show(&self, none: &Self) -> Shown {
        let assets = &self.manifest.assets;
        let bytes: u64 = assets
            .values()
            .flat_map(|asset| &asset.variants)
            .map(|variant| variant.size)
            .sum();
        let [size, without] =
            [self, none].map(|app| fs::metadata(&app.program).map_or(0, |data| data.len()));
        let grown = size - without;
        let growth = grown as f64 / bytes.max(1) as f64;
        let path = assets
            .keys()
            .nth(assets.len() / 2)
            .map_or("/static/x".to_owned(), |path| format!("/static/{path}"));
        let (start, idle) = (self.start(&path), self.idle());
        println!(
            "| {} | {} | {} | {} | {growth:.3} | {:.1} | {:.1} | {} |",
            grouped(assets.len() as u64),
            grouped(bytes),
            grouped(size),
            grouped(grown),
            self.seconds,
            start * 1e3,
            grouped(idle as u64)
        );
        Shown {
            growth,
            start,
            idle,
        }
    }

    /// The seconds until the first request is answered, which is sent as soon as there is an address.
    fn start(&self, path: &str) -> f64 {
        let times = (0..STARTS).map(|_| {
            let start = Instant::now();
            let (mut child, base) = self.run();
            let reply = get(&format!("{base}{path}"), &[]);
            let seconds = start.elapsed().as_secs_f64();
            assert!(reply.status.as_u16() < 500);
            end(&mut child);
            seconds
        });
        median(times.collect())
    }

    /// The resident size before anything is asked for, in kB.
    fn idle(&self) -> f64 {
        let sizes = (0..3).map(|_| {
            let (mut child, _) = self.run();
            thread::sleep(Duration::from_millis(300));
            let status = fs::read_to_string(format!("/proc/{}/status", child.id()))
                .expect("the system has /proc");
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let size = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
            end(&mut child);
            size.expect("a process has a resident size")
        });
        median(sizes.collect())
    }

    fn run(&self) -> (Child, String) {
        let mut child = Command::new(&self.program)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the app can be executed");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("its output is piped"));
        stdout.read_line(&mut line).expect("an address is text");
        (child, line.trim_end().to_owned())
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
