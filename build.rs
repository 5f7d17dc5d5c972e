//! Nothing is generated. A build script makes `build-dependencies` count, whose one entry lets a plain build and the
//! tests share one compilation of Typst (see `Cargo.toml`).

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
