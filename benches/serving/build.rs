//! Compiles the tree into the peers that embed one, and says where its templates are.

fn main() {
    println!("cargo::rerun-if-env-changed=SERVING_TREE");
    let tree = std::env::var("SERVING_TREE")
        .expect("SERVING_TREE is the tree to serve, the bench `serving` sets it");
    memory_serve::load_directory(&tree);
    let config = std::path::Path::new(&std::env::var("OUT_DIR").expect("cargo sets OUT_DIR"))
        .join("crushed/askama.toml");
    let dirs = format!("[general]\ndirs = [{:?}]\n", format!("{tree}/../templates"));
    std::fs::create_dir_all(config.parent().expect("it has a folder"))
        .and_then(|()| std::fs::write(&config, dirs))
        .expect("OUT_DIR can be written to");
}
