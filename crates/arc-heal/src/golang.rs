//! Packages that Go brings, and the import of one that is used and not imported.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::edits::Edit;

/// Packages of the standard library that programs import.
pub(crate) const PACKAGES: &str = "archive/tar archive/zip bufio bytes cmp compress/bzip2 compress/flate compress/gzip compress/lzw \
    compress/zlib container/heap container/list container/ring context crypto crypto/aes crypto/cipher crypto/ecdsa crypto/ed25519 \
    crypto/elliptic crypto/hmac crypto/md5 crypto/rand crypto/rsa crypto/sha1 crypto/sha256 crypto/sha512 crypto/subtle crypto/tls \
    crypto/x509 database/sql database/sql/driver embed encoding encoding/ascii85 encoding/asn1 encoding/base32 encoding/base64 \
    encoding/binary encoding/csv encoding/gob encoding/hex encoding/json encoding/pem encoding/xml errors expvar flag fmt go/ast \
    go/build go/constant go/doc go/format go/parser go/printer go/scanner go/token go/types hash hash/adler32 hash/crc32 hash/crc64 \
    hash/fnv hash/maphash html html/template image image/color image/draw image/gif image/jpeg image/png index/suffixarray io io/fs \
    io/ioutil iter log log/slog maps math math/big math/bits math/cmplx math/rand mime mime/multipart mime/quotedprintable net net/http \
    net/http/httptest net/http/httputil net/mail net/netip net/rpc net/smtp net/textproto net/url os os/exec os/signal os/user path \
    path/filepath plugin reflect regexp regexp/syntax runtime runtime/debug runtime/pprof runtime/trace slices sort strconv strings \
    sync sync/atomic syscall testing testing/fstest testing/iotest testing/quick text/scanner text/tabwriter text/template \
    text/template/parse time unicode unicode/utf16 unicode/utf8 unsafe";

/// Files of one package that are looked at, and bytes of each.
const MOST_FILES: usize = 200;
const MOST_BYTES: u64 = 1 << 20;

/// Names that a file in `root` may mean: those that files beside it declare, and those of the packages that it imports. `go` is the
/// compiler, whose library lies beside it.
pub(crate) fn known_names(
    root: &Path,
    path: &str,
    text: &str,
    go: Option<&Path>,
) -> Vec<(String, u32)> {
    let own = root.join(path);
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    if let Some(folder) = own.parent() {
        known.extend(declared(folder).into_iter().map(|name| (name, 0)));
    }
    let library = go
        .and_then(|go| go.canonicalize().ok())
        .and_then(|go| Some(go.parent()?.parent()?.join("src")));
    let manifest = fs::read_to_string(root.join("go.mod")).unwrap_or_default();
    let module = manifest
        .lines()
        .find_map(|line| line.trim().strip_prefix("module "))
        .map(str::trim);
    for package in imported(text) {
        let inside = module
            .and_then(|module| package.strip_prefix(module))
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
            .map(|rest| root.join(rest.trim_start_matches('/')));
        // A link in the project may lead out of it.
        let own = |folder: &PathBuf| {
            let real = (folder.canonicalize().ok()).zip(root.canonicalize().ok());
            real.is_some_and(|(folder, root)| folder.starts_with(root))
        };
        let vendored = Some(root.join("vendor").join(package));
        let folders = [
            inside.filter(own),
            vendored.filter(own),
            library.as_ref().map(|library| library.join(package)),
        ];
        let exported = |name: &String| name.starts_with(char::is_uppercase);
        if let Some(folder) = folders.into_iter().flatten().find(|path| path.is_dir()) {
            for name in declared(&folder).into_iter().filter(exported) {
                known.entry(name).or_insert(10);
            }
        }
    }
    known.into_iter().collect()
}

/// The packages that a file imports.
fn imported(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_group = false;
    for line in text.lines() {
        let line = line.trim();
        let is_single = line.starts_with("import ") && !line.ends_with('(');
        if is_single || in_group {
            found.extend(line.split('"').nth(1));
        }
        in_group = line.starts_with("import (") || (in_group && line != ")");
        if line.starts_with("func ") {
            break;
        }
    }
    found.retain(|package| {
        !package
            .split('/')
            .any(|part| part.is_empty() || part == "..")
    });
    found
}

/// What the files of a folder declare: functions, methods, types, variables, constants, and fields.
fn declared(folder: &Path) -> BTreeSet<String> {
    static DECLARED: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r"(?m)^(?:func(?: \([^)\n]*\))?|type|var|const)\s+([A-Za-z_]\w*)|^\t([A-Z]\w*)(?:[ \t,]|$)|^\t([a-z_]\w*)[ \t]+=";
        Regex::new(pattern).expect("the expression is tested")
    });
    let mut names = BTreeSet::new();
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let sources = files.filter(|file| {
        let name = file.file_name();
        let is_source = name.to_string_lossy().ends_with(".go");
        is_source
            && file
                .metadata()
                .is_ok_and(|file| file.is_file() && file.len() <= MOST_BYTES)
    });
    for file in sources.take(MOST_FILES) {
        let text = fs::read_to_string(file.path()).unwrap_or_default();
        for found in DECLARED.captures_iter(&text) {
            let name = (1..=3).find_map(|group| found.get(group));
            names.extend(name.map(|name| name.as_str().to_owned()));
        }
    }
    names
}

/// Edits that import the packages with a name that is used and not bound.
pub(crate) fn import_edits(text: &str, name: &str) -> Vec<Edit> {
    let last = |package: &str| package.rsplit('/').next().unwrap_or(package) == name;
    let uses = format!("{name}.");
    if !text.contains(&uses) {
        return Vec::new();
    }
    PACKAGES
        .split_whitespace()
        .filter(|package| last(package))
        .filter_map(|package| import(text, package))
        .collect()
}

/// The import of a package at its place in the first group, or in a statement of its own.
fn import(text: &str, package: &str) -> Option<Edit> {
    let mut start = 0;
    let mut clause = None;
    let mut group = None;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let trimmed = line.trim();
        if clause.is_none() && trimmed.starts_with("package ") {
            clause = Some(end);
        }
        if trimmed.starts_with("import (") {
            group = Some(end);
        } else if let Some(at) = &mut group {
            let quoted = trimmed.split('"').nth(1);
            match quoted {
                Some(other) if other < package => *at = end,
                Some(_) | None => break,
            }
        }
        start = end;
    }
    let (at, line) = match (group, clause) {
        (Some(at), _) => (at, format!("\t\"{package}\"\n")),
        (None, clause) => (clause?, format!("\nimport \"{package}\"\n")),
    };
    Some(Edit {
        range: at..at,
        replacement: line,
        // Shorter paths are imported more often.
        cost: 50 + 30 * u32::try_from(package.matches('/').count()).unwrap_or(3),
        rule: "import",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str, name: &str) -> String {
        let edits = import_edits(text, name);
        edits
            .first()
            .map_or_else(String::new, |edit| edit.apply(text))
    }

    #[test]
    fn names_of_the_package_and_of_what_it_imports_are_known() {
        let root = tempfile::tempdir().expect("a folder");
        let put = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        put("go.mod", "module example.org/shop\n\ngo 1.19\n");
        put(
            "stock/stock.go",
            "package stock\n\ntype Item struct {\n\tName string\n}\n\nfunc (i Item) Price() int { return 1 }\nfunc hidden() {}\n",
        );
        put("tool/bin/go", "");
        put(
            "tool/src/sync/once.go",
            "package sync\n\ntype Once struct{}\n",
        );
        put("beside.go", "package shop\n\nconst limit = 3\n");
        let away = tempfile::tempdir().expect("a folder");
        fs::write(
            away.path().join("away.go"),
            "package away\n\nfunc Secret() {}\n",
        )
        .expect("written");
        std::os::unix::fs::symlink(away.path(), root.path().join("away")).expect("a link");
        let text = "package shop\n\nimport (\n\t\"example.org/shop/stock\"\n\t\"example.org/shop/away\"\n\ts \"sync\"\n)\n";
        put("shop.go", text);
        let go = root.path().join("tool/bin/go");
        let known = known_names(root.path(), "shop.go", text, Some(&go));
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Item", "Name", "Once", "Price", "limit"]);
    }

    #[test]
    fn a_package_goes_to_its_place() {
        let text =
            "package a\n\nimport (\n\t\"errors\"\n\t\"io\"\n)\n\nvar x = fmt.Sprint(errors.New)\n";
        assert_eq!(
            first(text, "fmt"),
            text.replace("\t\"io\"", "\t\"fmt\"\n\t\"io\"")
        );
        let alone = "package a\n\nvar x = fmt.Sprint(1)\n";
        assert_eq!(
            first(alone, "fmt"),
            alone.replacen("a\n", "a\n\nimport \"fmt\"\n", 1)
        );
        assert_eq!(first(alone, "nothing"), "");
        assert_eq!(first(alone, "strings"), "");
    }
}
