//! Python's scopes while a file is lowered: which names are local, which fields a class already has.

use crate::builder::FactsBuilder;
use crate::facts::{BlockId, Name, SymbolId};
use crate::languages::affixes::Affixes;
use rustc_hash::FxHashMap;

/// Variables of one scope whose texts are remembered.
const MAX_TEXTS: usize = 32;

/// What kind of scope a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// The file.
    Module,
    /// A class body.
    Class,
    /// A function or lambda.
    Function,
    /// A comprehension, whose variables are its own.
    Comprehension,
}

/// One scope that holds names.
pub(super) struct Frame {
    /// What it is.
    pub(super) kind: FrameKind,
    /// The block its names are declared in.
    pub(super) block: BlockId,
    /// Its definition.
    pub(super) symbol: SymbolId,
    /// Definitions by name: module variables, and for a class its members, fields set in methods included.
    pub(super) defined: FxHashMap<Name, SymbolId>,
    /// Names declared `global` (true) or `nonlocal` (false).
    pub(super) outer: Vec<(Name, bool)>,
    /// Branches so far.
    pub(super) branches: u16,
    /// Lambdas so far.
    pub(super) lambdas: u32,
    /// For a method, the name of its first parameter; `NONE` when it has none.
    pub(super) receiver: Name,
    /// For a class, what its members are.
    pub(super) class: ClassTraits,
    /// Variables that were last given a text of which something is known.
    texts: Vec<(Name, Affixes)>,
    undo: usize,
}

/// What the members of a class are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClassTraits {
    /// Its methods named `test…` are tests.
    pub(super) is_test: bool,
    /// It is a `TestCase`: those of all that derive from it are as well, whatever their names.
    pub(super) is_unittest: bool,
    /// Its variables are members of an enumeration.
    pub(super) is_enum: bool,
    /// Its methods are signatures.
    pub(super) is_protocol: bool,
    /// Its variables are the keys of a dictionary: code asks for them by texts.
    pub(super) is_keyed: bool,
}

/// The scopes around the current place, innermost last.
#[derive(Default)]
pub(super) struct Frames {
    stack: Vec<Frame>,
    /// For each name, one more than the depth of the innermost frame in which it is a local variable; 0 for none.
    local_in: Vec<u32>,
    undo: Vec<(Name, u32)>,
}

impl Frames {
    /// Whether a function is among the scopes around.
    pub(super) fn in_function(&self) -> bool {
        let mut kinds = self.stack.iter().map(|frame| frame.kind);
        kinds.any(|kind| kind == FrameKind::Function)
    }

    /// The functions around.
    pub(super) fn functions(&self) -> impl Iterator<Item = SymbolId> + '_ {
        let functions = self.stack.iter();
        functions
            .filter(|frame| frame.kind == FrameKind::Function)
            .map(|frame| frame.symbol)
    }

    /// Opens a scope.
    pub(super) fn push(&mut self, kind: FrameKind, block: BlockId, symbol: SymbolId) {
        self.stack.push(Frame {
            kind,
            block,
            symbol,
            defined: FxHashMap::default(),
            outer: Vec::new(),
            branches: 0,
            lambdas: 0,
            receiver: Name::NONE,
            class: ClassTraits::default(),
            texts: Vec::new(),
            undo: self.undo.len(),
        });
    }

    /// Closes the innermost scope.
    pub(super) fn pop(&mut self) -> Frame {
        let frame = self
            .stack
            .pop()
            .expect("a frame is popped by who pushed it");
        for (name, before) in self.undo.drain(frame.undo..).rev() {
            self.local_in[name.index()] = before;
        }
        frame
    }

    /// The innermost scope.
    pub(super) fn top(&mut self) -> &mut Frame {
        self.stack
            .last_mut()
            .expect("the file's frame is never popped while lowering")
    }

    /// Position of the innermost scope that takes assignments: not a comprehension.
    pub(super) fn assigning(&self) -> usize {
        self.stack
            .iter()
            .rposition(|frame| frame.kind != FrameKind::Comprehension)
            .unwrap_or(0)
    }

    /// A scope by position.
    pub(super) fn at(&mut self, index: usize) -> &mut Frame {
        &mut self.stack[index]
    }

    /// The innermost class, when the code is directly in it or in its methods.
    pub(super) fn class_position(&self) -> Option<usize> {
        self.stack
            .iter()
            .rposition(|frame| frame.kind == FrameKind::Class)
    }

    /// Position of the class whose instance `name` is here: the receiver of the innermost method that has one.
    pub(super) fn class_of_receiver(&self, name: Name) -> Option<usize> {
        let method = self
            .stack
            .iter()
            .rposition(|frame| frame.receiver.is_some())?;
        (self.stack[method].receiver == name && method > 0).then(|| method - 1)
    }

    /// Whether definitions made here are a class's own.
    pub(super) fn in_class(&self) -> bool {
        self.stack
            .last()
            .is_some_and(|frame| frame.kind == FrameKind::Class)
    }

    /// Whether a name is a local variable of a function around.
    pub(super) fn is_local(&self, name: Name) -> bool {
        self.local_in
            .get(name.index())
            .is_some_and(|depth| *depth > 0)
    }

    /// Says that a name is a local variable of the innermost scope, or that it stands for a definition or import.
    pub(super) fn set_local(&mut self, name: Name, is_local: bool) {
        let value = if is_local { self.stack.len() as u32 } else { 0 };
        if self.local_in.len() <= name.index() {
            self.local_in.resize(name.index() + 1, 0);
        }
        let before = std::mem::replace(&mut self.local_in[name.index()], value);
        if before != value {
            self.undo.push((name, before));
        }
    }

    /// A variable of the innermost scope is given a text of which this is known.
    pub(super) fn note_text(&mut self, name: Name, known: Option<Affixes>) {
        let index = self.assigning();
        let texts = &mut self.stack[index].texts;
        texts.retain(|(noted, _)| *noted != name);
        if let Some(known) = known
            && texts.len() < MAX_TEXTS
        {
            texts.push((name, known));
        }
    }

    /// What is known of the text that a variable holds.
    pub(super) fn noted_text(&self, facts: &FactsBuilder, name: &str) -> Option<Affixes> {
        self.stack.iter().rev().find_map(|frame| {
            let noted = frame
                .texts
                .iter()
                .find(|(noted, _)| facts.text(*noted) == name);
            noted.map(|(_, known)| known.clone())
        })
    }

    /// Counts a branch of the innermost function.
    pub(super) fn count_branch(&mut self) {
        let index = self.assigning();
        let frame = &mut self.stack[index];
        frame.branches = frame.branches.saturating_add(1);
    }

    /// The definition a name has in the file's own scope.
    pub(super) fn module_symbol(&self, name: Name) -> SymbolId {
        self.stack
            .first()
            .and_then(|frame| frame.defined.get(&name).copied())
            .unwrap_or(SymbolId::NONE)
    }
}

/// The qualified-name-free text test used for privacy: Python's names starting with `_` are private, dunders are not.
pub(super) fn is_public(facts: &FactsBuilder, name: Name) -> bool {
    let text = facts.text(name);
    !text.starts_with('_') || (text.starts_with("__") && text.ends_with("__"))
}
