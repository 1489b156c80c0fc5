//! Runs of the pipeline as a build script, a process of its own, measured from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crushed_tests::built::binary;
use crushed_tests::packages::wrap;

/// The build script of a project, with its own `OUT_DIR` and cache.
pub struct Script {
    root: PathBuf,
    out: PathBuf,
    cache: PathBuf,
}

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// Seconds from its start to its end.
    pub wall: f64,
    /// Seconds of processor time, to a hundredth.
    pub cpu: f64,
}

impl Script {
    /// Of the project at `root`; what it makes and keeps goes to `place`, which is empty.
    pub fn new(root: &Path, place: &Path) -> Self {
        Self {
            root: root.to_owned(),
            out: place.join("out"),
            cache: place.join("cache"),
        }
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn run(&self) -> Took {
        timed(&mut self.command())
    }

    /// The same on one core: on two that share a part of their hardware the same work takes more processor time.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn run_on_one_core(&self) -> Took {
        timed_on_one_core(&self.command())
    }

    /// The same as [`run`](Self::run), and the most memory that it held, in kB: asked for every few milliseconds.
    ///
    /// # Panics
    ///
    /// If it fails, or the system has no `/proc`.
    pub fn run_watched(&self) -> (Took, u64) {
        let mut most = 0;
        let took = timed_with(&mut self.command(), |child| {
            let status = format!("/proc/{}/status", child.id());
            while child.try_wait().is_ok_and(|ended| ended.is_none()) {
                let text = fs::read_to_string(&status).unwrap_or_default();
                let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let size = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
                most = most.max(size.unwrap_or_default());
                thread::sleep(Duration::from_millis(5));
            }
        });
        (took, most)
    }

    fn command(&self) -> Command {
        fs::create_dir_all(&self.out).expect("a directory can be made");
        let mut command = Command::new(binary("pipeline"));
        command
            .current_dir(&self.root)
            .env("CARGO_MANIFEST_DIR", &self.root)
            .env("OUT_DIR", &self.out)
            .env("PROFILE", "release")
            .env("CRUSHED_CACHE_DIR", &self.cache)
            .env_remove("CRUSHED_CACHE_SIZE")
            .env_remove("CRUSHED")
            .stdout(Stdio::null());
        command
    }
}

/// Runs a command to its end.
///
/// # Panics
///
/// If it fails.
pub fn timed(command: &mut Command) -> Took {
    timed_with(command, |_| {})
}

/// The same on one core.
///
/// # Panics
///
/// If it fails.
pub fn timed_on_one_core(command: &Command) -> Took {
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", "0"]).stdout(Stdio::null());
    wrap(&mut pinned, command);
    timed(&mut pinned)
}

fn timed_with(command: &mut Command, meanwhile: impl FnOnce(&mut Child)) -> Took {
    let (start, before) = (Instant::now(), of_children());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    meanwhile(&mut child);
    let status = child.wait().expect("it was started here");
    let wall = start.elapsed().as_secs_f64();
    assert!(status.success(), "{command:?} ended with {status}");
    let cpu = of_children() - before;
    Took { wall, cpu }
}

/// The processor time of the processes that this one has waited for, in seconds.
fn of_children() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").expect("the system has /proc");
    // The name may hold anything, a bracket too.
    let (_, fields) = text.rsplit_once(") ").expect("the name is in brackets");
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |field: &str| field.parse::<f64>().unwrap_or_default();
    // `cutime` and `cstime`, in hundredths (proc_pid_stat(5), USER_HZ).
    (ticks(fields[13]) + ticks(fields[14])) / 100.0
}
