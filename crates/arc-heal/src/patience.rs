//! How long is looked for: counted in time of processors, ours and that of the parsers, so that a busy machine finds what an idle one does.

use std::time::{Duration, Instant};

/// A span of work that ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Time of processors at the start, where the system tells it.
    spent: Option<Duration>,
    start: Instant,
    most: Duration,
}

/// How much longer than the work the clock may run.
const BUSY: u32 = 6;

impl Patience {
    /// A span that begins now.
    pub(crate) fn new(most: Duration) -> Patience {
        Patience {
            spent: spent(),
            start: Instant::now(),
            most,
        }
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        let elapsed = self.start.elapsed();
        if elapsed <= self.most {
            return false;
        }
        let own = self.spent.zip(spent());
        let worked = own.map_or(elapsed, |(before, now)| now.saturating_sub(before));
        worked > self.most || elapsed > self.most * BUSY
    }
}

/// What this process and the children that ended have had of processors.
fn spent() -> Option<Duration> {
    // Elsewhere than on Linux the clock counts alone.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program may hold blanks and brackets.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: u64 = fields
        .split(' ')
        .skip(11)
        .take(4)
        .map(|field| field.parse::<u64>().ok())
        .sum::<Option<u64>>()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS))
}

/// Ticks of a second, as Linux tells times to programs.
const TICKS: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_and_waiting_is_not() {
        let most = Duration::from_secs(1);
        let began = |seconds| Patience {
            start: Instant::now()
                .checked_sub(Duration::from_secs(seconds))
                .expect("the machine runs longer than that"),
            ..Patience::new(most)
        };
        assert!(!began(0).is_over());
        assert_eq!(began(2).is_over(), spent().is_none());
        assert!(began(7).is_over());
        let worked = Patience {
            spent: Some(Duration::ZERO),
            most: Duration::ZERO,
            ..began(2)
        };
        assert!(worked.is_over());
    }
}
