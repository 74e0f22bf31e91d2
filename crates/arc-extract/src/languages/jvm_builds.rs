//! Build files of the JVM world: which folders are modules, and which modules each is built from. Maven's `pom.xml` and
//! Gradle's scripts are read as text; nothing in them is run.
//!
//! Both give settings of the same form: `module name`, the name under which others depend on it (Maven's artifact), and
//! `module needs N`, names of modules, or paths of them that start with `:` (Gradle).

use super::linked::{Linked, package};
use crate::builder::FactsBuilder;
use crate::modules::{MODULE_NAME, MODULE_NEEDS};
use crate::source::Source;

/// Elements inside elements beyond this depth are not read.
const MAX_DEPTH: usize = 40;
/// Dependencies of one module.
const MAX_NEEDS: usize = 2_000;

/// Maven's project files.
pub(super) static MAVEN: Linked = Linked {
    name: "maven",
    extensions: &[],
    file_names: &["pom.xml"],
    grammar: None,
    lower: lower_maven,
};

/// Gradle's build scripts.
pub(super) static GRADLE: Linked = Linked {
    name: "gradle",
    extensions: &[],
    file_names: &[
        "build.gradle",
        "build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
    ],
    grammar: None,
    lower: lower_gradle,
};

fn lower_maven(source: &Source<'_>, facts: &mut FactsBuilder) {
    let mut path: Vec<&str> = Vec::new();
    let mut group = "";
    let mut needs = Needs::default();
    let mut line = 1;
    let mut rest = source.text;
    while let Some(open) = rest.find('<') {
        let (text, tag) = rest.split_at(open);
        match path.as_slice() {
            ["project", "artifactId"] if !text.trim().is_empty() => {
                facts.setting(&[MODULE_NAME], text.trim());
            }
            ["project", "dependencies", "dependency", "groupId"] => group = text.trim(),
            ["project", "dependencies", "dependency", "artifactId"] => {
                package(facts, "maven", &format!("{group}:{}", text.trim()), line);
                needs.add(facts, text.trim());
            }
            _ => {}
        }
        line += lines_in(text);
        let comment = tag.strip_prefix("<!--").map(|_| "-->");
        let close = comment.unwrap_or(">");
        let Some(end) = tag.find(close).map(|end| end + close.len()) else {
            return;
        };
        let (tag, after) = tag.split_at(end);
        line += lines_in(tag);
        rest = after;
        if comment.is_some() || tag.starts_with("<?") || tag.starts_with("<!") {
            continue;
        }
        if tag.starts_with("</") {
            path.pop();
        } else if !tag.ends_with("/>") {
            let name = tag[1..].trim_end_matches('>').split_whitespace().next();
            if path.len() >= MAX_DEPTH {
                return;
            }
            path.push(name.unwrap_or(""));
        }
    }
}

fn lower_gradle(source: &Source<'_>, facts: &mut FactsBuilder) {
    let is_build = source
        .path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with("build."));
    if !is_build {
        return;
    }
    // A folder with a script is a module, whatever it is called.
    facts.setting(&[MODULE_NAME], "");
    let mut needs = Needs::default();
    for (at, line) in source.text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or(line).trim();
        let mut rest = code;
        while let Some(start) = rest.find("project(") {
            rest = &rest[start + "project(".len()..];
            let text = quoted(
                rest.trim_start_matches("path")
                    .trim_start_matches([':', ' ', '=']),
            );
            if let Some(path) = text.filter(|path| path.starts_with(':')) {
                needs.add(facts, path);
            }
        }
        // Type-safe accessors: `implementation(projects.core.model)`.
        if let Some(start) = code.find("(projects.") {
            let name = code[start + "(projects.".len()..]
                .split(')')
                .next()
                .unwrap_or("");
            needs.add(facts, &format!(":{}", name.replace('.', ":")));
        }
        let is_dependency = [
            "implementation",
            "api",
            "compileOnly",
            "runtimeOnly",
            "compile",
        ]
        .iter()
        .chain(&[
            "testImplementation",
            "testCompile",
            "kapt",
            "annotationProcessor",
        ])
        .any(|word| {
            code.strip_prefix(word)
                .is_some_and(|rest| rest.starts_with([' ', '(']))
        });
        if is_dependency
            && let Some(found) = code
                .find(['"', '\''])
                .and_then(|start| quoted(&code[start..]))
        {
            let mut parts = found.split(':');
            if let (Some(group), Some(name)) = (parts.next(), parts.next())
                && !group.is_empty()
            {
                package(facts, "maven", &format!("{group}:{name}"), at as u32 + 1);
            }
        }
    }
}

#[derive(Default)]
struct Needs {
    count: usize,
}

impl Needs {
    fn add(&mut self, facts: &mut FactsBuilder, name: &str) {
        if self.count < MAX_NEEDS && !name.is_empty() {
            facts.setting(&[MODULE_NEEDS, &self.count.to_string()], name);
            self.count += 1;
        }
    }
}

/// The text in quotes that comes next.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split(quote).next()
}

fn lines_in(text: &str) -> u32 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u32
}
