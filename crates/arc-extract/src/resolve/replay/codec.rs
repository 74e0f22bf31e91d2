//! Keys and values as bytes that another run can read: names and type arguments by their content, definitions and expressions
//! by their numbers.

use arc_graph::Rule;
use rustc_hash::FxHashMap;

use crate::resolve::program::Program;
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

/// Reads what a [`Writer`] wrote, with the numbers that expressions and bindings had then.
pub(super) struct Decoder<'p, 'a> {
    program: &'p Program<'a>,
    names: Vec<NameId>,
    args: Vec<Args>,
}

impl<'p, 'a> Decoder<'p, 'a> {
    /// Reads the tables, and gives the keys with them.
    pub(super) fn new(
        program: &'p Program<'a>,
        input: &mut Reader<'_>,
    ) -> Result<(Decoder<'p, 'a>, Vec<Key>), WireError> {
        let mut decoder = Decoder {
            program,
            names: vec![NameId::NONE],
            args: vec![Args::NONE],
        };
        for _ in 0..u32::get(input)? {
            decoder.names.push(program.intern(input.text()?));
        }
        for _ in 0..u32::get(input)? {
            let mut parts = Vec::new();
            for _ in 0..u32::get(input)? {
                parts.push(decoder.values(input)?);
            }
            decoder.args.push(program.intern_args(parts));
        }
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

    fn args(&self, input: &mut Reader<'_>) -> Result<Args, WireError> {
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

    fn key(&self, input: &mut Reader<'_>) -> Result<Key, WireError> {
        Ok(match u8::get(input)? {
            0 => Key::Return(self.sym(input)?),
            1 => Key::Binding(u32::get(input)?, u32::get(input)?),
            2 => Key::Field(self.sym(input)?, self.name(input)?),
            3 => Key::Param(self.sym(input)?, u32::get(input)?),
            4 => Key::ParamType(self.sym(input)?, u32::get(input)?),
            5 => Key::Declared(self.sym(input)?),
            6 => Key::Bound(self.sym(input)?, u32::get(input)?),
            7 => Key::Elements(u32::get(input)?, u32::get(input)?),
            8 => Key::Added(u32::get(input)?, u32::get(input)?),
            9 => Key::Keyed(u32::get(input)?, u32::get(input)?, self.name(input)?),
            10 => Key::Made(self.sym(input)?),
            11 => Key::Export(u32::get(input)?, u32::get(input)?),
            _ => return Err(input.error()),
        })
    }

    /// A set of values.
    pub(super) fn values(&self, input: &mut Reader<'_>) -> Result<Values, WireError> {
        let head = u32::get(input)?;
        if head & 1 == 1 {
            return Ok(Values::widened());
        }
        let item = |input: &mut Reader<'_>| {
            let rule = Rule::from_number(u8::get(input)?).ok_or_else(|| input.error())?;
            let value = self.value(input)?;
            Ok(Typed { value, rule })
        };
        match head >> 1 {
            0 => Ok(Values::unknown()),
            1 => item(input).map(|item| Values::one(item.value, item.rule)),
            count => {
                let mut items = Vec::new();
                for _ in 0..count {
                    items.push(item(input)?);
                }
                Ok(Values::of(items))
            }
        }
    }

    fn value(&self, input: &mut Reader<'_>) -> Result<Value, WireError> {
        Ok(match u8::get(input)? {
            0 => Value::Class(self.sym(input)?, self.args(input)?),
            1 => Value::Instance(self.sym(input)?, self.args(input)?),
            2 => Value::SelfOf(self.sym(input)?),
            3 => Value::SelfClassOf(self.sym(input)?),
            4 => Value::SuperOf(self.sym(input)?, u32::get(input)?),
            5 => Value::Variant(self.sym(input)?),
            6 => Value::Function(self.sym(input)?),
            7 => {
                let sym = self.sym(input)?;
                Value::Bound(sym, self.program.receiver(self.value(input)?))
            }
            8 => Value::Module(u32::get(input)?),
            9 => Value::Namespace(self.name(input)?),
            10 => Value::Outside(self.outside(input)?),
            11 => Value::OutsideInstance(self.outside(input)?),
            12 => Value::Made(u32::get(input)?, u32::get(input)?),
            13 => Value::Text(self.name(input)?),
            14 => Value::TypeVar(self.sym(input)?, u32::get(input)?),
            15 => Value::Tuple(self.args(input)?),
            16 => Value::Callable(self.args(input)?),
            _ => return Err(input.error()),
        })
    }

    fn outside(
        &self,
        input: &mut Reader<'_>,
    ) -> Result<crate::resolve::values::OutsideName, WireError> {
        let name = self.name(input)?;
        Ok(self.program.outside(&self.program.text(name)))
    }
}
