//! How much a command uses, looked at many times a second.

use std::time::{Duration, Instant};

use arc_inside::{Processes, field};

use super::control_group::ControlGroup;
use crate::{Limit, Limits};

/// Processes that were stopped to be counted are not counted again for no longer than this.
const LONGEST_REST: Duration = Duration::from_millis(50);

/// How the use of a command is looked at.
pub(super) struct Meter {
    pub(super) group: Option<ControlGroup>,
    pub(super) processes: Option<Processes>,
    /// Ticks of the clock in which the kernel counts the time of processes, in a second.
    ticks: u64,
    seen: Use,
    counted: Option<Counted>,
}

/// The last time that what processes share was counted once.
#[derive(Clone, Copy, Debug)]
struct Counted {
    /// What they had, each by itself.
    sum: u64,
    /// What they had together.
    total: u64,
    /// They stood while they were counted, and are left alone for as long after that.
    until: Instant,
}

impl Counted {
    /// Whether they cannot have more than `most` by now, with a `sum` of what each has. What they shared and write to since
    /// shows in no sum; only the time bounds it.
    fn still_holds(&self, sum: u64, most: u64) -> bool {
        let grown = sum.saturating_sub(self.sum);
        grown <= most.saturating_sub(self.total) && Instant::now() < self.until
    }
}

/// What was used, as far as it was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Use {
    pub(super) peak_memory: u64,
    pub(super) peak_tasks: u32,
    pub(super) cpu: Duration,
}

impl Meter {
    pub(super) fn new(group: Option<ControlGroup>) -> Meter {
        Meter {
            group,
            processes: None,
            ticks: rustix::param::clock_ticks_per_second(),
            seen: Use::default(),
            counted: None,
        }
    }

    /// Whether there is nothing to look at.
    pub(super) fn is_blind(&self) -> bool {
        self.group.is_none() && self.processes.is_none()
    }

    /// How long to wait between two looks. Without a group only a look can see that there is too much memory in use.
    pub(super) fn pause(&self) -> Duration {
        match self.group {
            Some(_) => Duration::from_millis(20),
            None => Duration::from_millis(3),
        }
    }

    /// Looks, and says which limit is exceeded.
    pub(super) fn look(&mut self, limits: &Limits) -> Option<Limit> {
        match &self.group {
            Some(group) => {
                self.seen.peak_memory = group.peak_memory();
                self.seen.peak_tasks = self.seen.peak_tasks.max(group.tasks());
                if let Some(cpu) = group.cpu() {
                    self.seen.cpu = cpu;
                }
                if group.is_out_of_memory() {
                    return Some(Limit::Memory);
                }
            }
            None => {
                let now = self.sum();
                self.seen.peak_tasks = self.seen.peak_tasks.max(now.peak_tasks);
                self.seen.cpu = self.seen.cpu.max(now.cpu);
                // Memory that processes share is counted once for each of them, so a sum that is too large is looked at again.
                let memory = if now.peak_memory > limits.memory {
                    self.shared_once(now.peak_memory, limits.memory)
                        .unwrap_or(now.peak_memory)
                } else {
                    now.peak_memory
                };
                self.seen.peak_memory = self.seen.peak_memory.max(memory);
                if memory > limits.memory {
                    return Some(Limit::Memory);
                }
                if now.peak_tasks > limits.processes {
                    return Some(Limit::Processes);
                }
            }
        }
        limits
            .cpu
            .is_some_and(|most| self.seen.cpu > most)
            .then_some(Limit::Cpu)
    }

    /// Everything seen so far.
    pub(super) fn seen(&self) -> Use {
        self.seen
    }

    /// Whether a process could not be started.
    pub(super) fn met_processes(&self, limits: &Limits) -> bool {
        match &self.group {
            Some(group) => group.met_processes(),
            None => self.seen.peak_tasks >= limits.processes,
        }
    }

    /// What all processes use now.
    fn sum(&self) -> Use {
        let mut sum = Use::default();
        let Some(processes) = &self.processes else {
            return sum;
        };
        processes.each("status", |status| {
            sum.peak_tasks += field(status, "Threads:")
                .map_or(1, |threads| u32::try_from(threads).unwrap_or(u32::MAX));
            for name in ["VmRSS:", "VmPTE:", "VmSwap:"] {
                sum.peak_memory += field(status, name).unwrap_or(0) << 10;
            }
        });
        let mut ticks = 0;
        processes.each("stat", |stat| ticks += cpu_ticks(stat).unwrap_or(0));
        sum.peak_tasks = sum.peak_tasks.saturating_sub(processes.own());
        sum.cpu = Duration::from_millis(ticks * 1000 / self.ticks.max(1));
        sum
    }

    /// The memory of all processes, with what they share counted once, when each by itself has `sum` together. Nothing when it
    /// cannot be told. That takes longer the more they have, so they stand meanwhile; when it is more than `most` they are not
    /// let go.
    fn shared_once(&mut self, sum: u64, most: u64) -> Option<u64> {
        let known = self.counted.filter(|known| known.still_holds(sum, most));
        if let Some(known) = known {
            return Some(known.total);
        }
        let began = Instant::now();
        let (mut total, mut is_known) = (0, false);
        let processes = self.processes.as_ref()?;
        let held = processes.hold();
        processes.each("smaps_rollup", |rollup| {
            for name in ["Pss:", "SwapPss:"] {
                if let Some(size) = field(rollup, name) {
                    total += size << 10;
                    is_known = true;
                }
            }
        });
        processes.each("status", |status| {
            total += field(status, "VmPTE:").unwrap_or(0) << 10;
        });
        if !is_known {
            return None;
        }
        if total <= most {
            held.release();
            let now = Instant::now();
            let until = now + (now - began).min(LONGEST_REST);
            self.counted = Some(Counted { sum, total, until });
        }
        Some(total)
    }
}

/// User and system time of a process and of its children that were waited for. The name before may hold anything but ends with `)`.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let times: Vec<u64> = rest
        .split_whitespace()
        .skip(11)
        .take(4)
        .map_while(|number| number.parse().ok())
        .collect();
    (times.len() == 4).then(|| times.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_holds_while_what_grew_fits_and_for_a_while() {
        let later = Instant::now() + Duration::from_secs(3600);
        let counted = |until| Counted {
            sum: 900,
            total: 300,
            until,
        };
        assert!(counted(later).still_holds(1_100, 500));
        assert!(counted(later).still_holds(700, 500));
        assert!(!counted(later).still_holds(1_101, 500));
        assert!(!counted(Instant::now()).still_holds(900, 500));
    }

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_times() {
        let stat = "7 (a) b 9 9 9 () R 1 1 1 0 -1 4194304 100 0 0 0 11 22 3 4 20 0 1 0";
        assert_eq!(cpu_ticks(stat), Some(40));
        assert_eq!(cpu_ticks("7 (a"), None);
    }
}
