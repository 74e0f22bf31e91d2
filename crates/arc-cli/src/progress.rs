//! Progress of long work on standard error, for people only.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_agents::Watch;
use arc_project::{Progress, Stage};
use indicatif::{ProgressBar, ProgressStyle};

/// Ctrl-C was pressed. A process has one handler, whatever it watches one after the other.
static IS_CANCELLED: AtomicBool = AtomicBool::new(false);
static LISTENS: Once = Once::new();
/// Nothing is being done that could be ended in order.
static IS_IDLE: AtomicBool = AtomicBool::new(false);

/// Shows the stage and its count, and knows whether Ctrl-C was pressed.
pub(crate) struct Watcher {
    bar: ProgressBar,
}

impl Watcher {
    pub(crate) fn new(shows: bool) -> Watcher {
        let bar = if shows {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        if shows {
            bar.set_style(style("{spinner} {msg} {pos}"));
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Watcher { bar }
    }

    /// Makes Ctrl-C end the work in order. Without that it ends the process at once, which the graph survives as well.
    fn listen() {
        let _ = ctrlc::set_handler(|| {
            if IS_CANCELLED.swap(true, Ordering::Relaxed) || IS_IDLE.load(Ordering::Relaxed) {
                leave();
            }
        });
    }

    /// Listens to Ctrl-C from now on.
    pub(crate) fn attend(&self) {
        LISTENS.call_once(Watcher::listen);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Watcher {
    fn report(&self, stage: Stage, done: u64, total: u64) {
        // A handler is a thread, and most looks at the tree end before one would have started.
        if stage != Stage::Walk {
            self.attend();
        }
        if self.bar.is_hidden() {
            return;
        }
        let message = match stage {
            Stage::Walk => "listing files",
            Stage::Extract => "reading files",
            Stage::Resolve => "resolving references",
            Stage::History => "reading commits",
            Stage::Write => "writing the graph",
            Stage::Replay => "asking about past commits",
            Stage::Tickets => "reading pull requests and issues",
            Stage::Wait => "waiting for another build of this graph",
        };
        if self.bar.message() != message {
            self.bar.set_message(message);
            self.bar.set_style(style(if total > 0 {
                "{spinner} {msg} {pos}/{len} {wide_bar:.dim}"
            } else {
                "{spinner} {msg} {pos}"
            }));
        }
        if total > 0 {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    fn is_cancelled(&self) -> bool {
        IS_CANCELLED.load(Ordering::Relaxed)
    }
}

impl Watch for Watcher {
    fn is_cancelled(&self) -> bool {
        Progress::is_cancelled(self)
    }

    fn note(&self, text: &str) {
        if !self.bar.is_hidden() {
            self.bar.set_style(style("{spinner} {msg}"));
            self.bar.set_message(crate::output::inert(text));
        }
    }
}

/// Waits for a person. Ctrl-C ends the process meanwhile, and what it was pressed for before is over.
pub(crate) fn while_idle<T>(wait: impl FnOnce() -> T) -> T {
    IS_CANCELLED.store(false, Ordering::Relaxed);
    IS_IDLE.store(true, Ordering::Relaxed);
    let waited = wait();
    IS_IDLE.store(false, Ordering::Relaxed);
    waited
}

/// The second Ctrl-C does not wait for a stage that takes long: the graph survives that as it survives a kill.
#[expect(clippy::exit, reason = "nothing is left to be done in order")]
fn leave() {
    std::process::exit(130)
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are well formed")
}
