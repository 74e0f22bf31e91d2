//! `go.mod` and `go.work`: the module's path, what it requires, and where replaced modules lie. Read line by line.

use arc_graph::EdgeKind;

use super::linked::Linked;
use crate::builder::FactsBuilder;
use crate::facts::MentionKind;
use crate::source::Source;

pub(super) static GO_MOD: Linked = Linked {
    name: "go module",
    extensions: &[],
    file_names: &["go.mod", "go.work"],
    grammar: None,
    lower,
};

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let mut group: Option<&str> = None;
    for (index, line) in source.text.lines().enumerate() {
        let line = line.split("//").next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        if line == ")" {
            group = None;
            continue;
        }
        let (verb, rest) = match group {
            Some(verb) => (verb, line),
            None => line.split_once([' ', '\t']).unwrap_or((line, "")),
        };
        if rest.trim() == "(" {
            group = Some(verb);
            continue;
        }
        directive(verb, rest, index as u32 + 1, facts);
    }
}

fn directive(verb: &str, rest: &str, line: u32, facts: &mut FactsBuilder) {
    let unquoted = |word: &str| word.trim_matches(['"', '`']).to_owned();
    let mut words = rest.split_whitespace();
    let Some(first) = words.next().map(unquoted) else {
        return;
    };
    match verb {
        "module" => facts.setting(&["module"], &first),
        "require" => {
            facts.mention(
                &format!("go:{first}"),
                MentionKind::Package,
                EdgeKind::DependsOn,
                line,
            );
        }
        "replace" => {
            let target = words.skip_while(|word| *word != "=>").nth(1);
            if let Some(target) = target.map(unquoted) {
                facts.setting(&["replace", &first], &target);
            }
        }
        "use" => facts.setting(&["use", &first], &first),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::extract;

    #[test]
    fn groups_and_single_lines_are_read() {
        let facts = extract(
            "go module",
            "go.mod",
            "module example.org/m/v2 // the module\n\ngo 1.22\n\nrequire (\n\tgolang.org/x/net v0.1.0 // indirect\n)\n\
             require a.org/b v1.0.0\nreplace a.org/b v1.0.0 => ../b\n",
        );
        let settings: Vec<(String, String)> = facts
            .settings
            .iter()
            .map(|setting| (setting.key.replace('\u{1f}', "/"), setting.value.clone()))
            .collect();
        assert_eq!(
            settings,
            [
                ("module".to_owned(), "example.org/m/v2".to_owned()),
                ("replace/a.org/b".to_owned(), "../b".to_owned()),
            ]
        );
        let mentions: Vec<&str> = facts.mentions.iter().map(|m| facts.text(m.text)).collect();
        assert_eq!(mentions, ["go:golang.org/x/net", "go:a.org/b"]);
    }
}
