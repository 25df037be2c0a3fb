//! What the targets share.

use std::{fs::File, os::unix::fs::FileExt as _, sync::OnceLock};

/// Names the file that holds the input under way.
const UNDER_WAY: &str = "HANDOFF_FUZZ_UNDER_WAY";

/// Runs a target on an input.
///
/// A stack that overflows ends the program before libFuzzer can write down the input, so it is kept in a file: its
/// length in eight bytes, and the input.
pub fn run(target: fn(&[u8]), bytes: &[u8]) {
    static FILE: OnceLock<Option<File>> = OnceLock::new();
    let file = FILE.get_or_init(|| File::create(std::env::var_os(UNDER_WAY)?).ok());
    if let Some(file) = file {
        let length = (bytes.len() as u64).to_le_bytes();
        file.write_all_at(&length, 0).expect("the file can be written");
        file.write_all_at(bytes, 8).expect("the file can be written");
    }
    target(bytes);
}
