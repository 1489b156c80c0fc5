//! How far a run is, for somebody who waits for it.

/// What a run is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Stage {
    /// Templates, Rust files and configuration are read and scanned.
    Read,
    /// Stylesheets and scripts are minified; the pieces are those of the bundles and sources.
    Transform,
    /// Variants are made; the pieces are these.
    Encode,
    /// Templates are rewritten, minified and compared.
    Templates,
}

/// Is told how far a run is, from whatever thread works.
pub trait Progress: Sync {
    /// A stage begins, of so many pieces of work if that is known.
    fn begin(&self, stage: Stage, pieces: Option<usize>);

    /// A piece of the stage is done.
    fn step(&self);
}

/// For nobody.
impl Progress for () {
    fn begin(&self, _: Stage, _: Option<usize>) {}

    fn step(&self) {}
}
