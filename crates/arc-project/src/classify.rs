//! What a file is by its path and the first look at its content: vendored, generated, minified, binary, a test.

use arc_store::{GraphFile, StoreError, file_flag};

/// Files larger than this are counted, not read.
pub(crate) const MAX_BYTES: u64 = 2 << 20;

/// Folders of code that others maintain.
const VENDORED: &[&str] = &[
    ".bundle",
    ".cargo",
    ".pnpm",
    ".tox",
    ".venv",
    ".yarn",
    "Carthage",
    "Pods",
    "_vendor",
    "_vendored",
    "bower_components",
    "dist-packages",
    "external_libs",
    "node_modules",
    "site-packages",
    "third-party",
    "third_party",
    "thirdparty",
    "vendor",
    "vendored",
    "venv",
];

/// Folders of tests.
const TEST_FOLDERS: &[&str] = &[
    "__tests__",
    "androidTest",
    "e2e",
    "spec",
    "specs",
    "test",
    "testing",
    "tests",
    "unittests",
];

/// Extensions of what is no text. Everything else is looked at.
const BINARY: &[&str] = &[
    "7z", "a", "avif", "bin", "bmp", "bz2", "class", "dat", "db", "dll", "dylib", "eot", "exe",
    "gif", "gz", "ico", "jar", "jpeg", "jpg", "lib", "mo", "mp3", "mp4", "o", "obj", "ogg", "otf",
    "pdf", "pkl", "png", "pyc", "pyd", "rar", "so", "sqlite", "sqlite3", "tar", "tgz", "tif",
    "tiff", "ttf", "wasm", "wav", "webm", "webp", "whl", "woff", "woff2", "xz", "zip", "zst",
];

/// Ends of names that generators give.
const GENERATED_ENDS: &[&str] = &[
    ".designer.cs",
    ".freezed.dart",
    ".g.cs",
    ".g.dart",
    ".pb.cc",
    ".pb.go",
    ".pb.h",
    "_pb2.py",
    "_pb2.pyi",
    "_pb2_grpc.py",
];

/// Whether no person writes a file: it is marked so, or it is what a bundler puts into `dist`.
///
/// # Errors
/// When the graph cannot be read.
pub fn is_made(graph: &GraphFile, path: &str) -> Result<bool, StoreError> {
    const MADE: u32 = file_flag::GENERATED | file_flag::MINIFIED | file_flag::VENDORED;
    const SCRIPTS: &[&str] = &["cjs", "css", "js", "mjs"];
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_bundle = SCRIPTS.contains(&ending) && format!("/{path}").contains("/dist/");
    let file = graph.file(path)?;
    Ok(is_bundle || file.is_some_and(|file| file.row.flags & MADE != 0))
}

/// The flags that the path alone tells.
pub(crate) fn flags_of_path(path: &str, has_language: bool) -> u32 {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let lower = name.to_ascii_lowercase();
    let extension = lower
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    let mut flags = 0;
    if folders.split('/').any(|folder| VENDORED.contains(&folder)) {
        flags |= file_flag::VENDORED;
    }
    if GENERATED_ENDS.iter().any(|end| lower.ends_with(end)) || lower.contains(".generated.") {
        flags |= file_flag::GENERATED;
    }
    if lower.ends_with(".min.js") || lower.ends_with(".min.css") || lower.ends_with(".min.mjs") {
        flags |= file_flag::MINIFIED;
    }
    if !has_language && BINARY.binary_search(&extension).is_ok() {
        flags |= file_flag::BINARY;
    }
    if has_language && (folders.split('/').any(is_test_folder) || is_test_name(name)) {
        flags |= file_flag::TEST;
    }
    flags
}

fn is_test_folder(folder: &str) -> bool {
    TEST_FOLDERS.contains(&folder)
}

/// Names by which test runners and people know a file of tests.
fn is_test_name(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let ends_in_word = |word: &str| {
        stem.strip_suffix(word)
            .is_some_and(|rest| rest.ends_with(|c: char| c.is_lowercase() || c.is_ascii_digit()))
    };
    name.contains(".test.")
        || name.contains(".spec.")
        || name.contains(".cy.")
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || stem.ends_with("_spec")
        || matches!(stem, "conftest" | "tests" | "test")
        || ["Test", "Tests", "Spec", "Suite", "TestCase", "IT"]
            .iter()
            .any(|word| ends_in_word(word))
}

/// Bytes of the first look.
const HEAD: usize = 8192;
/// Marks of generators stand in the first lines.
const MARKED: usize = 1500;
/// Longer than any line that a person writes.
const LONG_LINE: usize = 20_000;
/// Lines that people write are seldom longer.
const WRITTEN_LINE: usize = 300;

/// The flags that the content tells, to be added to those of the path.
pub(crate) fn flags_of_content(bytes: &[u8], language: &str) -> u32 {
    let head = &bytes[..bytes.len().min(HEAD)];
    if head.contains(&0) {
        return file_flag::BINARY;
    }
    let mut flags = 0;
    if is_marked_generated(&head[..head.len().min(MARKED)]) {
        flags |= file_flag::GENERATED;
    }
    if is_minified(bytes, language) {
        flags |= file_flag::MINIFIED;
    }
    flags
}

fn is_marked_generated(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let has = |mark: &str| head.contains(mark);
    has("@generated")
        || has("do not edit") && has("generated")
        || has("do not modify") && has("generated")
        || has("automatically generated by")
        || has("autogenerated by")
        || has("auto-generated by")
        || has("this file was automatically generated")
        || has("<auto-generated")
}

/// Whether a good part of a file with an overlong line (a picture as text, say) is lines as people write them.
fn is_written(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n');
    let written: usize = lines
        .map(<[u8]>::len)
        .filter(|length| *length <= WRITTEN_LINE)
        .sum();
    written > bytes.len() / 5
}

fn is_minified(bytes: &[u8], language: &str) -> bool {
    let scripts = matches!(language, "javascript" | "typescript" | "tsx" | "css");
    let (count, longest) = bytes
        .split(|byte| *byte == b'\n')
        .fold((0usize, 0usize), |(count, longest), line| {
            (count + 1, longest.max(line.len()))
        });
    let average = bytes.len() / count.max(1);
    let limit = if scripts { LONG_LINE } else { LONG_LINE * 10 };
    longest > limit && !is_written(bytes) || scripts && bytes.len() > 5_000 && average > 250
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_binary_extensions_is_sorted() {
        assert!(BINARY.is_sorted());
    }

    #[test]
    fn tests_are_known_by_folder_and_name() {
        for path in [
            "tests/a.py",
            "src/test_a.py",
            "a_test.go",
            "a.spec.ts",
            "FooTest.java",
            "conftest.py",
        ] {
            assert_ne!(flags_of_path(path, true) & file_flag::TEST, 0, "{path}");
        }
        for path in [
            "latest.py",
            "src/Contest.java",
            "AUDIT.java",
            "src/protest/a.py",
            "attest.rs",
        ] {
            assert_eq!(flags_of_path(path, true) & file_flag::TEST, 0, "{path}");
        }
    }

    #[test]
    fn content_tells_generated_minified_and_binary() {
        let flags = |text: &str, language| flags_of_content(text.as_bytes(), language);
        let generated = "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage a\n";
        assert_eq!(flags(generated, "go"), file_flag::GENERATED);
        assert_eq!(flags("# generated ids are kept here\n", "python"), 0);
        assert_eq!(
            flags(&"a".repeat(30_000), "javascript"),
            file_flag::MINIFIED
        );
        assert_eq!(flags(&"a".repeat(30_000), "python"), 0);
        let picture = format!("const picture = \"{}\";\n", "a".repeat(30_000));
        let bundle = format!("{}\n{picture}", "// A license.\n".repeat(20));
        assert_eq!(flags(&bundle, "javascript"), file_flag::MINIFIED);
        let tests = format!("{}\n{picture}", "test(picture, () => {});\n".repeat(900));
        assert_eq!(flags(&tests, "typescript"), 0, "people wrote most of it");
        assert_eq!(flags("ab\0c", "python"), file_flag::BINARY);
    }
}
