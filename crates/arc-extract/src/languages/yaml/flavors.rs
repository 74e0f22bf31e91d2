//! What the known kinds of YAML files define and refer to.

use arc_graph::{EdgeKind, NodeKind};

use super::playbook::{is_playbook, playbook};
use super::{Entry, Value};
use crate::builder::FactsBuilder;
use crate::facts::{BlockKind, MentionKind, flag};
use crate::languages::linked::{
    image_name, looks_like_path, package, shell_paths, used_variables, variable, variable_inside,
};
use crate::languages::settings::{Settings, is_configuration};

/// Adds what a document says.
pub(super) fn describe(path: &str, root: &Entry<'_>, facts: &mut FactsBuilder) {
    let file_name = path.rsplit('/').next().unwrap_or(path);
    let has = |key: &str| root.get(key).is_some();
    if has("jobs") && (has("on") || has("true") || path.contains("workflows/")) {
        workflow(root, facts);
    } else if has("runs") && file_name.starts_with("action.") {
        for (key, runs) in root.entries() {
            if *key == "runs" {
                steps(runs, facts);
                mention_path(runs.text_of("main"), EdgeKind::Configures, runs.line, facts);
            }
        }
    } else if file_name.contains("gitlab-ci") {
        pipeline(root, facts);
    } else if has("services") && (file_name.contains("compose") || has("version") || has("volumes"))
    {
        compose(root, facts);
    } else if has("apiVersion") && has("kind") {
        kubernetes(root, facts);
    } else if file_name == "pubspec.yaml" {
        pubspec(root, facts);
    } else if is_playbook(path, root) {
        playbook(root, facts);
    } else if is_configuration(path) && !root.entries().is_empty() {
        let mut settings = Settings::new(facts);
        configuration(root, &mut Vec::new(), &mut settings);
        paths(root, facts, 0);
    } else {
        plain(root, facts);
    }
}

/// Adds a resource and runs `body` inside it.
pub(super) fn resource(
    name: &str,
    kind: NodeKind,
    entry: &Entry<'_>,
    facts: &mut FactsBuilder,
    body: impl FnOnce(&mut FactsBuilder),
) {
    let symbol = facts.add_symbol(name, kind, entry.line, entry.end_line.max(entry.line));
    facts.symbol_mut(symbol).flags = flag::PUBLIC;
    let outer = facts.enter_symbol(symbol, BlockKind::Plain);
    body(facts);
    facts.leave(outer);
}

pub(super) fn mention_path(text: &str, edge: EdgeKind, line: u32, facts: &mut FactsBuilder) {
    let is_plain =
        !text.is_empty() && !text.contains(['$', '{', '*', ' ']) && !text.contains("://");
    if is_plain {
        facts.mention(text, MentionKind::Path, edge, line);
    }
}

fn mention_resource(text: &str, line: u32, facts: &mut FactsBuilder) {
    if !text.is_empty() && !text.contains(['$', '{']) {
        facts.mention(text, MentionKind::Resource, EdgeKind::References, line);
    }
}

// ---- GitHub ----

fn workflow(root: &Entry<'_>, facts: &mut FactsBuilder) {
    let Some(jobs) = root.get("jobs") else { return };
    for (name, job) in jobs.entries() {
        resource(name, NodeKind::Resource, job, facts, |facts| {
            for need in job.get("needs").map_or(&[][..], Entry::items) {
                mention_resource(need.text(), need.line, facts);
            }
            uses(job, facts);
            environment(job.get("env"), facts);
            steps(job, facts);
        });
    }
    environment(root.get("env"), facts);
}

/// The same for what runs in a container; values may use variables of who starts it.
fn inner_environment(entry: Option<&Entry<'_>>, facts: &mut FactsBuilder) {
    let Some(entry) = entry else { return };
    for (name, value) in entry.entries() {
        variable_inside(facts, name, value.line);
        used_variables(facts, value.text(), value.line);
    }
    for item in entry.list() {
        let name = item.text().split('=').next().unwrap_or("");
        variable_inside(facts, name.trim(), item.line);
        used_variables(facts, item.text(), item.line);
    }
}

/// Variables that a map sets.
fn environment(entry: Option<&Entry<'_>>, facts: &mut FactsBuilder) {
    let Some(entry) = entry else { return };
    for (name, value) in entry.entries() {
        variable(facts, name, NodeKind::Key, value.line);
    }
}

fn steps(job: &Entry<'_>, facts: &mut FactsBuilder) {
    for step in job.get("steps").map_or(&[][..], Entry::list) {
        uses(step, facts);
        environment(step.get("env"), facts);
        if let Some(run) = step.get("run") {
            script(run, step.text_of("working-directory"), facts);
        }
    }
}

fn uses(step: &Entry<'_>, facts: &mut FactsBuilder) {
    let Some(entry) = step.get("uses") else {
        return;
    };
    let text = entry.text();
    if text.starts_with('.') {
        // `./path` of an action or workflow is relative to the root.
        let path = text.trim_start_matches("./");
        if path.ends_with(".yml") || path.ends_with(".yaml") {
            mention_path(path, EdgeKind::Configures, entry.line, facts);
        } else {
            let path = format!("{path}/action.yml");
            mention_path(&path, EdgeKind::Configures, entry.line, facts);
        }
    } else if let Some(image) = text.strip_prefix("docker://") {
        package(facts, "docker", image_name(image), entry.line);
    } else {
        let name = text.split('@').next().unwrap_or(text);
        package(facts, "github", name, entry.line);
    }
}

/// Paths in a script; those after a change of folder are tried in that folder too.
fn script(run: &Entry<'_>, folder: &str, facts: &mut FactsBuilder) {
    shell_paths(facts, run.text(), run.line);
    if folder.is_empty() || folder.contains('$') {
        return;
    }
    for word in run.text().split_whitespace() {
        if looks_like_path(word) {
            let path = format!(
                "{}/{}",
                folder.trim_end_matches('/'),
                word.trim_start_matches("./")
            );
            mention_path(&path, EdgeKind::Configures, run.line, facts);
        }
    }
}

// ---- GitLab ----

fn pipeline(root: &Entry<'_>, facts: &mut FactsBuilder) {
    for (key, entry) in root.entries() {
        match *key {
            "include" => {
                for item in entry.items() {
                    let text = match item.text() {
                        "" => item.text_of("local"),
                        text => text,
                    };
                    let path = text.trim_start_matches('/');
                    mention_path(path, EdgeKind::Configures, item.line, facts);
                }
            }
            "variables" => environment(Some(entry), facts),
            "stages" | "default" | "workflow" | "image" | "cache" => {}
            name => resource(name, NodeKind::Resource, entry, facts, |facts| {
                pipeline_job(entry, facts);
            }),
        }
    }
}

fn pipeline_job(job: &Entry<'_>, facts: &mut FactsBuilder) {
    environment(job.get("variables"), facts);
    for key in ["before_script", "script", "after_script"] {
        for line in job.get(key).map_or(&[][..], Entry::items) {
            shell_paths(facts, line.text(), line.line);
        }
    }
    for key in ["extends", "needs", "dependencies"] {
        for other in job.get(key).map_or(&[][..], Entry::items) {
            let name = match other.text() {
                "" => other.text_of("job"),
                name => name,
            };
            mention_resource(name, other.line, facts);
        }
    }
    image_of(job, facts);
}

fn image_of(entry: &Entry<'_>, facts: &mut FactsBuilder) {
    if let Some(image) = entry.get("image") {
        let name = match image.text() {
            "" => image.text_of("name"),
            name => name,
        };
        package(facts, "docker", image_name(name), image.line);
    }
}

// ---- compose ----

fn compose(root: &Entry<'_>, facts: &mut FactsBuilder) {
    let Some(services) = root.get("services") else {
        return;
    };
    for (name, service) in services.entries() {
        resource(name, NodeKind::Resource, service, facts, |facts| {
            compose_service(service, facts);
        });
    }
}

fn compose_service(service: &Entry<'_>, facts: &mut FactsBuilder) {
    image_of(service, facts);
    inner_environment(service.get("environment"), facts);
    if let Some(build) = service.get("build") {
        let context = match build.text() {
            "" => build.text_of("context"),
            context => context,
        };
        let file = match build.text_of("dockerfile") {
            "" => "Dockerfile",
            file => file,
        };
        let path = format!("{}/{file}", context.trim_end_matches('/'));
        mention_path(&path, EdgeKind::Configures, build.line, facts);
    }
    if let Some(needs) = service.get("depends_on") {
        for need in needs.list() {
            mention_resource(need.text(), need.line, facts);
        }
        for (name, need) in needs.entries() {
            mention_resource(name, need.line, facts);
        }
    }
    for key in ["volumes", "env_file"] {
        for item in service.get(key).map_or(&[][..], Entry::items) {
            let host = item.text().split(':').next().unwrap_or("");
            if host.starts_with('.') || key == "env_file" {
                mention_path(host, EdgeKind::Configures, item.line, facts);
            }
        }
    }
    for key in ["command", "entrypoint"] {
        for item in service.get(key).map_or(&[][..], Entry::items) {
            shell_paths(facts, item.text(), item.line);
        }
    }
}

// ---- Kubernetes ----

fn kubernetes(root: &Entry<'_>, facts: &mut FactsBuilder) {
    let name = root
        .get("metadata")
        .map_or("", |metadata| metadata.text_of("name"));
    let label = format!("{}/{name}", root.text_of("kind"));
    let is_map = matches!(root.text_of("kind"), "ConfigMap" | "Secret");
    resource(&label, NodeKind::Resource, root, facts, |facts| {
        for key in ["data", "stringData"] {
            environment(root.get(key).filter(|_| is_map), facts);
        }
        references(root, facts, 0);
    });
}

/// References by the keys that Kubernetes uses for them.
fn references(entry: &Entry<'_>, facts: &mut FactsBuilder, depth: u32) {
    if depth > 40 {
        return;
    }
    for (key, value) in entry.entries() {
        let kind = match *key {
            "configMapRef" | "configMapKeyRef" | "configMap" => "ConfigMap",
            "secretRef" | "secretKeyRef" | "secret" => "Secret",
            "persistentVolumeClaim" => "PersistentVolumeClaim",
            "service" | "serviceName" | "backend" => "Service",
            "serviceAccountName" => "ServiceAccount",
            "scaleTargetRef" | "roleRef" | "targetRef" => value.text_of("kind"),
            _ => "",
        };
        let name = [
            value.text(),
            value.text_of("name"),
            value.text_of("secretName"),
            value.text_of("claimName"),
        ]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or("");
        if !kind.is_empty() && !name.is_empty() {
            mention_resource(&format!("{kind}/{name}"), value.line, facts);
        }
        match *key {
            "image" => package(facts, "docker", image_name(value.text()), value.line),
            "resources" | "bases" | "components" | "patchesStrategicMerge" => {
                for item in value.list() {
                    mention_path(item.text(), EdgeKind::Configures, item.line, facts);
                }
            }
            "env" => {
                for item in value.list() {
                    variable_inside(facts, item.text_of("name"), item.line);
                }
            }
            "command" | "args" => {
                for item in value.list() {
                    shell_paths(facts, item.text(), item.line);
                }
            }
            _ => {}
        }
        references(value, facts, depth + 1);
        for item in value.list() {
            references(item, facts, depth + 1);
        }
    }
}

// ---- others ----

fn pubspec(root: &Entry<'_>, facts: &mut FactsBuilder) {
    facts.setting(&["name"], root.text_of("name"));
    for key in ["dependencies", "dev_dependencies"] {
        for (name, entry) in root.get(key).map_or(&[][..], Entry::entries) {
            package(facts, "pub", name, entry.line);
            mention_path(
                entry.text_of("path"),
                EdgeKind::References,
                entry.line,
                facts,
            );
        }
    }
}

/// Top-level keys, and paths anywhere below.
/// The keys of a program's configuration.
fn configuration<'s>(entry: &Entry<'s>, names: &mut Vec<&'s str>, settings: &mut Settings<'_>) {
    for (key, value) in entry.entries() {
        names.push(*key);
        let parts: Vec<&str> = names.iter().flat_map(|name| name.split('.')).collect();
        settings.add(
            &parts,
            (value.line, value.end_line.max(value.line)),
            value.text(),
        );
        configuration(value, names, settings);
        names.pop();
    }
}

fn plain(root: &Entry<'_>, facts: &mut FactsBuilder) {
    for (key, entry) in root.entries() {
        resource(key, NodeKind::Key, entry, facts, |facts| {
            paths(entry, facts, 0)
        });
    }
    for item in root.list() {
        paths(item, facts, 0);
    }
}

/// Values that are paths.
pub(super) fn paths(entry: &Entry<'_>, facts: &mut FactsBuilder, depth: u32) {
    if depth > 40 {
        return;
    }
    match &entry.value {
        Value::Text(text) => {
            if looks_like_path(text) {
                mention_path(text, EdgeKind::Configures, entry.line, facts);
            }
        }
        Value::Map(entries) => {
            for (_, value) in entries {
                paths(value, facts, depth + 1);
            }
        }
        Value::List(items) => {
            for item in items {
                paths(item, facts, depth + 1);
            }
        }
        Value::Nothing => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;

    fn mentions(path: &str, text: &str) -> Vec<String> {
        let facts = extract("yaml", path, text);
        facts
            .mentions
            .iter()
            .map(|mention| format!("{} {}", mention.line, facts.text(mention.text)))
            .collect()
    }

    #[test]
    fn workflows_name_actions_scripts_and_jobs() {
        let text = "on: push\njobs:\n  lint: {}\n  build:\n    needs: [lint]\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          ./scripts/build.sh --fast\n";
        assert_eq!(
            mentions(".github/workflows/ci.yml", text),
            [
                "5 lint",
                "7 github:actions/checkout",
                "9 ./scripts/build.sh"
            ]
        );
    }

    #[test]
    fn compose_services_name_builds_and_services() {
        let text = "services:\n  web:\n    build: ./web\n    depends_on: [db]\n  db:\n    image: postgres:16\n";
        assert_eq!(
            mentions("docker-compose.yml", text),
            ["3 ./web/Dockerfile", "4 db", "6 docker:postgres"]
        );
    }

    #[test]
    fn plays_name_roles_and_task_files() {
        let text = "- hosts: all\n  roles:\n    - common\n  tasks:\n    - name: copy it\n      template:\n        src: a.j2\n      notify: restart\n    - import_tasks: more.yml\n";
        assert_eq!(
            mentions("site.yml", text),
            [
                "3 roles/common/tasks/main.yml",
                "7 templates/a.j2",
                "7 a.j2",
                "8 restart",
                "9 more.yml"
            ]
        );
    }
}
