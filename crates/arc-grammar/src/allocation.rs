//! How much memory parsing asks for. What a parser does between two tokens it does with memory: a text that sends it into
//! its recovery from errors again and again has it copy all that it read so far, in quadratic time and space, and nothing
//! else shows that. The same text asks for the same on every machine.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::Once;

use tree_sitter::{Allocator, Parser};

thread_local! {
    static ALLOCATED: Cell<u64> = const { Cell::new(0) };
}

/// A parser whose allocations are counted. There are no others in the program.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where parsers come from")]
pub fn parser() -> Parser {
    static COUNTING: Once = Once::new();
    COUNTING.call_once(|| {
        let allocator = Allocator {
            malloc,
            calloc,
            realloc,
            free: libc::free,
        };
        // SAFETY: nothing was parsed yet, since this is where parsers come from; the functions are those of C with a counter
        // beside them.
        unsafe { tree_sitter::set_allocator(Some(allocator)) };
    });
    Parser::new()
}

/// The bytes that parsers of this thread have asked for so far, whether they gave them back or not.
#[must_use]
pub fn allocated() -> u64 {
    ALLOCATED.get()
}

fn count(bytes: usize) {
    ALLOCATED.set(ALLOCATED.get().wrapping_add(bytes as u64));
}

/// Parsers look at no pointer that they get: as without us, a machine without memory ends the process.
fn there(memory: *mut c_void, bytes: usize) -> *mut c_void {
    if memory.is_null() && bytes > 0 {
        std::process::abort();
    }
    memory
}

unsafe extern "C" fn malloc(bytes: usize) -> *mut c_void {
    count(bytes);
    // SAFETY: any size may be asked for.
    there(unsafe { libc::malloc(bytes) }, bytes)
}

unsafe extern "C" fn calloc(items: usize, bytes: usize) -> *mut c_void {
    let all = items.saturating_mul(bytes);
    count(all);
    // SAFETY: any size may be asked for.
    there(unsafe { libc::calloc(items, bytes) }, all)
}

unsafe extern "C" fn realloc(memory: *mut c_void, bytes: usize) -> *mut c_void {
    count(bytes);
    // SAFETY: parsers pass what these functions gave them.
    there(unsafe { libc::realloc(memory, bytes) }, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_parsing(text: &str) -> u64 {
        let mut parser = parser();
        parser.set_language(&crate::python()).unwrap();
        let before = allocated();
        parser.parse(text, None).unwrap();
        allocated() - before
    }

    #[test]
    fn the_same_text_asks_for_the_same() {
        let text = "def f(a):\n    return [a, 'b']\n".repeat(100);
        let here = of_parsing(&text);
        assert!(here > text.len() as u64, "{here}");
        let there = std::thread::scope(|scope| {
            let other = scope.spawn(|| (of_parsing(&text), of_parsing(&text)));
            other.join().unwrap()
        });
        assert_eq!(there, (here, here));
    }
}
