//! What was healed, sent to the collector of OpenTelemetry that the environment names; nothing where it names none.

use std::io::Write as _;
use std::path::Path;

use arc_heal::{ExportError, Exported, Exporter, read_log};

use super::tickets::variable;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::inert;

/// Sends a session that ended. What keeps it from coming through is said, and changes nothing else.
pub(crate) fn send_session(root: &Path, session: &str, context: &Context) {
    let sent = Exporter::from_environment(&variable).and_then(|exporter| {
        let Some(exporter) = exporter else {
            return Ok(Exported::default());
        };
        // A log that cannot be read has nothing to tell here; `arc heal log` says why.
        match read_log(root) {
            Ok(told) => exporter.send(&told, Some(session)),
            Err(_) => Ok(Exported::default()),
        }
    });
    match sent {
        Ok(exported) => note_rejected(&exported, context),
        Err(error) => context.note(&inert(&format!("telemetry was not sent: {error}"))),
    }
}

/// Sends the whole log.
pub(crate) fn send_log(root: &Path, context: &mut Context) -> Result<Outcome, Failure> {
    let told = read_log(root)?;
    let exporter = Exporter::from_environment(&variable)?.ok_or_else(|| Failure::Usage {
        message: "no collector is configured".to_owned(),
        hints: vec![
            "OTEL_EXPORTER_OTLP_ENDPOINT names one, like `http://localhost:4318`".to_owned(),
        ],
    })?;
    let exported = exporter.send(&told, None)?;
    note_rejected(&exported, context);
    let sessions = if exported.spans == 1 {
        "session"
    } else {
        "sessions"
    };
    writeln!(context.out, "sent {} {sessions}", exported.spans)?;
    Ok(if told.broken_at.is_none() && exported.rejected == 0 {
        Outcome::Done
    } else {
        Outcome::No
    })
}

fn note_rejected(exported: &Exported, context: &Context) {
    if exported.rejected > 0 {
        context.note(&inert(&format!(
            "the collector did not keep {} of what was sent: {}",
            exported.rejected, exported.said
        )));
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Failure {
        let message = inert(&error.to_string());
        match error {
            ExportError::BadSettings { .. } => Failure::usage(message),
            ExportError::Setup { .. }
            | ExportError::Unreachable { .. }
            | ExportError::TimedOut { .. }
            | ExportError::Cut { .. }
            | ExportError::Refused { .. } => Failure::Network {
                message,
                causes: Vec::new(),
                hints: Vec::new(),
            },
        }
    }
}
