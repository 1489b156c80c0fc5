//! `STATIC_URL`: the same binary behind a CDN.

use crushed_tests::app::App;
use crushed_tests::page::{css_urls, element_texts, references};

const PREFIX: &str = "//cdn.example.test/a/";

/// What is not an asset: other pages, and places on the same page.
fn is_page(reference: &str) -> bool {
    reference == "/" || reference.starts_with("/coupons") || reference.starts_with("/inline")
}

#[test]
fn every_asset_of_every_page_has_the_prefix() {
    let app = App::start(&[("STATIC_URL", PREFIX)]);
    for (page, least) in [
        ("/", 4),
        ("/inline", 2),
        ("/coupons", 3),
        ("/coupons/LAKE-20", 3),
        ("/coupons/NONE", 3),
    ] {
        let reply = app.get(page);
        assert!(
            !reply.text().contains("/static/"),
            "{page}: {}",
            reply.text()
        );
        let mut assets: Vec<_> = references(reply.text())
            .into_iter()
            .filter(|reference| !is_page(reference))
            .collect();
        assert!(assets.len() >= least, "{page}: {assets:?}");
        for style in element_texts(reply.text(), "style") {
            let urls = css_urls(style);
            for part in ["fonts/glyphicons-halflings-regular", "img/perforation"] {
                let start = format!("{PREFIX}{part}.");
                assert!(
                    urls.iter().any(|url| url.starts_with(&start)),
                    "{start} in {urls:?}"
                );
            }
            assets.extend(urls);
        }
        for asset in assets {
            assert!(asset.starts_with(PREFIX), "{page}: {asset}");
        }
        if page == "/" {
            assert!(
                reply
                    .header("link")
                    .starts_with(&format!("<{PREFIX}img/mark.")),
                "{}",
                reply.header("link")
            );
        }
    }
}

#[test]
fn an_asset_does_not_depend_on_the_prefix() {
    let (plain, behind) = (App::start(&[]), App::start(&[("STATIC_URL", PREFIX)]));
    let names = |app: &App, prefix: &str| -> Vec<String> {
        let reply = app.get("/");
        let all = references(reply.text()).into_iter();
        all.filter_map(|reference| reference.strip_prefix(prefix).map(str::to_owned))
            .collect()
    };
    let assets = names(&plain, "/static/");
    assert_eq!(assets, names(&behind, PREFIX));
    assert_eq!(assets.len(), 4, "{assets:?}");
    for name in &assets {
        // Behind a CDN the app is its origin, and answers under the path of the prefix.
        let (here, there) = (
            plain.get(&format!("/static/{name}")),
            behind.get(&format!("/a/{name}")),
        );
        assert_eq!(
            (here.status.as_u16(), there.status.as_u16()),
            (200, 200),
            "{name}"
        );
        assert_eq!(here.body, there.body, "{name}");
        if name.ends_with(".css") {
            assert!(!there.text().contains("cdn.example.test"), "{name}");
            let urls = css_urls(there.text());
            assert!(
                !urls.is_empty() && urls.iter().all(|url| url.starts_with("../")),
                "{urls:?}"
            );
        }
    }
}
