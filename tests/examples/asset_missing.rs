//! Names sources that do not exist. Not compiled but by the test `compile_errors`.

fn main() {
    println!("{}", crushed::asset!("img/marc.svg"));
    println!("{}", crushed::asset!("../../etc/passwd"));
    println!("{}", crushed::compress!(css, "css/none.css"));
}
