//! What `join = "always"` must not do.

use crushed_manifest::Kind;

use crate::diagnostic::Diagnostic;
use crate::fault::Fault;
use crate::js::{self, Goal};
use crate::load::Loaded;

/// Scripts that were joined without asking must at least parse as one: sources together, and what was made of them.
pub(crate) fn check(inputs: &[Loaded], made: &[&[String]]) -> Result<(), Vec<Diagnostic>> {
    // A hashbang is one at the start of a script only.
    let sources = inputs
        .iter()
        .map(|input| match input.text.strip_prefix("#!") {
            Some(rest) => format!("//{rest}"),
            None => input.text.clone(),
        });
    let sources: Vec<String> = sources.collect();
    for (parts, is_source) in [(sources.as_slice(), true)]
        .into_iter()
        .chain(made.iter().map(|parts| (*parts, false)))
    {
        let Err(fault) = js::inspect(&js::join(parts), Goal::Script) else {
            continue;
        };
        let mut starts = Vec::with_capacity(parts.len());
        let mut length = 0;
        for part in parts {
            starts.push(length);
            length += js::join(&[part]).len();
        }
        let index = starts
            .partition_point(|start| *start <= fault.offset)
            .saturating_sub(1);
        let earlier: Vec<String> = inputs[..index].iter().map(Loaded::name).collect();
        let offset = match is_source {
            true => fault.offset - starts[index],
            false => 0,
        };
        let message = format!(
            "joined behind {}, this does not parse: {}",
            earlier.join(", "),
            fault.message
        );
        let fault = Fault::new(offset, message)
            .help("set `join = \"safe\"` in crushed.toml, or write a block for each");
        return Err(vec![inputs[index].fault(Kind::Js, fault)]);
    }
    Ok(())
}
