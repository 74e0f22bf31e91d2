//! Dockerfiles. Stages are resources; base images are packages; copied and run paths are what the image is made of.

use arc_graph::{EdgeKind, NodeKind};

use super::linked::{Linked, image_name, looks_like_path, package, shell_paths, variable_inside};
use crate::builder::{FactsBuilder, Outer};
use crate::facts::{BlockKind, MentionKind, SymbolId, flag};
use crate::source::Source;

pub(super) static DOCKER: Linked = Linked {
    name: "dockerfile",
    extensions: &["dockerfile", "containerfile"],
    file_names: &[
        "Dockerfile",
        "Containerfile",
        "Dockerfile.*",
        "Containerfile.*",
    ],
    grammar: None,
    lower,
};

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let mut stage: Option<(SymbolId, Outer)> = None;
    let mut stages: Vec<String> = Vec::new();
    let mut last = 1;
    for (line, instruction) in instructions(source.text) {
        let (word, rest) = instruction
            .split_once(char::is_whitespace)
            .unwrap_or((&instruction, ""));
        let rest = rest.trim();
        last = line + instruction.lines().count().saturating_sub(1) as u32;
        match word.to_ascii_uppercase().as_str() {
            "FROM" => {
                close(facts, stage.take(), line.saturating_sub(1));
                stage = Some(from(facts, rest, line, &mut stages));
            }
            "ENV" => environment(facts, rest, line),
            "COPY" | "ADD" => copy(facts, rest, line),
            "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK" => {
                shell_paths(facts, &rest.replace(['[', ']', ','], " "), line);
            }
            _ => {}
        }
    }
    close(facts, stage, last);
}

fn close(facts: &mut FactsBuilder, stage: Option<(SymbolId, Outer)>, end_line: u32) {
    if let Some((symbol, outer)) = stage {
        let fact = facts.symbol_mut(symbol);
        fact.end_line = end_line.max(fact.line);
        facts.leave(outer);
    }
}

/// Instructions with the line they begin on; continued lines are joined, comments left out.
fn instructions(text: &str) -> Vec<(u32, String)> {
    let mut found: Vec<(u32, String)> = Vec::new();
    let mut continues = false;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.starts_with('#') || (trimmed.is_empty() && !continues) {
            continue;
        }
        let (part, more) = match trimmed.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (trimmed, false),
        };
        match found.last_mut() {
            Some((_, instruction)) if continues => {
                instruction.push('\n');
                instruction.push_str(part);
            }
            _ => found.push((index as u32 + 1, part.to_owned())),
        }
        continues = more;
    }
    found
}

fn from(
    facts: &mut FactsBuilder,
    rest: &str,
    line: u32,
    stages: &mut Vec<String>,
) -> (SymbolId, Outer) {
    let words: Vec<&str> = rest
        .split_whitespace()
        .filter(|word| !word.starts_with("--"))
        .collect();
    let image = words.first().copied().unwrap_or("");
    let name = match words.get(1) {
        Some(keyword) if keyword.eq_ignore_ascii_case("as") => words.get(2).copied(),
        _ => None,
    };
    let unnamed = format!("stage at line {line}");
    let symbol = facts.add_symbol(name.unwrap_or(&unnamed), NodeKind::Resource, line, line);
    facts.symbol_mut(symbol).flags = flag::PUBLIC;
    let outer = facts.enter_symbol(symbol, BlockKind::Plain);
    if stages.iter().any(|stage| stage == image) {
        facts.mention(image, MentionKind::Resource, EdgeKind::References, line);
    } else if image != "scratch" {
        package(facts, "docker", image_name(image), line);
    }
    stages.extend(name.map(str::to_owned));
    (symbol, outer)
}

/// `ENV NAME=value OTHER=value` and `ENV NAME value`.
fn environment(facts: &mut FactsBuilder, rest: &str, line: u32) {
    for (offset, text) in rest.lines().enumerate() {
        let line = line + offset as u32;
        if offset == 0 && !text.split_whitespace().next().unwrap_or("").contains('=') {
            let name = text.split_whitespace().next().unwrap_or("");
            variable_inside(facts, name, line);
            return;
        }
        let names = text
            .split_whitespace()
            .filter_map(|word| word.split_once('='));
        for (name, _) in names {
            variable_inside(facts, name, line);
        }
    }
}

fn copy(facts: &mut FactsBuilder, rest: &str, line: u32) {
    let mut words: Vec<&str> = Vec::new();
    for word in rest.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',' | '"')) {
        if let Some(stage) = word.strip_prefix("--from=") {
            facts.mention(stage, MentionKind::Resource, EdgeKind::References, line);
            return;
        }
        if !word.is_empty() && !word.starts_with("--") {
            words.push(word);
        }
    }
    words.pop();
    for word in words {
        let path = word.trim_end_matches('/');
        let is_plain = !path.contains(['*', '$', '?', ':']) && path != ".";
        if looks_like_path(path) || (is_plain && !path.is_empty()) {
            facts.mention(path, MentionKind::Path, EdgeKind::Configures, line);
        }
    }
}
