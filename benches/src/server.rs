//! The servers of `benches/serving` and nginx, each pinned to one core.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crushed_tests::built::{cargo, target, workspace};
use crushed_tests::cli::compiled;
use tempfile::TempDir;

/// The core that servers run on; the load comes from the other one.
pub const CORE: &str = "0";

/// A running server; ends when dropped.
pub struct Server {
    child: Child,
    base: String,
    /// What the program works in.
    _folder: Option<TempDir>,
}

/// Compiles the demo, and the servers with what came out. Returns where that lies.
///
/// # Panics
///
/// If something does not build.
pub fn build() -> PathBuf {
    let folder = target().join("serving");
    let tree = folder.join("tree");
    compiled(&workspace().join("demo-app"), &tree, &[]);
    let status = cargo(&["build", "--release", "--quiet", "--locked"])
        .current_dir(workspace().join("benches/serving"))
        .env("CARGO_TARGET_DIR", &folder)
        .env("SERVING_TREE", tree.join("static"))
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "the servers do not build"
    );
    tree
}

impl Server {
    /// Starts the server of this kind, with an allocator that counts if it is `counted`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(kind: &str, tree: &Path, program: &str) -> Self {
        match kind {
            "nginx" => Self::nginx(|folder, port| files_config(tree, folder, port)),
            _ => Self::own(&[kind.as_ref(), tree.as_os_str()], program),
        }
    }

    /// Starts a server of pages; `redis` is the store of the kind that needs one.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn of_pages(kind: &str, tree: &Path, redis: &str) -> Self {
        Self::own(&[kind.as_ref(), tree.as_os_str(), redis.as_ref()], "server")
    }

    fn own(arguments: &[&OsStr], program: &str) -> Self {
        let kind = arguments[0].display();
        let mut command = pinned(target().join("serving/release").join(program));
        let child = command.args(arguments).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("taskset is installed (Debian: util-linux)");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("its output is piped"));
        stdout
            .read_line(&mut line)
            .expect("a server's output is text");
        assert!(line.starts_with("http://"), "{kind} says {line:?}");
        let base = line.trim_end().to_owned();
        Self {
            child,
            base,
            _folder: None,
        }
    }

    /// nginx as a cache in front of another server.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn nginx_before(origin: &Self) -> Self {
        Self::nginx(|folder, port| proxy_config(&origin.base, folder, port))
    }

    /// As a careful administrator has it: one process as the others, and no log.
    fn nginx(config_of: impl FnOnce(&Path, u16) -> String) -> Self {
        let temporary = tempfile::tempdir().expect("a temporary directory can be made");
        let folder = temporary.path();
        let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = listener.expect("a port is free").port();
        let config = folder.join("nginx.conf");
        fs::write(&config, config_of(folder, port)).expect("the folder can be written to");
        let child = pinned("nginx".into())
            .arg("-c")
            .arg(&config)
            .arg("-p")
            .arg(folder)
            .spawn();
        let server = Self {
            child: child.expect("taskset is installed (Debian: util-linux)"),
            base: format!("http://127.0.0.1:{port}"),
            _folder: Some(temporary),
        };
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("nginx does not start; is it installed (Debian: nginx-light)?");
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The processor time that it has used, in seconds.
    ///
    /// # Panics
    ///
    /// If the system has no `/proc`.
    pub fn cpu_seconds(&self) -> f64 {
        // In nanoseconds of all its threads: the ticks of `stat` are too coarse for a second's work.
        let tasks =
            fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("the system has /proc");
        let nanoseconds = tasks.flatten().map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            text.split(' ')
                .next()
                .and_then(|first| first.parse::<f64>().ok())
                .unwrap_or_default()
        });
        nanoseconds.sum::<f64>() / 1e9
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pinned(program: PathBuf) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", CORE]).arg(program);
    command
}

/// Files kept open, variants made before.
fn files_config(tree: &Path, folder: &Path, port: u16) -> String {
    let fields = "\
        add_header Cache-Control \"public, max-age=31536000, immutable\";
        add_header Access-Control-Allow-Origin *;
        add_header X-Content-Type-Options nosniff;
        add_header Cross-Origin-Resource-Policy cross-origin;";
    let tree = tree.display();
    nginx_config(
        folder,
        "sendfile on; tcp_nopush on; open_file_cache max=1000 inactive=1d; open_file_cache_valid 1d;
            types { text/css css; image/jpeg jpg; font/woff woff; }",
        &format!(
            "listen 127.0.0.1:{port};
                location /static/ {{ root {tree}; gzip_static on; gzip_vary on; {fields} }}
                # Debian's nginx has no brotli of its own: the coded file under a path of its own.
                location /br/ {{
                    alias {tree}/static/; types {{ }} default_type \"text/css; charset=utf-8\";
                    add_header Content-Encoding br; add_header Vary Accept-Encoding; {fields}
                }}"
        ),
    )
}

/// Pages of an origin, kept for an hour.
fn proxy_config(origin: &str, folder: &Path, port: u16) -> String {
    nginx_config(
        folder,
        &format!(
            "sendfile on; tcp_nopush on; open_file_cache max=1000 inactive=1d; open_file_cache_valid 1d;
            proxy_cache_path {}/cache levels=1 keys_zone=pages:10m use_temp_path=off;",
            folder.display()
        ),
        &format!(
            "listen 127.0.0.1:{port};
                location / {{
                    proxy_pass {origin}; proxy_cache pages; proxy_cache_valid 200 1h; proxy_cache_lock on;
                    add_header X-Cache $upstream_cache_status;
                }}"
        ),
    )
}

fn nginx_config(folder: &Path, http: &str, server: &str) -> String {
    let folder = folder.display();
    format!(
        "daemon off; master_process off; worker_processes 1; error_log stderr error; pid {folder}/pid;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; keepalive_requests 1000000000; keepalive_timeout 1d;
            client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
            {http}
            server {{
                {server}
            }}
        }}"
    )
}
