//! Many files at once: read in parallel, handed over in the order of the list, so that what is written does not depend on
//! which thread was faster.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crossbeam_channel::bounded;

/// Finished files that may wait for an earlier one.
const WAITING: usize = 64;

/// Runs `work` on every position below `count` and gives the results to `take`, in order. Stops early when `take` says so
/// by an error.
pub(crate) fn in_order<T: Send, E>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    if threads <= 1 || count <= 1 {
        return (0..count).try_for_each(|position| take(position, work(position)));
    }
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    thread::scope(|scope| {
        let (send, receive) = bounded::<(usize, T)>(WAITING);
        for _ in 0..threads.min(count) {
            let (send, next, stopped, work) = (send.clone(), &next, &stopped, &work);
            scope.spawn(move || {
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    if position >= count || stopped.load(Ordering::Relaxed) {
                        return;
                    }
                    // The receiver is gone only after an error, when nobody wants the result.
                    if send.send((position, work(position))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut waiting = BTreeMap::new();
        let mut expected = 0;
        for (position, result) in &receive {
            waiting.insert(position, result);
            while let Some(result) = waiting.remove(&expected) {
                if let Err(error) = take(expected, result) {
                    stopped.store(true, Ordering::Relaxed);
                    drop(receive);
                    return Err(error);
                }
                expected += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_an_error_stops_the_work() {
        let mut seen = Vec::new();
        let done: Result<(), ()> = in_order(
            500,
            4,
            |n| n * 2,
            |n, twice| {
                assert_eq!(twice, n * 2);
                seen.push(n);
                Ok(())
            },
        );
        assert_eq!(done, Ok(()));
        assert!(seen.iter().copied().eq(0..500));
        let stopped = in_order(
            100_000,
            4,
            |n| n,
            |n, _| if n == 10 { Err(n) } else { Ok(()) },
        );
        assert_eq!(stopped, Err(10));
    }
}
