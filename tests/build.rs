//! Compiles the assets of this package, which its examples name.

fn main() {
    crushed_build::compile()
}
