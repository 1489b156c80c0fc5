//! A server that counts its allocations: `/allocations` is their number so far.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> std::io::Result<()> {
    crushed_benches_serving::run(|| {
        let stats = ALLOCATOR.stats();
        stats.allocations + stats.reallocations
    })
}
