//! Compiles the migrations in again when one comes: the macro that reads them cannot say so by itself.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
