//! Conditionals of the preprocessor that the grammar has no place for, replaced by spaces: in the middle of an expression or a
//! list, or with sides that open a block and leave it open. Every byte stays at its place.

use std::mem;
use std::ops::Range;

use super::blanks::blanked;
use super::code::{Code, tokens};

/// Of sides that cannot all be kept, those of platforms with a name like one of these are not.
const FOREIGN: [&str; 5] = ["KR_headers", "UNICODE", "WIN32", "WIN64", "_MSC_VER"];

/// The text without conditionals that begin or end inside an expression, a list or a statement, where no grammar expects them. Of
/// their sides all are kept if they are parts of a list. Else the first is, and if `keeps_sides` what the others have but the braces
/// that they leave open.
pub(super) fn without_inner_conditionals(text: &str, keeps_sides: bool) -> Option<String> {
    let mut blanks = Vec::new();
    let mut open: Vec<Conditional> = Vec::new();
    // Conditionals that ended and are followed by no code yet.
    let mut ended: Vec<Conditional> = Vec::new();
    let mut code = Code::default();
    let mut in_directive = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end_matches(['\n', '\r']).len();
        start += line.len();
        let body = line.trim();
        let goes_on_below = body.ends_with('\\');
        if mem::take(&mut in_directive) {
            in_directive = goes_on_below;
            if let Some(inner) = open.last_mut().filter(|inner| inner.is_in_directive) {
                inner.is_in_directive = goes_on_below;
                inner.extend_line(range.end);
            }
            continue;
        }
        let directive = body.strip_prefix('#').filter(|_| !code.is_in_comment());
        let Some(directive) = directive.map(str::trim_start) else {
            let Some(first) = code.see(body) else {
                continue;
            };
            for conditional in ended.drain(..) {
                conditional.add_blanks(text, first, keeps_sides, &mut blanks);
            }
            // What is around something with code has code.
            let outwards = open.iter_mut().rev();
            for inner in outwards.take_while(|inner| !inner.has_code) {
                inner.sees(first);
            }
            continue;
        };
        in_directive = goes_on_below;
        if directive.starts_with("if") {
            let mut inner = Conditional::new(range, directive, &code);
            inner.is_in_directive = goes_on_below;
            open.push(inner);
        } else if directive.starts_with("el") {
            if let Some(inner) = open.last_mut() {
                inner.end_side(range, &code);
                inner.is_in_directive = goes_on_below;
                code.set_depth(inner.depth);
            }
        } else if directive.starts_with("endif")
            && let Some(mut inner) = open.pop()
        {
            inner.end_side(range, &code);
            code.set_depth(inner.depth_behind());
            ended.push(inner);
        }
    }
    for conditional in ended {
        conditional.add_blanks(text, "", keeps_sides, &mut blanks);
    }
    blanked(text, blanks)
}

/// `#if` to `#endif`.
struct Conditional {
    /// Where its own lines are.
    lines: Vec<Range<usize>>,
    /// The last of them goes on below.
    is_in_directive: bool,
    /// Blocks that are open where it begins.
    depth: i64,
    /// The code before it is unfinished.
    begins_inside: bool,
    /// The code before it ends with a text.
    is_after_text: bool,
    /// A side begins with what goes on with the code before it.
    goes_on: bool,
    /// A side leaves more or fewer blocks open than it found, or a statement unfinished; or it has to follow one.
    ends_inside: bool,
    /// A side ends as the head of a function does.
    ends_as_head: bool,
    /// There was code since the side began.
    has_code: bool,
    /// Blocks that are open at the end of each side.
    depths: Vec<i64>,
    /// The first of several sides ends as an element of a list does.
    is_list: Option<bool>,
    /// The first side is compiled where few compile it.
    is_foreign: bool,
    /// The first side is never compiled.
    is_off: bool,
}

impl Conditional {
    fn new(line: Range<usize>, directive: &str, code: &Code) -> Conditional {
        Conditional {
            lines: vec![line],
            is_in_directive: false,
            depth: code.depth(),
            begins_inside: code.is_unfinished(),
            is_after_text: code.ends_with(b'"'),
            goes_on: false,
            ends_inside: code.is_dangling(),
            ends_as_head: false,
            has_code: false,
            depths: Vec::new(),
            is_list: None,
            is_foreign: FOREIGN.iter().any(|name| directive.contains(name))
                && !directive.starts_with("ifndef")
                && !directive.contains('!'),
            is_off: directive.strip_prefix("if").map(str::trim) == Some("0"),
        }
    }

    fn extend_line(&mut self, end: usize) {
        if let Some(line) = self.lines.last_mut() {
            line.end = end;
        }
    }

    /// Takes note of the first line of code in the present side, or in a conditional inside it.
    fn sees(&mut self, line: &str) {
        self.goes_on |= goes_on(line) || self.is_after_text && line.starts_with('"');
        self.has_code = true;
    }

    /// Takes note of the directive that ends a side.
    fn end_side(&mut self, line: Range<usize>, code: &Code) {
        self.lines.push(line);
        self.depths.push(code.depth());
        if mem::take(&mut self.has_code) {
            self.ends_inside |= code.depth() != self.depth || code.is_cut() || code.is_dangling();
            self.ends_as_head |= code.ends_with(b')');
        }
        self.is_list.get_or_insert(code.ends_element());
    }

    /// Blocks that are open behind it, by the side that is kept.
    fn depth_behind(&self) -> i64 {
        let kept = usize::from((self.is_off || self.is_foreign) && self.depths.len() > 1);
        self.depths.get(kept).copied().unwrap_or(self.depth)
    }

    fn add_blanks(self, text: &str, next: &str, keeps_sides: bool, blanks: &mut Vec<Range<usize>>) {
        let is_head = self.ends_as_head && next.starts_with('{');
        let is_cut =
            self.ends_inside || is_head || next.starts_with([';', ')', ',']) || goes_on(next);
        if !self.begins_inside && !self.goes_on && !is_cut {
            return;
        }
        let keeps_all = self.lines.len() == 2 || self.is_list == Some(true) && !is_cut;
        let kept = usize::from((self.is_off || self.is_foreign) && self.lines.len() > 2);
        // Between two of its lines is a side.
        for (side, ends) in self.lines.windows(2).enumerate() {
            let range = ends[0].end..ends[1].start;
            if side == 0 && self.is_off {
                blanks.push(range);
            } else if side != kept && !keeps_all {
                let braces = (keeps_sides && !self.begins_inside && !is_head)
                    .then(|| open_braces(text, range.clone()))
                    .flatten();
                match braces {
                    Some(braces) => blanks.extend(braces),
                    None => blanks.push(range),
                }
            }
        }
        blanks.extend(self.lines);
    }
}

/// Bytes of a side that are looked through for braces: sides stand in each other.
const MOST_BYTES: usize = 1 << 13;

/// The braces of a side that have no other half in it; `None` when a parenthesis has none, or the side is too long.
fn open_braces(text: &str, side: Range<usize>) -> Option<Vec<Range<usize>>> {
    if side.len() > MOST_BYTES {
        return None;
    }
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut unmatched = Vec::new();
    for token in tokens(&text[side.clone()]) {
        let at = side.start + token.start;
        let byte = text.as_bytes()[at];
        let other = match byte {
            b'{' | b'(' => {
                open.push((byte, at));
                continue;
            }
            b'}' => b'{',
            b')' => b'(',
            _ => continue,
        };
        if open.last().is_some_and(|(before, _)| *before == other) {
            open.pop();
        } else {
            unmatched.push((byte, at));
        }
    }
    unmatched.extend(open);
    let braces = unmatched
        .iter()
        .all(|(byte, _)| matches!(byte, b'{' | b'}'));
    braces.then(|| unmatched.iter().map(|(_, at)| *at..at + 1).collect())
}

/// Whether a line goes on with what the line before began.
fn goes_on(line: &str) -> bool {
    let is_else = line
        .trim_start_matches(['}', ' '])
        .strip_prefix("else")
        .is_some_and(|rest| {
            !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
        });
    is_else
        || ["&&", "||", ", ", "? ", ": ", "<<", "== ", "+ ", "->"]
            .iter()
            .any(|operator| line.starts_with(operator))
}

#[cfg(test)]
mod tests {
    use super::super::blanks::squeezed;
    use super::*;

    fn without(text: &str) -> String {
        squeezed(without_inner_conditionals(text, false))
    }

    #[test]
    fn conditionals_inside_expressions_and_lists_are_blanked() {
        let text = "\
A(int b)
    : // The first.
#if !defined(NDEBUG)
      c(b), /* only then */
#endif
      d(b) {
  f(b,
#ifdef ONE
    1
#else
    2
#endif
  );
  if (b
#ifdef TWO
      && c
#endif
  ) {}
#ifdef WHOLE
  g();
#else
  h();
#endif
";
        let blanked = "\
A(int b)
: // The first.
c(b), /* only then */
d(b) {
f(b,
1
);
if (b
&& c
) {}
#ifdef WHOLE
g();
#else
h();
#endif";
        assert_eq!(without(text), blanked);
        assert_eq!(
            without_inner_conditionals("#if A\nint a;\n#endif\n", true),
            None
        );
    }

    #[test]
    fn sides_that_are_elements_of_a_list_are_all_kept() {
        let text = "T t = { a,\n#if A\n b,\n#else\n c,\n#endif\n d };\n";
        assert_eq!(without(text), "T t = { a,\nb,\nc,\nd };");
    }

    #[test]
    fn of_sides_that_leave_a_block_open_the_first_is_kept() {
        let text = "\
#ifdef A
  if (a) { // {
#else
  if (b /* ( */) { f('{', \"}\");
#endif
    g();
  }
#if B
  else {
    h();
  }
#endif
";
        assert_eq!(without(text), "if (a) { // {\ng();\n}\nelse {\nh();\n}");
        // What is never compiled is not the first.
        let text = "#if 0\nwhile (a) {\n#else\nwhile (b) {\n#endif\n}\n";
        assert_eq!(without(text), "while (b) {\n}");
    }

    #[test]
    fn what_the_other_sides_have_can_be_kept_without_their_open_braces() {
        let text = "#ifdef A\n if (a) {\n#else\n f();\n if (b) {\n#endif\n g();\n}\n";
        let kept = squeezed(without_inner_conditionals(text, true));
        assert_eq!(kept, "if (a) {\nf();\nif (b)\ng();\n}");
        let text = "#ifdef A\n f(a,\n#else\n g(b,\n#endif\n c);\n";
        let kept = squeezed(without_inner_conditionals(text, true));
        assert_eq!(kept, "f(a,\nc);");
    }

    #[test]
    fn sides_that_end_inside_a_statement_are_joined_to_the_rest() {
        for (text, joined) in [
            (
                "#ifdef A\n if (a)\n  f();\n else\n#endif\n g();\n",
                "if (a)\nf();\nelse\ng();",
            ),
            ("#ifdef A\nx =\n#endif\n f();\n", "x =\nf();"),
            ("end:\n#ifdef A\n f();\n#endif\n g();\n", "end:\nf();\ng();"),
            (
                "static double\n#ifdef A\n a[] = { 1 };\n#endif\n",
                "static double\na[] = { 1 };",
            ),
            (
                "#ifdef _WIN32\nint wmain(void)\n#else\nint main(void)\n#endif\n{}\n",
                "int main(void)\n{}",
            ),
            ("#ifdef A\nend:\n#endif\n f();\n", "end:\nf();"),
            (
                "#ifdef A\n if (a)\n#else\n while (a)\n#endif\n f();\n",
                "if (a)\nf();",
            ),
            (
                "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n}\n",
                "int f(int a)\n{\n}",
            ),
            (
                "int a\n#ifdef A\n MARK(1)\n#endif\n ;\n",
                "int a\nMARK(1)\n;",
            ),
            (
                "f(\"a\"\n#ifdef A\n \"b\"\n#endif\n \"c\");\n",
                "f(\"a\"\n\"b\"\n\"c\");",
            ),
        ] {
            assert_eq!(without(text), joined, "{text}");
        }
    }

    #[test]
    fn whole_statements_and_definitions_keep_their_conditionals() {
        for text in [
            "#ifdef A\nvoid f(void) {}\n#else\nvoid g(void) {}\n#endif\n",
            "#ifdef A\nMARK(a)\n#else\nMARK(b)\n#endif\nint x;\n",
            "switch (a) {\n#ifdef A\ncase 1:\n#endif\ndefault:\n f();\n}\n",
            "class A {\n#ifdef A\n public:\n#endif\n int a;\n};\n",
            "#define F(a) \\\n#ifdef\n",
            "/*\n#if A\n{\n#endif\n*/\nint a;\n",
            "const char *a = R\"x(\n#if A\n{\n#endif\n)x\";\n",
        ] {
            assert_eq!(without_inner_conditionals(text, false), None, "{text}");
        }
    }
}
