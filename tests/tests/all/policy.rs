//! What a page says about its own contents, believed by a real browser: Content-Security-Policy and integrity.

use std::collections::BTreeMap;
use std::path::Path;

use crushed::{Assets, Coding, Representation, Route};
use crushed_tests::browser::Browser;
use crushed_tests::cli::{crushed, text};
use crushed_tests::site::{Answer, Site};
use crushed_tests::tree::{read, write};
use tempfile::tempdir;

/// A page of these bundles and a style and a script that somebody slipped in.
fn page(bundles: &str) -> String {
    format!(
        "<!DOCTYPE html><meta charset=utf-8><link rel=icon href=\"data:,\">{bundles}\
         <style>h1 {{ top: 7px }}</style><script>window.injected = true</script>\
         <h1 class=perforated onclick=\"window.injected = true\">Coupon</h1>"
    )
}

#[test]
fn a_policy_lets_the_bundles_of_its_page_in_and_nothing_else() {
    let assets = crushed::assets!();
    let inline = page(&format!(
        "{}{}",
        crushed::compress!(css, inline, "css/perforated.css"),
        crushed::compress!(js, inline, "js/seen.js"),
    ));
    let files = page(&format!(
        "{}{}",
        crushed::compress!(css, "css/perforated.css"),
        crushed::compress!(js, "js/seen.js"),
    ));
    let csp = assets.csp(&inline);
    assert!(csp.style_src().starts_with("'sha256-"), "{csp}");
    assert_eq!((csp.styles().count(), csp.scripts().count()), (1, 1));
    let of_files = assets.csp(&files).to_string();
    assert_eq!(of_files, "style-src 'self'; script-src 'self'");

    let mut answers = BTreeMap::new();
    for (path, html) in [("/inline", &inline), ("/files", &files)] {
        let policy = format!(
            "Content-Security-Policy: default-src 'none'; img-src 'self' data:; {}",
            assets.csp(html)
        );
        answers.insert(
            path.to_owned(),
            Answer::new("text/html; charset=utf-8", html.as_bytes()).header(policy),
        );
    }
    // The policy of the one page is none for the other.
    answers.insert(
        "/wrong".to_owned(),
        Answer::new("text/html; charset=utf-8", inline.as_bytes())
            .header(format!("Content-Security-Policy: {of_files}")),
    );
    for route in assets.routes() {
        answers.insert(
            format!("/static/{}", route.path),
            Answer::new(route.content_type, route.variants[0].bytes),
        );
    }
    let site = Site::start(answers);
    let browser = Browser::open();
    for (path, wanted) in [("/inline", true), ("/files", true), ("/wrong", false)] {
        browser.go(&site.url(path));
        assert_eq!(browser.run("return window.seen === 1"), wanted, "{path}");
        let image = browser.style(".perforated", "background-image");
        assert_eq!(
            image.contains("/static/img/mark."),
            wanted,
            "{path}: {image}"
        );
        assert_eq!(browser.style("h1", "top"), "auto", "{path}");
        browser.run("document.querySelector('h1').click()");
        assert_eq!(browser.run("return window.injected === undefined"), true);
        let refused = browser.console().concat();
        assert!(
            refused.contains("Content Security Policy"),
            "{path}: {refused}"
        );
    }
}

/// Compiles a page with a stylesheet and a script under this prefix, and gives it with its files.
fn compiled_site(root: &Path, prefix: &str) -> (String, Vec<(String, Vec<u8>)>) {
    write(
        root,
        &[
            ("crushed.toml", "integrity = \"always\"\n"),
            (
                "templates/page.html",
                "<!DOCTYPE html><title>t</title><link rel=icon href=\"data:,\">\
                 {% compress css preload %}<link rel=\"stylesheet\" href=\"a.css\">{% endcompress %}\
                 {% compress css %}<link rel=\"stylesheet\" href=\"a.css\">{% endcompress %}\
                 {% compress js %}<script src=\"a.js\"></script>{% endcompress %}<h1>Hello</h1>\n",
            ),
            ("assets/a.css", "h1 { color: rgb(1, 2, 3) }\n"),
            ("assets/a.js", "window.seen = 1;\n"),
        ],
    );
    let out = root.join("out");
    let arguments = ["--out", text(&out), "--static-url", prefix];
    let run = crushed(
        &[&["compile", "--root", text(root)], &arguments[..]].concat(),
        &[],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    let contents = read(&out);
    let page = String::from_utf8(contents["templates/page.html"].clone()).unwrap();
    let files = contents.into_iter().filter_map(|(name, bytes)| {
        let name = name.strip_prefix("static/")?.to_owned();
        (name.ends_with(".css") || name.ends_with(".js")).then_some((name, bytes))
    });
    (page, files.collect())
}

fn typed(name: &str, bytes: Vec<u8>) -> Answer {
    match name.ends_with(".css") {
        true => Answer::new("text/css; charset=utf-8", bytes),
        false => Answer::new("text/javascript; charset=utf-8", bytes),
    }
}

/// Whether the page's stylesheet and script had their effect.
fn effects(browser: &Browser) -> (bool, bool) {
    (
        browser.style("h1", "color") == "rgb(1, 2, 3)",
        browser.run("return window.seen === 1") == true,
    )
}

#[test]
fn integrity_is_accepted_and_refuses_other_bytes() {
    let root = tempdir().unwrap();
    let (page, files) = compiled_site(root.path(), "/static/");
    let unquoted = page.replace('"', "");
    assert_eq!(unquoted.matches(" integrity=sha384-").count(), 3, "{page}");
    assert!(!page.contains("crossorigin"), "{page}");
    let browser = Browser::open();
    for (tampered, wanted) in [
        (None, (true, true)),
        (Some(".css"), (false, true)),
        (Some(".js"), (true, false)),
    ] {
        let mut answers = BTreeMap::new();
        answers.insert("/".to_owned(), Answer::new("text/html", page.as_bytes()));
        for (name, bytes) in &files {
            let mut bytes = bytes.clone();
            if tampered.is_some_and(|ending| name.ends_with(ending)) {
                bytes.push(b'\n');
            }
            answers.insert(format!("/static/{name}"), typed(name, bytes));
        }
        let site = Site::start(answers);
        browser.go(&site.url("/"));
        assert_eq!(effects(&browser), wanted, "{tampered:?}");
        let said = browser.console();
        let refused = said.iter().any(|line| line.contains("integrity"));
        assert_eq!(refused, tampered.is_some(), "{said:?}");
    }
}

/// The table that the binary would hold of these files.
fn table(files: &[(String, Vec<u8>)]) -> Assets {
    let mut routes: Vec<Route<'static>> = Vec::new();
    for (name, bytes) in files {
        let identity = Representation {
            coding: Coding::Identity,
            etag: "\"1\"",
            bytes: bytes.clone().leak(),
        };
        routes.push(Route {
            path: name.clone().leak(),
            content_type: if name.ends_with(".css") {
                "text/css"
            } else {
                "text/javascript"
            },
            variants: vec![identity].leak(),
        });
    }
    routes.sort_by_key(|route| route.path);
    Assets::compiled("0000000000000001", routes.leak())
}

#[test]
fn what_the_header_preloads_is_fetched_once() {
    let root = tempdir().unwrap();
    let (page, files) = compiled_site(root.path(), "/static/");
    let preload = table(&files).preload(&page).to_string();
    assert_eq!(preload.matches("rel=preload").count(), 2, "{preload}");
    assert_eq!(preload.matches("integrity=").count(), 2, "{preload}");
    let home = Answer::new("text/html", page.as_bytes()).header(format!("Link: {preload}"));
    let answers = files
        .iter()
        .map(|(name, bytes)| (format!("/static/{name}"), typed(name, bytes.clone())));
    let site = Site::start(answers.chain([("/".to_owned(), home)]).collect());
    let browser = Browser::open();
    browser.go(&site.url("/"));
    assert_eq!(effects(&browser), (true, true));
    let mut asked: Vec<String> = browser
        .network()
        .into_iter()
        .map(|exchange| exchange.url)
        .collect();
    asked.sort();
    let mut wanted: Vec<String> = files
        .iter()
        .map(|(name, _)| site.url(&format!("/static/{name}")))
        .collect();
    wanted.push(site.url("/"));
    wanted.sort();
    assert_eq!(asked, wanted);
}

#[test]
fn integrity_of_another_host_is_checked_too() {
    let root = tempdir().unwrap();
    // The files' host first: its address is the prefix of the page.
    let (_, files) = compiled_site(root.path(), "/static/");
    let answers = files.iter().map(|(name, bytes)| {
        let answer = typed(name, bytes.clone()).header("Access-Control-Allow-Origin: *");
        (format!("/a/{name}"), answer)
    });
    let cdn = Site::start(answers.collect());
    let (page, _) = compiled_site(root.path(), &cdn.url("/a/"));
    let unquoted = page.replace('"', "");
    assert_eq!(
        unquoted.matches(" crossorigin=anonymous").count(),
        3,
        "{page}"
    );
    let answer = Answer::new("text/html", page.as_bytes());
    let site = Site::start(BTreeMap::from([("/".to_owned(), answer)]));
    let browser = Browser::open();
    browser.go(&site.url("/"));
    assert_eq!(effects(&browser), (true, true), "{:?}", browser.console());
    // The preload was the same request as the stylesheet.
    let styles = browser.network();
    let styles = styles
        .iter()
        .filter(|exchange| exchange.url.ends_with(".css"));
    assert_eq!(styles.count(), 1);
}
