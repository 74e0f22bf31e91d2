//! The threads that calls run on. The one that ended a call last gets the next one, so that whoever asks one thing at a time is
//! answered by one thread: what a call allocates and frees is kept by its thread for the next, and many threads keep as much
//! many times.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use arc_memory::give_back;
use tokio::sync::oneshot;

/// How long a thread waits for something to do.
const PATIENCE: Duration = Duration::from_secs(10);
/// What takes longer has taken megabytes of memory for the moment. Shorter work goes on with what it has.
const LONG: Duration = Duration::from_millis(20);

type Job = Box<dyn FnOnce() + Send>;

/// Threads that run what may wait. There are as many as calls run at once: that is for whoever hands them out to bound.
#[derive(Default)]
pub(crate) struct Workers {
    idle: Arc<Idle>,
}

/// The threads that wait, the one that has waited least last.
#[derive(Default)]
struct Idle {
    waiting: Mutex<Vec<(u64, Sender<Job>)>>,
    names: AtomicU64,
}

impl Workers {
    /// Runs something on a thread that may wait; `None` when it panicked, or no thread could be had.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (done, told) = oneshot::channel();
        self.start(Box::new(move || {
            // Nobody may wait for it any more.
            let _ = done.send(work());
        }));
        told.await.ok()
    }

    fn start(&self, mut job: Job) {
        loop {
            let last = self.idle.waiting().pop();
            let Some((_, worker)) = last else {
                break;
            };
            match worker.send(job) {
                Ok(()) => return,
                // The thread is gone.
                Err(mpsc::SendError(back)) => job = back,
            }
        }
        let idle = Arc::clone(&self.idle);
        let thread = thread::Builder::new().name("arc-worker".to_owned());
        // Without a thread the job is dropped, and whoever waits for it hears that.
        let _ = thread.spawn(move || idle.work(job));
    }
}

impl Idle {
    fn waiting(&self) -> MutexGuard<'_, Vec<(u64, Sender<Job>)>> {
        // Whoever panicked with the list in hand left a list of threads.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does one job after the other. One that panics takes the thread with it, and no other.
    fn work(&self, mut job: Job) {
        let name = self.names.fetch_add(1, Ordering::Relaxed);
        let (sender, jobs) = mpsc::channel();
        loop {
            let started = Instant::now();
            job();
            if started.elapsed() > LONG {
                give_back();
            }
            self.waiting().push((name, sender.clone()));
            match self.next(name, &jobs) {
                Some(next) => job = next,
                None => return,
            }
        }
    }

    fn next(&self, name: u64, jobs: &Receiver<Job>) -> Option<Job> {
        match jobs.recv_timeout(PATIENCE) {
            Ok(job) => return Some(job),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        let mut waiting = self.waiting();
        let place = waiting.iter().position(|(other, _)| *other == name);
        if let Some(place) = place {
            waiting.remove(place);
            return None;
        }
        drop(waiting);
        // Somebody has taken it from the list this moment.
        jobs.recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_after_the_other_is_one_thread_and_a_panic_is_told() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let workers = Workers::default();
        runtime.block_on(async {
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..50 {
                let name = workers
                    .run(|| format!("{:?}", thread::current().id()))
                    .await;
                seen.insert(name.unwrap());
                // The thread says that it waits after it has told what it found.
                while workers.idle.waiting().is_empty() {
                    thread::yield_now();
                }
            }
            assert_eq!(seen.len(), 1);
            let (go, wait) = mpsc::channel::<()>();
            let slow = workers.run(move || wait.recv().is_ok());
            let quick = async {
                let found = workers.run(|| 7).await;
                go.send(()).unwrap();
                found
            };
            assert_eq!(tokio::join!(slow, quick), (Some(true), Some(7)));
            let failed: Option<()> = workers.run(|| panic!("inside")).await;
            assert_eq!(failed, None);
            assert_eq!(workers.run(|| 8).await, Some(8));
        });
    }
}
