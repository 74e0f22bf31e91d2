//! All files side by side: global names, scopes that can be searched, imports tied to files and namespaces.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use arc_graph::NodeKind;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::facts::{
    BlockId, BlockKind, Expr, ExprId, FileFacts, ImportId, MentionKind, Name, SymbolFact, SymbolId,
    flag, import_flag,
};
use crate::languages::{self, Language, Semantics};
use crate::project::{ImportTarget, ProjectFiles};
use crate::resolve::InputFile;
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::overloads::is_abstract_method;
use crate::resolve::tables::Unit;
use crate::resolve::values::{Args, Interner, NameId, OutsideName, Receiver, Sym, Value, Values};

/// What an import statement names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    File(u32),
    Namespace(NameId),
    Outside(OutsideName),
}

/// A file made searchable.
pub(super) struct File<'a> {
    pub(super) path: String,
    pub(super) language: &'static dyn Language,
    pub(super) semantics: &'static Semantics,
    pub(super) facts: &'a FileFacts,
    /// It declares what lies outside the project.
    pub(super) is_prelude: bool,
    /// Local name to global name.
    pub(super) names: Vec<NameId>,
    /// Global name to local name, sorted.
    local_names: Vec<(NameId, Name)>,
    /// Bindings with their blocks, sorted by name, block and position.
    scopes: Vec<(BlockId, u32)>,
    /// Where the bindings of each name start in `scopes`; one more entry than there are names.
    scopes_of: Vec<u32>,
    /// Blocks that hold star imports, sorted.
    stars: Vec<(BlockId, ImportId)>,
    /// What each import names.
    pub(super) targets: Vec<SmallVec<[Target; 2]>>,
    /// The one of them that is the imported name as a submodule of the imported package.
    pub(super) submodules: Vec<Option<Target>>,
    /// Explicit exports by name, sorted.
    exports: Vec<(Name, u32)>,
    /// The call that a function literal is an argument of: its expression and the position.
    pub(super) argument_of: FxHashMap<u32, (ExprId, u32)>,
    /// The type that the place of a function literal declares: of the variable or field it is given to, of a cast, of the
    /// function that returns it.
    pub(super) expected_type: FxHashMap<u32, ExprId>,
    /// The object literal that a function literal is a property of.
    pub(super) object_of: FxHashMap<u32, ExprId>,
    /// Returns and yields by function, sorted.
    pub(super) returns: Vec<(u32, bool, ExprId)>,
    /// The unit of each block: of the innermost function around it, 0 outside of functions.
    block_units: Vec<Unit>,
    /// The expressions that end a unit outside of functions, sorted.
    roots: Vec<ExprId>,
    /// Units of functions, and unit 0.
    function_units: Unit,
}

impl File<'_> {
    pub(super) fn global(&self, name: Name) -> NameId {
        self.names
            .get(name.index())
            .copied()
            .unwrap_or(NameId::NONE)
    }

    pub(super) fn local(&self, name: NameId) -> Option<Name> {
        let at = self
            .local_names
            .binary_search_by(|(known, _)| known.cmp(&name))
            .ok()?;
        Some(self.local_names[at].1)
    }

    /// The bindings of a name declared in a block, in order of writing.
    pub(super) fn bindings(
        &self,
        block: BlockId,
        name: Name,
    ) -> impl ExactSizeIterator<Item = u32> + '_ {
        let known = self.bindings_of(name);
        let start = known.partition_point(|(known, _)| *known < block);
        let end = start + known[start..].partition_point(|(known, _)| *known == block);
        known[start..end].iter().map(|(_, binding)| *binding)
    }

    /// All bindings of a name in the file with their blocks, sorted.
    fn bindings_of(&self, name: Name) -> &[(BlockId, u32)] {
        match self.scopes_of.get(name.index()..name.index() + 2) {
            Some([start, end]) => &self.scopes[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// Star imports of a block.
    pub(super) fn stars_of(&self, block: BlockId) -> impl Iterator<Item = ImportId> + '_ {
        let start = self.stars.partition_point(|(b, _)| *b < block);
        self.stars[start..]
            .iter()
            .take_while(move |(b, _)| *b == block)
            .map(|(_, import)| *import)
    }

    /// Explicit exports of a name.
    pub(super) fn exports_of(&self, name: Name) -> impl Iterator<Item = u32> + '_ {
        let start = self.exports.partition_point(|(n, _)| *n < name);
        self.exports[start..]
            .iter()
            .take_while(move |(n, _)| *n == name)
            .map(|(_, export)| *export)
    }

    /// How many units the file has.
    pub(super) fn unit_count(&self) -> usize {
        self.function_units as usize + self.roots.len() + 1
    }

    /// The unit that an expression belongs to; 0 for none.
    pub(super) fn unit_of(&self, id: ExprId) -> Unit {
        let Some(node) = self.facts.exprs.get(id.index()) else {
            return 0;
        };
        match self.block_units.get(node.block.index()) {
            Some(0) | None => {
                self.function_units + self.roots.partition_point(|root| *root < id) as Unit
            }
            Some(unit) => *unit,
        }
    }

    /// The unit of a function's body; 0 for what has none.
    pub(super) fn unit_of_symbol(&self, symbol: u32) -> Unit {
        let body = self.symbol(symbol).body;
        self.block_units.get(body.index()).copied().unwrap_or(0)
    }

    pub(super) fn symbol(&self, symbol: u32) -> &SymbolFact {
        &self.facts.symbols[symbol as usize]
    }

    pub(super) fn block_kind(&self, block: BlockId) -> BlockKind {
        match self.facts.blocks[block.index()].kind {
            0 => BlockKind::File,
            1 => BlockKind::Namespace,
            2 => BlockKind::Class,
            3 => BlockKind::Function,
            5 => BlockKind::Branch,
            6 => BlockKind::Loop,
            7 => BlockKind::Extension,
            8 => BlockKind::Module,
            _ => BlockKind::Plain,
        }
    }

    /// The block and those around it, outwards.
    pub(super) fn outwards(&self, block: BlockId) -> impl Iterator<Item = BlockId> + '_ {
        std::iter::successors(Some(block).filter(|block| block.is_some()), |block| {
            Some(self.facts.blocks[block.index()].parent).filter(|parent| parent.is_some())
        })
    }

    /// Whether `outer` is `block` or around it.
    pub(super) fn encloses(&self, outer: BlockId, block: BlockId) -> bool {
        // A block's number is larger than its parent's.
        self.outwards(block)
            .take_while(|around| *around >= outer)
            .any(|around| around == outer)
    }

    /// Results of a function.
    pub(super) fn returns_of(&self, symbol: u32) -> impl Iterator<Item = (bool, ExprId)> + '_ {
        let start = self.returns.partition_point(|(s, _, _)| *s < symbol);
        self.returns[start..]
            .iter()
            .take_while(move |(s, _, _)| *s == symbol)
            .map(|(_, y, e)| (*y, *e))
    }
}

/// Files that one file may include through others.
const MAX_INCLUDED: usize = 4096;

/// Tells programs apart in [`LAST_INCLUDED`]; it has no influence on any result.
static BUILDS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    // Files are evaluated one after the other on a thread, so the last answer is nearly always the one wanted.
    static LAST_INCLUDED: RefCell<Option<(u64, u32, FxHashSet<u32>)>> = const { RefCell::new(None) };
}

/// What an import says: its file, the module and the name.
type ImportText = (u32, NameId, NameId);

/// Everything static.
pub(super) struct Program<'a> {
    /// Unlike that of any other program of the process.
    build: u64,
    pub(super) files: Vec<File<'a>>,
    /// The first so many files are the project's; preludes follow.
    pub(super) project_files: usize,
    pub(super) project: ProjectFiles,
    file_by_path: FxHashMap<&'a str, u32>,
    names: Interner<str>,
    /// Members of shared namespaces: label and name to file and binding.
    namespaces: FxHashMap<(NameId, NameId), Vec<(u32, u32)>>,
    namespace_labels: FxHashMap<NameId, Vec<u32>>,
    /// The file and block that declare a file as a submodule.
    pub(super) parents: Vec<Option<(u32, BlockId)>>,
    /// The prelude files of a language, by the language's name.
    preludes: FxHashMap<&'static str, Vec<u32>>,
    /// Prelude files that describe one module outside, by language and module.
    prelude_modules: FxHashMap<(&'static str, &'a str), u32>,
    /// Definitions by name, for documents; only filled when some file mentions any.
    definitions: FxHashMap<&'a str, Vec<Sym>>,
    pub(super) args: Interner<[Values]>,
    no_args: Arc<[Values]>,
    /// Names of the first positions of a container.
    positions: Vec<NameId>,
    /// Types at the top level of a language's preludes.
    prelude_types: FxHashMap<(&'static str, NameId), Sym>,
    /// What import texts name, by file, module and name.
    modules: RwLock<FxHashMap<ImportText, SmallVec<[Target; 2]>>>,
    receivers: Interner<[Value]>,
    /// Methods without a body, by the type that declares them.
    abstract_methods: FxHashMap<Sym, Vec<Sym>>,
}

/// Prelude facts, lowered once per build.
pub(super) struct Preludes {
    files: Vec<(&'static dyn Language, String, FileFacts)>,
}

impl Preludes {
    /// Lowers the preludes of the languages that occur in `files`.
    pub(super) fn of(files: &[InputFile]) -> Preludes {
        let mut found = Preludes { files: Vec::new() };
        for language in languages::all() {
            if !files.iter().any(|file| file.language == language.name()) {
                continue;
            }
            for (module, text) in language.prelude() {
                let facts = crate::extract::extract(
                    language.name(),
                    &prelude_path(*language, module),
                    text,
                );
                found.files.push((*language, (*module).to_owned(), facts));
            }
        }
        found
    }
}

fn prelude_path(language: &dyn Language, module: &str) -> String {
    format!(
        "<{}>/{module}.{}",
        language.name(),
        language.extensions().first().unwrap_or(&"")
    )
}

impl<'a> Program<'a> {
    /// Indexes the files. Facts that name blocks or expressions that do not exist must not get here.
    pub(super) fn new(inputs: &'a [InputFile], preludes: &'a Preludes) -> Program<'a> {
        let mut program = Program {
            build: BUILDS.fetch_add(1, Ordering::Relaxed),
            files: Vec::new(),
            project_files: inputs.len(),
            project: project_files(inputs),
            file_by_path: FxHashMap::default(),
            names: Interner::new(Arc::from("")),
            namespaces: FxHashMap::default(),
            namespace_labels: FxHashMap::default(),
            parents: Vec::new(),
            preludes: FxHashMap::default(),
            prelude_modules: FxHashMap::default(),
            definitions: definitions(inputs),
            args: Interner::new(Arc::from([])),
            no_args: Arc::from([]),
            positions: Vec::new(),
            prelude_types: FxHashMap::default(),
            modules: RwLock::default(),
            receivers: Interner::new(Arc::from([Value::OutsideInstance])),
            abstract_methods: FxHashMap::default(),
        };
        let mut global: FxHashMap<&'a str, NameId> = FxHashMap::default();
        for (index, input) in inputs.iter().enumerate() {
            let language = languages::by_name(input.language).unwrap_or(languages::all()[0]);
            program.file_by_path.insert(&input.path, index as u32);
            let file = index_file(
                input.path.clone(),
                language,
                &input.facts,
                false,
                &mut global,
                &program.names,
            );
            program.files.push(file);
        }
        for (language, module, facts) in &preludes.files {
            let index = program.files.len() as u32;
            if module.is_empty() {
                program
                    .preludes
                    .entry(language.name())
                    .or_default()
                    .push(index);
            } else {
                program
                    .prelude_modules
                    .insert((language.name(), module), index);
            }
            let path = prelude_path(*language, module);
            program.files.push(index_file(
                path,
                *language,
                facts,
                true,
                &mut global,
                &program.names,
            ));
        }
        program.positions = (0..16)
            .map(|at| program.intern(&position_text(at)))
            .collect();
        program.index_prelude_types();
        program.index_namespaces();
        program.index_abstract_methods();
        program.tie_imports();
        program
    }

    pub(super) fn file(&self, file: u32) -> &File<'a> {
        &self.files[file as usize]
    }

    pub(super) fn fact(&self, sym: Sym) -> &SymbolFact {
        self.files[sym.file as usize].symbol(sym.symbol)
    }

    pub(super) fn kind(&self, sym: Sym) -> NodeKind {
        NodeKind::from_number(self.fact(sym).kind).unwrap_or(NodeKind::Variable)
    }

    pub(super) fn has_flag(&self, sym: Sym, wanted: u32) -> bool {
        self.fact(sym).flags & wanted != 0
    }

    pub(super) fn file_at(&self, path: &str) -> Option<u32> {
        self.file_by_path.get(path).copied()
    }

    pub(super) fn intern(&self, text: &str) -> NameId {
        NameId(self.names.number(text))
    }

    pub(super) fn outside(&self, qualified_name: &str) -> OutsideName {
        OutsideName(self.names.intern(qualified_name))
    }

    pub(super) fn text(&self, name: NameId) -> Arc<str> {
        if name == NameId::NONE {
            Arc::from("")
        } else {
            self.names.numbered(name.0)
        }
    }

    pub(super) fn args_of(&self, args: Args) -> Arc<[Values]> {
        if args == Args::NONE {
            Arc::clone(&self.no_args)
        } else {
            self.args.get(args.0)
        }
    }

    pub(super) fn intern_args(&self, args: Vec<Values>) -> Args {
        if args.iter().all(Values::is_unknown) && args.len() < 2 {
            return Args::NONE;
        }
        Args(self.args.intern(args.as_slice()))
    }

    pub(super) fn receiver(&self, value: Value) -> Receiver {
        Receiver(self.receivers.intern(&[value]))
    }

    pub(super) fn received(&self, receiver: Receiver) -> Value {
        self.receivers.get(receiver.0)[0]
    }

    /// The prelude's description of a module outside the project.
    pub(super) fn prelude_module(&self, language: &'static str, module: &str) -> Option<u32> {
        self.prelude_modules.get(&(language, module)).copied()
    }

    pub(super) fn preludes_of(&self, language: &str) -> &[u32] {
        self.preludes.get(language).map_or(&[], Vec::as_slice)
    }

    /// Whether a file includes the text of another, itself or through what it includes.
    pub(super) fn includes(&self, from: u32, wanted: u32) -> bool {
        LAST_INCLUDED.with_borrow_mut(|last| {
            let is_known = last
                .as_ref()
                .is_some_and(|(build, file, _)| (*build, *file) == (self.build, from));
            if !is_known {
                *last = Some((self.build, from, self.included_by(from)));
            }
            last.as_ref()
                .is_some_and(|(_, _, included)| included.contains(&wanted))
        })
    }

    fn included_by(&self, from: u32) -> FxHashSet<u32> {
        let mut included = FxHashSet::default();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            let file = self.file(file);
            for (import, targets) in file.facts.imports.iter().zip(&file.targets) {
                if import.flags & import_flag::INCLUDE == 0 {
                    continue;
                }
                if let Some(Target::File(target)) = targets.first()
                    && included.len() < MAX_INCLUDED
                    && included.insert(*target)
                {
                    open.push(*target);
                }
            }
        }
        included
    }

    /// Bindings of a name in a namespace, over all files, in path order.
    pub(super) fn namespace_members(&self, label: NameId, name: NameId) -> &[(u32, u32)] {
        self.namespaces
            .get(&(label, name))
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn has_namespace(&self, label: NameId) -> bool {
        self.namespace_labels.contains_key(&label)
    }

    /// What the import text names for a file, in its language.
    pub(super) fn resolve_module(
        &self,
        from: u32,
        module: &str,
        name: Option<&str>,
    ) -> SmallVec<[Target; 2]> {
        let key = (
            from,
            self.intern(module),
            name.map_or(NameId::NONE, |name| self.intern(name)),
        );
        let known = self
            .modules
            .read()
            .expect("no thread panics while it holds the lock")
            .get(&key)
            .cloned();
        if let Some(known) = known {
            return known;
        }
        let file = self.file(from);
        let found =
            self.targets(
                file.language
                    .resolve_import(&self.project, &file.path, module, name),
            );
        self.modules
            .write()
            .expect("no thread panics while it holds the lock")
            .insert(key, found.clone());
        found
    }

    /// The name under which the n-th part of a container is kept: one that no source can spell.
    pub(super) fn position_name(&self, at: u32) -> NameId {
        match self.positions.get(at as usize) {
            Some(name) => *name,
            None => self.intern(&position_text(at)),
        }
    }

    /// A type at the top level of a language's preludes.
    pub(super) fn prelude_type(&self, language: &'static str, name: &str) -> Option<Sym> {
        self.prelude_types
            .get(&(language, self.intern(name)))
            .copied()
    }

    fn index_prelude_types(&mut self) {
        for index in self.project_files as u32..self.files.len() as u32 {
            let file = self.file(index);
            let mut types = Vec::new();
            for (symbol, fact) in file.facts.symbols.iter().enumerate() {
                let is_type = NodeKind::from_number(fact.kind).is_some_and(is_type_kind);
                if is_type && fact.parent == SymbolId(0) {
                    let sym = Sym {
                        file: index,
                        symbol: symbol as u32,
                    };
                    types.push(((file.language.name(), file.global(fact.name)), sym));
                }
            }
            for (key, sym) in types {
                self.prelude_types.entry(key).or_insert(sym);
            }
        }
    }

    /// The target of `from module import name` that is the submodule `name`, not a file that may define the name.
    fn submodule_among(
        &self,
        from: u32,
        module: &str,
        name: Option<&str>,
        found: &[Target],
    ) -> Option<Target> {
        let name = name?;
        let has_name = |target: &&Target| match target {
            Target::File(file) => {
                let path = &self.file(*file).path;
                let stem = path
                    .rsplit_once('.')
                    .map_or(path.as_str(), |(stem, _)| stem);
                let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
                stem.rsplit('/').next() == Some(name)
            }
            Target::Namespace(_) | Target::Outside(_) => false,
        };
        let candidate = found.iter().find(has_name)?;
        let package = self.resolve_module(from, module, None);
        (!package.contains(candidate)).then_some(*candidate)
    }

    fn targets(&self, found: Vec<ImportTarget>) -> SmallVec<[Target; 2]> {
        let known = found.into_iter().filter_map(|target| match target {
            ImportTarget::File(path) => self.file_at(&path).map(Target::File),
            ImportTarget::Namespace(label) => Some(Target::Namespace(self.intern(&label))),
            ImportTarget::External(name) => Some(Target::Outside(self.outside(&name))),
        });
        known.collect()
    }

    /// Methods without a body that a type declares itself.
    pub(super) fn abstract_methods(&self, class: Sym) -> &[Sym] {
        self.abstract_methods.get(&class).map_or(&[], Vec::as_slice)
    }

    fn index_abstract_methods(&mut self) {
        for (file, source) in self.files.iter().enumerate() {
            let file = file as u32;
            for (symbol, fact) in source.facts.symbols.iter().enumerate() {
                let kind = NodeKind::from_number(fact.kind);
                if fact.parent.is_some()
                    && kind.is_some_and(|kind| is_abstract_method(kind, fact.flags))
                {
                    let class = Sym {
                        file,
                        symbol: fact.parent.0,
                    };
                    let method = Sym {
                        file,
                        symbol: symbol as u32,
                    };
                    self.abstract_methods.entry(class).or_default().push(method);
                }
            }
        }
    }

    fn index_namespaces(&mut self) {
        for (index, file) in self.files.iter().enumerate() {
            for (position, binding) in file.facts.bindings.iter().enumerate() {
                let Some(block) = file.facts.blocks.get(binding.scope.index()) else {
                    continue;
                };
                if block.kind != BlockKind::Namespace as u8 {
                    continue;
                }
                let is_local = binding.symbol.is_some()
                    && file.symbol(binding.symbol.0).flags & flag::FILE_LOCAL != 0;
                // What an import brings stays in its file.
                let is_import = binding.value.is_some()
                    && matches!(
                        file.facts.exprs[binding.value.index()].expr,
                        Expr::Import(_)
                    );
                if !is_local && !is_import {
                    let key = (file.global(block.label), file.global(binding.name));
                    self.namespaces
                        .entry(key)
                        .or_default()
                        .push((index as u32, position as u32));
                }
            }
            for block in file
                .facts
                .blocks
                .iter()
                .filter(|block| block.kind == BlockKind::Namespace as u8)
            {
                let files = self
                    .namespace_labels
                    .entry(file.global(block.label))
                    .or_default();
                if files.last() != Some(&(index as u32)) {
                    files.push(index as u32);
                }
            }
        }
    }

    fn tie_imports(&mut self) {
        self.parents = vec![None; self.files.len()];
        for index in 0..self.files.len() as u32 {
            let file = self.file(index);
            let mut targets = Vec::with_capacity(file.facts.imports.len());
            let mut named = Vec::with_capacity(file.facts.imports.len());
            let mut submodules = Vec::new();
            for import in &file.facts.imports {
                let module = file.facts.text(import.module);
                let name = import.name.is_some().then(|| file.facts.text(import.name));
                let is_path =
                    file.semantics.imports_are_paths && import.flags & import_flag::STAR != 0;
                let found = if is_path {
                    SmallVec::new()
                } else {
                    self.resolve_module(index, module, name)
                };
                if import.flags & import_flag::SUBMODULE != 0
                    && let Some(Target::File(child)) = found.first()
                {
                    submodules.push((*child, import.block));
                }
                named.push(self.submodule_among(index, module, name, &found));
                targets.push(found);
            }
            for (child, block) in submodules {
                // The first declaration wins; a file declared twice (`#[path]`) keeps one parent.
                self.parents[child as usize].get_or_insert((index, block));
            }
            self.files[index as usize].targets = targets;
            self.files[index as usize].submodules = named;
        }
    }

    /// Definitions that a document or configuration file means by `text`: a name, or names joined by dots or colons.
    pub(super) fn mentioned(&self, text: &str, resources_only: bool, from: u32) -> Vec<Sym> {
        let text = text.trim_end_matches("()");
        let parts: Vec<&str> = text
            .split(['.', ':', '#', '/'])
            .filter(|part| !part.is_empty())
            .collect();
        let Some(last) = parts.last() else {
            return Vec::new();
        };
        let key = if resources_only { text } else { last };
        let mut found = Vec::new();
        for sym in self.definitions.get(key).into_iter().flatten() {
            let kind = self.kind(*sym);
            let is_resource = matches!(kind, NodeKind::Resource | NodeKind::Table | NodeKind::Key);
            let same_language =
                self.file(sym.file).language.name() == self.file(from).language.name();
            let fits = if resources_only {
                is_resource && same_language
            } else {
                !is_resource && kind != NodeKind::Section && self.ends_with(*sym, &parts)
            };
            if fits {
                found.push(*sym);
            }
        }
        found
    }

    /// Whether the names around a definition end in `parts`.
    fn ends_with(&self, sym: Sym, parts: &[&str]) -> bool {
        let file = self.file(sym.file);
        let mut symbol = sym.symbol;
        for part in parts.iter().rev() {
            let fact = file.symbol(symbol);
            if file.facts.text(fact.name) != *part {
                // The part may be the module: the file's own name.
                let stem = file
                    .path
                    .rsplit('/')
                    .next()
                    .and_then(|name| name.split('.').next());
                return symbol == 0 && stem == Some(*part);
            }
            if !fact.parent.is_some() {
                return true;
            }
            symbol = fact.parent.0;
        }
        true
    }

    /// Files that share a namespace.
    pub(super) fn namespace_files(&self, label: NameId) -> &[u32] {
        self.namespace_labels.get(&label).map_or(&[], Vec::as_slice)
    }
}

fn position_text(at: u32) -> String {
    format!("\u{0}{at}")
}

fn definitions(inputs: &[InputFile]) -> FxHashMap<&str, Vec<Sym>> {
    let mut by_name: FxHashMap<&str, Vec<Sym>> = FxHashMap::default();
    let needs = |input: &InputFile| {
        let by_symbol =
            |kind: u8| kind == MentionKind::Symbol as u8 || kind == MentionKind::Resource as u8;
        input
            .facts
            .mentions
            .iter()
            .any(|mention| by_symbol(mention.kind))
    };
    if !inputs.iter().any(needs) {
        return by_name;
    }
    for (file, input) in inputs.iter().enumerate() {
        for (symbol, fact) in input.facts.symbols.iter().enumerate().skip(1) {
            let sym = Sym {
                file: file as u32,
                symbol: symbol as u32,
            };
            by_name
                .entry(input.facts.text(fact.name))
                .or_default()
                .push(sym);
        }
    }
    by_name
}

fn project_files(inputs: &[InputFile]) -> ProjectFiles {
    let paths = inputs.iter().map(|input| input.path.clone()).collect();
    let manifests = inputs
        .iter()
        .filter(|input| !input.facts.settings.is_empty())
        .map(|input| {
            let settings = input
                .facts
                .settings
                .iter()
                .map(|setting| (setting.key.clone(), setting.value.clone()));
            (input.path.clone(), settings.collect())
        });
    ProjectFiles::new(paths, manifests.collect())
}

fn index_file<'a>(
    path: String,
    language: &'static dyn Language,
    facts: &'a FileFacts,
    is_prelude: bool,
    global: &mut FxHashMap<&'a str, NameId>,
    interner: &Interner<str>,
) -> File<'a> {
    let names: Vec<NameId> = facts
        .names
        .iter()
        .map(|name| {
            *global
                .entry(name)
                .or_insert_with(|| NameId(interner.number(name)))
        })
        .collect();
    let mut local_names: Vec<(NameId, Name)> = names
        .iter()
        .enumerate()
        .map(|(index, name)| (*name, Name(index as u32)))
        .collect();
    local_names.sort_unstable();
    let mut file = File {
        path,
        language,
        semantics: language.semantics(),
        facts,
        is_prelude,
        names,
        local_names,
        scopes: Vec::new(),
        scopes_of: Vec::new(),
        stars: Vec::new(),
        targets: Vec::new(),
        submodules: Vec::new(),
        exports: facts
            .exports
            .iter()
            .enumerate()
            .map(|(at, export)| (export.name, at as u32))
            .collect(),
        argument_of: FxHashMap::default(),
        expected_type: FxHashMap::default(),
        object_of: FxHashMap::default(),
        returns: facts
            .returns
            .iter()
            .map(|fact| (fact.symbol.0, fact.is_yield, fact.value))
            .collect(),
        block_units: Vec::new(),
        roots: Vec::new(),
        function_units: 0,
    };
    index_units(&mut file);
    file.exports.sort_unstable();
    file.returns.sort_by_key(|(symbol, _, _)| *symbol);
    index_scopes(&mut file);
    for (at, import) in facts.imports.iter().enumerate() {
        if import.flags & import_flag::STAR != 0 {
            file.stars.push((import.block, ImportId(at as u32)));
        }
    }
    file.stars.sort_unstable();
    index_literals(&mut file);
    index_expected(&mut file);
    file
}

/// Divides a file into units. Expressions come in the order of evaluation, the parts of one before it, so that outside of
/// functions what is bound, declared or exported ends a unit.
fn index_units(file: &mut File<'_>) {
    let facts = file.facts;
    let mut units = 0;
    for block in &facts.blocks {
        let unit = if block.kind == BlockKind::Function as u8 {
            units += 1;
            units
        } else {
            let around = file.block_units.get(block.parent.index());
            around.copied().unwrap_or(0)
        };
        file.block_units.push(unit);
    }
    file.function_units = units + 1;
    let ends = facts
        .bindings
        .iter()
        .flat_map(|binding| [binding.value, binding.declared])
        .chain(
            facts
                .members
                .iter()
                .flat_map(|member| [member.base, member.value, member.declared]),
        )
        .chain(facts.exports.iter().map(|export| export.value))
        .chain(facts.symbols.iter().flat_map(|symbol| {
            let params = symbol.params.iter();
            params
                .flat_map(|param| [param.declared, param.default])
                .chain([symbol.declared])
        }));
    let is_outside = |id: &ExprId| {
        let node = facts.exprs.get(id.index());
        node.is_some_and(|node| file.block_units.get(node.block.index()) == Some(&0))
    };
    file.roots = ends.filter(is_outside).collect();
    file.roots.sort_unstable();
    file.roots.dedup();
}

/// Gives every binding its scope: assignments to outer names are tied to the declaration they mean.
fn index_scopes(file: &mut File<'_>) {
    let facts = file.facts;
    let mut scopes: Vec<(Name, BlockId, u32)> = Vec::with_capacity(facts.bindings.len());
    let mut open = Vec::new();
    for (at, binding) in facts.bindings.iter().enumerate() {
        if binding.scope.is_some() {
            scopes.push((binding.name, binding.scope, at as u32));
        } else {
            open.push(at);
        }
    }
    scopes.sort_unstable();
    if !open.is_empty() {
        set_scopes(file, &scopes);
        for at in open {
            let binding = &facts.bindings[at];
            let scope = file
                .outwards(binding.block)
                .find(|block| file.bindings(*block, binding.name).len() > 0);
            scopes.push((binding.name, scope.unwrap_or(BlockId(0)), at as u32));
        }
        scopes.sort_unstable();
    }
    set_scopes(file, &scopes);
}

fn set_scopes(file: &mut File<'_>, scopes: &[(Name, BlockId, u32)]) {
    let names = file.facts.names.len();
    file.scopes = scopes.iter().map(|(_, block, at)| (*block, *at)).collect();
    file.scopes_of = vec![0; names + 1];
    for (name, _, _) in scopes {
        if let Some(count) = file.scopes_of.get_mut(name.index() + 1) {
            *count += 1;
        }
    }
    for at in 0..names {
        file.scopes_of[at + 1] += file.scopes_of[at];
    }
}

fn index_literals(file: &mut File<'_>) {
    let facts = file.facts;
    let as_symbol = |id: ExprId| match facts.exprs.get(id.index()).map(|node| node.expr) {
        Some(Expr::Symbol(symbol)) => Some(symbol.0),
        _ => None,
    };
    for (at, node) in facts.exprs.iter().enumerate() {
        let id = ExprId(at as u32);
        if let Expr::Call(_, args) | Expr::New(_, args) = node.expr {
            for (position, arg) in facts.list(args).enumerate() {
                if let Some(symbol) = as_symbol(keyword_value(facts, arg)) {
                    file.argument_of.insert(symbol, (id, position as u32));
                }
            }
        }
        if let Expr::Cast(value, declared) = node.expr
            && let Some(symbol) = as_symbol(value)
        {
            file.expected_type.insert(symbol, declared);
        }
        if let Expr::Object(properties) = node.expr {
            for property in facts.list(properties) {
                if let Some(symbol) = as_symbol(keyword_value(facts, property)) {
                    file.object_of.insert(symbol, id);
                }
            }
        }
    }
}

/// Function literals that are given to a place with a declared type.
fn index_expected(file: &mut File<'_>) {
    let facts = file.facts;
    let as_symbol = |id: ExprId| match facts.exprs.get(id.index()).map(|node| node.expr) {
        Some(Expr::Symbol(symbol)) => Some(symbol.0),
        _ => None,
    };
    for binding in &facts.bindings {
        if binding.declared.is_some()
            && let Some(symbol) = as_symbol(binding.value)
        {
            file.expected_type.insert(symbol, binding.declared);
        }
    }
    for returned in &facts.returns {
        let declared = facts.symbols[returned.symbol.index()].declared;
        if declared.is_some()
            && let Some(symbol) = as_symbol(returned.value)
        {
            file.expected_type.insert(symbol, declared);
        }
    }
}

/// The value behind an argument or property that is given by name.
pub(super) fn keyword_value(facts: &FileFacts, argument: ExprId) -> ExprId {
    match facts.exprs.get(argument.index()).map(|node| node.expr) {
        Some(Expr::Keyword(_, value)) => value,
        _ => argument,
    }
}
