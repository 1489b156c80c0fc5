//! A server as its app would build it.

fn main() -> std::io::Result<()> {
    crushed_benches_serving::run(|| 0)
}
