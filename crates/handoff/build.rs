//! The web app is embedded as it is at the time of the build: a new build of it makes a new program.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../web/dist");
}
