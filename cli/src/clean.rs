use crushed_build::{CacheDir, Failure};
use serde_json::json;

use crate::args::Clean;

/// `crushed clean`
pub(crate) fn clean(clean: &Clean, json: bool) -> Result<(), Failure> {
    let cache = CacheDir::of_project(&clean.root)?;
    let cleared = cache
        .as_ref()
        .map_or_else(|| Ok(Default::default()), CacheDir::clear)?;
    let place = cache.map(|cache| cache.path);
    if json {
        println!(
            "{}",
            json!({ "directory": place, "results": cleared.results, "bytes": cleared.bytes })
        );
        return Ok(());
    }
    match place {
        Some(place) => println!(
            "removed {} results of {} bytes from {}",
            cleared.results,
            cleared.bytes,
            place.display()
        ),
        None => println!(
            "there is no build cache: no target directory of cargo is in or above {}",
            clean.root.display()
        ),
    }
    Ok(())
}
