//! `crushed purge`: makes pages in Redis void, for every process that shares them.

use std::process::ExitCode;
use std::time::Duration;

use crushed::cache::{Purge, Redis, RedisOptions, Store};
use serde_json::json;

use crate::args;

/// A command is waited for longer than a page would be.
const DEADLINE: Duration = Duration::from_secs(5);

pub(crate) fn purge(options: &args::Purge, json: bool) -> ExitCode {
    let (code, message) = match run(options) {
        Ok(()) => {
            if json {
                println!("{}", json!({ "purged": options.shown() }));
            }
            return ExitCode::SUCCESS;
        }
        Err(Fault::Usage(message)) => (2, message),
        Err(Fault::Redis(message)) => (1, message),
    };
    if json {
        eprintln!(
            "{}",
            json!({ "severity": "error", "kind": "purge", "message": message })
        );
    } else {
        eprintln!("error: {message}");
    }
    ExitCode::from(code)
}

enum Fault {
    /// The command or its environment is wrong.
    Usage(String),
    /// Redis could not be told.
    Redis(String),
}

fn run(options: &args::Purge) -> Result<(), Fault> {
    let url = match std::env::var("REDIS_URL") {
        Ok(url) if !url.is_empty() => url,
        _ => {
            return Err(Fault::Usage(
                "REDIS_URL is not set: name the server whose pages are to be purged, as redis://127.0.0.1:6379/3"
                    .to_owned(),
            ));
        }
    };
    for path in options.path.iter().chain(&options.prefix) {
        if !path.starts_with('/') {
            return Err(Fault::Usage(format!(
                "{path:?} is no path, which begins with a slash and is written as in a request, as /coupons"
            )));
        }
    }
    let redis = RedisOptions::default()
        .namespace(&options.namespace)
        .deadline(DEADLINE)
        .connect_timeout(DEADLINE)
        .response_timeout(DEADLINE);
    let store = Redis::open(&url, redis).map_err(|error| Fault::Usage(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::Redis(error.to_string()))?;
    runtime
        .block_on(async {
            for scope in options.scopes() {
                store.purge(scope).await?;
            }
            Ok(())
        })
        .map_err(|error: crushed::cache::StoreError| {
            Fault::Redis(format!(
                "nothing was purged, redis could not be told: {error}"
            ))
        })
}

impl args::Purge {
    fn scopes(&self) -> Vec<Purge<'_>> {
        let mut scopes = Vec::new();
        if self.all {
            scopes.push(Purge::All);
        }
        scopes.extend(self.path.iter().map(|path| Purge::Path(path)));
        scopes.extend(self.prefix.iter().map(|path| Purge::Prefix(path)));
        scopes.extend(self.tag.iter().map(|tag| Purge::Tag(tag)));
        scopes
    }

    fn shown(&self) -> serde_json::Value {
        json!({ "all": self.all, "paths": self.path, "prefixes": self.prefix, "tags": self.tag })
    }
}
