fn main() {
    crushed_build::compile()
}
