//! The demo's release binary, running.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use tempfile::{NamedTempFile, TempDir};

use crate::built::binary;
use crate::http::{Reply, get};

/// A running demo, alone in an empty directory; ends when dropped.
pub struct App {
    child: Child,
    base: String,
    folder: TempDir,
    log: NamedTempFile,
}

impl App {
    /// Copies the binary into an empty directory and starts it there, on a free port.
    ///
    /// # Panics
    ///
    /// If it does not start, or says anything but its address.
    pub fn start(environment: &[(&str, &str)]) -> Self {
        let (mut command, folder) = alone(environment);
        let log = NamedTempFile::new().expect("a temporary file can be made");
        let stderr = log.reopen().expect("the temporary file is there");
        let mut child = command
            .env("BIND", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the demo can be executed");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("its output is piped"));
        stdout
            .read_line(&mut line)
            .expect("the demo's output is text");
        let base = line.trim_end().to_owned();
        if !base.starts_with("http://127.0.0.1:") {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the demo's first line is {line:?}, not its address");
        }
        Self {
            child,
            base,
            folder,
            log,
        }
    }

    /// What it has written to standard error so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path()).expect("the demo's messages are text")
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Asks for a path.
    pub fn get(&self, path: &str) -> Reply {
        get(&self.url(path), &[])
    }

    /// The names of the files in the app's directory besides its binary.
    pub fn files_beside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the app's directory is there");
        let names = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name != "demo-app").collect()
    }

    /// Asks the app to end (SIGTERM) and waits until it has; whether its exit code was 0.
    pub fn terminate(mut self) -> bool {
        let asked = Command::new("kill")
            .args(["-s", "TERM", &self.child.id().to_string()])
            .status();
        assert!(
            asked.is_ok_and(|status| status.success()),
            "kill is missing, install the Debian package procps"
        );
        self.child
            .wait()
            .expect("the app was started here")
            .success()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the demo where it is expected to end at once, and returns what it said.
///
/// # Panics
///
/// If it starts to listen.
pub fn run_to_its_end(environment: &[(&str, &str)]) -> Output {
    let (mut command, _folder) = alone(environment);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the demo can be executed");
    let mut first = [0; 1];
    // A demo that listens says so at once; one that ends closes its output.
    let said = child
        .stdout
        .as_mut()
        .expect("its output is piped")
        .read(&mut first)
        .unwrap_or(0);
    if said > 0 {
        let _ = child.kill();
    }
    let output = child.wait_with_output().expect("the demo was started here");
    assert_eq!(said, 0, "the demo listens with {environment:?}");
    output
}

fn alone(environment: &[(&str, &str)]) -> (Command, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let program = folder.path().join("demo-app");
    // By a program of its own: a copy that this process has open for writing, even for a moment, can be inherited by
    // another test's child, and an open program cannot be executed ("text file busy").
    let copied = Command::new("cp")
        .arg(binary("demo-app"))
        .arg(&program)
        .status();
    assert!(
        copied.is_ok_and(|status| status.success()),
        "the demo cannot be copied"
    );
    let mut command = Command::new(program);
    command.current_dir(folder.path()).stdin(Stdio::null());
    // Nothing from here reaches it, least of all a setting of the developer's own.
    command.env_clear().envs(environment.iter().copied());
    (command, folder)
}
