//! Ansible: plays, roles, tasks, handlers.

use arc_graph::{EdgeKind, NodeKind};

use super::Entry;
use super::flavors::{mention_path, resource};
use crate::builder::FactsBuilder;
use crate::facts::MentionKind;

/// Keys that only tasks and plays have.
const TASK_KEYS: &[&str] = &[
    "hosts",
    "roles",
    "notify",
    "become",
    "when",
    "register",
    "include_tasks",
    "import_tasks",
    "import_playbook",
    "include_role",
    "import_role",
    "ansible.builtin.import_playbook",
];

/// Whether a document is a list of plays or tasks.
pub(super) fn is_playbook(path: &str, root: &Entry<'_>) -> bool {
    let in_role = ["/tasks/", "/handlers/", "roles/", "playbooks/"]
        .iter()
        .any(|folder| path.contains(folder));
    let Some(first) = root.list().first() else {
        return false;
    };
    let has_key = |item: &Entry<'_>| {
        item.entries()
            .iter()
            .any(|(key, _)| TASK_KEYS.contains(key))
    };
    (in_role && !first.entries().is_empty()) || root.list().iter().take(3).any(has_key)
}

/// Adds the plays or tasks of a document.
pub(super) fn playbook(root: &Entry<'_>, facts: &mut FactsBuilder) {
    for item in root.list() {
        entry(item, facts, 0);
    }
}

fn entry(item: &Entry<'_>, facts: &mut FactsBuilder, depth: u32) {
    if depth > 20 {
        return;
    }
    let name = match item.text_of("name") {
        "" => item.text_of("hosts"),
        name => name,
    };
    if name.is_empty() {
        parts(item, facts, depth);
    } else {
        resource(name, NodeKind::Resource, item, facts, |facts| {
            parts(item, facts, depth);
        });
    }
}

fn parts(item: &Entry<'_>, facts: &mut FactsBuilder, depth: u32) {
    for (key, value) in item.entries() {
        let key = key.trim_start_matches("ansible.builtin.");
        let file = match value.text() {
            "" => value.text_of("file"),
            file => file,
        };
        match key {
            "tasks" | "pre_tasks" | "post_tasks" | "handlers" | "block" | "rescue" | "always" => {
                for task in value.list() {
                    entry(task, facts, depth + 1);
                }
            }
            "roles" => {
                for role in value.list() {
                    let name = match role.text() {
                        "" => [role.text_of("role"), role.text_of("name")].concat(),
                        name => name.to_owned(),
                    };
                    role_path(&name, role.line, facts);
                }
            }
            "include_role" | "import_role" => role_path(value.text_of("name"), value.line, facts),
            "include_tasks" | "import_tasks" | "import_playbook" | "include_vars" | "include" => {
                mention_path(file, EdgeKind::Configures, value.line, facts);
            }
            "vars_files" => {
                for file in value.items() {
                    mention_path(file.text(), EdgeKind::Configures, file.line, facts);
                }
            }
            "template" | "copy" | "script" | "unarchive" => source_file(key, value, facts),
            "notify" => {
                for handler in value.items() {
                    let text = handler.text();
                    if !text.is_empty() {
                        facts.mention(
                            text,
                            MentionKind::Resource,
                            EdgeKind::References,
                            handler.line,
                        );
                    }
                }
            }
            _ => {}
        }
    }
}

fn role_path(name: &str, line: u32, facts: &mut FactsBuilder) {
    if !name.is_empty() {
        let path = format!("roles/{name}/tasks/main.yml");
        mention_path(&path, EdgeKind::Configures, line, facts);
    }
}

/// `src` of a module that takes files: from the role's folder for them, or as written.
fn source_file(module: &str, value: &Entry<'_>, facts: &mut FactsBuilder) {
    let (path, line) = match value.get("src") {
        Some(src) => (src.text(), src.line),
        None => (value.text().split(' ').next().unwrap_or(""), value.line),
    };
    if path.is_empty() {
        return;
    }
    let folder = if module == "template" {
        "templates"
    } else {
        "files"
    };
    mention_path(
        &format!("{folder}/{path}"),
        EdgeKind::Configures,
        line,
        facts,
    );
    mention_path(path, EdgeKind::Configures, line, facts);
}
