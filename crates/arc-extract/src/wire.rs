//! The bytes of cached facts: little varints, no self-description. Private to one version of `arc`: a reader of another
//! version drops the cache and reads the sources again.

use thin_vec::ThinVec;

/// The cached bytes are not what this version writes.
#[derive(Debug, thiserror::Error)]
#[error("cached facts are damaged at byte {at}")]
pub struct WireError {
    /// Where reading stopped.
    pub at: usize,
}

/// A cursor over cached bytes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// Whether everything has been read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// How many bytes were read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn error(&self) -> WireError {
        WireError { at: self.at }
    }

    fn byte(&mut self) -> Result<u8, WireError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.error())?;
        self.at += 1;
        Ok(byte)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, WireError> {
        let length = u32::get(self)? as usize;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| self.error())
    }

    /// `length`, but no more than the rest of the bytes could hold: a damaged length must not reserve memory.
    pub(crate) fn at_most(&self, length: u32) -> usize {
        (length as usize).min(self.bytes.len() - self.at)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let end = self.at.checked_add(length).ok_or_else(|| self.error())?;
        let taken = self.bytes.get(self.at..end).ok_or_else(|| self.error())?;
        self.at = end;
        Ok(taken)
    }
}

/// A value with a binary form.
pub(crate) trait Wire: Sized {
    /// Appends the value.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads the value.
    ///
    /// # Errors
    /// When the bytes are not such a value.
    fn get(input: &mut Reader<'_>) -> Result<Self, WireError>;
}

impl Wire for u32 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push((rest as u8 & 0x7f) | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    #[inline]
    fn get(input: &mut Reader<'_>) -> Result<u32, WireError> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = input.byte()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(input.error())
    }
}

impl Wire for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn get(input: &mut Reader<'_>) -> Result<u8, WireError> {
        input.byte()
    }
}

impl Wire for u16 {
    fn put(&self, out: &mut Vec<u8>) {
        u32::from(*self).put(out);
    }
    fn get(input: &mut Reader<'_>) -> Result<u16, WireError> {
        u16::try_from(u32::get(input)?).map_err(|_| input.error())
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn get(input: &mut Reader<'_>) -> Result<bool, WireError> {
        Ok(input.byte()? != 0)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u32).put(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn get(input: &mut Reader<'_>) -> Result<String, WireError> {
        input.text().map(str::to_owned)
    }
}

impl<T: Wire> Wire for ThinVec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_items(self, out);
    }
    fn get(input: &mut Reader<'_>) -> Result<ThinVec<T>, WireError> {
        let length = u32::get(input)?;
        let mut items = ThinVec::with_capacity(input.at_most(length));
        get_items(length, input, |item| items.push(item))?;
        Ok(items)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_items(self, out);
    }
    fn get(input: &mut Reader<'_>) -> Result<Vec<T>, WireError> {
        let length = u32::get(input)?;
        let mut items = Vec::with_capacity(input.at_most(length));
        get_items(length, input, |item| items.push(item))?;
        Ok(items)
    }
}

fn put_items<T: Wire>(items: &[T], out: &mut Vec<u8>) {
    (items.len() as u32).put(out);
    for item in items {
        item.put(out);
    }
}

fn get_items<T: Wire>(
    length: u32,
    input: &mut Reader<'_>,
    mut take: impl FnMut(T),
) -> Result<(), WireError> {
    for _ in 0..length {
        take(T::get(input)?);
    }
    Ok(())
}

/// Derives [`Wire`] for a struct of named fields.
macro_rules! wire {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident : $type:ty,)* }) => {
        $(#[$meta])*
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

        impl crate::wire::Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
            }
            fn get(input: &mut crate::wire::Reader<'_>) -> Result<Self, crate::wire::WireError> {
                Ok($name { $($field: crate::wire::Wire::get(input)?,)* })
            }
        }
    };
}

pub(crate) use wire;
