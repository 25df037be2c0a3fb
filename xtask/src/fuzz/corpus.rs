//! Keeps the corpus small: few inputs that together reach all that any of them reaches.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, bail};

use super::Target;
use crate::workspace;

/// How much of one target's corpus the repository holds.
const FILES_MAX: usize = 120;
const BYTES_MAX: u64 = 400 * 1024;

/// Replaces the corpus by the smallest inputs that reach as much, of itself and of what was found.
///
/// An input with a name of its own was put there by somebody, and stays.
pub fn minimise(target: &Target) -> anyhow::Result<()> {
    let merged = target.found.with_extension("merged");
    if merged.exists() {
        fs::remove_dir_all(&merged)?;
    }
    fs::create_dir_all(&merged)?;
    let mut merge = target.command();
    // By places reached, not by how often each is: an order of magnitude fewer.
    merge.args(["-set_cover_merge=1", "-use_counters=0"]);
    merge.args([&merged, &target.corpus, &target.found]);
    merge.stderr(Stdio::null()).stdout(Stdio::null());
    let status = merge.status().with_context(|| format!("cannot start {}", target.name))?;
    if !status.success() {
        bail!("{} could not merge its corpus ({status}); does an input in it fail?", target.name);
    }
    let found = workspace::files_below(&merged)?;
    let old = workspace::files_below(&target.corpus)?;
    let (named, old): (Vec<PathBuf>, Vec<PathBuf>) =
        old.into_iter().partition(|path| is_named(path));
    let all = found.len();
    let kept = spread(found, FILES_MAX.saturating_sub(named.len()))?;
    old.iter().try_for_each(fs::remove_file)?;
    for path in &kept {
        fs::copy(path, target.corpus.join(path.file_name().unwrap_or_default()))?;
    }
    fs::remove_dir_all(&merged)?;
    let (kept, named) = (kept.len(), named.len());
    println!("{:12} keeps {kept} of {all} inputs, and {named} with a name", target.name);
    Ok(())
}

/// As many as there is room for, from the smallest to the largest.
fn spread(files: Vec<PathBuf>, files_max: usize) -> anyhow::Result<Vec<PathBuf>> {
    let mut sized = Vec::new();
    for path in files.into_iter().filter(|path| !is_named(path)) {
        sized.push((fs::metadata(&path)?.len(), path));
    }
    sized.sort();
    let every = sized.len().div_ceil(files_max.max(1)).max(1);
    let mut bytes = 0;
    let chosen = sized.into_iter().step_by(every).take_while(|(size, _)| {
        bytes += size;
        bytes <= BYTES_MAX
    });
    Ok(chosen.map(|(_, path)| path).collect())
}

/// libFuzzer calls an input by the SHA-1 of its bytes.
fn is_named(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.len() != 40 || !name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_named_is_told_from_what_was_found() {
        assert!(is_named(Path::new("corpus/check/an-alias-without-an-anchor")));
        assert!(!is_named(Path::new("corpus/check/da39a3ee5e6b4b0d3255bfef95601890afd80709")));
    }

    #[test]
    fn where_there_is_no_room_for_all_small_and_large_ones_are_kept() {
        let folder = std::env::temp_dir().join(format!("handoff-corpus-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let files: Vec<PathBuf> = (0..10).map(|n| folder.join(format!("{n:040}"))).collect();
        for (size, path) in files.iter().enumerate() {
            fs::write(path, vec![0; size]).unwrap();
        }
        let kept = spread(files.clone(), 5).unwrap();
        assert_eq!(kept, [0, 2, 4, 6, 8].map(|n| files[n].clone()));
        assert_eq!(spread(files.clone(), 20).unwrap(), files);
        fs::remove_dir_all(&folder).unwrap();
    }
}
