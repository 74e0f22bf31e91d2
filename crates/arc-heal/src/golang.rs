//! Packages that Go brings, and the import of one that is used and not imported.

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
