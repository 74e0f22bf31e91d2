//! The inside of a sandbox as a program of its own. `arc-sandbox` carries it within itself; nobody else has a reason to start it.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    {
        arc_inside::enter()
    }
    #[cfg(not(target_os = "linux"))]
    {
        ExitCode::from(5)
    }
}
