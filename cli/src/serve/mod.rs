//! `crushed serve`: what compile or export wrote, answered from memory by the runtime's own HTTP code.

mod answer;
mod site;
mod tree;
mod variants;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};

use actix_web::{App, HttpRequest, HttpServer, web};
use crushed::StaticUrl;
use crushed_build::{Diagnostic, ErrorKind, Failure, Severity};

use crate::args::Serve;
use crate::report;

use site::Site;
use tree::Tree;

/// Where assets are if nothing says otherwise.
const DEFAULT_PREFIX: &str = "/static/";

/// `crushed serve`
pub(crate) fn serve(options: &Serve, json: bool) -> Result<(), Failure> {
    let (tree, mut warnings) = Tree::read(&options.directory)?;
    // Before the work, which would be for nothing.
    let listener = listen(options.bind)?;
    let prefix = prefix(options.static_url, &tree)?;
    let site = Site::load(tree, prefix, &mut warnings)?;
    report::warnings(&warnings, json);

    let address = listener.local_addr().map_err(|error| stopped(&error))?;
    say(&format!("http://{address}"), site, json).map_err(|error| stopped(&error))?;
    let app = move || {
        App::new().default_service(web::to(move |request: HttpRequest| async move {
            answer::answer(site, &request)
        }))
    };
    let server = HttpServer::new(app).shutdown_timeout(1).listen(listener);
    let server = server.map_err(|error| stopped(&error))?.run();
    // Stops on SIGINT and SIGTERM.
    let done = actix_web::rt::System::new().block_on(server);
    done.map_err(|error| stopped(&error).into())
}

fn prefix(given: Option<StaticUrl>, tree: &Tree) -> Result<StaticUrl, Diagnostic> {
    if let Some(prefix) = given {
        return Ok(prefix);
    }
    let baked = tree
        .manifest
        .as_ref()
        .and_then(|manifest| manifest.static_url.clone());
    let text = baked
        .or_else(|| std::env::var("STATIC_URL").ok())
        .unwrap_or_else(|| DEFAULT_PREFIX.to_owned());
    StaticUrl::parse(&text).map_err(|error| fault(error.to_string()))
}

fn listen(bind: SocketAddr) -> Result<TcpListener, Diagnostic> {
    TcpListener::bind(bind).map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::AddrInUse => format!("cannot listen on {bind}: it is in use"),
            _ => format!("cannot listen on {bind}: {error}"),
        };
        fault(message).help("name another address with --bind; port 0 takes a free one")
    })
}

/// The first line of standard output is the address, for programs that start this one.
fn say(url: &str, site: &Site, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let line = serde_json::json!({
            "url": url,
            "prefix": site.prefix.as_str(),
            "assets": site.assets.routes().len(),
            "pages": site.page_count,
            "unfinished": site.unfinished,
        });
        return writeln!(out, "{line}");
    }
    writeln!(out, "{url}")?;
    let (assets, pages) = (site.assets.routes().len(), site.page_count);
    write!(
        out,
        "{assets} assets below {}, {pages} pages",
        site.prefix.path()
    )?;
    match site.unfinished {
        0 => writeln!(out),
        count => writeln!(out, "; {count} templates have tags and are no pages"),
    }
}

fn stopped(error: &io::Error) -> Diagnostic {
    fault(format!("the server stopped: {error}"))
}

/// A fault that lies in no file.
fn fault(message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        kind: ErrorKind::Io,
        file: None,
        place: None,
        message,
        help: None,
    }
}
