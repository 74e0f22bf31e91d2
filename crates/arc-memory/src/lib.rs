//! The allocator, and how long it keeps what was freed before the system has it back.
//!
//! A command ends soon and is quickest when it keeps everything. A server answers for days: what one large answer took would stay
//! with the thread that gave it until that thread allocates again.

#![expect(
    unsafe_code,
    reason = "an option of the allocator is set by a function of C, and there is no safe way to call one"
)]

use std::ffi::{c_int, c_long};

pub use mimalloc::MiMalloc as Allocator;

/// `mi_option_purge_delay` of mimalloc 2: milliseconds until freed pages go back to the system.
const PURGE_DELAY: c_int = 15;
/// What it is when nobody says otherwise.
const USUAL_DELAY: c_long = 10;
/// What it is for a server. At once (0) costs two fifths more of the processor for an answer; see `docs/decisions/0006-memory.md`.
const SERVER_DELAY: c_long = 1;

unsafe extern "C" {
    fn mi_option_get(option: c_int) -> c_long;
    fn mi_option_set(option: c_int, value: c_long);
    fn mi_collect(force: bool);
}

/// Gives freed memory back to the system sooner, from now on and for all threads. A delay that somebody chose by the environment
/// (`MIMALLOC_PURGE_DELAY`) stays.
pub fn give_back_soon() {
    if delay() == USUAL_DELAY {
        // SAFETY: the option exists (its value was read, and is the usual one of just this option), any number is a value of it,
        // and options may be set while other threads allocate.
        unsafe { mi_option_set(PURGE_DELAY, SERVER_DELAY) };
    }
}

/// Gives the system back now what this thread has freed. It takes about as long as taking that memory did: for the end of work that was
/// long.
pub fn give_back() {
    // SAFETY: it may be called at any time, and touches no memory that is in use.
    unsafe { mi_collect(true) };
}

fn delay() -> c_long {
    // SAFETY: it reads a number from a table; for what is no option it gives 0.
    unsafe { mi_option_get(PURGE_DELAY) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_the_option_that_it_is_taken_for() {
        // The place in the table belongs to the version of the allocator: with another one this fails.
        assert_eq!(delay(), USUAL_DELAY);
        give_back_soon();
        assert_eq!(delay(), SERVER_DELAY);
        // SAFETY: as in `give_back_soon`.
        unsafe { mi_option_set(PURGE_DELAY, 7) };
        give_back_soon();
        assert_eq!(delay(), 7, "what somebody chose stays");
    }
}
