//! TOML manifests (`Cargo.toml`, `pyproject.toml`): their settings for the languages that read them, and the packages they
//! depend on.

use arc_graph::EdgeKind;
use toml::Value;

use super::commands::entry_point;
use super::linked::Linked;
use super::settings::{is_configuration, lines};
use crate::builder::FactsBuilder;
use crate::facts::MentionKind;
use crate::source::Source;

/// Tables nested deeper than this are not flattened.
const MAX_DEPTH: usize = 40;

pub(super) static TOML: Linked = Linked {
    name: "toml",
    extensions: &["toml"],
    file_names: &["Pipfile"],
    grammar: None,
    lower,
};

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let table = match source.text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            facts.diagnose(format!("not TOML: {}", error.message()));
            return;
        }
    };
    let root = Value::Table(table);
    let mut keys = Vec::new();
    flatten(&root, &mut keys, facts);
    let words = Lines::of(source.text);
    if is_configuration(source.path) {
        lines(source.text, facts);
    }
    if source.path.rsplit('/').next() == Some("pyproject.toml") {
        python_scripts(&root, &words, facts);
    }
    if source.path.rsplit('/').next() == Some("Cargo.toml") {
        cargo_targets(&root, &words, facts);
    }
    let mut mention = |registry: &str, name: &str| {
        let name = name.trim();
        if !name.is_empty() {
            let line = words.of_name(name);
            let text = format!("{registry}:{name}");
            facts.mention(&text, MentionKind::Package, EdgeKind::DependsOn, line);
        }
    };
    match source.path.rsplit('/').next() {
        Some("Cargo.toml") => cargo_dependencies(&root, &mut mention),
        Some("pyproject.toml") => python_dependencies(&root, &mut mention),
        Some("Pipfile") => {
            for table in ["packages", "dev-packages"] {
                for name in keys_of(root.get(table)) {
                    mention("pypi", name);
                }
            }
        }
        _ => {}
    }
}

fn flatten(value: &Value, keys: &mut Vec<String>, facts: &mut FactsBuilder) {
    let text = match value {
        Value::Table(table) if keys.len() < MAX_DEPTH => {
            for (key, inner) in table {
                keys.push(key.clone());
                flatten(inner, keys, facts);
                keys.pop();
            }
            return;
        }
        Value::Array(items) if keys.len() < MAX_DEPTH => {
            for (position, inner) in items.iter().enumerate() {
                keys.push(position.to_string());
                flatten(inner, keys, facts);
                keys.pop();
            }
            return;
        }
        Value::Table(_) | Value::Array(_) => return,
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Datetime(time) => time.to_string(),
    };
    let path: Vec<&str> = keys.iter().map(String::as_str).collect();
    facts.setting(&path, &text);
}

fn keys_of(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(|table| table.keys().map(String::as_str))
}

fn cargo_dependencies(root: &Value, mention: &mut impl FnMut(&str, &str)) {
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    let mut holders: Vec<&Value> = vec![root];
    holders.extend(root.get("workspace"));
    if let Some(targets) = root.get("target").and_then(Value::as_table) {
        holders.extend(targets.values());
    }
    for holder in holders {
        for section in sections {
            let Some(table) = holder.get(section).and_then(Value::as_table) else {
                continue;
            };
            for (name, value) in table {
                // A dependency by path is a package of the project, not one outside it.
                if value.get("path").is_none() {
                    let package = value.get("package").and_then(Value::as_str);
                    mention("crates", package.unwrap_or(name));
                }
            }
        }
    }
}

fn python_dependencies(root: &Value, mention: &mut impl FnMut(&str, &str)) {
    let project = root.get("project");
    let mut lists: Vec<&Value> = Vec::new();
    lists.extend(project.and_then(|project| project.get("dependencies")));
    lists.extend(
        root.get("build-system")
            .and_then(|build| build.get("requires")),
    );
    let optional = project.and_then(|project| project.get("optional-dependencies"));
    for groups in [optional, root.get("dependency-groups")]
        .into_iter()
        .flatten()
    {
        lists.extend(
            groups
                .as_table()
                .into_iter()
                .flat_map(|table| table.values()),
        );
    }
    for requirement in lists
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
    {
        let end = requirement
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .unwrap_or(requirement.len());
        mention("pypi", &requirement[..end]);
    }
    let poetry = root.get("tool").and_then(|tool| tool.get("poetry"));
    if let Some(poetry) = poetry {
        for name in
            keys_of(poetry.get("dependencies")).chain(keys_of(poetry.get("dev-dependencies")))
        {
            if name != "python" {
                mention("pypi", name);
            }
        }
        if let Some(groups) = poetry.get("group").and_then(Value::as_table) {
            for group in groups.values() {
                for name in keys_of(group.get("dependencies")) {
                    mention("pypi", name);
                }
            }
        }
    }
}

/// Entry points: commands and plugins that name a function of a module.
fn python_scripts(root: &Value, lines: &Lines<'_>, facts: &mut FactsBuilder) {
    let project = root.get("project");
    let poetry = root.get("tool").and_then(|tool| tool.get("poetry"));
    let mut tables: Vec<&Value> = Vec::new();
    for holder in [project, poetry].into_iter().flatten() {
        tables.extend(holder.get("scripts"));
        tables.extend(holder.get("gui-scripts"));
    }
    let groups = project
        .and_then(|project| project.get("entry-points"))
        .and_then(Value::as_table);
    tables.extend(groups.into_iter().flat_map(|groups| groups.values()));
    for (name, value) in tables.into_iter().filter_map(Value::as_table).flatten() {
        let text = value
            .as_str()
            .or_else(|| value.get("reference").and_then(Value::as_str));
        if let Some(text) = text {
            let module = text.split(':').next().unwrap_or(name);
            entry_point(facts, text, lines.of_name(module));
        }
    }
}

/// Files that targets of a package begin with.
fn cargo_targets(root: &Value, lines: &Lines<'_>, facts: &mut FactsBuilder) {
    let kinds = ["bin", "lib", "test", "bench", "example"];
    for target in kinds.iter().filter_map(|kind| root.get(*kind)) {
        let single = std::slice::from_ref(target);
        for target in target.as_array().map_or(single, Vec::as_slice) {
            if let Some(path) = target.get("path").and_then(Value::as_str) {
                let word = path.rsplit('/').next().unwrap_or(path);
                let line = lines.of_name(word);
                facts.mention(path, MentionKind::Path, EdgeKind::Configures, line);
            }
        }
    }
}

/// Lines by the words that a dependency may start with.
struct Lines<'a> {
    first: std::collections::HashMap<&'a str, u32>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Lines<'a> {
        let mut first = std::collections::HashMap::new();
        for (row, line) in text.lines().enumerate() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            for word in line
                .split(|c: char| !is_word(c))
                .filter(|word| !word.is_empty())
            {
                // `serde.workspace = true` names `serde`.
                let head = word.split('.').next().unwrap_or(word);
                first.entry(word).or_insert(row as u32 + 1);
                first.entry(head).or_insert(row as u32 + 1);
            }
        }
        Lines { first }
    }

    fn of_name(&self, name: &str) -> u32 {
        self.first.get(name).copied().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;

    fn packages(path: &str, text: &str) -> Vec<(String, u32)> {
        let facts = extract("toml", path, text);
        facts
            .mentions
            .iter()
            .map(|mention| (facts.text(mention.text).to_owned(), mention.line))
            .collect()
    }

    #[test]
    fn dependencies_are_packages_unless_they_are_paths() {
        let found = packages(
            "a/Cargo.toml",
            "[dependencies]\nserde = \"1\"\nown = { path = \"../own\" }\nshort = { package = \"long-name\", version = \"1\" }\n[target.'cfg(unix)'.dev-dependencies]\nnix.version = \"0.30\"\n",
        );
        let expected = [
            ("crates:serde", 2),
            ("crates:long-name", 4),
            ("crates:nix", 6),
        ];
        assert_eq!(found, expected.map(|(name, line)| (name.to_owned(), line)));
    }

    #[test]
    fn requirements_are_cut_to_their_names() {
        let found = packages(
            "pyproject.toml",
            "[project]\ndependencies = [\n  \"requests[socks]>=2\",\n  \"attrs\",\n]\n",
        );
        let expected = [("pypi:requests", 3), ("pypi:attrs", 4)];
        assert_eq!(found, expected.map(|(name, line)| (name.to_owned(), line)));
    }

    #[test]
    fn settings_are_flat() {
        let facts = extract("toml", "Cargo.toml", "[[bin]]\npath = \"x.rs\"\n");
        let setting = &facts.settings[0];
        assert_eq!(
            (setting.key.as_str(), setting.value.as_str()),
            ("bin\u{1f}0\u{1f}path", "x.rs")
        );
        assert_eq!(extract("toml", "Cargo.toml", "[[[").diagnostics.len(), 1);
    }
}
