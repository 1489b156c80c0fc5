//! The release binary alone: what it serves, what it says, how it ends.

use std::collections::BTreeSet;

use crushed_tests::app::{App, run_to_its_end};
use crushed_tests::http::get;
use crushed_tests::page::{css_urls, element_texts, references};

/// Every page of the demo.
const PAGES: [&str; 6] = [
    "/",
    "/inline",
    "/coupons",
    "/coupons/LAKE-20",
    "/coupons/INK-5",
    "/coupons/SUMMER-14",
];

#[test]
fn every_page_and_every_asset_it_references_is_served_from_the_binary_alone() {
    let app = App::start(&[]);
    let mut assets = BTreeSet::new();
    for page in PAGES {
        let reply = app.get(page);
        assert_eq!(reply.status, 200, "{page}");
        assert_eq!(
            reply.header("content-type"),
            "text/html; charset=utf-8",
            "{page}"
        );
        assets.extend(
            references(reply.text())
                .into_iter()
                .filter(|reference| reference.starts_with("/static/")),
        );
        for style in element_texts(reply.text(), "style") {
            assets.extend(css_urls(style));
        }
    }
    let stylesheets: Vec<String> = assets
        .iter()
        .filter(|asset| asset.ends_with(".css"))
        .cloned()
        .collect();
    assert_eq!(
        stylesheets.len(),
        1,
        "one bundle for all pages: {stylesheets:?}"
    );
    for stylesheet in stylesheets {
        let reply = app.get(&stylesheet);
        let folder = stylesheet.rsplit_once('/').unwrap().0;
        for url in css_urls(reply.text()) {
            let path = url
                .strip_prefix("../")
                .map(|path| format!("{}/{path}", folder.rsplit_once('/').unwrap().0));
            assets.insert(path.unwrap_or_else(|| format!("{folder}/{url}")));
        }
    }
    for extension in [".css", ".js", ".jpg", ".svg", ".eot", ".ttf", ".woff"] {
        assert!(
            assets.iter().any(|asset| asset.ends_with(extension)),
            "no {extension} in {assets:?}"
        );
    }
    for asset in &assets {
        let reply = app.get(asset);
        assert_eq!(reply.status, 200, "{asset}");
        assert_eq!(
            reply.header("cache-control"),
            "public, max-age=31536000, immutable",
            "{asset}"
        );
        assert!(!reply.body.is_empty(), "{asset}");
        let tag = reply.header("etag");
        let again = get(&app.url(asset), &[("if-none-match", tag)]);
        assert_eq!(again.status, 304, "{asset} with {tag}");
    }
    assert_eq!(app.files_beside(), [""; 0], "the app writes nothing");
}

#[test]
fn health_is_answered_and_nothing_else_is_made_up() {
    let app = App::start(&[]);
    assert_eq!(app.get("/healthz").status, 200);
    for path in ["/coupons/NONE", "/nope", "/static/nope.css"] {
        assert_eq!(app.get(path).status, 404, "{path}");
    }
    let page = app.get("/coupons/%3Cb%3E");
    assert!(
        page.text().contains("Not found") && !page.text().contains("<b>"),
        "{}",
        page.text()
    );
    let asset = app.get("/static/nope.css");
    assert_eq!(asset.header("cache-control"), "no-store");
    assert!(
        !asset.header("content-type").starts_with("text/html"),
        "never a page in an asset's place"
    );
}

#[test]
fn what_a_page_is_given_is_escaped_and_its_conditions_hold() {
    let app = App::start(&[]);
    let list = app.get("/coupons");
    assert!(
        list.text().contains("Quill &#60;stationers&#62;"),
        "{}",
        list.text()
    );
    assert_eq!(
        list.text().matches(r#"class="coupon is-expired""#).count(),
        1
    );
    assert_eq!(
        list.text().matches("disabled").count(),
        2,
        "one link, its class and its aria-disabled"
    );
    assert_eq!(
        list.text().matches(r#"href="/coupons/"#).count(),
        3,
        "one link for each that is not expired"
    );
    let expired = app.get("/coupons/SUMMER-14");
    assert!(expired.text().contains(" disabled>"), "{}", expired.text());
}

#[test]
fn the_conditional_comment_is_kept() {
    let app = App::start(&[]);
    for page in PAGES {
        let reply = app.get(page);
        let html = reply.text();
        let start = html
            .find("<!--[if lt IE 9]>")
            .unwrap_or_else(|| panic!("{page}: {html}"));
        let comment = &html[start..start + html[start..].find("<![endif]-->").unwrap()];
        assert!(
            comment.contains("html5shiv.min.js") && comment.contains("respond.min.js"),
            "{page}: {comment}"
        );
        assert_eq!(
            html.matches("<!--").count(),
            1,
            "{page}: no other comment ships"
        );
    }
}

#[test]
fn a_page_is_the_same_when_it_comes_from_the_cache() {
    let app = App::start(&[]);
    for page in PAGES {
        let (first, second) = (app.get(page), app.get(page));
        assert_eq!(second.status, 200, "{page}");
        assert_eq!(first.body, second.body, "{page}");
        assert_eq!(first.header("link"), second.header("link"), "{page}");
    }
}

#[test]
fn the_app_ends_cleanly_when_asked_to() {
    let app = App::start(&[]);
    assert_eq!(app.get("/").status, 200);
    assert!(app.terminate());
}

#[test]
fn a_wrong_setting_is_one_clear_line_and_exit_code_1() {
    let other = App::start(&[]);
    let taken = other.url("").replace("http://", "");
    for (name, value, words) in [
        (
            "STATIC_URL",
            "//cdn.example.test/a",
            &["STATIC_URL", "//cdn.example.test/a", "/"] as &[&str],
        ),
        ("BIND", "nowhere", &["BIND", "nowhere", "127.0.0.1:8080"]),
        (
            "BIND",
            taken.as_str(),
            &["cannot listen on", taken.as_str()],
        ),
    ] {
        let output = run_to_its_end(&[(name, value)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}={value}: {said}");
        assert_eq!(said.lines().count(), 1, "{name}={value}: {said}");
        for word in words {
            assert!(said.contains(word), "{word} in {said}");
        }
    }
}
