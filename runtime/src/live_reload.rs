//! Tells browsers that a source changed. Only while compression is off: the assets of a release do not change.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};
use tokio::sync::watch;

/// Where the events come from, and the script that listens to them.
pub(crate) const EVENTS: &str = "/.crushed/live-reload";
pub(crate) const SCRIPT: &str = "/.crushed/live-reload.js";

/// The page is loaded again when a source changed, and when the app that answers is another process than before: then it was
/// built anew, and its templates with it.
pub(crate) const SCRIPT_TEXT: &str = r#"(() => {
  let process;
  const events = new EventSource("/.crushed/live-reload");
  events.addEventListener("hello", (event) => {
    if (process !== undefined && process !== event.data) location.reload();
    process = event.data;
  });
  events.addEventListener("reload", () => location.reload());
})();
"#;

/// Set once there is something to listen to.
static ACTIVE: OnceLock<()> = OnceLock::new();

/// The tag that makes a page load itself again when a source changes: `{{ crushed::live_reload() }}` in a template.
///
/// It is empty unless [`actix::live_reload`](crate::actix::live_reload) is a service of the app and compression is off, and so
/// it is in every release.
pub fn live_reload() -> LiveReloadTag {
    LiveReloadTag(())
}

/// What [`live_reload`] gives. It displays as a `script` element, or as nothing.
#[derive(Clone, Copy, Debug)]
pub struct LiveReloadTag(());

impl fmt::Display for LiveReloadTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ACTIVE.get() {
            Some(()) => write!(f, "<script src=\"{SCRIPT}\" async></script>"),
            None => Ok(()),
        }
    }
}

impl HtmlSafe for LiveReloadTag {}

impl FastWritable for LiveReloadTag {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

/// Directories that are looked at, again and again, as long as somebody wants to know.
///
/// Polled, not watched: that works in containers and on network drives too, needs no library in the app, and costs nothing
/// while no page is open.
#[derive(Clone, Debug)]
pub(crate) struct Watcher(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    roots: Vec<PathBuf>,
    /// How often something changed.
    changes: watch::Sender<u64>,
    /// Whether a thread looks.
    looking: Mutex<bool>,
}

/// The shortest time between two looks.
const INTERVAL: Duration = Duration::from_millis(200);

impl Watcher {
    /// Watches these directories and what is below them.
    pub(crate) fn new(roots: Vec<PathBuf>) -> Self {
        ACTIVE.get_or_init(|| ());
        Self(Arc::new(Watched {
            roots,
            changes: watch::Sender::new(0),
            looking: Mutex::new(false),
        }))
    }

    /// Hears of each change from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        let receiver = self.0.changes.subscribe();
        let mut looking = self.looking();
        if !*looking {
            *looking = true;
            let watcher = self.clone();
            // Taken here: what changes from now on is a change, whenever the thread begins.
            let state = watcher.state();
            thread::spawn(move || watcher.look(state));
        }
        receiver
    }

    fn look(&self, mut known: u64) {
        loop {
            let start = Instant::now();
            let state = self.state();
            if state != known {
                known = state;
                self.0.changes.send_modify(|changes| *changes += 1);
            }
            // A large tree takes at most a tenth of one core.
            thread::sleep(INTERVAL.max(start.elapsed() * 9));
            let mut looking = self.looking();
            if self.0.changes.receiver_count() == 0 {
                *looking = false;
                return;
            }
        }
    }

    fn looking(&self) -> std::sync::MutexGuard<'_, bool> {
        self.0
            .looking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that is another one when a file came, went or was written.
    fn state(&self) -> u64 {
        let mut state = DefaultHasher::new();
        for root in &self.0.roots {
            hash_below(root, &mut state, 0);
        }
        state.finish()
    }
}

/// Deeper than any tree of sources; a link that leads upwards ends here.
const DEEPEST: usize = 32;

fn hash_below(directory: &Path, state: &mut DefaultHasher, depth: usize) {
    // What cannot be read now may be readable at the next look.
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        // Hidden files are not served, and packages are not edited; a root may well be one.
        if name.as_encoded_bytes().starts_with(b".") || name == "node_modules" {
            continue;
        }
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if metadata.is_dir() {
            if depth < DEEPEST {
                hash_below(&entry.path(), state, depth + 1);
            }
            continue;
        }
        let metadata = match metadata.is_symlink() {
            true => fs::metadata(entry.path()).unwrap_or(metadata),
            false => metadata,
        };
        entry.path().hash(state);
        (metadata.len(), metadata.modified().ok()).hash(state);
    }
}

/// A name of this process, other than that of one before or after it.
pub(crate) fn process() -> &'static str {
    static PROCESS: OnceLock<String> = OnceLock::new();
    PROCESS.get_or_init(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_nanos();
        format!("{}-{now}", std::process::id())
    })
}
