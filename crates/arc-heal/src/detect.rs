//! From what a command printed to diagnostics.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::{Class, Diagnostic, Environment, Span};

/// A way to read one kind of message.
struct Detector {
    environment: Environment,
    class: Class,
    /// Groups by name: `file`, `line`, `column`, `code`, `message`, `hint`, `hint2`; `file2` and `line2` where a tool has two ways to say it.
    pattern: &'static str,
}

/// Sorted by environment; within one, the more telling first.
const DETECTORS: &[Detector] = &[
    Detector {
        environment: Environment::Ansible,
        class: Class::Role,
        pattern: r"(?P<message>couldn't resolve module/action '(?P<hint>[\w.]+)')(?s:.{0,400}?)(?:Origin: (?P<file>[^:\n]+):(?P<line>\d+))",
    },
    Detector {
        environment: Environment::Ansible,
        class: Class::Role,
        pattern: r"(?P<message>couldn't resolve module/action '(?P<hint>[\w.]+)')",
    },
    Detector {
        environment: Environment::Ansible,
        class: Class::Syntax,
        pattern: r"(?P<message>'(?P<hint>\w+)' is not a valid attribute for a \w+)",
    },
    Detector {
        environment: Environment::Ansible,
        class: Class::Syntax,
        pattern: r"(?m)^(?:\[ERROR\]|ERROR!):? (?P<message>[^\n]+)(?s:.{0,400}?)(?:Origin: (?P<file>[^:\n]+):(?P<line>\d+)|The error appears to be in '(?P<file2>[^'\n]+)': line (?P<line2>\d+))",
    },
    Detector {
        environment: Environment::Bash,
        class: Class::Name,
        pattern: r"(?m)^(?P<file>[^:\n]+): line (?P<line>\d+): (?P<message>(?P<hint>\w+): unbound variable)$",
    },
    Detector {
        environment: Environment::Bash,
        class: Class::Syntax,
        pattern: r"(?m)^(?P<file>[^:\n]+): line (?P<line>\d+): (?P<message>(?P<hint>\[): .*)$",
    },
    Detector {
        environment: Environment::Bash,
        class: Class::Syntax,
        pattern: r"(?m)^(?P<file>[^:\n]+): (?P<line>\d+): (?P<message>(?P<hint>\[): .*)$",
    },
    Detector {
        environment: Environment::Bash,
        class: Class::Name,
        pattern: r"(?m)^(?P<file>[^:\n]+): (?P<line>\d+): (?P<message>(?P<hint>\w+): parameter not set)$",
    },
    Detector {
        environment: Environment::Bash,
        class: Class::Command,
        pattern: r"(?m)^(?P<file>[^:\n]+): line (?P<line>\d+): (?P<message>(?P<hint>[^:\n]+): (?:command )?not found)$",
    },
    Detector {
        environment: Environment::Bash,
        class: Class::Command,
        pattern: r"(?m)^(?P<file>[^:\n]+): (?P<line>\d+): (?P<message>(?P<hint>[^:\n]+): not found)$",
    },
    Detector {
        environment: Environment::Go,
        class: Class::Attribute,
        pattern: r"(?m)^(?:vet: )?(?P<file>[^:\n]+\.go):(?P<line>\d+):(?P<column>\d+): (?P<message>undefined: (?P<hint2>\w+)\.(?P<hint>\w+))",
    },
    Detector {
        environment: Environment::Go,
        class: Class::Name,
        pattern: r"(?m)^(?:vet: )?(?P<file>[^:\n]+\.go):(?P<line>\d+):(?P<column>\d+): (?P<message>(?:undefined|undeclared name): (?P<hint>\w+))(?:$|[^.\w])",
    },
    Detector {
        environment: Environment::Go,
        class: Class::Attribute,
        pattern: r"(?m)^(?:vet: )?(?P<file>[^:\n]+\.go):(?P<line>\d+):(?P<column>\d+): (?P<message>(?:[\w.()]+\.)?(?P<hint>\w+) undefined .*)$",
    },
    Detector {
        environment: Environment::Go,
        class: Class::Attribute,
        pattern: r"(?m)^(?:vet: )?(?P<file>[^:\n]+\.go):(?P<line>\d+):(?P<column>\d+): (?P<message>(?P<hint>\w+) not (?:declared|exported) by package \w+)$",
    },
    Detector {
        environment: Environment::Go,
        class: Class::Type,
        pattern: r"(?m)^(?:vet: )?(?P<file>[^:\n]+\.go):(?P<line>\d+):(?P<column>\d+): (?P<message>(?:not enough|too many) arguments in call to [^\n]*)$",
    },
    Detector {
        environment: Environment::Go,
        class: Class::Import,
        pattern: r"(?m)^(?P<file>[^:\n]+\.go):(?P<line>\d+):(?P<column>\d+): (?P<message>package (?P<hint>[\w/]+) is not in (?:std|GOROOT).*)$",
    },
    Detector {
        environment: Environment::JavaScript,
        class: Class::Attribute,
        pattern: r"(?m)^(?P<file>[^\s(:]+\.[cm]?[jt]sx?)(?:\(|:)(?P<line>\d+)[,:](?P<column>\d+)\)?(?::| -) error (?P<code>TS(?:2339|2551)): (?P<message>Property '(?P<hint>[\w$]+)'[^\n]*)",
    },
    Detector {
        environment: Environment::JavaScript,
        class: Class::Type,
        pattern: r"(?m)^(?P<file>[^\s(:]+\.[cm]?tsx?)(?:\(|:)(?P<line>\d+)[,:](?P<column>\d+)\)?(?::| -) error (?P<code>TS255[45]): (?P<message>[^\n]*)",
    },
    Detector {
        environment: Environment::JavaScript,
        class: Class::Name,
        pattern: r"(?m)^(?P<file>[^\s(:]+\.[cm]?[jt]sx?)(?:\(|:)(?P<line>\d+)[,:](?P<column>\d+)\)?(?::| -) error (?P<code>TS(?:2304|2305|2552|2724)): (?P<message>[^\n]*?'(?P<hint>[\w$]+)'[^\n]*)",
    },
    Detector {
        environment: Environment::JavaScript,
        class: Class::Name,
        pattern: r"(?m)^(?P<code>ReferenceError): (?P<message>(?P<hint>[\w$]+) is not defined)",
    },
    Detector {
        environment: Environment::JavaScript,
        class: Class::Import,
        pattern: r"(?m)^Error: (?P<message>Cannot find module '(?P<hint>[^'\n]+)')",
    },
    Detector {
        environment: Environment::JavaScript,
        class: Class::Import,
        pattern: r"(?m)^(?P<code>SyntaxError): (?P<message>The requested module '(?P<hint2>[^'\n]+)' does not provide an export named '(?P<hint>[\w$]+)')",
    },
    Detector {
        environment: Environment::JavaScript,
        class: Class::Attribute,
        pattern: r"(?m)^(?P<code>TypeError): (?P<message>(?:[^\n]*\.)?(?P<hint>[\w$]+) is not (?:a function|a constructor|iterable))",
    },
    Detector {
        environment: Environment::JavaScript,
        class: Class::Type,
        pattern: r"(?m)^(?P<code>TypeError): (?P<message>.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Syntax,
        pattern: r#"(?m)^\s*File "(?P<file>[^"\n]+)", line (?P<line>\d+)\n(?:.*\n){0,3}?(?P<code>SyntaxError|IndentationError|TabError): (?P<message>.*)$"#,
    },
    Detector {
        environment: Environment::Python,
        class: Class::Import,
        pattern: r"(?m)^(?P<code>ModuleNotFoundError|ImportError): (?P<message>No module named '(?P<hint>[\w.]+)'.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Import,
        pattern: r"(?m)^(?P<code>ImportError): (?P<message>cannot import name '(?P<hint>\w+)' from (?:partially initialized module )?'(?P<hint2>[\w.]+)'.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Name,
        pattern: r"(?m)^(?P<code>NameError|UnboundLocalError): (?P<message>.*(?:name|variable) '(?P<hint>\w+)'.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Attribute,
        pattern: r"(?m)^(?P<code>AttributeError): (?P<message>.*?'?(?P<hint2>[\w.]+)'?(?: object)? has no attribute '(?P<hint>\w+)'.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Attribute,
        // What enumerations say.
        pattern: r"(?m)^(?P<code>AttributeError): (?P<message>(?P<hint>[A-Za-z_]\w*)(?:\. Did you mean: .*)?)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Name,
        pattern: r"(?m)^(?P<code>TypeError): (?P<message>.*unexpected keyword argument '(?P<hint>\w+)'.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Permission,
        pattern: r"(?m)^(?P<code>PermissionError): (?P<message>.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Type,
        pattern: r"(?m)^(?P<code>TypeError): (?P<message>.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Value,
        pattern: r"(?m)^(?P<code>ValueError|KeyError|IndexError|ZeroDivisionError): (?P<message>.*)$",
    },
    Detector {
        environment: Environment::Python,
        class: Class::Logic,
        pattern: r"(?m)^(?P<code>AssertionError)(?:: (?P<message>.*))?$",
    },
    Detector {
        environment: Environment::Rust,
        class: Class::Syntax,
        pattern: r"(?m)^error: (?P<message>(?:no rules expected|expected|unexpected|missing|unknown start of token)\b[^\n]*)\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+)",
    },
    Detector {
        environment: Environment::Rust,
        class: Class::Syntax,
        pattern: r"(?m)^error\[(?P<code>E0537)\]: (?P<message>[^\n]*)\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+)",
    },
    Detector {
        environment: Environment::Rust,
        class: Class::Import,
        pattern: r"(?m)^error\[(?P<code>E043[23])\]: (?P<message>[^\n]*)\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+)(?s:.{0,300}?)could not find `(?P<hint>\w+)` in",
    },
    Detector {
        environment: Environment::Rust,
        class: Class::Import,
        pattern: r"(?m)^error\[(?P<code>E043[23])\]: (?P<message>[^\n]*`(?P<hint>[\w:]+)`[^\n]*)\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+)",
    },
    Detector {
        environment: Environment::Rust,
        class: Class::Value,
        pattern: r"(?m)^error\[(?P<code>E0070)\]: (?P<message>[^\n]*)\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+)",
    },
    Detector {
        environment: Environment::Rust,
        class: Class::Type,
        pattern: r"(?m)^error\[(?P<code>E0061|E0308|E0618)\]: (?P<message>[^\n]*)\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+)",
    },
    Detector {
        environment: Environment::Rust,
        class: Class::Attribute,
        pattern: r"(?m)^error\[(?P<code>E0599|E0609|E0560)\]: (?P<message>[^\n`]*`(?P<hint>\w+)`[^\n]*)\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+)",
    },
    Detector {
        environment: Environment::Rust,
        class: Class::Name,
        pattern: r"(?m)^error\[(?P<code>E04\d\d)\]: (?P<message>[^\n`]*`(?P<hint>\w+)`[^\n]*)\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+)",
    },
    Detector {
        environment: Environment::Terraform,
        class: Class::Name,
        pattern: r#"(?m)^(?:\W*)Error: (?P<code>[^\n]+)\n(?s:.{0,40}?)on (?P<file>\S+) line (?P<line>\d+)(?s:.{0,500}?)(?P<message>(?:name|named|Keyword|Blocks of type) "(?P<hint>\w+)")"#,
    },
    Detector {
        environment: Environment::Terraform,
        class: Class::Name,
        pattern: r#"(?m)^(?:\W*)Error: (?P<code>[^\n]+)\n(?s:.{0,40}?)on (?P<file>\S+) line (?P<line>\d+)(?s:.{0,500}?)(?P<message>resource\s+"(?P<hint2>\w+)"\s+"(?P<hint>\w+)"\s+has\s+not)"#,
    },
];

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    DETECTORS
        .iter()
        .map(|detector| Regex::new(detector.pattern).expect("a test compiles all of them"))
        .collect()
});

/// What the output tells, in the order of the table. Paths come back relative to `root` where they lie in it.
pub(crate) fn detect(environment: Environment, output: &str, root: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (detector, pattern) in DETECTORS.iter().zip(COMPILED.iter()) {
        if detector.environment != environment {
            continue;
        }
        for captures in pattern.captures_iter(output) {
            let text = |name: &str| captures.name(name).map_or("", |group| group.as_str());
            let number = |name: &str| text(name).parse().unwrap_or(0);
            let (start, end) = captures
                .get(0)
                .map_or((0, 0), |whole| (whole.start(), whole.end()));
            let frame = if environment == Environment::JavaScript {
                first_frame(&output[end..])
            } else {
                last_frame(&output[..start])
            };
            let told = match text("file") {
                "" => (text("file2"), number("line2")),
                file => (file, number("line")),
            };
            let (file, line) = match told {
                ("", _) => frame.unwrap_or(("", 0)),
                (file, line) => (file, line),
            };
            found.push(Diagnostic {
                environment,
                class: detector.class,
                code: text("code").to_owned(),
                message: text("message").to_owned(),
                file: relative(file, root),
                span: (line > 0).then_some(Span {
                    line,
                    column: number("column"),
                    end_line: line,
                }),
                hints: ["hint", "hint2"]
                    .into_iter()
                    .map(text)
                    .chain(proposed(&output[start..], end - start))
                    .filter(|hint| !hint.is_empty())
                    .map(str::to_owned)
                    .collect(),
                raw: output[start..end].to_owned(),
            });
        }
    }
    found
}

/// The file of the project at `root` that an output blames first, whatever language it is in.
#[must_use]
pub fn blamed_file(output: &str, root: &Path) -> Option<PathBuf> {
    let mut environments: Vec<Environment> = DETECTORS
        .iter()
        .map(|detector| detector.environment)
        .collect();
    environments.dedup();
    let shown = root.to_string_lossy();
    environments
        .into_iter()
        .flat_map(|environment| detect(environment, output, &shown))
        .filter_map(|diagnostic| diagnostic.file)
        .map(|file| root.join(file))
        .find(|path| path.is_file())
}

/// Names that a tool proposes with a message, or soon after it.
fn proposed(output: &str, length: usize) -> Vec<&str> {
    static PROPOSED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?:Did\s+you\s+mean:?|similar name(?: exists)?:?|similarly named [a-z ]+)[^\w]{1,4}(?:self\.)?(\w+)|there is an? [a-z ]+ `(\w+)`"#)
            .expect("the expression is tested")
    });
    let mut end = (length + FOLLOWS).min(output.len());
    while !output.is_char_boundary(end) {
        end -= 1;
    }
    PROPOSED
        .captures_iter(&output[..end])
        .filter_map(|found| found.get(1).or(found.get(2)))
        .map(|name| name.as_str())
        .collect()
}

/// How far behind a message its proposals stand.
const FOLLOWS: usize = 700;

/// The first frame of a stack trace of JavaScript that names a file.
fn first_frame(after: &str) -> Option<(&str, u32)> {
    static FRAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^\s+at .*?\(?(/[^()\n]+?):(\d+):\d+\)?$")
            .expect("the expression is tested")
    });
    let frame = FRAME.captures(after)?;
    Some((frame.get(1)?.as_str(), frame.get(2)?.as_str().parse().ok()?))
}

/// The innermost frame of a Python traceback before a message.
fn last_frame(before: &str) -> Option<(&str, u32)> {
    static FRAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?m)^\s*File "([^"\n]+)", line (\d+)"#).expect("the expression is tested")
    });
    let frame = FRAME.captures_iter(before).last()?;
    let file = frame.get(1)?.as_str();
    Some((file, frame.get(2)?.as_str().parse().ok()?))
}

/// The path relative to the root; `None` for one that is empty or lies elsewhere.
fn relative(path: &str, root: &str) -> Option<String> {
    let inside = match path.strip_prefix(root) {
        Some(rest) => rest.strip_prefix('/')?,
        None if path.starts_with(['/', '<']) => return None,
        None => path.trim_start_matches("./"),
    };
    (!inside.is_empty() && !inside.starts_with("../")).then(|| inside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceback_names_the_innermost_frame() {
        let output = "Traceback (most recent call last):\n  File \"/p/run.py\", line 3, in <module>\n    f()\n  File \"/p/lib/a.py\", line 9, in f\n    lenn(x)\nNameError: name 'lenn' is not defined. Did you mean: 'len'?\n";
        let found = detect(Environment::Python, output, "/p");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].class, Class::Name);
        assert_eq!(found[0].file.as_deref(), Some("lib/a.py"));
        assert_eq!(found[0].span.map(|span| span.line), Some(9));
        assert_eq!(found[0].hints, ["lenn", "len"]);
    }

    #[test]
    fn enumerations_name_the_member_alone() {
        let output = "  File \"/p/a.py\", line 2, in <module>\nAttributeError: GREN. Did you mean: 'GREEN'?\n";
        let found = detect(Environment::Python, output, "/p");
        assert_eq!((found.len(), found[0].class), (1, Class::Attribute));
        assert_eq!(found[0].hints, ["GREN", "GREEN"]);
    }

    #[test]
    fn shells_tell_lines_with_and_without_that_word() {
        for output in [
            "/p/run.sh: line 7: [: missing `]'\n",
            "/p/run.sh: 7: [: missing ]\nTry 'run --help'.\n",
        ] {
            let found = detect(Environment::Bash, output, "/p");
            assert_eq!(found.len(), 1, "{output}");
            let place = (
                found[0].span.map(|span| span.line),
                found[0].hints[0].as_str(),
            );
            assert_eq!((found[0].class, place), (Class::Syntax, (Some(7), "[")));
        }
        let found = detect(
            Environment::Bash,
            "run.sh: 3: plce: parameter not set\n",
            "/p",
        );
        assert_eq!(
            (found[0].class, found[0].hints[0].as_str()),
            (Class::Name, "plce")
        );
    }

    #[test]
    fn a_syntax_error_names_its_own_place() {
        let output = "  File \"/p/a.py\", line 2\n    if x\n        ^\nSyntaxError: expected ':'\n";
        let found = detect(Environment::Python, output, "/p");
        assert_eq!(
            (found[0].class, found[0].span.map(|span| span.line)),
            (Class::Syntax, Some(2))
        );
    }

    #[test]
    fn an_output_blames_a_file_that_is_there() {
        let project = tempfile::tempdir().expect("a folder");
        std::fs::write(project.path().join("b.go"), "package b\n").expect("written");
        let output = "./a.go:3:2: undefined: x\n./b.go:4:7: undefined: y\n";
        assert_eq!(
            blamed_file(output, project.path()),
            Some(project.path().join("b.go"))
        );
        assert_eq!(blamed_file("all is well\n", project.path()), None);
    }

    #[test]
    fn a_compiler_of_typescript_says_what_was_meant() {
        for output in [
            "src/a.ts(3,7): error TS2551: Property 'lenght' does not exist on type 'string'. Did you mean 'length'?\n",
            "src/a.ts:3:7 - error TS2552: Cannot find name 'lenght'. Did you mean 'length'?\n",
            "src/a.ts(3,7): error TS2724: '\"./b\"' has no exported member named 'lenght'. Did you mean 'length'?\n",
        ] {
            let found = detect(Environment::JavaScript, output, "/p");
            assert_eq!(found.len(), 1, "{output}");
            assert_eq!(found[0].file.as_deref(), Some("src/a.ts"));
            assert_eq!(found[0].span.map(|span| span.line), Some(3));
            assert_eq!(found[0].hints, ["lenght", "length"], "{output}");
        }
    }

    #[test]
    fn files_outside_of_the_project_are_not_named() {
        assert_eq!(relative("/usr/lib/x.py", "/p"), None);
        assert_eq!(relative("<string>", "/p"), None);
        assert_eq!(relative("/pq/x.py", "/p"), None);
    }

    #[test]
    fn whose_attribute_python_misses_is_told_whole() {
        let hints = |said: &str| {
            let output = format!("AttributeError: {said}\n");
            detect(Environment::Python, &output, "/p")[0].hints[..2].to_vec()
        };
        assert_eq!(
            hints("module 're' has no attribute 'ccompile'. Did you mean: '_compile'?"),
            ["ccompile", "re"]
        );
        assert_eq!(
            hints("'str' object has no attribute 'isplit'"),
            ["isplit", "str"]
        );
        assert_eq!(hints("type object 'A' has no attribute 'b'"), ["b", "A"]);
    }
}
