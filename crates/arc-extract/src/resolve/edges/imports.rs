//! Imports and types to edges: what files import, what types inherit, what methods override.

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::facts::{Extension, flag, import_flag};
use crate::resolve::Place;
use crate::resolve::edges::{EdgeCollector, base_confidence, is_visible};
use crate::resolve::file::File;
use crate::resolve::hierarchy::{is_type_kind, type_of};
use crate::resolve::names::{Busy, Hit};
use crate::resolve::program::{Program, Target};
use crate::resolve::values::{NameId, Sym, Value};

impl EdgeCollector<'_, '_, '_> {
    pub(super) fn imports(&mut self) {
        let evaluator = self.evaluator;
        let facts = evaluator.file.facts;
        for (at, import) in facts.imports.iter().enumerate() {
            if import.flags & import_flag::IMPLICIT != 0 {
                continue;
            }
            let src = self.visible(facts.blocks[import.block.index()].symbol.0);
            let names = &evaluator.names;
            let name = if import.name.is_some() {
                evaluator.file.global(import.name)
            } else {
                NameId::NONE
            };
            let is_star =
                import.flags & (import_flag::STAR | import_flag::INCLUDE) == import_flag::STAR;
            if is_star && evaluator.file.semantics.imports_are_paths {
                self.star_path(crate::facts::ImportId(at as u32), import.line);
            }
            let targets = &evaluator.file.targets[at];
            let has_namespace = matches!(targets.first(), Some(Target::Namespace(_)));
            let lists_files = targets
                .iter()
                .any(|target| matches!(target, Target::File(_)));
            for (order, target) in targets.iter().enumerate() {
                match *target {
                    // Declaring a submodule makes it a part; using it is another statement.
                    Target::File(file) if import.flags & import_flag::SUBMODULE != 0 => {
                        self.add_symbol(
                            0,
                            Sym { file, symbol: 0 },
                            EdgeKind::Contains,
                            import.line,
                            Confidence::CERTAIN,
                            Rule::Syntax,
                        );
                    }
                    Target::File(file) if order == 0 => self.add_file(0, file, import.line),
                    // A whole package that says which of its files an import runs.
                    Target::File(file) if name == NameId::NONE && has_namespace => {
                        self.add_file(0, file, import.line);
                    }
                    Target::File(_) => {}
                    Target::Namespace(_) if name == NameId::NONE && lists_files => {}
                    Target::Namespace(label) => self.import_namespace(label, name, import.line),
                    Target::Outside(module) => {
                        let text = evaluator.program.text(module.name());
                        self.add(
                            0,
                            Place::External(text.to_string()),
                            EdgeKind::Imports,
                            import.line,
                            Confidence::CERTAIN,
                            Rule::Import,
                        );
                    }
                }
            }
            if name == NameId::NONE {
                continue;
            }
            let hits = names.imported(
                evaluator.index,
                crate::facts::ImportId(at as u32),
                &mut Busy::new(),
            );
            for hit in hits {
                match hit {
                    Hit::Value(Value::Module(file)) => self.add_file(0, file, import.line),
                    Hit::Value(Value::Outside(_)) => {}
                    hit => {
                        if let Some(sym) = self.symbol_of(&hit) {
                            let confidence = base_confidence(Rule::Import);
                            self.add_symbol(
                                src,
                                sym,
                                EdgeKind::References,
                                import.line,
                                confidence,
                                Rule::Import,
                            );
                        }
                    }
                }
            }
        }
    }

    /// A star import whose module is a path: the file it opens, or the type.
    fn star_path(&mut self, import: crate::facts::ImportId, line: u32) {
        let evaluator = self.evaluator;
        let targets = evaluator
            .names
            .star_targets(evaluator.index, import, &mut Busy::new());
        for target in targets {
            match target {
                Hit::Value(Value::Module(file)) => self.add_file(0, file, line),
                Hit::Value(Value::Class(sym, _)) | Hit::Symbol(sym)
                    if (sym.file as usize) < evaluator.program.project_files =>
                {
                    self.add_file(0, sym.file, line);
                }
                Hit::Value(Value::Outside(name)) => {
                    self.add_outside(0, name, EdgeKind::Imports, line, Rule::Import);
                }
                _ => {}
            }
        }
    }

    pub(super) fn add_file(&mut self, src: u32, file: u32, line: u32) {
        if file != self.evaluator.index {
            let sym = Sym { file, symbol: 0 };
            self.add_symbol(
                src,
                sym,
                EdgeKind::Imports,
                line,
                Confidence::CERTAIN,
                Rule::Import,
            );
        }
    }

    /// A namespace that is opened as a whole imports those of its files of which something is used. Where nothing is known
    /// to be, any of them may be needed.
    pub(super) fn opened_namespaces(&mut self) {
        let opened = std::mem::take(&mut self.opened);
        if opened.is_empty() {
            return;
        }
        let program = self.evaluator.program;
        let used: FxHashSet<u32> = self
            .edges
            .iter()
            .filter(|edge| edge.kind != EdgeKind::Imports)
            .filter_map(|edge| match edge.dst {
                Place::Symbol { file, .. } => Some(file),
                Place::External(_) => None,
            })
            .collect();
        for (label, line) in opened {
            let files = program.namespace_files(label);
            let is_used = |file: &u32| used.contains(file);
            let knows = files.iter().any(is_used);
            for file in files.iter().filter(|file| !knows || is_used(file)) {
                if (*file as usize) < program.project_files {
                    self.add_file(0, *file, line);
                }
            }
        }
    }

    /// An import from a namespace imports the files that declare the name.
    fn import_namespace(&mut self, label: NameId, name: NameId, line: u32) {
        if name == NameId::NONE {
            self.opened.push((label, line));
            return;
        }
        let program = self.evaluator.program;
        let members = program.namespace_members(label, name).iter();
        let mut files: SmallVec<[u32; 4]> = members.map(|(file, _)| *file).collect();
        files.sort_unstable();
        files.dedup();
        let names = &self.evaluator.names;
        names.nearest_modules(&mut files, self.evaluator.index);
        if self.evaluator.file.semantics.late_binding.is_some() {
            names.nearest(&mut files, self.evaluator.index);
        }
        files.sort_unstable();
        files.dedup();
        for file in files {
            if (file as usize) < program.project_files {
                self.add_file(0, file, line);
            }
        }
    }

    pub(super) fn types(&mut self) {
        let evaluator = self.evaluator;
        let (program, hierarchy) = (evaluator.program, evaluator.hierarchy);
        let facts = evaluator.file.facts;
        for symbol in 0..facts.symbols.len() as u32 {
            let class = evaluator.sym(symbol);
            // A type defined as another one (Go) has its members, but is no kind of it.
            let fact = &facts.symbols[symbol as usize];
            let is_defined_as = fact.declared.is_some();
            let kind = program.kind(class);
            // Of some tests a macro makes a class (C++).
            let may_inherit = is_type_kind(kind) || kind == NodeKind::Test;
            if !may_inherit || is_defined_as {
                continue;
            }
            // What has a type that is written out only uses what that one is made of (Go).
            let is_named = !evaluator.file.semantics.structural || is_visible(program, class);
            let visible = if is_named {
                symbol
            } else {
                self.visible(symbol)
            };
            for base in hierarchy.bases.get(&class).into_iter().flatten() {
                let confidence = base_confidence(Rule::Scope);
                // What another file says of the type is told where the type is.
                let is_told_here = base.file == evaluator.index;
                let line = if is_told_here { base.line } else { fact.line };
                match base.value {
                    // What another file adds to an interface is no dependency of it.
                    Value::Class(above, _)
                        if !is_told_here && is_same_interface(program, class, above) => {}
                    Value::Class(above, _) if above != class => {
                        let example = self.example_around(symbol);
                        // What an alias makes of a type has its members, but is no kind of it.
                        let kind = if base.is_plain && example.is_none() && is_named {
                            EdgeKind::Inherits
                        } else {
                            EdgeKind::References
                        };
                        let src = example.unwrap_or(visible);
                        self.add_symbol(src, above, kind, line, confidence, Rule::Scope);
                    }
                    Value::Outside(_) if kind == NodeKind::Test => {}
                    Value::Outside(name) => {
                        let kind = if is_named {
                            EdgeKind::Inherits
                        } else {
                            EdgeKind::References
                        };
                        self.add_outside(visible, name, kind, line, Rule::Scope)
                    }
                    _ => {}
                }
            }
        }
        for symbol in 0..facts.symbols.len() as u32 {
            self.overrides(symbol);
        }
    }

    /// A function in an object literal implements what the declared type of the literal's place asks for.
    fn implements_by_place(&mut self, function: Sym) {
        let evaluator = self.evaluator;
        let Some((object, name)) = evaluator.file.object_of.get(&function.symbol).copied() else {
            return;
        };
        let rule = Rule::DeclaredType;
        for member in evaluator.members_expected(object, name).iter() {
            if let Some((base, _)) = evaluator.callable(member.value) {
                let line = evaluator.file.symbol(function.symbol).line;
                let confidence = base_confidence(rule);
                let src = self.visible(function.symbol);
                if src == function.symbol {
                    self.add_symbol(src, base, EdgeKind::Overrides, line, confidence, rule);
                }
            }
        }
    }

    fn overrides(&mut self, symbol: u32) {
        let evaluator = self.evaluator;
        let method = evaluator.sym(symbol);
        self.implements_by_place(method);
        if evaluator.program.kind(method) != NodeKind::Method || evaluator.is_constructor(method) {
            return;
        }
        let Some(owner) = evaluator.hierarchy.owner(evaluator.program, method) else {
            return self.implements_for_no_type(method);
        };
        let mut extensions = extensions_around(evaluator.file, symbol);
        // Where only traits are implemented, what an `impl` without one adds is the type's own, whatever its name.
        if evaluator.file.semantics.imports_are_paths
            && extensions
                .any(|extension| evaluator.file.facts.list(extension.interfaces).len() == 0)
        {
            return;
        }
        let fact = evaluator.file.symbol(symbol);
        let name = evaluator.file.global(fact.name);
        for &(above, _) in evaluator.hierarchy.order(owner).iter().skip(1) {
            if self.overrides_member_of(method, above) {
                return;
            }
        }
        for asked in evaluator.satisfied(method, owner, name) {
            self.add_symbol(
                symbol,
                asked,
                EdgeKind::Overrides,
                fact.line,
                base_confidence(Rule::DeclaredType),
                Rule::DeclaredType,
            );
        }
    }

    /// What an extension adds to a type without a definition (a tuple, any `T`) implements its interfaces all the same.
    fn implements_for_no_type(&mut self, method: Sym) {
        let evaluator = self.evaluator;
        let facts = evaluator.file.facts;
        let extensions = extensions_around(evaluator.file, method.symbol);
        for interface in extensions.flat_map(|extension| facts.list(extension.interfaces)) {
            for item in evaluator.eval_type(interface).iter() {
                let Some(above) = type_of(item.value) else {
                    continue;
                };
                let order = evaluator.hierarchy.order(above);
                let mut order = order.iter();
                if order.any(|(above, _)| self.overrides_member_of(method, *above)) {
                    return;
                }
            }
        }
    }

    /// Adds an edge to the method of a type that this one replaces, if it has one.
    fn overrides_member_of(&mut self, method: Sym, above: Sym) -> bool {
        let evaluator = self.evaluator;
        let fact = evaluator.file.symbol(method.symbol);
        let name = evaluator.file.global(fact.name);
        let members = evaluator.hierarchy.own(above, name).iter();
        let bases: Vec<Sym> = members
            .filter_map(|member| self.symbol_of(&evaluator.names.member_hit(above, name, *member)))
            .filter(|base| evaluator.program.kind(*base) == NodeKind::Method)
            .collect();
        let Some(base) = evaluator.overridden(method, &bases) else {
            return false;
        };
        let rule = Rule::OwnMember;
        let example = self.example_around(method.symbol);
        let kind = match example {
            Some(_) => EdgeKind::References,
            None => EdgeKind::Overrides,
        };
        let src = example.unwrap_or(method.symbol);
        self.add_symbol(src, base, kind, fact.line, base_confidence(rule), rule);
        true
    }

    /// The example of a documentation that a definition is a part of: what it defines are no nodes.
    fn example_around(&self, symbol: u32) -> Option<u32> {
        let (program, file) = (self.evaluator.program, self.evaluator.file);
        if !file.semantics.imports_are_paths || file.symbol(symbol).flags & flag::HIDDEN == 0 {
            return None;
        }
        let around = self.visible(symbol);
        let is_test = program.kind(self.evaluator.sym(around)) == NodeKind::Test;
        is_test.then_some(around)
    }
}

/// The extensions in whose block a member is written.
fn extensions_around<'f>(file: &'f File<'_>, member: u32) -> impl Iterator<Item = &'f Extension> {
    let body = file.symbol(member).body;
    let around = file.facts.blocks.get(body.index()).map(|body| body.parent);
    let extensions = file.facts.extensions.iter();
    extensions.filter(move |extension| Some(extension.block) == around)
}

/// Whether two interfaces of one name are parts of one.
fn is_same_interface(program: &Program<'_>, one: Sym, other: Sym) -> bool {
    let name = |sym: Sym| {
        let file = program.file(sym.file);
        file.global(file.symbol(sym.symbol).name)
    };
    let is_interface = |sym: Sym| program.kind(sym) == NodeKind::Interface;
    is_interface(one) && is_interface(other) && name(one) == name(other)
}
