//! Definitions that code names in a text as it would import them: settings, registries, what tests put a stand-in for.

use crate::facts::MentionKind;
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::program::{Program, Target};
use crate::resolve::values::{NameId, Sym, Value};

impl Evaluator<'_, '_> {
    /// The module or definition that a text names as the language would import it: the longest module that there is, a
    /// name of it, members of that.
    pub(super) fn imported_by_text(&self, text: &str) -> Option<Sym> {
        let (program, file) = (self.program, self.file);
        // What no file has names nothing.
        let names: Vec<Option<NameId>> = text.split('.').map(|part| program.known(part)).collect();
        let mut end = text.len();
        let mut at = names.len();
        loop {
            let module = &text[..end];
            let found = file
                .language
                .resolve_import(&program.project, &file.path, module, None);
            let found = program.targets(found);
            if let Some(Target::File(index)) = found.first() {
                if at == names.len() {
                    let is_own = *index == self.index;
                    return (!is_own).then_some(Sym {
                        file: *index,
                        symbol: 0,
                    });
                }
                return self.named_in(*index, &names[at..]);
            }
            end = module.rfind('.')?;
            at -= 1;
            names[at]?;
        }
    }

    fn named_in(&self, file: u32, names: &[Option<NameId>]) -> Option<Sym> {
        let first = (*names.first()?)?;
        let hits = self.names.exported(file, first, &mut Busy::new());
        let mut sym = hits.iter().find_map(|hit| self.program.symbol_of(hit))?;
        for name in &names[1..] {
            let name = (*name)?;
            let members = self.hierarchy.own(sym, name).iter();
            let mut found = members.map(|member| self.names.member_hit(sym, name, *member));
            sym = found.find_map(|hit| self.program.symbol_of(&hit))?;
        }
        Some(sym)
    }

    /// The types that the file names by such texts: whoever reads the texts makes their instances and runs their methods.
    pub(super) fn types_by_text(&self) -> impl Iterator<Item = Sym> + '_ {
        let facts = self.file.facts;
        let is_imported = |kind: u8| kind == MentionKind::Imported as u8;
        let mentions = facts.mentions.iter();
        let named = mentions
            .filter(move |mention| is_imported(mention.kind))
            .filter_map(|mention| self.imported_by_text(facts.text(mention.text)));
        named.filter(|sym| is_type_kind(self.program.kind(*sym)))
    }
}

impl Program<'_> {
    /// The definition behind what a name or member was found to be.
    pub(super) fn symbol_of(&self, hit: &Hit) -> Option<Sym> {
        match *hit {
            Hit::Symbol(sym) => Some(sym),
            Hit::Binding(file, binding) => {
                let symbol = self.file(file).facts.bindings[binding as usize].symbol;
                symbol.is_some().then_some(Sym {
                    file,
                    symbol: symbol.0,
                })
            }
            Hit::Field(_, _, field) => field,
            Hit::Export(file, _) => Some(Sym { file, symbol: 0 }),
            Hit::Value(Value::Function(sym) | Value::Class(sym, _)) => Some(sym),
            Hit::Value(_) => None,
        }
    }
}
