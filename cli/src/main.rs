//! `crushed`: the pipeline without cargo.
//!
//! Exit codes: 0 done, 1 the input is at fault, 2 wrong usage.

mod args;
mod askama;
mod bar;
mod clean;
mod compile;
mod minify;
mod purge;
mod report;
mod serve;
mod templates;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match &args.command {
        Command::Compile(options) => compile::compile(options, args.json),
        Command::Check(options) => compile::check(options, args.json),
        Command::Clean(options) => clean::clean(options, args.json),
        Command::Templates(options) => templates::templates(options, args.json),
        Command::Minify(options) => minify::minify(options, args.json),
        Command::Serve(options) => serve::serve(options, args.json),
        Command::Purge(options) => return purge::purge(options, args.json),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::failure(&failure, args.json);
            ExitCode::from(1)
        }
    }
}
