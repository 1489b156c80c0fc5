//! The demo in Chromium.

use crushed_tests::app::App;
use crushed_tests::browser::Browser;

/// Bootstrap's blue, `#337ab7`.
const PRIMARY: &str = "rgb(51, 122, 183)";

/// The glyphicons are drawn: a face of their family was asked for, came and could be used.
const GLYPHICONS: &str = "[...document.fonts].some(face => face.family.includes('Glyphicons') && face.status == 'loaded')";

/// Nothing that the page asked for was missing or failed, and the console holds no word of it.
fn assert_clean(browser: &Browser, app: &App, at_least: usize) {
    let network = browser.network();
    let failed: Vec<_> = network
        .iter()
        .filter(|exchange| exchange.outcome != Ok(200))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(network.len() >= at_least, "{network:?}");
    for exchange in &network {
        assert!(exchange.url.starts_with(&app.url("/")), "{exchange:?}");
    }
    assert_eq!(browser.console(), [""; 0]);
}

/// Bootstrap's own style, ours, and the end of the heading's fading in.
fn assert_styled(browser: &Browser) {
    assert_eq!(browser.style("body", "margin"), "0px");
    assert!(
        browser
            .style("body", "font-family")
            .starts_with("\"Helvetica Neue\"")
    );
    assert_eq!(browser.style("h1", "font-size"), "36px");
    browser.wait_until("getComputedStyle(document.querySelector('h1')).opacity == 1");
    assert_eq!(browser.style("h1", "display"), "block");
    assert_eq!(browser.style("h1", "text-align"), "center");
    assert_ne!(
        browser.run("return jQuery.fn.modal.Constructor.VERSION"),
        serde_json::Value::Null
    );
}

#[test]
fn the_first_page_is_styled_and_its_heading_fades_in() {
    let (app, browser) = (App::start(&[]), Browser::open());
    browser.go(&app.url("/"));
    assert_styled(&browser);
    let width = "document.querySelector('img').naturalWidth";
    assert_eq!(browser.run(&format!("return {width}")), 960);
    assert_eq!(
        browser.style("img", "display"),
        "block",
        "our own stylesheet comes after Bootstrap's"
    );
    browser.screenshot("home");
    // The page, its stylesheet, two scripts, the picture.
    assert_clean(&browser, &app, 5);
}

#[test]
fn the_inline_page_looks_the_same_with_fewer_requests() {
    let (app, browser) = (App::start(&[]), Browser::open());
    browser.go(&app.url("/inline"));
    assert_styled(&browser);
    assert_eq!(
        browser.run(
            "return document.querySelectorAll('link[rel=stylesheet], script[src*=base]').length"
        ),
        0
    );
    // The page holds no glyphicon of its own; its inline stylesheet must find the font all the same.
    browser.run(
        "document.body.insertAdjacentHTML('beforeend', '<p class=\"coupon\"><span class=\"glyphicon glyphicon-tags\"></span></p>')",
    );
    browser.wait_until(GLYPHICONS);
    browser.wait_until("performance.getEntriesByType('resource').some(entry => entry.name.includes('perforation'))");
    browser.screenshot("inline");
    assert_clean(&browser, &app, 4);
}

#[test]
fn the_list_draws_glyphicons_and_its_menu_unfolds() {
    let (app, browser) = (App::start(&[]), Browser::open());
    browser.go(&app.url("/coupons"));
    assert_styled(&browser);
    browser.wait_until(GLYPHICONS);
    assert_eq!(browser.style(".btn-primary", "background-color"), PRIMARY);
    assert!(
        browser
            .style(".coupon", "background-image")
            .contains("perforation")
    );
    assert_eq!(
        browser.style(".is-expired .coupon-value", "text-decoration-line"),
        "line-through"
    );
    browser.screenshot("coupons");

    browser.resize(500, 900);
    assert_eq!(browser.style("#menu", "display"), "none");
    browser.click(".navbar-toggle");
    browser.wait_until("document.querySelector('#menu').matches('.collapse.in')");
    assert_eq!(browser.style("#menu", "display"), "block");
    browser.screenshot("coupons-menu");
    assert_clean(&browser, &app, 5);
}

#[test]
fn the_detail_page_opens_and_closes_its_modal() {
    let (app, browser) = (App::start(&[]), Browser::open());
    browser.go(&app.url("/coupons/LAKE-20"));
    assert_styled(&browser);
    browser.wait_until(GLYPHICONS);
    assert_eq!(browser.style("#code", "display"), "none");
    browser.click("#redeem");
    browser.wait_until("document.querySelector('#code').matches('.in') && !document.querySelector('#code').getAnimations({subtree: true}).length");
    assert_eq!(browser.style("#code", "display"), "block");
    assert_eq!(browser.style("#code", "opacity"), "1");
    assert_eq!(
        browser.run("return document.querySelector('#code .code').innerText"),
        "LAKE-20"
    );
    browser.screenshot("coupon-modal");
    browser.click("#code .close");
    browser.wait_until("getComputedStyle(document.querySelector('#code')).display == 'none'");
    browser.wait_until("!document.querySelector('.modal-backdrop')");
    browser.screenshot("coupon");
    assert_clean(&browser, &app, 5);
}

#[test]
fn the_not_found_page_is_styled_too() {
    let (app, browser) = (App::start(&[]), Browser::open());
    browser.go(&app.url("/coupons/NONE"));
    assert_styled(&browser);
    browser.wait_until(GLYPHICONS);
    browser.screenshot("not-found");
    let network = browser.network();
    let failed: Vec<_> = network
        .iter()
        .filter(|exchange| exchange.outcome != Ok(200))
        .collect();
    assert_eq!(failed.len(), 1, "only the page itself: {failed:?}");
    assert_eq!(failed[0].outcome, Ok(404));
}
