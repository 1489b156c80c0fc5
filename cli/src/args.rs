use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use clap::{ArgGroup, Parser, Subcommand, ValueEnum};
use crushed::StaticUrl;
use crushed_build::Language;

/// The asset compiler for server-rendered Rust apps.
#[derive(Parser, Debug)]
#[command(name = "crushed", version, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print messages and results as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Run the pipeline: write static/, templates/ and manifest.json.
    Compile(Compile),
    /// Run the pipeline and write nothing: does every reference resolve?
    Check(Check),
    /// How many templates of these directories are minified, proven to mean the same, and read by Askama? Writes nothing.
    Templates(Templates),
    /// Minify one file to standard output.
    Minify(Minify),
    /// Answer over HTTP for what compile or export wrote, as the app would.
    Serve(Serve),
    /// Empty the build cache: that of CRUSHED_CACHE_DIR, or in cargo's target directory.
    Clean(Clean),
    /// Make cached pages in Redis void, in constant time, for all processes that share them. REDIS_URL names the server.
    Purge(Purge),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Compile {
    /// The directory that holds crushed.toml, the templates and the assets.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
    /// Where to write. Must not exist, be empty or hold an earlier output.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Bake this prefix into the templates instead of leaving it to the run time.
    #[arg(long, value_name = "URL")]
    pub(crate) static_url: Option<String>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    /// The directory that holds crushed.toml, the templates and the assets.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Clean {
    /// The project, or a directory below it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Templates {
    /// Projects, directories that hold some, or directories of templates.
    #[arg(value_name = "DIR", required = true)]
    pub(crate) directories: Vec<PathBuf>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Minify {
    /// The file, or - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What it is; by the file's ending if not given.
    #[arg(long)]
    pub(crate) kind: Option<Kind>,
    /// The script is a module.
    #[arg(long)]
    pub(crate) module: bool,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Serve {
    /// What compile or export wrote.
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) bind: SocketAddr,
    /// The prefix of the assets, by its path; that of the manifest, STATIC_URL or /static/ if not given.
    #[arg(long, value_name = "URL", value_parser = StaticUrl::parse)]
    pub(crate) static_url: Option<StaticUrl>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok().and_then(|mut all| all.next());
    found.ok_or_else(|| "not an address with a port, as in 127.0.0.1:8080".to_owned())
}

#[derive(clap::Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).multiple(true)))]
pub(crate) struct Purge {
    /// Every page.
    #[arg(long, group = "what")]
    pub(crate) all: bool,
    /// The pages of a path, with any query, on any host.
    #[arg(long, value_name = "PATH", group = "what")]
    pub(crate) path: Vec<String>,
    /// The pages of a path and of all paths below it.
    #[arg(long, value_name = "PATH", group = "what")]
    pub(crate) prefix: Vec<String>,
    /// The pages that were given a tag.
    #[arg(long, value_name = "TAG", group = "what")]
    pub(crate) tag: Vec<String>,
    /// What the names in Redis begin with, if the app has chosen it.
    #[arg(long, value_name = "NAME", default_value = "crushed")]
    pub(crate) namespace: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// A stylesheet.
    Css,
    /// A script.
    Js,
    /// A finished page.
    Html,
    /// An Askama template.
    Template,
}

impl Minify {
    /// What the file is, by what was said or by its ending.
    pub(crate) fn language(&self) -> Option<Language> {
        let language = match self.kind {
            Some(Kind::Css) => Language::Css,
            Some(Kind::Js) => Language::Script,
            Some(Kind::Html) => Language::Html,
            Some(Kind::Template) => Language::Template,
            None => Language::of(&self.file)?,
        };
        Some(match language {
            Language::Script if self.module => Language::Module,
            language => language,
        })
    }
}
