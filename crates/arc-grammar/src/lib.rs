//! Grammars of tree-sitter whose scanners write more than there is room for, kept inside their room.
//!
//! Between two tokens a scanner writes down what it keeps in mind (open indentations, delimiters), at most
//! 1,024 bytes. Those of YAML, Python and Ruby look whether there is room before they write two to four bytes and not whether
//! the bytes fit; Ruby's cannot read the word of a heredoc that has more than 255. So some 250 nested lists of YAML, 510 nested
//! blocks of Python with a string inside or one long word of Ruby abort the process. Here they write to a larger place first. What does
//! not fit is forgotten, which costs the tree its sense from there on, and nothing else.
//!
//! Parsers come from here as well: what they allocate is counted, since some texts have them copy without end.
//!
//! A table of a grammar is copied with one function in it replaced. Its layout belongs to its version of the interface to parsers; one
//! of another version is left as it is.

#![expect(
    unsafe_code,
    reason = "a grammar is a table of C with functions in it, and there is no safe way to replace one; no more is there one to count what parsers allocate"
)]

mod allocation;

pub use allocation::{allocated, parser};

use std::ffi::{c_char, c_uint, c_void};
use std::sync::OnceLock;

use tree_sitter::Language;
use tree_sitter_language::LanguageFn;

/// Bytes that tree-sitter has for the state of a scanner (`TREE_SITTER_SERIALIZATION_BUFFER_SIZE`).
const ROOM: usize = 1024;
/// Bytes for what is too much: no scanner writes more than a few above [`ROOM`].
const LARGER: usize = 4 * ROOM;

/// Writes down the state of a scanner and says how long it is.
type Serialize = unsafe extern "C" fn(*mut c_void, *mut c_char) -> c_uint;

/// `TSLanguage` of version 14 of the interface.
#[repr(C)]
#[derive(Clone, Copy)]
struct Head {
    version: u32,
    /// Symbols, aliases, tokens, external tokens, states, large states, productions, fields.
    counts: [u32; 8],
    max_alias_sequence_length: u16,
    /// From the parse table to the lexer modes.
    tables: [*const c_void; 13],
    lex: [Option<unsafe extern "C" fn()>; 2],
    keyword_capture_token: u16,
    scanner: Scanner,
    primary_states: *const c_void,
}

/// The external scanner of a grammar.
#[repr(C)]
#[derive(Clone, Copy)]
struct Scanner {
    tables: [*const c_void; 2],
    create: Option<unsafe extern "C" fn()>,
    destroy: Option<unsafe extern "C" fn()>,
    scan: Option<unsafe extern "C" fn()>,
    serialize: Option<Serialize>,
    deserialize: Option<unsafe extern "C" fn()>,
}

/// `TSLanguage` of version 15.
#[repr(C)]
#[derive(Clone, Copy)]
struct Whole {
    head: Head,
    name: *const c_char,
    reserved_words: *const c_void,
    max_reserved_word_set_size: u16,
    supertype_count: u32,
    supertypes: [*const c_void; 3],
    metadata: [u8; 3],
}

/// A grammar with its scanner kept in its room.
struct Bounded {
    /// The grammar's own table where it has another layout.
    table: *const (),
    /// What the scanner writes its state down with.
    serialize: Option<Serialize>,
    /// Bytes of a state that it can read again.
    room: usize,
}

// SAFETY: the table is made once, is never freed and never written to after that; of its functions tree-sitter asks that they
// may be called from any thread, each with its own scanner.
unsafe impl Send for Bounded {}
// SAFETY: as above.
unsafe impl Sync for Bounded {}

impl Bounded {
    fn new(grammar: LanguageFn, bounded: Serialize, room: usize) -> Bounded {
        // SAFETY: the function of a grammar takes nothing and gives its table, which is there as long as the program.
        let table = unsafe { grammar.into_raw()() };
        // SAFETY: every table begins with its version.
        let version = unsafe { *table.cast::<u32>() };
        match version {
            15 => {
                // SAFETY: a table of this version is a `Whole`.
                let mut whole = unsafe { *table.cast::<Whole>() };
                let serialize = whole.head.scanner.write_with(bounded);
                let table = leaked(whole);
                Bounded {
                    table,
                    serialize,
                    room,
                }
            }
            14 => {
                // SAFETY: a table of this version is a `Head`.
                let mut head = unsafe { *table.cast::<Head>() };
                let serialize = head.scanner.write_with(bounded);
                let table = leaked(head);
                Bounded {
                    table,
                    serialize,
                    room,
                }
            }
            _ => Bounded {
                table,
                serialize: None,
                room,
            },
        }
    }

    /// Has the scanner write its state down, and gives what fits; nothing when it does not.
    ///
    /// # Safety
    /// `scanner` must be one of this grammar, and `room` must have [`ROOM`] bytes.
    unsafe fn write(&self, scanner: *mut c_void, room: *mut c_char) -> c_uint {
        let Some(serialize) = self.serialize else {
            return 0;
        };
        let mut larger: [c_char; LARGER] = [0; LARGER];
        // SAFETY: the scanner is one of this grammar, and there is more room than it may have.
        let length = unsafe { serialize(scanner, larger.as_mut_ptr()) };
        match larger.get(..length as usize) {
            Some(state) if state.len() <= self.room => {
                // SAFETY: there is room for so much, and what is on our stack is nowhere else.
                unsafe { room.copy_from_nonoverlapping(state.as_ptr(), state.len()) };
                length
            }
            _ => 0,
        }
    }
}

impl Scanner {
    /// Has another function write the state down, and gives the one that did.
    fn write_with(&mut self, bounded: Serialize) -> Option<Serialize> {
        let serialize = self.serialize.take();
        self.serialize = serialize.map(|_| bounded);
        serialize
    }
}

/// A table that is there as long as the program.
fn leaked<T>(table: T) -> *const () {
    std::ptr::from_ref(Box::leak(Box::new(table))).cast()
}

macro_rules! bounded {
    ($($(#[$doc:meta])* $name:ident: $grammar:expr, $room:expr;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name() -> Language {
            static GRAMMAR: OnceLock<Bounded> = OnceLock::new();
            unsafe extern "C" fn write(scanner: *mut c_void, room: *mut c_char) -> c_uint {
                // SAFETY: tree-sitter calls this with a scanner of this table and its own buffer.
                GRAMMAR.get().map_or(0, |grammar| unsafe { grammar.write(scanner, room) })
            }
            unsafe extern "C" fn table() -> *const () {
                GRAMMAR.get_or_init(|| Bounded::new($grammar, write, $room)).table
            }
            // SAFETY: the table is that of a generated grammar, or a copy of it with one function that does the same.
            Language::new(unsafe { LanguageFn::from_raw(table) })
        }
    )*};
}

bounded! {
    /// Python.
    python: tree_sitter_python::LANGUAGE, ROOM;
    /// Ruby.
    ruby: tree_sitter_ruby::LANGUAGE, 255;
    /// YAML.
    yaml: tree_sitter_yaml::LANGUAGE, ROOM;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(language: &Language, text: &str) -> bool {
        let mut parser = parser();
        parser.set_language(language).unwrap();
        parser.parse(text, None).unwrap().root_node().has_error()
    }

    #[test]
    fn what_fits_is_read_as_before() {
        let shallow: String = (0..60)
            .map(|at| format!("{}- \n", " ".repeat(at)))
            .collect();
        assert!(!errors(&yaml(), &shallow));
        assert!(!errors(&python(), "def f(a):\n    return f'{a!r}'\n"));
        assert!(!errors(&ruby(), "x = <<~A\n  b\nA\n"));
        assert_eq!(
            yaml().node_kind_count(),
            Language::new(tree_sitter_yaml::LANGUAGE).node_kind_count()
        );
        assert_eq!(python().name(), Some("python"));
    }

    #[test]
    fn what_does_not_fit_ends_no_process() {
        for depth in 200..300 {
            let nested = format!("{}a", "- ".repeat(depth));
            errors(&yaml(), &nested);
        }
        for depth in 505..515 {
            let blocks: String = (0..depth)
                .map(|at| format!("{}if x:\n", " ".repeat(at)))
                .collect();
            let inner = " ".repeat(depth);
            errors(
                &python(),
                &format!("{blocks}{inner}y = 'a'\n{inner}z = f'{{y}}'\n"),
            );
        }
        for length in (250..260).chain(1000..1030) {
            let word = "A".repeat(length);
            errors(&ruby(), &format!("x = <<{word}\nb\n{word}\n"));
        }
    }
}
