//! One entry of a JSON file with comments, set or removed; every other byte stays where it is.

use std::ops::Range;

use serde_json::Value;

/// Objects inside objects that are followed.
const MAX_DEPTH: usize = 100;

/// A file is not what it should be; the text says where.
pub(super) type Wrong = String;

/// A value and where it stands.
struct Node {
    place: Range<usize>,
    /// The members of an object; `None` for any other value.
    members: Option<Vec<Member>>,
}

struct Member {
    key: String,
    start: usize,
    value: Node,
}

impl Node {
    fn members(&self) -> &[Member] {
        self.members.as_deref().unwrap_or_default()
    }

    fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.key == key)
    }
}

/// The entry `name` of the object `list`, without comments; `None` when there is none.
pub(super) fn entry(text: &str, list: &str, name: &str) -> Result<Option<Value>, Wrong> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let root = Scanner::read(text)?;
    let Some(found) = root.member(list).and_then(|list| list.value.member(name)) else {
        return Ok(None);
    };
    let bare = without_comments(&text[found.value.place.clone()]);
    // What is no JSON without comments is some entry, and not ours.
    Ok(Some(serde_json::from_str(&bare).unwrap_or(Value::Null)))
}

/// The text with the entry `name` of the object `list` set to `value`.
pub(super) fn set(text: &str, list: &str, name: &str, value: &Value) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        let whole = serde_json::json!({ list: { name: value } });
        return Ok(format!("{whole:#}\n"));
    }
    let root = Scanner::read(text)?;
    let Some(found) = root.member(list) else {
        let whole = serde_json::json!({ name: value });
        return insert(text, &root, list, &whole);
    };
    if found.value.members.is_none() {
        return Err(format!("{list} is no object"));
    }
    match found.value.member(name) {
        None => insert(text, &found.value, name, value),
        Some(old) => {
            let indent = indent_of(text, old.start);
            let mut new = text.to_owned();
            new.replace_range(old.value.place.clone(), &pretty(value, &indent));
            Ok(new)
        }
    }
}

/// The text without the entry, and without the object when it was the only one; `None` when nothing is left at all.
pub(super) fn remove(text: &str, list: &str, name: &str) -> Result<Option<String>, Wrong> {
    let root = Scanner::read(text)?;
    let Some(found) = root.member(list) else {
        return Ok(Some(text.to_owned()));
    };
    let Some(position) = found.value.members().iter().position(|own| own.key == name) else {
        return Ok(Some(text.to_owned()));
    };
    let is_only = found.value.members().len() == 1
        && text[found.value.place.clone()].find("//").is_none()
        && text[found.value.place.clone()].find("/*").is_none();
    let new = if is_only {
        let position = root.members().iter().position(|own| own.key == list);
        cut(text, &root, position.unwrap_or(0))
    } else {
        cut(text, &found.value, position)
    };
    Ok((!matches!(new.trim(), "{}" | "")).then_some(new))
}

/// Takes a member out with the comma and the line that belong to it.
fn cut(text: &str, object: &Node, position: usize) -> String {
    let members = object.members();
    let member = &members[position];
    if let Some(next) = members.get(position + 1) {
        return format!("{}{}", &text[..member.start], &text[next.start..]);
    }
    let Some(before) = position.checked_sub(1).map(|before| &members[before]) else {
        let (start, end) = (object.place.start, object.place.end);
        return format!("{}{{}}{}", &text[..start], &text[end..]);
    };
    // Comments behind the member before stay; the comma between the two goes.
    let gap = &text[before.value.place.end..member.start];
    let comma = skip_blank(gap, 0);
    let rest = gap.get(comma + 1..).unwrap_or("").trim_end();
    let (kept, after) = (&gap[..comma], &text[member.value.place.end..]);
    format!("{}{kept}{rest}{after}", &text[..before.value.place.end])
}

fn insert(text: &str, object: &Node, name: &str, value: &Value) -> Result<String, Wrong> {
    let close = object.place.end - 1;
    let outer = indent_of(text, object.place.start);
    let key = Value::from(name).to_string();
    let Some(last) = object.members().last() else {
        let inner = format!("{outer}  ");
        let member = format!("{key}: {}", pretty(value, &inner));
        // What stands between the braces are comments.
        let kept = text[object.place.start + 1..close].trim_end();
        return Ok(format!(
            "{}{{{kept}\n{inner}{member}\n{outer}{}",
            &text[..object.place.start],
            &text[close..]
        ));
    };
    let inner = indent_of(text, last.start);
    let inner = if inner.len() > outer.len() {
        inner
    } else {
        format!("{outer}  ")
    };
    let member = format!("{key}: {}", pretty(value, &inner));
    let after = &text[last.value.place.end..close];
    let has_comma = without_comments(after).trim_start().starts_with(',');
    let comma = if has_comma { "" } else { "," };
    Ok(format!(
        "{}{comma}{}\n{inner}{member}\n{outer}{}",
        &text[..last.value.place.end],
        after.trim_end(),
        &text[close..]
    ))
}

/// A value over several lines, its own first line left where it is.
fn pretty(value: &Value, indent: &str) -> String {
    format!("{value:#}").replace('\n', &format!("\n{indent}"))
}

/// The white space at the start of the line around a position.
fn indent_of(text: &str, at: usize) -> String {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at]
        .chars()
        .take_while(|letter| matches!(letter, ' ' | '\t'))
        .collect()
}

/// The text with comments turned into spaces and without commas behind last members.
fn without_comments(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut bare = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = end_of_string(bytes, at).unwrap_or(bytes.len());
                bare.push_str(&text[at..end]);
                at = end;
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => {
                at = end_of_comment(text, at);
                bare.push(' ');
            }
            b',' if {
                let rest = &text[at + 1..];
                let gap = skip_blank(rest, 0);
                matches!(rest.as_bytes().get(gap), Some(b'}' | b']'))
            } =>
            {
                at += 1;
            }
            _ => {
                let letter = text[at..].chars().next().unwrap_or(' ');
                bare.push(letter);
                at += letter.len_utf8();
            }
        }
    }
    bare
}

fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

fn end_of_comment(text: &str, start: usize) -> usize {
    let (mark, kept) = if text[start..].starts_with("//") {
        ("\n", 0)
    } else {
        ("*/", 2)
    };
    text[start + 2..]
        .find(mark)
        .map_or(text.len(), |end| start + 2 + end + kept)
}

/// The next position that is neither white space nor comment.
fn skip_blank(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        at += blank;
        if text[at..].starts_with("//") || text[at..].starts_with("/*") {
            at = end_of_comment(text, at);
        } else {
            return at;
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    /// The object that a whole file is.
    fn read(text: &str) -> Result<Node, Wrong> {
        let start = text.len() - text.trim_start_matches('\u{feff}').len();
        let mut scanner = Scanner { text, at: start };
        scanner.skip();
        let root = scanner.value(0)?;
        scanner.skip();
        if scanner.at < text.len() {
            return Err(scanner.wrong("something stands behind its end"));
        }
        if root.members.is_none() {
            return Err("it is no object".to_owned());
        }
        Ok(root)
    }

    fn skip(&mut self) {
        self.at = skip_blank(self.text, self.at);
    }

    fn wrong(&self, what: &str) -> Wrong {
        let at = self.at.min(self.text.len());
        let line = self.text.as_bytes()[..at]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        format!("line {line}: {what}")
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Result<Node, Wrong> {
        let start = self.at;
        if depth > MAX_DEPTH {
            return Err(self.wrong("this is nested too deeply"));
        }
        let mut members = None;
        match self.peek() {
            Some(b'{') => members = Some(self.object(depth)?),
            Some(b'[') => self.array(depth)?,
            Some(b'"') => {
                self.string()?;
            }
            _ => {
                let rest = &self.text[self.at..];
                let is_end = |c: char| matches!(c, ',' | '}' | ']' | '/') || c.is_whitespace();
                let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
                let is_word =
                    matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok();
                if !is_word {
                    return Err(self.wrong("a value is missing"));
                }
                self.at += word.len();
            }
        }
        Ok(Node {
            place: start..self.at,
            members,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, Wrong> {
        let mut members = Vec::new();
        self.at += 1;
        loop {
            self.skip();
            if self.peek() == Some(b'}') {
                self.at += 1;
                return Ok(members);
            }
            let start = self.at;
            let key = self.string()?;
            self.skip();
            self.take(b':')?;
            self.skip();
            let value = self.value(depth + 1)?;
            members.push(Member { key, start, value });
            self.skip();
            if self.peek() != Some(b'}') {
                self.take(b',')?;
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), Wrong> {
        self.at += 1;
        loop {
            self.skip();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(());
            }
            self.value(depth + 1)?;
            self.skip();
            if self.peek() != Some(b']') {
                self.take(b',')?;
            }
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Wrong> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.wrong(&format!("«{}» is missing", char::from(byte))))
    }

    fn string(&mut self) -> Result<String, Wrong> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a name in quotes is missing"));
        }
        let end = end_of_string(self.text.as_bytes(), start);
        let end = end.filter(|end| *end <= self.text.len());
        self.at = end.ok_or_else(|| self.wrong("a quote is not closed"))?;
        serde_json::from_str(&self.text[start..self.at]).map_err(|_| self.wrong("this is no text"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ours() -> Value {
        json!({"command": "arc", "args": ["serve"]})
    }

    fn added(text: &str) -> String {
        set(text, "mcpServers", "arc", &ours()).expect("an object")
    }

    #[test]
    fn comments_order_and_layout_stay() {
        let text = "// mine\n{\n    \"z\": 1, // last\n    \"mcpServers\": {\n        /* theirs */\n        \"other\": { \"command\": \"x\" }, // trailing\n    },\n    \"a\": [1, 2,],\n}\n";
        let new = added(text);
        assert_eq!(
            new,
            "// mine\n{\n    \"z\": 1, // last\n    \"mcpServers\": {\n        /* theirs */\n        \"other\": { \"command\": \"x\" }, // trailing\n        \"arc\": {\n          \"command\": \"arc\",\n          \"args\": [\n            \"serve\"\n          ]\n        }\n    },\n    \"a\": [1, 2,],\n}\n"
        );
        assert_eq!(added(&new), new);
        let back = remove(&new, "mcpServers", "arc")
            .expect("an object")
            .expect("something");
        assert_eq!(entry(&back, "mcpServers", "arc"), Ok(None));
        assert!(
            entry(&back, "mcpServers", "other")
                .expect("an object")
                .is_some()
        );
        assert!(
            back.contains("// last") && back.contains("/* theirs */") && back.contains("[1, 2,]")
        );
    }

    #[test]
    fn what_was_added_can_be_taken_back() {
        for text in [
            "{\n  \"a\": 1\n}\n",
            "{\"a\":1}",
            "{\n  \"mcpServers\": {\n    \"b\": {}\n  }\n}\n",
            "{\"mcpServers\":{\"b\":{}}}",
            "{\n  // nothing yet\n  \"a\": {\"arc\": 1}\n}",
        ] {
            let new = added(text);
            assert_eq!(entry(&new, "mcpServers", "arc"), Ok(Some(ours())), "{new}");
            let back = remove(&new, "mcpServers", "arc")
                .expect("an object")
                .expect("something");
            let bare = |text: &str| {
                let text = without_comments(text);
                serde_json::from_str::<Value>(&text).expect("JSON")
            };
            assert_eq!(bare(&back), bare(text), "{back}");
        }
        for nothing in ["", "  \n", "{}"] {
            let new = added(nothing);
            assert_eq!(remove(&new, "mcpServers", "arc"), Ok(None), "{new}");
        }
    }

    #[test]
    fn an_entry_that_differs_is_replaced_alone() {
        let text = "{\"mcpServers\": {\"arc\": {\"command\": \"old\" /* x */}, \"b\": 1}}";
        let new = added(text);
        assert_eq!(entry(&new, "mcpServers", "arc"), Ok(Some(ours())));
        assert!(new.ends_with(", \"b\": 1}}"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in [
            "[]",
            "{",
            "{\"a\" 1}",
            "{\"mcpServers\": []}",
            "{} x",
            "{\"a\": }",
            "nonsense",
            "{\"a\\",
            "{\"a\": tru}",
        ] {
            assert!(set(text, "mcpServers", "arc", &ours()).is_err(), "{text}");
        }
        let deep = format!("{{\"a\": {}", "[".repeat(100_000));
        assert!(set(&deep, "mcpServers", "arc", &ours()).is_err());
    }
}
