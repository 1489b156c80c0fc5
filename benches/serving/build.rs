//! Compiles the tree into the peers that embed one.

fn main() {
    println!("cargo::rerun-if-env-changed=SERVING_TREE");
    let tree = std::env::var("SERVING_TREE")
        .expect("SERVING_TREE is the tree to serve, the bench `serving` sets it");
    memory_serve::load_directory(&tree);
}
