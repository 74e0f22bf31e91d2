//! Keys and values as bytes that another run can read: names and type arguments by their content, definitions and expressions
//! by their numbers.

use std::cell::Cell;

use arc_graph::Rule;
use rustc_hash::FxHashMap;

use crate::resolve::program::Program;
use crate::resolve::replay::same::Renumbering;
use crate::resolve::tables::Key;
use crate::resolve::values::{Args, NameId, Sym, Typed, Value, Values};
use crate::wire::{Reader, Wire, WireError};

/// Writes keys and values, and the names and type arguments that they are made of.
pub(super) struct Writer<'p, 'a> {
    program: &'p Program<'a>,
    names: FxHashMap<NameId, u32>,
    texts: Vec<String>,
    args: FxHashMap<Args, u32>,
    contents: Vec<u8>,
    keys: FxHashMap<Key, u32>,
    key_bytes: Vec<u8>,
}

impl<'p, 'a> Writer<'p, 'a> {
    pub(super) fn new(program: &'p Program<'a>) -> Writer<'p, 'a> {
        Writer {
            program,
            names: FxHashMap::default(),
            texts: Vec::new(),
            args: FxHashMap::default(),
            contents: Vec::new(),
            keys: FxHashMap::default(),
            key_bytes: Vec::new(),
        }
    }

    /// The tables that everything written refers to.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        self.texts.put(out);
        (self.args.len() as u32).put(out);
        out.extend_from_slice(&self.contents);
        (self.keys.len() as u32).put(out);
        out.extend_from_slice(&self.key_bytes);
    }

    /// The number of a key, in the order in which keys are first asked for.
    pub(super) fn key(&mut self, key: Key) -> u32 {
        if let Some(known) = self.keys.get(&key) {
            return *known;
        }
        let mut bytes = std::mem::take(&mut self.key_bytes);
        self.put_key(key, &mut bytes);
        self.key_bytes = bytes;
        let number = self.keys.len() as u32;
        self.keys.insert(key, number);
        number
    }

    fn put_key(&mut self, key: Key, out: &mut Vec<u8>) {
        match key {
            Key::Return(sym) => put_parts(out, 0, &[sym.file, sym.symbol]),
            Key::Binding(file, at) => put_parts(out, 1, &[file, at]),
            Key::Field(sym, name) => {
                let name = self.name(name);
                put_parts(out, 2, &[sym.file, sym.symbol, name]);
            }
            Key::Param(sym, at) => put_parts(out, 3, &[sym.file, sym.symbol, at]),
            Key::ParamType(sym, at) => put_parts(out, 4, &[sym.file, sym.symbol, at]),
            Key::Declared(sym) => put_parts(out, 5, &[sym.file, sym.symbol]),
            Key::Bound(sym, at) => put_parts(out, 6, &[sym.file, sym.symbol, at]),
            Key::Elements(file, expr) => put_parts(out, 7, &[file, expr]),
            Key::Added(file, expr) => put_parts(out, 8, &[file, expr]),
            Key::Keyed(file, expr, name) => {
                let name = self.name(name);
                put_parts(out, 9, &[file, expr, name]);
            }
            Key::Made(sym) => put_parts(out, 10, &[sym.file, sym.symbol]),
            Key::Export(file, at) => put_parts(out, 11, &[file, at]),
        }
    }

    fn name(&mut self, name: NameId) -> u32 {
        if name == NameId::NONE {
            return 0;
        }
        let next = self.texts.len() as u32 + 1;
        let number = *self.names.entry(name).or_insert(next);
        if number == next {
            self.texts.push(self.program.text(name).to_string());
        }
        number
    }

    fn args(&mut self, args: Args) -> u32 {
        if args == Args::NONE {
            return 0;
        }
        if let Some(known) = self.args.get(&args) {
            return *known;
        }
        // What arguments are made of comes before them.
        let parts = self.program.args_of(args);
        let mut bytes = Vec::new();
        (parts.len() as u32).put(&mut bytes);
        for part in parts.iter() {
            self.values(part, &mut bytes);
        }
        self.contents.append(&mut bytes);
        let number = self.args.len() as u32 + 1;
        self.args.insert(args, number);
        number
    }

    pub(super) fn values(&mut self, values: &Values, out: &mut Vec<u8>) {
        ((values.len() as u32) << 1 | u32::from(values.is_widened())).put(out);
        for item in values.iter() {
            item.rule.number().put(out);
            self.value(item.value, out);
        }
    }

    fn value(&mut self, value: Value, out: &mut Vec<u8>) {
        match value {
            Value::Class(sym, args) => {
                let args = self.args(args);
                put_parts(out, 0, &[sym.file, sym.symbol, args]);
            }
            Value::Instance(sym, args) => {
                let args = self.args(args);
                put_parts(out, 1, &[sym.file, sym.symbol, args]);
            }
            Value::SelfOf(sym) => put_parts(out, 2, &[sym.file, sym.symbol]),
            Value::SelfClassOf(sym) => put_parts(out, 3, &[sym.file, sym.symbol]),
            Value::SuperOf(sym, skipped) => put_parts(out, 4, &[sym.file, sym.symbol, skipped]),
            Value::Variant(sym) => put_parts(out, 5, &[sym.file, sym.symbol]),
            Value::Function(sym) => put_parts(out, 6, &[sym.file, sym.symbol]),
            Value::Bound(sym, receiver) => {
                put_parts(out, 7, &[sym.file, sym.symbol]);
                self.value(self.program.received(receiver), out);
            }
            Value::Module(file) => put_parts(out, 8, &[file]),
            Value::Namespace(name) => {
                let name = self.name(name);
                put_parts(out, 9, &[name]);
            }
            Value::Outside(name) => {
                let name = self.name(name.name());
                put_parts(out, 10, &[name]);
            }
            Value::OutsideInstance(name) => {
                let name = self.name(name.name());
                put_parts(out, 11, &[name]);
            }
            Value::Made(file, expr) => put_parts(out, 12, &[file, expr]),
            Value::Text(name) => {
                let name = self.name(name);
                put_parts(out, 13, &[name]);
            }
            Value::TypeVar(sym, at) => put_parts(out, 14, &[sym.file, sym.symbol, at]),
            Value::Tuple(args) => {
                let args = self.args(args);
                put_parts(out, 15, &[args]);
            }
            Value::Callable(args) => {
                let args = self.args(args);
                put_parts(out, 16, &[args]);
            }
        }
    }
}

fn put_parts(out: &mut Vec<u8>, tag: u8, parts: &[u32]) {
    tag.put(out);
    for part in parts {
        part.put(out);
    }
}

/// Reads what a [`Writer`] wrote, in terms of a program in which some files are other ones.
pub(super) struct Decoder<'p, 'a> {
    program: &'p Program<'a>,
    /// How expressions and bindings of files that differ are numbered now.
    moved: &'p FxHashMap<u32, Renumbering>,
    names: Vec<NameId>,
    /// `None` for what has no counterpart.
    args: Vec<Option<Args>>,
    /// Whether what is read becomes a part of something interned. Such things are ordered by the numbers in them, so that one
    /// with another number may stand elsewhere in a set and counts as having no counterpart.
    is_interned: Cell<bool>,
}

impl<'p, 'a> Decoder<'p, 'a> {
    /// Reads the tables, and gives the keys with them: `None` for what has no counterpart.
    pub(super) fn new(
        program: &'p Program<'a>,
        moved: &'p FxHashMap<u32, Renumbering>,
        input: &mut Reader<'_>,
    ) -> Result<(Decoder<'p, 'a>, Vec<Option<Key>>), WireError> {
        let mut decoder = Decoder {
            program,
            moved,
            names: vec![NameId::NONE],
            args: vec![Some(Args::NONE)],
            is_interned: Cell::new(true),
        };
        for _ in 0..u32::get(input)? {
            decoder.names.push(program.intern(input.text()?));
        }
        for _ in 0..u32::get(input)? {
            let mut parts = Some(Vec::new());
            for _ in 0..u32::get(input)? {
                let part = decoder.values(input)?;
                parts = parts.zip(part).map(|(mut parts, part)| {
                    parts.push(part);
                    parts
                });
            }
            let args = parts.map(|parts| program.intern_args(parts));
            decoder.args.push(args);
        }
        decoder.is_interned.set(false);
        let mut keys = Vec::new();
        for _ in 0..u32::get(input)? {
            keys.push(decoder.key(input)?);
        }
        Ok((decoder, keys))
    }

    fn name(&self, input: &mut Reader<'_>) -> Result<NameId, WireError> {
        let number = u32::get(input)?;
        let name = self.names.get(number as usize).copied();
        name.ok_or_else(|| input.error())
    }

    fn args(&self, input: &mut Reader<'_>) -> Result<Option<Args>, WireError> {
        let number = u32::get(input)?;
        let args = self.args.get(number as usize).copied();
        args.ok_or_else(|| input.error())
    }

    pub(super) fn sym(&self, input: &mut Reader<'_>) -> Result<Sym, WireError> {
        let (file, symbol) = (u32::get(input)?, u32::get(input)?);
        let known = self.program.files.get(file as usize);
        if known.is_none_or(|known| symbol as usize >= known.facts.symbols.len()) {
            return Err(input.error());
        }
        Ok(Sym { file, symbol })
    }

    /// An expression: its file and its number now.
    fn expr(&self, input: &mut Reader<'_>) -> Result<Option<(u32, u32)>, WireError> {
        let (file, expr) = (u32::get(input)?, u32::get(input)?);
        Ok(match self.moved.get(&file) {
            Some(moved) => {
                let now = moved.expr(expr);
                let stays = |now: &u32| *now == expr || !self.is_interned.get();
                now.filter(stays).map(|now| (file, now))
            }
            None => Some((file, expr)),
        })
    }

    fn key(&self, input: &mut Reader<'_>) -> Result<Option<Key>, WireError> {
        let key = match u8::get(input)? {
            0 => Key::Return(self.sym(input)?),
            1 => {
                let (file, at) = (u32::get(input)?, u32::get(input)?);
                let at = match self.moved.get(&file) {
                    Some(moved) => moved.binding(at),
                    None => Some(at),
                };
                return Ok(at.map(|at| Key::Binding(file, at)));
            }
            2 => Key::Field(self.sym(input)?, self.name(input)?),
            3 => Key::Param(self.sym(input)?, u32::get(input)?),
            4 => Key::ParamType(self.sym(input)?, u32::get(input)?),
            5 => Key::Declared(self.sym(input)?),
            6 => Key::Bound(self.sym(input)?, u32::get(input)?),
            7 => {
                let expr = self.expr(input)?;
                return Ok(expr.map(|(file, expr)| Key::Elements(file, expr)));
            }
            8 => {
                let expr = self.expr(input)?;
                return Ok(expr.map(|(file, expr)| Key::Added(file, expr)));
            }
            9 => {
                let expr = self.expr(input)?;
                let name = self.name(input)?;
                return Ok(expr.map(|(file, expr)| Key::Keyed(file, expr, name)));
            }
            10 => Key::Made(self.sym(input)?),
            11 => Key::Export(u32::get(input)?, u32::get(input)?),
            _ => return Err(input.error()),
        };
        Ok(Some(key))
    }

    /// A set of values; `None` when one of them has no counterpart.
    pub(super) fn values(&self, input: &mut Reader<'_>) -> Result<Option<Values>, WireError> {
        let head = u32::get(input)?;
        if head & 1 == 1 {
            return Ok(Some(Values::widened()));
        }
        let (count, mut items) = (head >> 1, Vec::new());
        let mut is_whole = true;
        for _ in 0..count {
            let rule = Rule::from_number(u8::get(input)?).ok_or_else(|| input.error())?;
            match self.value(input)? {
                Some(value) => items.push(Typed { value, rule }),
                None => is_whole = false,
            }
        }
        Ok(is_whole.then(|| Values::of(items)))
    }

    fn value(&self, input: &mut Reader<'_>) -> Result<Option<Value>, WireError> {
        let value = match u8::get(input)? {
            0 => {
                let (sym, args) = (self.sym(input)?, self.args(input)?);
                return Ok(args.map(|args| Value::Class(sym, args)));
            }
            1 => {
                let (sym, args) = (self.sym(input)?, self.args(input)?);
                return Ok(args.map(|args| Value::Instance(sym, args)));
            }
            2 => Value::SelfOf(self.sym(input)?),
            3 => Value::SelfClassOf(self.sym(input)?),
            4 => Value::SuperOf(self.sym(input)?, u32::get(input)?),
            5 => Value::Variant(self.sym(input)?),
            6 => Value::Function(self.sym(input)?),
            7 => {
                let sym = self.sym(input)?;
                let outer = self.is_interned.replace(true);
                let receiver = self.value(input)?;
                self.is_interned.set(outer);
                let bound = |receiver| Value::Bound(sym, self.program.receiver(receiver));
                return Ok(receiver.map(bound));
            }
            8 => Value::Module(u32::get(input)?),
            9 => Value::Namespace(self.name(input)?),
            10 => Value::Outside(self.outside(input)?),
            11 => Value::OutsideInstance(self.outside(input)?),
            12 => {
                let expr = self.expr(input)?;
                return Ok(expr.map(|(file, expr)| Value::Made(file, expr)));
            }
            13 => Value::Text(self.name(input)?),
            14 => Value::TypeVar(self.sym(input)?, u32::get(input)?),
            15 => return Ok(self.args(input)?.map(Value::Tuple)),
            16 => return Ok(self.args(input)?.map(Value::Callable)),
            _ => return Err(input.error()),
        };
        Ok(Some(value))
    }

    fn outside(
        &self,
        input: &mut Reader<'_>,
    ) -> Result<crate::resolve::values::OutsideName, WireError> {
        let name = self.name(input)?;
        Ok(self.program.outside(&self.program.text(name)))
    }
}
