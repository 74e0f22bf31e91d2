//! A recorded run in terms of files that were edited: expressions and bindings under the numbers that they have now, and back.
//!
//! Only what the edited files are mentioned in is touched, so that one run, once it was read, serves any number of edits.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::resolve::hierarchy::FileTypes;
use crate::resolve::program::Program;
use crate::resolve::replay::recorded::Recorded;
use crate::resolve::replay::same::Renumbering;
use crate::resolve::rounds::Looks;
use crate::resolve::tables::Key;
use crate::resolve::values::{Args, Receiver, Typed, Value, Values};

/// How the files that differ are numbered now.
pub(super) type Moved = FxHashMap<u32, Renumbering>;

/// A place among what files gave: the file, and the position there.
type Given = (u32, u32);

/// Where a run has expressions or bindings of a file.
#[derive(Clone, Default)]
pub(super) struct Mentions {
    keys: Vec<u32>,
    values: Vec<u32>,
    given: Vec<Given>,
}

/// What was in the places that are renumbered.
#[derive(Default)]
pub(super) struct Originals {
    pub(super) keys: Vec<(u32, Key)>,
    values: Vec<(u32, Option<Values>)>,
    given: Vec<(Given, Option<Values>)>,
}

impl Recorded {
    /// Puts the numbers of now in the place of those of the run. What has no counterpart is `None` from now on.
    pub(super) fn renumber(&mut self, program: &Program<'_>, moved: &Moved) {
        let mut files: Vec<u32> = moved.keys().copied().collect();
        files.sort_unstable();
        let mut places = Mentions::default();
        for file in files {
            if !self.mentions.contains_key(&file) {
                let found = self.mentions_of(program, file);
                self.mentions.insert(file, found);
            }
            let Mentions {
                keys,
                values,
                given,
            } = &self.mentions[&file];
            places.keys.extend(keys);
            places.values.extend(values);
            places.given.extend(given);
        }
        places.values.sort_unstable();
        places.values.dedup();
        places.given.sort_unstable();
        places.given.dedup();
        self.renumber_keys(&places.keys, moved);
        self.renumber_values(program, &places, moved);
    }

    fn renumber_keys(&mut self, places: &[u32], moved: &Moved) {
        let mut changed = Vec::new();
        for number in places {
            let Some(old) = self.keys[*number as usize] else {
                continue;
            };
            let new = moved_key(old, moved);
            if new != Some(old) {
                changed.push((*number, new));
                self.originals.keys.push((*number, old));
                self.numbers.remove(&old);
            }
        }
        // One may get what another had: all go before the first comes.
        for (number, new) in changed {
            self.keys[number as usize] = new;
            if let Some(new) = new {
                self.numbers.insert(new, number);
            }
        }
    }

    fn renumber_values(&mut self, program: &Program<'_>, places: &Mentions, moved: &Moved) {
        // What is interned is ordered by the numbers in it, so that one with another number may stand elsewhere in a set.
        let is_other = |file: u32, expr: u32| {
            let moved = moved.get(&file);
            moved.is_some_and(|moved| moved.expr(expr) != Some(expr))
        };
        let lost = Interned::new(program, &is_other);
        for at in &places.values {
            let place = &mut self.values[*at as usize].1;
            if let Some(old) = place.take() {
                *place = moved_values(&old, moved, &lost);
                self.originals.values.push((*at, Some(old)));
            }
        }
        for (file, at) in &places.given {
            let place = &mut self.given[*file as usize][*at as usize].1.1;
            if let Some(old) = place.take() {
                *place = moved_values(&old, moved, &lost);
                self.originals.given.push(((*file, *at), Some(old)));
            }
        }
    }

    /// The run as it was read.
    pub(super) fn restore(&mut self) {
        let Originals {
            keys,
            values,
            given,
        } = std::mem::take(&mut self.originals);
        for (number, _) in &keys {
            if let Some(now) = self.keys[*number as usize] {
                self.numbers.remove(&now);
            }
        }
        for (number, old) in keys {
            self.keys[number as usize] = Some(old);
            self.numbers.insert(old, number);
        }
        for (at, old) in values {
            self.values[at as usize].1 = old;
        }
        for ((file, at), old) in given {
            self.given[file as usize][at as usize].1.1 = old;
        }
    }

    /// The keys that have no counterpart, or had something without; `None` when nothing at all is without.
    pub(super) fn lost_keys(&self) -> Option<Vec<bool>> {
        let mut lost = vec![false; self.keys.len()];
        let mut is_any = false;
        for (number, _) in &self.originals.keys {
            if self.keys[*number as usize].is_none() {
                lost[*number as usize] = true;
                is_any = true;
            }
        }
        for (at, _) in &self.originals.values {
            if self.values[*at as usize].1.is_none() {
                let key = self.starts.partition_point(|start| start <= at);
                lost[key - 1] = true;
                is_any = true;
            }
        }
        let mut given = self.originals.given.iter();
        let is_given =
            given.any(|((file, at), _)| self.given[*file as usize][*at as usize].1.1.is_none());
        (is_any || is_given).then_some(lost)
    }

    fn mentions_of(&self, program: &Program<'_>, wanted: u32) -> Mentions {
        let is_wanted = |file: u32, _: u32| file == wanted;
        let of_file = Interned::new(program, &is_wanted);
        let has = |values: &Option<Values>| {
            let values = values.as_ref();
            values.is_some_and(|values| values.iter().any(|item| of_file.value(item.value)))
        };
        let mut found = Mentions::default();
        for (number, key) in (0..).zip(&self.keys) {
            let file = key.and_then(numbered_in);
            if file == Some(wanted) {
                found.keys.push(number);
            }
        }
        for (at, (_, values)) in (0..).zip(&self.values) {
            if has(values) {
                found.values.push(at);
            }
        }
        for (file, given) in (0..).zip(&self.given) {
            for (at, (_, (_, values))) in (0..).zip(given) {
                if has(values) {
                    found.given.push((file, at));
                }
            }
        }
        found
    }
}

/// Forgets what some files say of types, and what others say in which these have expressions.
pub(super) fn forget(program: &Program<'_>, files: &[usize], looks: &mut Looks) {
    let is_of_them = |file: u32, _: u32| files.contains(&(file as usize));
    let theirs = Interned::new(program, &is_of_them);
    let names = |values: &Values| values.iter().any(|item| theirs.value(item.value));
    for (file, said) in looks
        .iter_mut()
        .flat_map(|look| look.iter_mut().enumerate())
    {
        let names_them = |types: &FileTypes| {
            let mut bases = types.bases.iter().map(|(_, base)| base);
            let mut extensions = types.extensions.iter();
            bases.any(|base| theirs.value(base.value))
                || extensions.any(|(_, target, interfaces)| {
                    names(target) || interfaces.iter().any(|base| theirs.value(base.value))
                })
                || types
                    .mixed
                    .iter()
                    .any(|(_, (file, expr))| is_of_them(*file, *expr))
        };
        if files.contains(&file) || said.as_ref().is_some_and(names_them) {
            *said = None;
        }
    }
}

/// The file whose expressions or bindings a key names.
fn numbered_in(key: Key) -> Option<u32> {
    match key {
        Key::Binding(file, _)
        | Key::Elements(file, _)
        | Key::Added(file, _)
        | Key::Keyed(file, ..) => Some(file),
        Key::Return(_)
        | Key::Field(..)
        | Key::Param(..)
        | Key::ParamType(..)
        | Key::Declared(_)
        | Key::Bound(..)
        | Key::Made(_)
        | Key::Export(..) => None,
    }
}

fn moved_key(key: Key, moved: &Moved) -> Option<Key> {
    let Some(moved) = numbered_in(key).and_then(|file| moved.get(&file)) else {
        return Some(key);
    };
    match key {
        Key::Binding(file, at) => moved.binding(at).map(|at| Key::Binding(file, at)),
        Key::Elements(file, expr) => moved.expr(expr).map(|expr| Key::Elements(file, expr)),
        Key::Added(file, expr) => moved.expr(expr).map(|expr| Key::Added(file, expr)),
        Key::Keyed(file, expr, name) => {
            let expr = moved.expr(expr);
            expr.map(|expr| Key::Keyed(file, expr, name))
        }
        other => Some(other),
    }
}

/// A set of values; `None` when one of them has no counterpart.
fn moved_values(values: &Values, moved: &Moved, lost: &Interned<'_, '_>) -> Option<Values> {
    if values.is_widened() {
        return Some(values.clone());
    }
    let mut items = Vec::new();
    for item in values.iter() {
        let value = match item.value {
            Value::Made(file, expr) => match moved.get(&file) {
                Some(moved) => Value::Made(file, moved.expr(expr)?),
                None => item.value,
            },
            value if lost.value(value) => return None,
            value => value,
        };
        items.push(Typed {
            value,
            rule: item.rule,
        });
    }
    Some(Values::of(items))
}

/// Whether interned things hold an expression for which something holds; each is looked at once.
struct Interned<'p, 'a> {
    program: &'p Program<'a>,
    is_wanted: &'p dyn Fn(u32, u32) -> bool,
    args: RefCell<FxHashMap<Args, bool>>,
    receivers: RefCell<FxHashMap<Receiver, bool>>,
}

impl<'p, 'a> Interned<'p, 'a> {
    fn new(program: &'p Program<'a>, is_wanted: &'p dyn Fn(u32, u32) -> bool) -> Interned<'p, 'a> {
        Interned {
            program,
            is_wanted,
            args: RefCell::default(),
            receivers: RefCell::default(),
        }
    }

    fn value(&self, value: Value) -> bool {
        match value {
            Value::Made(file, expr) => (self.is_wanted)(file, expr),
            Value::Bound(_, receiver) => self.receiver(receiver),
            Value::Class(_, args)
            | Value::Instance(_, args)
            | Value::Tuple(args)
            | Value::Callable(args) => self.args(args),
            _ => false,
        }
    }

    fn receiver(&self, receiver: Receiver) -> bool {
        if let Some(known) = self.receivers.borrow().get(&receiver) {
            return *known;
        }
        let found = self.value(self.program.received(receiver));
        self.receivers.borrow_mut().insert(receiver, found);
        found
    }

    fn args(&self, args: Args) -> bool {
        if args == Args::NONE {
            return false;
        }
        if let Some(known) = self.args.borrow().get(&args) {
            return *known;
        }
        let parts = self.program.args_of(args);
        let mut items = parts.iter().flat_map(Values::iter);
        let found = items.any(|item| self.value(item.value));
        self.args.borrow_mut().insert(args, found);
        found
    }
}
