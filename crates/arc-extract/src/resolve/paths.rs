//! Paths to definitions: the members of modules, packages, namespaces and types, and where a path starts.

use arc_graph::NodeKind;

use crate::facts::{BlockId, BlockKind, Expr, ExprId};
use crate::resolve::exports::prefer_inside;
use crate::resolve::file::File;
use crate::resolve::names::{Busy, Hit, Hits, MAX_HOPS, Names, Use};
use crate::resolve::program::Target;
use crate::resolve::values::{NameId, Sym, Value};

impl Names<'_, '_> {
    pub(super) fn path_start(
        &self,
        index: u32,
        block: BlockId,
        text: &str,
        busy: &mut Busy,
    ) -> Hits {
        let file = self.file(index);
        match file.local(self.program.intern(text)) {
            Some(name) => {
                self.lookup(
                    Use {
                        file: index,
                        block,
                        name,
                        at: u32::MAX,
                    },
                    &|_| false,
                    busy,
                )
                .hits
            }
            None => {
                let targets = self.program.resolve_module(index, text, None);
                targets
                    .into_iter()
                    .take(1)
                    .map(|target| Hit::Value(value_of(target)))
                    .collect()
            }
        }
    }

    /// What a path of names stands for, without evaluating anything.
    pub(super) fn path(&self, index: u32, expr: ExprId, busy: &mut Busy) -> Hits {
        let file = self.file(index);
        let Some(node) = file.facts.exprs.get(expr) else {
            return Hits::new();
        };
        match node.expr {
            Expr::Symbol(symbol) => Hits::from_iter([Hit::Symbol(Sym {
                file: index,
                symbol: symbol.0,
            })]),
            Expr::Import(import) => self.imported(index, import, busy),
            Expr::Root(levels) => {
                Hits::from_iter([Hit::Value(self.root(index, node.block, levels))])
            }
            Expr::Name(name) => {
                let marker = (index, NameId(u32::MAX / 2 + expr.0));
                if busy.contains(&marker) || busy.len() > MAX_HOPS {
                    return Hits::new();
                }
                busy.push(marker);
                // A path does not start at the name that it gives a meaning to (`use foo::foo`).
                let own = |binding: u32| {
                    self.starts_at(file, file.facts.bindings[binding as usize].value, expr)
                };
                let place = Use {
                    file: index,
                    block: node.block,
                    name,
                    at: u32::MAX,
                };
                let hits = self.lookup(place, &own, busy).hits;
                busy.pop();
                hits
            }
            Expr::Member(base, name) => {
                let name = file.global(name);
                let bases = self.path(index, base, busy);
                let marker = (index, NameId(u32::MAX / 2 + expr.0));
                // `mod a { use a::b; }` asks a module for what is being looked for.
                if busy.contains(&marker) || busy.len() > MAX_HOPS {
                    return Hits::new();
                }
                busy.push(marker);
                let members = bases
                    .iter()
                    .flat_map(|hit| self.seen_member_of(hit, name, index, busy))
                    .collect();
                busy.pop();
                members
            }
            _ => Hits::new(),
        }
    }

    /// Whether the path `value` has `start` as its first name.
    fn starts_at(&self, file: &File<'_>, value: ExprId, start: ExprId) -> bool {
        let mut at = value;
        while at.is_some() {
            if at == start {
                return true;
            }
            match file.facts.exprs.expr(at) {
                Expr::Member(base, _) => at = base,
                _ => return false,
            }
        }
        false
    }

    /// A member of a module, a namespace, a type's own body, or something outside.
    pub(super) fn member_of(&self, hit: &Hit, name: NameId, busy: &mut Busy) -> Hits {
        match *hit {
            Hit::Value(Value::Module(file)) => {
                let hits = self.exported(file, name, busy);
                if hits.is_empty() {
                    self.submodule(file, name)
                } else {
                    hits
                }
            }
            Hit::Value(Value::Namespace(label)) => self.in_label(label, name, busy),
            Hit::Value(Value::Outside(base)) => {
                let described = self.described(base.name(), name, busy);
                if !described.is_empty() {
                    return described;
                }
                let base = self.program.text(base.name());
                let text = format!("{base}.{}", self.program.text(name));
                Hits::from_iter([Hit::Value(Value::Outside(self.program.outside(&text)))])
            }
            Hit::Value(Value::Class(class, _)) | Hit::Symbol(class) => {
                if self.program.kind(class) == NodeKind::TypeAlias {
                    return Hits::new();
                }
                for &(above, _) in self.hierarchy.order(class).iter() {
                    let members = self.hierarchy.own(above, name);
                    if !members.is_empty() {
                        let mut hits = Hits::new();
                        for member in members {
                            match *member {
                                super::hierarchy::Member::Binding(file, binding) => {
                                    self.add_binding(file, binding, busy, &mut hits);
                                }
                                field @ super::hierarchy::Member::Field(_) => {
                                    hits.push(self.member_hit(above, name, field));
                                }
                            }
                        }
                        return hits;
                    }
                }
                self.in_inline_module(class, name, busy)
            }
            Hit::Value(_) | Hit::Binding(..) | Hit::Field(..) | Hit::Export(..) => Hits::new(),
        }
    }

    /// A member of a module outside that the prelude describes, or that only gives a built-in another home.
    fn described(&self, base: NameId, name: NameId, busy: &mut Busy) -> Hits {
        let module = self.program.text(base);
        let Some(file) = self.program.prelude_module(self.language, &module) else {
            return Hits::new();
        };
        let mut hits = self.exported(file, name, busy);
        if hits.is_empty() {
            for prelude in self.program.preludes_of(self.language) {
                hits.extend(self.exported(*prelude, name, busy));
            }
        }
        hits
    }

    /// Names of an inline module's block, also when the hierarchy is not known yet, and what it imports with a star.
    fn in_inline_module(&self, module: Sym, name: NameId, busy: &mut Busy) -> Hits {
        let file = self.file(module.file);
        let body = file.symbol(module.symbol).body;
        let mut hits = Hits::new();
        if !body.is_some() || busy.contains(&(module.file, name)) && busy.len() > MAX_HOPS {
            return hits;
        }
        if let Some(local) = file.local(name) {
            for binding in file.bindings(body, local, u32::MAX) {
                self.add_binding(module.file, binding, busy, &mut hits);
            }
        }
        if hits.is_empty() {
            for import in file.stars_of(body) {
                for target in self.star_targets(module.file, import, busy) {
                    hits.extend(self.member_of(&target, name, busy));
                }
            }
            prefer_inside(&mut hits);
        }
        hits
    }

    fn in_label(&self, label: NameId, name: NameId, busy: &mut Busy) -> Hits {
        let mut hits = Hits::new();
        for (file, binding) in self.program.namespace_members(label, name) {
            self.add_binding(*file, *binding, busy, &mut hits);
        }
        self.prefer_definitions(&mut hits);
        if hits.is_empty() {
            let separator = self
                .program
                .namespace_files(label)
                .first()
                .map_or(".", |file| self.file(*file).semantics.separator);
            let nested = format!(
                "{}{separator}{}",
                self.program.text(label),
                self.program.text(name)
            );
            let nested = self.program.intern(nested.trim_start_matches(separator));
            if self.program.has_namespace(nested) {
                hits.push(Hit::Value(Value::Namespace(nested)));
            }
        }
        hits
    }

    /// A file that is a submodule of a package file by its place.
    fn submodule(&self, package: u32, name: NameId) -> Hits {
        let file = self.file(package);
        if file.semantics.explicit_exports || file.semantics.imports_are_paths || file.is_prelude {
            return Hits::new();
        }
        let name = self.program.text(name);
        if !self.program.has_stem(&name) {
            return Hits::new();
        }
        let found = self.program.resolve_module(package, ".", Some(&name));
        let submodule = self
            .program
            .submodule_among(package, ".", Some(&name), &found);
        let submodule = submodule.map(|submodule| Hit::Value(value_of(submodule)));
        submodule.into_iter().collect()
    }

    /// The crate or the module above a file that nobody declares, by its place.
    fn by_place(&self, file: u32, levels: u32) -> Option<u32> {
        if !self.file(file).semantics.imports_are_paths {
            return None;
        }
        let above = if levels == u32::MAX { "crate" } else { "super" };
        match self.program.resolve_module(file, above, None).first() {
            Some(Target::File(above)) if *above != file => Some(*above),
            _ => None,
        }
    }

    /// The module around a place (`levels` 0), `levels` above it, or the root of its crate (`u32::MAX`).
    pub(super) fn root(&self, mut file: u32, block: BlockId, levels: u32) -> Value {
        let mut block = block;
        let mut left = levels;
        // A file has far fewer enclosing modules than this; a cycle of `#[path]` has not.
        for _ in 0..256 {
            let source = self.file(file);
            let inline = source
                .outwards(block)
                .find(|block| source.block_kind(*block) == BlockKind::Module);
            let here = match inline {
                Some(block) => Value::Class(
                    Sym {
                        file,
                        symbol: source.facts.blocks[block.index()].symbol.0,
                    },
                    super::values::Args::NONE,
                ),
                None => Value::Module(file),
            };
            // A text is part of the module that includes it.
            if inline.is_none()
                && let Some((around, at)) = self.program.surroundings.get(&file)
            {
                (file, block) = (*around, *at);
                continue;
            }
            if left == 0 {
                return here;
            }
            match inline {
                Some(inline) => block = source.facts.blocks[inline.index()].parent,
                None => match self.program.parents[file as usize] {
                    Some((parent, at)) => {
                        file = parent;
                        block = at;
                    }
                    None => match self.by_place(file, left) {
                        Some(above) => {
                            file = above;
                            block = BlockId(0);
                        }
                        None => return here,
                    },
                },
            }
            if left != u32::MAX {
                left -= 1;
            }
        }
        Value::Module(file)
    }
}

pub(super) fn value_of(target: Target) -> Value {
    match target {
        Target::File(file) => Value::Module(file),
        Target::Namespace(label) => Value::Namespace(label),
        Target::Outside(name) => Value::Outside(name),
    }
}
