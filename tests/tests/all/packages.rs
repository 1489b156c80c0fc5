//! What is published, and an app made of it by the README's five steps.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crushed_tests::built::target;
use crushed_tests::http::get;
use crushed_tests::packages::{
    PUBLISHED, Packages, TARGET, done, otherwise, read_only, steps, stripped,
};
use crushed_tests::tree::{read, write};

/// Around the fifth step: what an Askama app has already.
const MAIN: (&str, &str) = (
    "use actix_web::{App, HttpServer, Responder, web};\n\
     use askama::Template;\n\n\
     #[crushed::template(path = \"index.html\")]\nstruct Index;\n\n\
     async fn index() -> impl Responder {\n    web::Html::new(Index.render().expect(\"it has no variables\"))\n}\n\n\
     #[actix_web::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {\n",
    ".bind(\"127.0.0.1:0\")?;\nprintln!(\"http://{}\", server.addrs()[0]);\nOk(server.run().await?)\n}\n",
);

#[test]
fn the_packages_build_an_app_by_the_readme() {
    let packages = Packages::make();
    for name in PUBLISHED {
        let files = read(&packages.path(name));
        for wanted in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "Cargo.toml"] {
            assert!(files[wanted].len() > 500, "{name}: {wanted}");
        }
        assert!(
            !files.keys().any(|file| file.starts_with("tests/")),
            "{name}"
        );
    }

    let app = packages.place().join("meine App");
    write_app(&app, &packages);
    packages.lock(&app);
    let before = read(&packages.place());
    let build = packages.cargo(&app, TARGET, &BUILD);
    done(&mut read_only(&build, &packages.place()));
    assert!(before == read(&packages.place()));
    let program = target().join("release/outside");
    answers(&program);

    // Another path, home and mask, and another name for all that is written: the same program.
    let first = stripped(&program);
    for path in ["meine App", TARGET] {
        let holds = first
            .windows(path.len())
            .any(|bytes| bytes == path.as_bytes());
        assert!(!holds, "{path} stands in the program");
    }
    let elsewhere = packages.place().join("a/place/elsewhere");
    let files = read(&app);
    let files: Vec<_> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes))
        .collect();
    write(&elsewhere, &files);
    let build = packages.cargo(&elsewhere, "other", &BUILD);
    done(&mut otherwise(&build));
    assert!(first == stripped(&program), "the program is another one");

    command_line(&packages, &app);
}

/// Installs the command line from its package, and has it do what the app's build did.
fn command_line(packages: &Packages, app: &Path) {
    let source = packages.path("crushed-cli");
    let manifest = source.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text + &packages.patch()).unwrap();
    packages.lock(&source);
    let root = packages.place().join("installed");
    let mut install = packages.cargo(
        &source,
        TARGET,
        &["install", "--path", ".", "--quiet", "--offline", "--locked"],
    );
    done(install.arg("--root").arg(&root));
    let crushed = root.join("bin/crushed");
    let said = done(Command::new(&crushed).arg("--version")).stdout;
    let version = format!("crushed {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&said), version);
    let out = packages.place().join("by the command line");
    let mut compile = Command::new(&crushed);
    compile
        .args(["compile", "--root"])
        .arg(app)
        .arg("--out")
        .arg(&out)
        .env("CRUSHED_CACHE_DIR", "off");
    done(&mut compile);
    let names: Vec<_> = read(&out).into_keys().collect();
    for (start, end) in [("static/", ".css"), ("static/img/logo.", ".png")] {
        let is_there = |name: &String| name.starts_with(start) && name.ends_with(end);
        assert!(names.iter().any(is_there), "{names:?}");
    }
}

const BUILD: [&str; 5] = ["build", "--release", "--quiet", "--offline", "--locked"];

/// The five steps in an empty directory, with what they name.
fn write_app(app: &Path, packages: &Packages) {
    let [dependencies, build, settings, template, mount] = steps();
    let (head, rest) = dependencies.split_once("[dependencies]\n").unwrap();
    let manifest = format!(
        "[package]\nname = \"outside\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{head}[dependencies]\n\
         actix-web = {{ version = \"4.18\", default-features = false, features = [\"macros\"] }}\n\
         askama = \"0.16\"\n{rest}{}",
        packages.patch()
    );
    let mount = mount.replace("HttpServer::new", "let server = HttpServer::new");
    let main = format!("{}{}{}", MAIN.0, mount.trim_end(), MAIN.1);
    let files = [
        ("Cargo.toml", manifest.as_str()),
        ("build.rs", &build),
        ("crushed.toml", &settings),
        ("templates/index.html", &template),
        ("src/main.rs", &main),
        ("assets/css/app.css", "a { color: red; }\n"),
        ("assets/img/logo.png", "no real picture\n"),
        (
            "node_modules/bootstrap/dist/css/bootstrap.css",
            "b { color: red; }\n",
        ),
    ];
    write(app, &files);
}

/// The program alone in an empty directory, and a look at its page.
fn answers(program: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("outside");
    // By a program of its own, see `crushed_tests::app`.
    done(Command::new("cp").arg(program).arg(&copy));
    let mut child = Command::new(&copy)
        .env_clear()
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut base = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut base).unwrap();
    let base = base.trim_end();
    let page = String::from_utf8(get(&format!("{base}/"), &[]).body).unwrap();
    let css = page
        .split(['"', '=', ' ', '>'])
        .find(|word| word.ends_with(".css"));
    let sheet = get(&format!("{base}{}", css.unwrap_or_default()), &[]);
    let picture = page
        .split(['"', '=', ' ', '>'])
        .find(|word| word.ends_with(".png"));
    let picture = get(&format!("{base}{}", picture.unwrap_or_default()), &[]);
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(
        (sheet.status.as_u16(), picture.status.as_u16()),
        (200, 200),
        "{page}"
    );
    let sheet = String::from_utf8_lossy(&sheet.body);
    assert!(sheet.contains("color:red}"), "{sheet}");
}
