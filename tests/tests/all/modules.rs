//! Modules in Chromium: what a page of them does is what it did before it was compiled.

use crushed_tests::browser::Browser;
use crushed_tests::project::Project;
use serde_json::json;

const PREFIX: &str = "/assets/of/app/";

/// A page with everything that a graph can have.
const FILES: [(&str, &str); 18] = [
    (
        "templates/page.html",
        r#"<!doctype html><meta charset="utf-8"><title>t</title><link rel="icon" href="data:,">
<script>window.log = []</script>
{% compress js %}
<script type="importmap">{"imports": {"tool": "./js/tool.js", "kit/": "./kit/"}}</script>
<script nomodule src="js/old.js"></script>
<script src="js/classic.js"></script>
<script type="module" src="js/one.js"></script>
<script type="module" src="js/two.js?from=page"></script>
<script type="module">
import shared from "./js/shared.js";
import { part } from "kit/part.js";
log.push("inline " + shared.count + " " + part);
</script>
{% endcompress %}
{% compress js inline %}
<script type="module">
import shared from "./js/shared.js";
log.push("last " + shared.count);
window.done = true;
</script>
{% endcompress %}
"#,
    ),
    ("assets/js/old.js", "window.old = true;\n"),
    (
        "assets/js/classic.js",
        "var fromClassic = 1;\nimport('./late.js').then(function (late) { window.lateByClassic = late.default });\n",
    ),
    (
        "assets/js/one.js",
        r#"import shared from "./shared.js";
import { even } from "./cycle/even.js";
import data from "../data/data.json" with { type: "json" };
import sheet from "../css/part.css" with { type: "css" };
import tool from "tool";
log.push("one " + shared.count);
window.even = even(10) && !even(7);
window.data = data.answer;
window.tool = tool;
document.adoptedStyleSheets = [sheet];
window.image = new URL("../img/x.svg", import.meta.url).href;
window.directory = new URL("./", import.meta.url).pathname;
window.resolved = import.meta.resolve("./late.js");
const language = await import(`./late.js`);
window.late = language.default;
window.broken = await import("./broken.js").catch((error) => error.message);
const asked = (worker) => new Promise((done) => {
  worker.onmessage = (event) => done(event.data);
  worker.onerror = (event) => done("failed: " + event.message);
});
window.classicWorker = await asked(new Worker(new URL("work/classic.js", import.meta.url)));
window.modernWorker = await asked(new Worker(new URL("./work/modern.js", import.meta.url), { type: "module" }));
"#,
    ),
    (
        "assets/js/two.js",
        r#"import shared from "./shared.js";
import * as again from "./shared.js?again";
log.push("two " + shared.count + " " + new URL(import.meta.url).search);
window.instances = [shared === again.default, window.runs];
"#,
    ),
    (
        "assets/js/shared.js",
        "window.runs = (window.runs || 0) + 1;\nexport default { count: window.runs };\n",
    ),
    (
        "assets/js/cycle/even.js",
        "import { odd } from './odd.js';\nexport function even(n) { return n === 0 || odd(n - 1) }\n",
    ),
    (
        "assets/js/cycle/odd.js",
        "import { even } from './even.js';\nexport function odd(n) { return n !== 0 && even(n - 1) }\n",
    ),
    ("assets/js/late.js", "export default 'late';\n"),
    ("assets/js/broken.js", "throw new Error('on purpose');\n"),
    ("assets/js/tool.js", "export default 'tool';\n"),
    ("assets/kit/part.js", "export const part = 'part';\n"),
    (
        "assets/js/work/classic.js",
        "var local = 1;\nimportScripts('helper.js');\npostMessage('classic ' + helped + ' ' + typeof self.local);\n",
    ),
    ("assets/js/work/helper.js", "var helped = 'helped';\n"),
    (
        "assets/js/work/modern.js",
        "import late from '../late.js';\npostMessage('modern ' + late);\n",
    ),
    ("assets/data/data.json", "{ \"answer\": 42 }\n"),
    (
        "assets/css/part.css",
        "body { color: rgb(1, 2, 3); background: url(../img/x.svg) }\n",
    ),
    (
        "assets/img/x.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n",
    ),
];

#[test]
fn a_graph_does_what_it_did_and_nothing_is_missing() {
    let project = Project::compiled(&FILES, PREFIX);
    let browser = Browser::open();
    browser.go(&project.url("/page.html"));
    browser.wait_until("window.done && window.modernWorker && window.lateByClassic");
    let value = |name: &str| browser.run(&format!("return window[{name:?}]"));

    // In the order of their tags, with one instance of what they share.
    assert_eq!(
        value("log"),
        json!(["one 1", "two 1 ?from=page", "inline 1 part", "last 1"])
    );
    assert_eq!(
        value("instances"),
        json!([false, 2]),
        "another query is another instance"
    );
    assert_eq!(value("even"), json!(true));
    assert_eq!(value("data"), json!(42));
    assert_eq!(value("tool"), json!("tool"));
    assert_eq!(value("late"), json!("late"));
    assert_eq!(value("lateByClassic"), json!("late"));
    assert_eq!(value("broken"), json!("on purpose"));
    assert_eq!(value("classicWorker"), json!("classic helped number"));
    assert_eq!(value("modernWorker"), json!("modern late"));
    assert_eq!(
        value("fromClassic"),
        json!(1),
        "a classic script's names are global"
    );
    assert_eq!(value("old"), json!(null), "nomodule is heeded");
    assert_eq!(value("directory"), json!(format!("{PREFIX}js/")));
    assert_eq!(browser.style("body", "color"), "rgb(1, 2, 3)");
    for (name, start) in [("image", "img/x."), ("resolved", "js/late.")] {
        let start = project.url(PREFIX) + start;
        assert!(
            value(name)
                .as_str()
                .is_some_and(|url| url.starts_with(&start)),
            "{name}"
        );
    }
    browser.run("return fetch(image).then(reply => window.found = reply.status)");
    browser.wait_until("window.found === 200");

    let network = browser.network();
    let failed: Vec<_> = network
        .iter()
        .filter(|exchange| exchange.outcome != Ok(200))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    let prefix = project.url(PREFIX);
    for exchange in network
        .iter()
        .filter(|exchange| !exchange.url.ends_with("/page.html"))
    {
        assert!(exchange.url.starts_with(&prefix), "{exchange:?}");
    }
    assert_eq!(browser.console(), [""; 0]);
}

/// Nothing in a release knows the prefix but the pages.
#[test]
fn the_assets_do_not_depend_on_the_prefix() {
    let assets =
        |prefix| crushed_tests::tree::read(&Project::compiled(&FILES, prefix).out().join("static"));
    assert!(assets(PREFIX) == assets("/static/"));
}
