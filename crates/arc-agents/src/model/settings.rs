//! Which model is asked, and how: `[model]` of `arc.toml`, over it the environment.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::ModelError;

/// The file with settings of a project.
const FILE: &str = "arc.toml";
const OPENAI: &str = "https://api.openai.com/v1";
const ANTHROPIC: &str = "https://api.anthropic.com";

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Chat completions of OpenAI, and of whatever speaks like it.
    OpenAi,
    /// Responses, as OpenAI has them.
    OpenAiResponses,
    /// Messages of Anthropic.
    Anthropic,
}

impl Provider {
    fn from_name(name: &str) -> Option<Provider> {
        match name {
            "openai" => Some(Provider::OpenAi),
            "openai-responses" => Some(Provider::OpenAiResponses),
            "anthropic" => Some(Provider::Anthropic),
            _ => None,
        }
    }
}

/// Which model is asked.
#[derive(Clone, PartialEq)]
pub struct ModelSettings {
    /// What its server speaks.
    pub provider: Provider,
    /// Where its server is, up to the version.
    pub base_url: String,
    /// What it is called there.
    pub name: String,
    /// The variable with the key.
    pub key_variable: String,
    /// The key; `None` for servers that want none.
    pub key: Option<String>,
    /// How long nothing may come.
    pub timeout: Duration,
    /// Tokens of a session, 0 for no bound.
    pub budget: u64,
    /// Whether answers come in pieces.
    pub streams: bool,
}

impl std::fmt::Debug for ModelSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.key.as_ref().map(|_| "[hidden]");
        formatter
            .debug_struct("ModelSettings")
            .field("provider", &self.provider)
            .field("base_url", &self.base_url)
            .field("name", &self.name)
            .field("key", &key)
            .finish_non_exhaustive()
    }
}

#[derive(Default, Deserialize)]
struct File {
    model: Option<Table>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    provider: Option<String>,
    base_url: Option<String>,
    name: Option<String>,
    key_env: Option<String>,
    timeout: Option<u64>,
    max_tokens: Option<u64>,
    stream: Option<bool>,
}

impl ModelSettings {
    /// Settings that name no model: to show what would be sent.
    #[must_use]
    pub(super) fn unset() -> ModelSettings {
        ModelSettings {
            provider: Provider::OpenAi,
            base_url: OPENAI.to_owned(),
            name: "(no model is configured)".to_owned(),
            key_variable: String::new(),
            key: None,
            timeout: Duration::from_secs(1),
            budget: 0,
            streams: true,
        }
    }

    /// The settings of the project at `root`, with those of an environment over them.
    ///
    /// # Errors
    /// When no model is named, or a setting cannot be meant.
    pub fn read(
        root: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<ModelSettings, ModelError> {
        let table = table(root)?;
        let set = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
        let wrong = |why: String| ModelError::BadSettings { why };
        let provider = match set("ARC_MODEL_PROVIDER").or(table.provider) {
            Some(name) => Provider::from_name(&name).ok_or_else(|| {
                wrong(format!(
                    "no provider is called {name}; openai, openai-responses and anthropic are"
                ))
            })?,
            None => Provider::OpenAi,
        };
        let name = set("ARC_MODEL_NAME")
            .or(table.name)
            .ok_or(ModelError::NotConfigured)?;
        let (base, key_variable, home) = match provider {
            Provider::OpenAi | Provider::OpenAiResponses => {
                ("OPENAI_BASE_URL", "OPENAI_API_KEY", OPENAI)
            }
            Provider::Anthropic => ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", ANTHROPIC),
        };
        let base_url = set("ARC_MODEL_BASE_URL")
            .or(table.base_url)
            .or_else(|| set(base))
            .unwrap_or_else(|| home.to_owned());
        let base_url = base_url.trim_end_matches('/').to_owned();
        let key_variable = set("ARC_MODEL_KEY_ENV")
            .or(table.key_env)
            .unwrap_or_else(|| key_variable.to_owned());
        let key = set(&key_variable).map(|key| key.trim().to_owned());
        if key
            .as_ref()
            .is_some_and(|key| !key.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return Err(wrong(format!(
                "the key in {key_variable} has letters that no key has"
            )));
        }
        if key.is_none() && base_url == home {
            return Err(ModelError::NoKey {
                host: home.trim_start_matches("https://").to_owned(),
                variable: key_variable,
            });
        }
        Ok(ModelSettings {
            provider,
            base_url,
            name,
            key_variable,
            key,
            timeout: Duration::from_secs(
                number(set("ARC_MODEL_TIMEOUT"), "ARC_MODEL_TIMEOUT")?
                    .or(table.timeout)
                    .unwrap_or(120)
                    .max(1),
            ),
            budget: number(set("ARC_MODEL_MAX_TOKENS"), "ARC_MODEL_MAX_TOKENS")?
                .or(table.max_tokens)
                .unwrap_or(400_000),
            streams: table.stream.unwrap_or(true),
        })
    }
}

fn table(root: &Path) -> Result<Table, ModelError> {
    let path = root.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Table::default()),
        Err(error) => {
            return Err(ModelError::BadSettings {
                why: format!("cannot read {}: {error}", path.display()),
            });
        }
    };
    let file: File = toml::from_str(&text).map_err(|error| ModelError::BadSettings {
        why: format!("{FILE}: {}", error.to_string().trim_end()),
    })?;
    Ok(file.model.unwrap_or_default())
}

fn number(text: Option<String>, variable: &str) -> Result<Option<u64>, ModelError> {
    text.map(|text| {
        text.trim().parse().map_err(|_| ModelError::BadSettings {
            why: format!("{variable} is no number: {text}"),
        })
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: Option<&str>, set: &[(&str, &str)]) -> Result<ModelSettings, ModelError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if let Some(text) = file {
            std::fs::write(folder.path().join(FILE), text).expect("a new file");
        }
        let found = |name: &str| {
            let mut set = set.iter();
            set.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        ModelSettings::read(folder.path(), &found)
    }

    #[test]
    fn nothing_is_asked_without_a_name() {
        assert_eq!(read(None, &[]).unwrap_err(), ModelError::NotConfigured);
        let key_alone = read(None, &[("OPENAI_API_KEY", "k")]);
        assert_eq!(key_alone.unwrap_err(), ModelError::NotConfigured);
    }

    #[test]
    fn the_environment_goes_over_the_file_and_keys_are_in_no_file() {
        let file = "[model]\nname = \"a\"\nbase_url = \"http://127.0.0.1:1/v1/\"\ntimeout = 7\n";
        let settings = read(Some(file), &[("ARC_MODEL_NAME", "b")]).unwrap();
        assert_eq!(
            (&*settings.name, &*settings.base_url),
            ("b", "http://127.0.0.1:1/v1")
        );
        assert_eq!((settings.key, settings.timeout.as_secs()), (None, 7));
        let with_key = read(Some("[model]\nname = \"a\"\nkey = \"x\"\n"), &[]);
        assert!(matches!(with_key, Err(ModelError::BadSettings { .. })));
    }

    #[test]
    fn known_servers_want_a_key_and_it_is_not_shown() {
        let wanted = read(
            None,
            &[("ARC_MODEL_NAME", "m"), ("ARC_MODEL_PROVIDER", "anthropic")],
        );
        assert!(
            matches!(wanted, Err(ModelError::NoKey { variable, .. }) if variable == "ANTHROPIC_API_KEY")
        );
        let set = [
            ("ARC_MODEL_NAME", "m"),
            ("MINE", "topsecret"),
            ("ARC_MODEL_KEY_ENV", "MINE"),
        ];
        let settings = read(None, &set).unwrap();
        assert_eq!(settings.key.as_deref(), Some("topsecret"));
        assert!(!format!("{settings:?}").contains("topsecret"));
    }
}
