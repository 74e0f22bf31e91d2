//! The allocator, and how long it keeps what was freed before the system has it back.
//!
//! A command ends soon and is quickest when it keeps everything. A server answers for days: what one large answer took would stay
//! with the thread that gave it until that thread allocates again. And `run` only starts another program: it does without huge pages (`early.rs`).

#![expect(
    unsafe_code,
    reason = "an option of the allocator is set by a function of C, one of the system before anything runs, and there is no safe way to call either"
)]

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod early;

use std::ffi::{c_int, c_long};

pub use mimalloc::MiMalloc as Allocator;

/// `mi_option_purge_delay` of mimalloc 2: milliseconds until freed pages go back to the system.
const PURGE_DELAY: c_int = 15;
/// What it is when nobody says otherwise.
const USUAL_DELAY: c_long = 10;
/// What it is for what ends soon: never, not even when it ends, since all goes back then anyway.
const NO_PURGE: c_long = -1;
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
    replace_usual_delay(SERVER_DELAY);
}

/// Gives no freed memory back to the system, from now on and for all threads. A delay that somebody chose stays, as in [`give_back_soon`].
pub fn give_nothing_back() {
    replace_usual_delay(NO_PURGE);
}

fn replace_usual_delay(by: c_long) {
    if delay() == USUAL_DELAY {
        set_delay(by);
    }
}

/// Gives the system back now what this thread has freed. It takes about as long as taking that memory did: for the end of work that was
/// long.
pub fn give_back() {
    // SAFETY: it may be called at any time, and touches no memory that is in use.
    unsafe { mi_collect(true) };
}

fn set_delay(delay: c_long) {
    // SAFETY: the option exists (a test reads its usual value), any number is a value of it, and options may be set while other
    // threads allocate.
    unsafe { mi_option_set(PURGE_DELAY, delay) };
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
        set_delay(7);
        give_back_soon();
        give_nothing_back();
        assert_eq!(delay(), 7, "what somebody chose stays");
        set_delay(USUAL_DELAY);
        give_nothing_back();
        assert_eq!(delay(), NO_PURGE);
    }
}
