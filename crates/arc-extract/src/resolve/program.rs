//! All files side by side: global names, scopes that can be searched, imports tied to files and namespaces.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, RwLock};

use arc_graph::{NodeKind, StringPool};
use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelIterator as _, IntoParallelRefIterator as _,
    ParallelIterator as _,
};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::facts::{BlockId, BlockKind, FileFacts, SymbolFact, SymbolId, flag, import_flag};
use crate::languages::{self, Language};
use crate::project::ProjectFiles;
use crate::resolve::InputFile;
use crate::resolve::file::{Bound, File, index_file};
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::mentions::definitions;
use crate::resolve::merged::Merged;
use crate::resolve::multimap::MultiMap;
use crate::resolve::name_table::{NameTable, Text};
use crate::resolve::names::MAX_DEFINITIONS;
use crate::resolve::overloads::is_abstract_method;
use crate::resolve::ties::stem_of;
use crate::resolve::values::{Args, Interner, NameId, OutsideName, Receiver, Sym, Value, Values};

/// The namespace that a block adds to, or that the type stands in which it adds to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extended {
    pub(super) label: NameId,
    /// The functions in the block are members of the namespace.
    pub(super) has_members: bool,
}

/// What an import statement names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    File(u32),
    Namespace(NameId),
    Outside(OutsideName),
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
    /// What the files are called as modules.
    stems: FxHashSet<&'a str>,
    names: NameTable<'a>,
    /// Members of shared namespaces: label and name to file and binding.
    namespaces: MultiMap<(NameId, NameId), (u32, u32)>,
    namespace_labels: FxHashMap<NameId, Vec<u32>>,
    /// What labels mean that are written with macros.
    opened: FxHashMap<NameId, NameId>,
    /// The namespaces that functions written outside of them belong to, by file and block.
    extended_namespaces: FxHashMap<(u32, u32), Extended>,
    /// Interfaces of one name that every file sees.
    pub(super) merged: Merged,
    /// The namespaces around a namespace that have members themselves, nearest first.
    outer_namespaces: FxHashMap<NameId, SmallVec<[NameId; 2]>>,
    /// The last parts of the names of namespaces.
    namespace_tails: FxHashSet<NameId>,
    /// The file and block that declare a file as a submodule.
    pub(super) parents: Vec<Option<(u32, BlockId)>>,
    /// The file and block that a text becomes a part of, where imports are paths.
    pub(super) surroundings: FxHashMap<u32, (u32, BlockId)>,
    /// The prelude files of a language, by the language's name.
    preludes: FxHashMap<&'static str, Vec<u32>>,
    /// Prelude files that describe one module outside, by language and module.
    prelude_modules: FxHashMap<(&'static str, &'a str), u32>,
    /// Definitions of the names that documents mention.
    pub(super) definitions: MultiMap<NameId, Sym>,
    pub(super) args: Interner<[Values]>,
    no_args: Arc<[Values]>,
    /// Names of the first positions of a container.
    positions: Vec<NameId>,
    /// Types at the top level of a language's preludes.
    prelude_types: FxHashMap<(&'static str, NameId), Sym>,
    /// What import texts name, by file, module and name.
    pub(super) modules: RwLock<FxHashMap<ImportText, SmallVec<[Target; 2]>>>,
    receivers: Interner<[Value]>,
    /// Methods without a body, by the type that declares them.
    abstract_methods: FxHashMap<Sym, Vec<Sym>>,
    /// Methods of interfaces by name, in languages where types do not say which interfaces they satisfy.
    interface_methods: FxHashMap<NameId, Vec<Sym>>,
    /// The names of those, in languages where a function can stand for an interface.
    abstract_names: FxHashSet<NameId>,
    /// Something in the project has a decorator.
    pub(super) has_decorators: bool,
}

/// What is left of a program when its facts are gone: what was made of files that say the same, and everything interned, so that
/// numbers stay what they were.
#[derive(Default)]
pub(super) struct KeptProgram {
    files: Vec<Option<File<'static>>>,
    project: Option<ProjectFiles>,
    /// How many names the files had.
    names: u32,
    made: Option<Interner<str>>,
    args: Option<Interner<[Values]>>,
    receivers: Option<Interner<[Value]>>,
}

impl KeptProgram {
    /// The same without what was made of some files.
    pub(super) fn without<'f>(mut self, files: impl Iterator<Item = &'f usize>) -> KeptProgram {
        for file in files {
            self.files[*file] = None;
        }
        self
    }

    /// Whether all names have the numbers in a grown pool that they had: none that came was made before.
    pub(super) fn has_names_of(&self, pool: &StringPool) -> bool {
        let is_made = |text: &str| self.made.as_ref().is_some_and(|made| made.has(text));
        (self.names..pool.len()).all(|number| !is_made(pool.get(number)))
    }
}

/// Stands where facts were.
static NO_FACTS: LazyLock<FileFacts> = LazyLock::new(FileFacts::default);

fn first_receiver() -> Interner<[Value]> {
    Interner::new(Arc::from([Value::OutsideInstance(OutsideName::UNNAMED)]))
}

/// Prelude facts, lowered once per build.
pub(super) struct Preludes {
    files: Vec<(&'static dyn Language, String, FileFacts)>,
}

impl Preludes {
    /// Lowers the preludes of the languages that occur in `files`.
    pub(super) fn of(files: &[InputFile]) -> Preludes {
        let mut texts = Vec::new();
        for language in languages::all() {
            if files.iter().any(|file| file.language == language.name()) {
                let own = language.prelude().iter();
                texts.extend(own.map(|(module, text)| (*language, *module, *text)));
            }
        }
        let lowered = texts.into_par_iter().map(|(language, module, text)| {
            let path = prelude_path(language, module);
            let facts = crate::extract::extract(language.name(), &path, text);
            (language, module.to_owned(), facts)
        });
        Preludes {
            files: lowered.collect(),
        }
    }
}

fn prelude_path(language: &dyn Language, module: &str) -> String {
    format!(
        "<{}>/{module}.{}",
        language.name(),
        language.prelude_extension()
    )
}

impl Preludes {
    /// What all preludes say.
    pub(super) fn facts(&mut self) -> impl Iterator<Item = &mut FileFacts> {
        self.files.iter_mut().map(|(_, _, facts)| facts)
    }
}

impl<'a> Program<'a> {
    /// Indexes the files. Facts that name blocks or expressions that do not exist must not get here.
    pub(super) fn new(
        inputs: &'a [InputFile],
        preludes: &'a Preludes,
        names: &'a StringPool,
    ) -> Program<'a> {
        Program::again((inputs, preludes, names), None)
    }

    /// The same, with what is left of a program of the same list of files, of which those that are not kept say something else.
    pub(super) fn again(
        (inputs, preludes, names): (&'a [InputFile], &'a Preludes, &'a StringPool),
        kept: Option<KeptProgram>,
    ) -> Program<'a> {
        let KeptProgram {
            files: mut kept,
            project,
            made,
            names: _,
            args,
            receivers,
        } = kept.unwrap_or_default();
        kept.resize_with(inputs.len() + preludes.files.len(), || None);
        let is_tied: Vec<bool> = kept.iter().map(Option::is_some).collect();
        let mut kept_preludes = kept.split_off(inputs.len()).into_iter();
        let mut program = Program {
            build: BUILDS.fetch_add(1, Ordering::Relaxed),
            files: Vec::new(),
            project_files: inputs.len(),
            project: project.unwrap_or_else(|| project_files(inputs)),
            file_by_path: FxHashMap::default(),
            stems: inputs.iter().map(|input| stem_of(&input.path)).collect(),
            names: NameTable::new(names, made),
            namespaces: MultiMap::default(),
            namespace_labels: FxHashMap::default(),
            opened: FxHashMap::default(),
            extended_namespaces: FxHashMap::default(),
            merged: Merged::default(),
            outer_namespaces: FxHashMap::default(),
            namespace_tails: FxHashSet::default(),
            parents: Vec::new(),
            surroundings: FxHashMap::default(),
            preludes: FxHashMap::default(),
            prelude_modules: FxHashMap::default(),
            definitions: MultiMap::default(),
            args: args.unwrap_or_else(|| Interner::new(Arc::from([]))),
            no_args: Arc::from([]),
            positions: Vec::new(),
            prelude_types: FxHashMap::default(),
            modules: RwLock::default(),
            receivers: receivers.unwrap_or_else(first_receiver),
            abstract_methods: FxHashMap::default(),
            interface_methods: FxHashMap::default(),
            abstract_names: FxHashSet::default(),
            has_decorators: false,
        };
        for (index, input) in inputs.iter().enumerate() {
            program.file_by_path.insert(&input.path, index as u32);
        }
        let indexed = inputs.par_iter().zip(kept).map(|(input, kept)| {
            if let Some(kept) = kept {
                return kept.with_facts(&input.facts);
            }
            let language = languages::by_name(input.language).unwrap_or(languages::all()[0]);
            index_file(input.path.clone(), language, &input.facts, false)
        });
        program.files = indexed.collect();
        program.opened = program.opened_labels();
        let mut files = program.files.iter();
        program.has_decorators = files.any(|file| !file.decorated.is_empty());
        program.definitions = definitions(&program.files, &program.names);
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
            program.files.push(match kept_preludes.next().flatten() {
                Some(kept) => kept.with_facts(facts),
                None => index_file(prelude_path(*language, module), *language, facts, true),
            });
        }
        program.positions = (0..16)
            .map(|at| program.intern(&position_text(at)))
            .collect();
        program.index_prelude_types();
        program.index_namespaces();
        program.index_abstract_methods();
        program.tie_imports(&is_tied);
        program
    }

    /// What a program of the same files need not find out again. The files of `edited` said something that the next ones may not say.
    pub(super) fn into_kept(self, edited: &[usize]) -> KeptProgram {
        let files = self.files.into_iter().enumerate();
        let files = files.map(|(at, file)| {
            let is_kept = !edited.contains(&at);
            is_kept.then(|| file.with_facts(&NO_FACTS))
        });
        KeptProgram {
            files: files.collect(),
            project: Some(self.project),
            names: self.names.known(),
            made: Some(self.names.into_made()),
            args: Some(self.args),
            receivers: Some(self.receivers),
        }
    }

    pub(super) fn file(&self, file: u32) -> &File<'a> {
        &self.files[file as usize]
    }

    pub(super) fn fact(&self, sym: Sym) -> &SymbolFact {
        self.files[sym.file as usize].symbol(sym.symbol)
    }

    /// Whether a method makes the instance of which it is a constructor (`__new__`), before another one fills it.
    pub(super) fn makes_instance(&self, constructor: Sym) -> bool {
        self.has_flag(constructor, flag::CONSTRUCTOR)
            && self.has_flag(constructor, flag::STATIC)
            && self.file(constructor.file).semantics.receiver_is_parameter
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

    /// A string that some file has.
    /// Whether some file could be a submodule of this name.
    pub(super) fn has_stem(&self, name: &str) -> bool {
        self.stems.contains(name)
    }

    pub(super) fn known(&self, text: &str) -> Option<NameId> {
        self.names.find(text).map(NameId)
    }

    pub(super) fn intern(&self, text: &str) -> NameId {
        NameId(self.names.number(text))
    }

    pub(super) fn outside(&self, qualified_name: &str) -> OutsideName {
        OutsideName(self.names.intern(qualified_name))
    }

    pub(super) fn text(&self, name: NameId) -> Text<'a> {
        if name == NameId::NONE {
            Text::Known("")
        } else {
            self.names.text(name.0)
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

    /// The namespace that a block is, or whose names the functions in it see.
    pub(super) fn label_at(&self, file: u32, block: BlockId) -> Option<Extended> {
        let source = self.file(file);
        if source.block_kind(block) == BlockKind::Namespace {
            return Some(Extended {
                label: self.label_of(source, block),
                has_members: true,
            });
        }
        self.extended_namespaces.get(&(file, block.0)).copied()
    }

    /// The label of a namespace's block, without macros.
    pub(super) fn label_of(&self, file: &File<'_>, block: BlockId) -> NameId {
        self.meant(file.global(file.facts.blocks[block.index()].label))
    }

    /// The label that a label means: another one where macros stand in it.
    pub(super) fn meant(&self, label: NameId) -> NameId {
        self.opened.get(&label).copied().unwrap_or(label)
    }

    /// Bindings of a name in a namespace, over all files, in path order.
    pub(super) fn namespace_members(&self, label: NameId, name: NameId) -> &[(u32, u32)] {
        self.namespaces.get(&(label, name))
    }

    pub(super) fn has_namespace(&self, label: NameId) -> bool {
        self.namespace_labels.contains_key(&label)
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

    /// Methods without a body that a type declares itself.
    pub(super) fn abstract_methods(&self, class: Sym) -> &[Sym] {
        self.abstract_methods.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The methods of this name that interfaces ask for, in languages where types do not say which they satisfy.
    pub(super) fn interface_methods(&self, name: NameId) -> &[Sym] {
        self.interface_methods.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Whether some interface has a method of this name without a body.
    pub(super) fn is_abstract_name(&self, name: NameId) -> bool {
        self.abstract_names.contains(&name)
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
                    let around = source.facts.symbols[class.symbol as usize].kind;
                    let is_interface = around == NodeKind::Interface.number();
                    if source.semantics.late_binding.is_some() && is_interface {
                        self.abstract_names.insert(source.global(fact.name));
                    }
                    if source.semantics.structural && is_interface && !source.is_prelude {
                        let same = self.interface_methods.entry(source.global(fact.name));
                        same.or_default().push(method);
                    }
                }
            }
        }
    }

    fn index_namespaces(&mut self) {
        let bound = |file: &File<'_>| {
            let blocks = &file.facts.blocks;
            let shares = blocks
                .iter()
                .any(|block| block.kind == BlockKind::Namespace as u8);
            if shares { file.facts.bindings.len() } else { 0 }
        };
        self.index_labels();
        // Close to how many there are: one that grows takes twice that.
        let mut members = Vec::with_capacity(self.files.iter().map(bound).sum());
        for (index, file) in self.files.iter().enumerate() {
            for (position, binding) in file.facts.bindings.iter().enumerate() {
                if !binding.scope.is_some() {
                    continue;
                }
                let Some(Extended {
                    label,
                    has_members: true,
                }) = self.label_at(index as u32, binding.scope)
                else {
                    continue;
                };
                let is_local = binding.symbol.is_some()
                    && file.symbol(binding.symbol.0).flags & flag::FILE_LOCAL != 0;
                // What an import brings stays in its file.
                let is_import = file.bound(position as u32) == Bound::Import;
                if !is_local && !is_import {
                    let key = (label, file.global(binding.name));
                    members.push((key, (index as u32, position as u32)));
                }
            }
        }
        self.merged = self.merge_interfaces(&mut members);
        let mut namespaces = MultiMap::new(members);
        let defines = |(file, binding): &(u32, u32)| !self.file(*file).only_declares(*binding);
        namespaces.keep_better(MAX_DEFINITIONS, MAX_DEFINITIONS, defines);
        self.namespaces = namespaces;
        self.index_outer_namespaces();
    }

    fn index_labels(&mut self) {
        let mut labels: FxHashMap<NameId, Vec<u32>> = FxHashMap::default();
        for (index, file) in self.files.iter().enumerate() {
            for block in file
                .facts
                .blocks
                .iter()
                .filter(|block| block.kind == BlockKind::Namespace as u8)
            {
                let label = self.meant(file.global(block.label));
                let files = labels.entry(label).or_default();
                if files.last() != Some(&(index as u32)) {
                    files.push(index as u32);
                }
            }
        }
        self.namespace_labels = labels;
        // `void a::f() {}` defines a function of the namespace that is called `a` from here.
        for (index, file) in self.files.iter().enumerate() {
            for (at, block) in file.facts.blocks.iter().enumerate() {
                if block.kind == BlockKind::Extension as u8
                    && block.label.is_some()
                    && let Some(label) = self.namespace_called(file, BlockId(at as u32))
                {
                    let key = (index as u32, at as u32);
                    self.extended_namespaces.insert(key, label);
                }
            }
        }
    }

    /// The namespace that the label of a block means, or that of the type which it means (`void a::B::f() {}`).
    fn namespace_called(&self, file: &File<'_>, block: BlockId) -> Option<Extended> {
        let separator = file.semantics.separator;
        let mut around = file.outwards(block);
        let around = around.find(|block| file.block_kind(*block) == BlockKind::Namespace)?;
        let around = self.text(self.label_of(file, around));
        let mut path = file.facts.text(file.facts.blocks[block.index()].label);
        let mut has_members = true;
        loop {
            if let Some(label) = self.namespace_outwards(path, &around, separator) {
                return Some(Extended { label, has_members });
            }
            (path, _) = path.rsplit_once(separator)?;
            has_members = false;
        }
    }

    /// The namespace of this name that is seen from another one.
    fn namespace_outwards(&self, label: &str, around: &str, separator: &str) -> Option<NameId> {
        let mut outer = around;
        loop {
            let called = if outer.is_empty() {
                self.known(label)
            } else {
                self.known(&format!("{outer}{separator}{label}"))
            };
            let called = called.filter(|called| self.has_namespace(*called));
            if called.is_some() || outer.is_empty() {
                return called;
            }
            outer = outer.rsplit_once(separator).map_or("", |(outer, _)| outer);
        }
    }

    /// Ties namespaces to those around them, once for the many names that are looked up from inside.
    fn index_outer_namespaces(&mut self) {
        let labels: Vec<NameId> = self.namespace_labels.keys().copied().collect();
        for label in labels {
            let text = self.text(label);
            let mut separators: SmallVec<[&str; 1]> = SmallVec::new();
            for file in self.namespace_files(label) {
                let separator = self.file(*file).semantics.separator;
                if !separators.contains(&separator) {
                    separators.push(separator);
                }
            }
            let mut around = SmallVec::new();
            for separator in separators {
                let tail = text.rsplit(separator).next();
                let tail = tail.and_then(|tail| self.known(tail));
                self.namespace_tails.extend(tail);
                let mut rest = &*text;
                while let Some((outer, _)) = rest.rsplit_once(separator) {
                    let known = self.known(outer);
                    around.extend(known.filter(|outer| self.has_namespace(*outer)));
                    rest = outer;
                }
            }
            if !around.is_empty() {
                self.outer_namespaces.insert(label, around);
            }
        }
    }

    /// The namespaces around a namespace, nearest first.
    pub(super) fn namespaces_around(&self, label: NameId) -> &[NameId] {
        let around = self.outer_namespaces.get(&label);
        around.map_or(&[], SmallVec::as_slice)
    }

    /// Whether some namespace has this name or ends in it.
    pub(super) fn ends_namespace(&self, name: NameId) -> bool {
        self.namespace_tails.contains(&name)
    }

    /// Files that share a namespace.
    pub(super) fn namespace_files(&self, label: NameId) -> &[u32] {
        self.namespace_labels.get(&label).map_or(&[], Vec::as_slice)
    }
}

fn position_text(at: u32) -> String {
    format!("\u{0}{at}")
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
