//! The pipeline for build scripts that are programs of no dependency: apps of tests that are compiled in no time.

fn main() {
    crushed_build::compile()
}
