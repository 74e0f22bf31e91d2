//! Resources: symbols, files and commits by address.

use rmcp::ErrorData;
use rmcp::model::{
    ListResourceTemplatesResult, ReadResourceResult, ResourceContents, ResourceTemplate,
};
use serde_json::{Value, json};

use crate::failure::CallError;
use crate::repository::{IsWanted, Repository};

const JSON: &str = "application/json";

/// The addresses that can be read.
pub(super) fn templates() -> ListResourceTemplatesResult {
    let template = |uri: &str, name: &str, description: &str| {
        ResourceTemplate::new(uri, name)
            .with_description(description)
            .with_mime_type(JSON)
    };
    ListResourceTemplatesResult::with_all_items(vec![
        template(
            "arc://symbol/{+target}",
            "symbol",
            "One symbol all round, by path::symbol or qualified name",
        ),
        template(
            "arc://file/{+path}",
            "file",
            "One file all round, by its path from the root",
        ),
        template(
            "arc://commit/{id}",
            "commit",
            "A commit and the files that it changed, by its hash or the start of it",
        ),
    ])
}

/// Reads an address.
pub(super) fn read(
    repository: &Repository,
    uri: &str,
    is_wanted: IsWanted<'_>,
) -> Result<ReadResourceResult, ErrorData> {
    let missing = |why: String| {
        ErrorData::resource_not_found(format!("{uri}: {why}"), Some(json!({ "uri": uri })))
    };
    let parts = uri
        .strip_prefix("arc://")
        .and_then(|rest| rest.split_once('/'));
    let Some((kind, name)) = parts else {
        let why = "addresses are arc://symbol/…, arc://file/… and arc://commit/…";
        return Err(missing(why.to_owned()));
    };
    let name = decoded(name).ok_or_else(|| missing("this is no text".to_owned()))?;
    let found = match kind {
        "symbol" | "file" => {
            let arguments = json!({"target": name, "detail": "standard"});
            repository
                .call_while("context", arguments, is_wanted)
                .map(|reply| reply.text)
        }
        "commit" => repository
            .commit(&name, is_wanted)
            .map(|commit: Value| commit.to_string()),
        _ => Err(CallError::negative(
            "not_found",
            "there are symbols, files and commits",
        )),
    };
    let text = found.map_err(|error| missing(error.to_string()))?;
    let contents = ResourceContents::TextResourceContents {
        uri: uri.to_owned(),
        mime_type: Some(JSON.to_owned()),
        text,
        meta: None,
    };
    Ok(ReadResourceResult::new(vec![contents]))
}

/// Undoes `%20`; `None` when that gives no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'%', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            bytes.push(high * 16 + low);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn addresses_are_decoded_once() {
        assert_eq!(decoded("a%20b%2525").as_deref(), Some("a b%25"));
        assert_eq!(decoded("100%").as_deref(), Some("100%"));
        assert_eq!(decoded("%ff"), None);
    }
}
