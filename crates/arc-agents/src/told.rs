//! What another agent said, as it stands in its JSON: `arc.review/1` and `arc.impact/1`. Steps may run in other processes.

use serde::Deserialize;
use serde_json::Value;

/// What a review said.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ToldReview {
    pub(crate) findings: Vec<ToldFinding>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ToldFinding {
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) severity: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) line: Option<u32>,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) explanation: Option<String>,
}

/// What an impact said.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ToldImpact {
    #[serde(default)]
    pub(crate) targets: Vec<ToldPlace>,
    #[serde(default)]
    pub(crate) impacted: Vec<ToldRow>,
    #[serde(default)]
    pub(crate) tests: Vec<ToldRow>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ToldPlace {
    pub(crate) path: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ToldRow {
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) symbol: Option<String>,
    #[serde(default)]
    pub(crate) line: Option<u32>,
    #[serde(default)]
    pub(crate) reasons: Vec<ToldReason>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ToldReason {
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) at: Vec<String>,
}

impl ToldReview {
    /// Reads what `arc review --json` printed.
    ///
    /// # Errors
    /// When it is something else, with why.
    pub fn read(value: &Value) -> Result<ToldReview, String> {
        read(value, "arc.review/1")
    }
}

impl ToldImpact {
    /// Reads what `arc impact --json` printed.
    ///
    /// # Errors
    /// When it is something else, with why.
    pub fn read(value: &Value) -> Result<ToldImpact, String> {
        read(value, "arc.impact/1")
    }

    /// The files that it is about.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.targets
            .iter()
            .filter_map(|target| target.path.as_deref())
    }
}

fn read<T: for<'de> Deserialize<'de>>(value: &Value, schema: &str) -> Result<T, String> {
    let found = value["schema"].as_str().unwrap_or("none");
    if found != schema {
        return Err(format!("its schema is {found}, not {schema}"));
    }
    T::deserialize(value).map_err(|error| error.to_string())
}
