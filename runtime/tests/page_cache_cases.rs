//! Runs the files of `page_cache_cases/` against a view in a page cache. Their form is described in the `README.md`
//! beside them.

mod page_cache_harness;

use crushed::cache::Memory;
use page_cache_harness::run::run_all;

#[test]
fn every_case_holds() {
    run_all(|_| Memory::default());
}
