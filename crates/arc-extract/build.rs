//! Gives the extractor a version that changes whenever its source or a grammar does, so that cached facts are never read
//! by code that would have written others.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The lock file names the versions of the grammars; a packaged crate has none, and no other grammars either.
    let mut paths = vec![root.join("../../Cargo.lock")];
    collect(&root.join("src"), &mut paths);
    paths.sort();
    // FNV-1a: it only has to differ when something differs.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for path in &paths {
        let bytes = fs::read(path).unwrap_or_default();
        for byte in bytes.iter().chain(&[0]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        println!("cargo:rerun-if-changed={}", path.display());
    }
    println!("cargo:rerun-if-changed={}", root.join("src").display());
    println!("cargo:rustc-env=ARC_EXTRACT_VERSION={hash:016x}");
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}
