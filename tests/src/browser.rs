//! A real browser: headless Chromium, driven through chromedriver by the WebDriver protocol (W3C WebDriver 2).
//!
//! The protocol is JSON over HTTP, one request at a time, and a dozen commands are all that is needed here.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::built::target;
use crate::http::agent;

/// How long a condition may take to become true. What it waits for takes well under a second.
const DEADLINE: Duration = Duration::from_secs(60);

/// A browser window; closed when dropped.
pub struct Browser {
    driver: Driver,
    session: String,
    _profile: TempDir,
}

/// What the browser asked the network for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exchange {
    /// The address.
    pub url: String,
    /// The status, or the error that the browser gives.
    pub outcome: Result<u64, String>,
}

impl Browser {
    /// Opens a window.
    ///
    /// # Panics
    ///
    /// If Chromium or chromedriver is missing or does not start.
    pub fn open() -> Self {
        Self::start(&json!({"performance": "ALL", "browser": "ALL"}))
    }

    /// Opens a window that keeps no record of the network and the console, for tests that open hundreds of pages.
    ///
    /// # Panics
    ///
    /// As [`Browser::open`] does.
    pub fn open_quiet() -> Self {
        Self::start(&json!({}))
    }

    fn start(logs: &Value) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("a temporary directory can be made");
        let profile_argument = format!("--user-data-dir={}", profile.path().display());
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                // Whatever a page names, only this machine is asked.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--window-size=1200,900", profile_argument,
            ]},
            "goog:loggingPrefs": logs,
            // Of one script; the default is 30 s.
            "timeouts": {"script": 600_000},
        }}});
        let opened = driver.call("/session", &capabilities);
        let session = opened["sessionId"].as_str().unwrap_or_else(|| {
            panic!("Chromium does not start, install the Debian packages chromium and chromium-driver: {opened}")
        });
        Self {
            session: session.to_owned(),
            driver,
            _profile: profile,
        }
    }

    /// Loads a page and waits until it and what it names are there.
    pub fn go(&self, url: &str) {
        self.post("/url", json!({"url": url}));
    }

    /// Sets the size of the window, in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        self.post("/window/rect", json!({"width": width, "height": height}));
    }

    /// Runs a script, the body of a function, and gives what it returns.
    pub fn run(&self, script: &str) -> Value {
        self.run_with(script, &[])
    }

    /// Runs a script, the body of a function that takes `arguments`.
    pub fn run_with(&self, script: &str, arguments: &[Value]) -> Value {
        self.post(
            "/execute/sync",
            json!({"script": script, "args": arguments}),
        )
    }

    /// Makes a media feature have this value, `prefers-color-scheme` be `dark` say (Chrome DevTools Protocol,
    /// `Emulation.setEmulatedMedia`).
    pub fn emulate(&self, feature: &str, value: &str) {
        let parameters = json!({"features": [{"name": feature, "value": value}]});
        self.post(
            "/goog/cdp/execute",
            json!({"cmd": "Emulation.setEmulatedMedia", "params": parameters}),
        );
    }

    /// A property of an element as the browser computed it.
    pub fn style(&self, selector: &str, property: &str) -> String {
        let script = format!(
            "return getComputedStyle(document.querySelector({selector:?})).getPropertyValue({property:?})"
        );
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Clicks an element as a reader does: it must be visible and not covered.
    pub fn click(&self, selector: &str) {
        let element = self.post(
            "/element",
            json!({"using": "css selector", "value": selector}),
        );
        let id = element
            .as_object()
            .and_then(|object| object.values().next())
            .and_then(Value::as_str);
        let id = id.unwrap_or_else(|| panic!("no element {selector}"));
        self.post(&format!("/element/{id}/click"), json!({}));
    }

    /// Waits until an expression of JavaScript is true.
    ///
    /// # Panics
    ///
    /// If it is still not after a minute.
    pub fn wait_until(&self, expression: &str) {
        let begun = Instant::now();
        while self.run(&format!("return Boolean({expression})")) != json!(true) {
            assert!(begun.elapsed() < DEADLINE, "still not true: {expression}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What was asked of the network since the last call, or since the window was opened.
    pub fn network(&self) -> Vec<Exchange> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        let mut asked = BTreeMap::new();
        for message in self.log("performance") {
            let message: Value = serde_json::from_str(message["message"].as_str().unwrap_or("{}"))
                .unwrap_or_default();
            let (method, parameters) =
                (&message["message"]["method"], &message["message"]["params"]);
            let id = parameters["requestId"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let outcome = match method.as_str() {
                // The browser's own start page has another document.
                Some("Network.requestWillBeSent")
                    if parameters["documentURL"].as_str().is_some_and(is_http) =>
                {
                    asked.insert(
                        id,
                        parameters["request"]["url"]
                            .as_str()
                            .unwrap_or_default()
                            .to_owned(),
                    );
                    continue;
                }
                Some("Network.responseReceived") => Ok(parameters["response"]["status"]
                    .as_u64()
                    .unwrap_or_default()),
                Some("Network.loadingFailed") => Err(parameters["errorText"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()),
                _ => continue,
            };
            // A page's own `data:` never leaves the browser.
            if let Some(url) = asked.get(&id).filter(|url| !url.starts_with("data:")) {
                exchanges.push(Exchange {
                    url: url.clone(),
                    outcome,
                });
            }
        }
        exchanges
    }

    /// The warnings and errors of the console since the last call.
    pub fn console(&self) -> Vec<String> {
        let entries = self.log("browser").into_iter();
        let entries =
            entries.filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")));
        entries
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Saves what the window shows as `target/screenshots/NAME.png`.
    pub fn screenshot(&self, name: &str) {
        let encoded = self.get("/screenshot");
        let png = BASE64_STANDARD
            .decode(encoded.as_str().unwrap_or_default())
            .expect("a screenshot is base64");
        assert!(png.starts_with(b"\x89PNG"), "a screenshot is a PNG");
        let path = target()
            .join("screenshots")
            .join(name)
            .with_extension("png");
        fs::create_dir_all(path.parent().expect("a file lies in a directory"))
            .expect("a directory can be made");
        fs::write(&path, png).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        match self.post("/se/log", json!({"type": kind})) {
            Value::Array(entries) => entries,
            other => panic!("a log is a list, not {other}"),
        }
    }

    fn post(&self, command: &str, body: Value) -> Value {
        self.answered(
            command,
            self.driver
                .call(&format!("/session/{}{command}", self.session), &body),
        )
    }

    fn get(&self, command: &str) -> Value {
        self.answered(
            command,
            self.driver
                .ask(&format!("/session/{}{command}", self.session)),
        )
    }

    fn answered(&self, command: &str, value: Value) -> Value {
        assert!(value.get("error").is_none(), "{command}: {value}");
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes the window and with it Chromium's processes, before the driver itself ends.
        let url = format!("{}/session/{}", self.driver.base, self.session);
        let _ = agent().delete(url).call();
    }
}

fn is_http(url: &str) -> bool {
    url.starts_with("http")
}

/// A running chromedriver; ends when dropped.
struct Driver {
    child: Child,
    base: String,
}

impl Driver {
    fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("chromedriver: {error}, install the Debian package chromium-driver")
            });
        let mut output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let port = port(&mut output);
        // Read to the end, so that the driver never waits for a full pipe.
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let base = format!("http://127.0.0.1:{port}");
        Self { child, base }
    }

    fn call(&self, path: &str, body: &Value) -> Value {
        value(
            path,
            agent().post(format!("{}{path}", self.base)).send_json(body),
        )
    }

    fn ask(&self, path: &str) -> Value {
        value(path, agent().get(format!("{}{path}", self.base)).call())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port that the driver says it listens on.
fn port(output: &mut impl BufRead) -> u16 {
    let mut said = String::new();
    for line in output.lines() {
        let line = line.expect("chromedriver's output is text");
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return port
                .trim_end_matches('.')
                .parse()
                .expect("a port is a number");
        }
        said += &line;
    }
    panic!("chromedriver ended: {said}")
}

fn value<E: Debug>(path: &str, answer: Result<ureq::http::Response<ureq::Body>, E>) -> Value {
    let mut answer = answer.unwrap_or_else(|error| panic!("chromedriver, {path}: {error:?}"));
    let body = answer
        .body_mut()
        .with_config()
        .limit(256 << 20)
        .read_json::<Value>();
    let mut body = body.unwrap_or_else(|error| panic!("chromedriver, {path}: {error:?}"));
    body["value"].take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_in_what_the_driver_says() {
        let said =
            b"Starting ChromeDriver 1\nChromeDriver was started successfully on port 40123.\n";
        assert_eq!(port(&mut &said[..]), 40123);
    }
}
