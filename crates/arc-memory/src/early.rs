//! What has to be said before the first allocation, which is made before `main`: `arc run` needs a few pages, and to clear the huge one that it
//! would get takes a twentieth of its time on processors.

use std::ffi::{CStr, c_char, c_int, c_ulong};

/// `PR_SET_THP_DISABLE` of Linux.
const DENY_HUGE_PAGES: c_int = 41;

unsafe extern "C" {
    fn prctl(option: c_int, ...) -> c_int;
}

type Start = extern "C" fn(c_int, *const *const c_char, *const *const c_char);

/// The C library calls what stands here before `main`, with what `main` gets. The number puts it before the allocator's own.
#[used]
#[unsafe(link_section = ".init_array.00098")]
static START: Start = start;

extern "C" fn start(count: c_int, words: *const *const c_char, _: *const *const c_char) {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the C library of GNU passes the words that the program was started with: `count` of them, each with a NUL at its end,
    // and they stay for as long as the program runs.
    let words = (1..count).map(|place| unsafe { CStr::from_ptr(*words.add(place)) });
    if is_run(words.map(CStr::to_bytes)) {
        let (yes, unused): (c_ulong, c_ulong) = (1, 0);
        // SAFETY: this changes how memory is backed and nothing that is in it. A kernel without huge pages has none to deny.
        unsafe { prctl(DENY_HUGE_PAGES, yes, unused, unused, unused) };
    }
}

/// Whether the command is `run`. Options of all commands may stand before it.
fn is_run<'a>(mut words: impl Iterator<Item = &'a [u8]>) -> bool {
    words.find(|word| !word.starts_with(b"-")) == Some(b"run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_may_stand_before_the_command() {
        let is = |line: &str| is_run(line.split(' ').map(str::as_bytes));
        assert!(is("run -- true") && is("-q run -- true"));
        assert!(!is("heal run") && !is("-q"));
    }
}
