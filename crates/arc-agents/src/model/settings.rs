//! Which model is asked, and how: `[model]` of `arc.toml`, over it the environment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::transport::is_loopback;
use super::{ModelError, Prices};

/// The file with settings of a project.
const FILE: &str = "arc.toml";
const OPENAI: &str = "https://api.openai.com/v1";
const ANTHROPIC: &str = "https://api.anthropic.com";
/// The provider that asks nobody.
const REPLAY: &str = "replay";

/// What a server speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Chat completions of OpenAI, and of whatever speaks like it.
    OpenAi,
    /// Responses, as OpenAI has them.
    OpenAiResponses,
    /// Messages of Anthropic.
    Anthropic,
    /// The answers of a file, one after the other; nobody is asked.
    Replay(PathBuf),
}

impl Provider {
    fn from_name(name: &str) -> Option<Provider> {
        match name {
            "openai" => Some(Provider::OpenAi),
            "openai-responses" => Some(Provider::OpenAiResponses),
            "anthropic" => Some(Provider::Anthropic),
            REPLAY => Some(Provider::Replay(PathBuf::new())),
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
    /// What tokens cost; `None` where nobody said it.
    pub prices: Option<Prices>,
    /// What a session may cost.
    pub max_cost: Option<f64>,
    /// Where answers are written down.
    pub record: Option<PathBuf>,
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
    file: Option<PathBuf>,
    price_input: Option<f64>,
    price_output: Option<f64>,
    price_cached: Option<f64>,
    max_cost: Option<f64>,
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
            prices: None,
            max_cost: None,
            record: None,
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
        let provider = match set("ARC_MODEL_PROVIDER").or(table.provider.clone()) {
            Some(name) => Provider::from_name(&name).ok_or_else(|| {
                wrong(format!(
                    "no provider is called {name}; openai, openai-responses, anthropic and replay are"
                ))
            })?,
            None => Provider::OpenAi,
        };
        let prices = prices(&table)?;
        let max_cost = amount(set("ARC_MODEL_MAX_COST"))?.or(table.max_cost);
        if max_cost.is_some() && prices.is_none() {
            return Err(wrong(
                "max_cost needs price_input and price_output, per million tokens: no price is known here".to_owned(),
            ));
        }
        let record = set("ARC_MODEL_RECORD").map(PathBuf::from);
        let name = set("ARC_MODEL_NAME").or(table.name);
        if matches!(provider, Provider::Replay(_)) {
            let file = set("ARC_MODEL_FILE").map(PathBuf::from);
            let file = file.or(table.file.map(|file| root.join(file)));
            let file = file.ok_or_else(|| wrong("replay needs a file of answers".to_owned()))?;
            return Ok(ModelSettings {
                provider: Provider::Replay(file),
                name: name.unwrap_or_else(|| REPLAY.to_owned()),
                budget: budget(&set, table.max_tokens)?,
                prices,
                max_cost,
                record,
                ..ModelSettings::unset()
            });
        }
        let name = name.ok_or(ModelError::NotConfigured)?;
        let (base, key_variable, home) = match provider {
            Provider::OpenAi | Provider::OpenAiResponses | Provider::Replay(_) => {
                ("OPENAI_BASE_URL", "OPENAI_API_KEY", OPENAI)
            }
            Provider::Anthropic => ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", ANTHROPIC),
        };
        let base_url = set("ARC_MODEL_BASE_URL")
            .or(table.base_url.clone())
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
        // A file of the project may be anybody's: it does not decide alone where a key goes.
        let is_of_file = set("ARC_MODEL_BASE_URL").is_none() && table.base_url.is_some();
        let is_near = base_url == home || Url::parse(&base_url).is_ok_and(|url| is_loopback(&url));
        if key.is_some() && is_of_file && !is_near && set("ARC_MODEL_KEY_ENV").is_none() {
            return Err(wrong(format!(
                "{FILE} names the server {base_url}, and only you can say that it may have a key: set ARC_MODEL_KEY_ENV={key_variable}, or \
                 ARC_MODEL_BASE_URL"
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
            budget: budget(&set, table.max_tokens)?,
            streams: table.stream.unwrap_or(true),
            prices,
            max_cost,
            record,
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

fn budget(set: &dyn Fn(&str) -> Option<String>, table: Option<u64>) -> Result<u64, ModelError> {
    let own = number(set("ARC_MODEL_MAX_TOKENS"), "ARC_MODEL_MAX_TOKENS")?;
    Ok(own.or(table).unwrap_or(400_000))
}

/// The prices of a file, if it has both that are needed.
fn prices(table: &Table) -> Result<Option<Prices>, ModelError> {
    let (Some(input), Some(output)) = (table.price_input, table.price_output) else {
        return Ok(None);
    };
    let cached = table.price_cached.unwrap_or(input);
    for price in [input, output, cached] {
        checked(price, "a price")?;
    }
    Ok(Some(Prices {
        input,
        output,
        cached,
    }))
}

fn amount(text: Option<String>) -> Result<Option<f64>, ModelError> {
    let name = "ARC_MODEL_MAX_COST";
    text.map(|text| {
        let amount = text.trim().parse().map_err(|_| ModelError::BadSettings {
            why: format!("{name} is no number: {text}"),
        })?;
        checked(amount, name)
    })
    .transpose()
}

fn checked(amount: f64, name: &str) -> Result<f64, ModelError> {
    if amount.is_finite() && amount >= 0.0 {
        Ok(amount)
    } else {
        Err(ModelError::BadSettings {
            why: format!("{name} cannot be {amount}"),
        })
    }
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
    fn a_file_of_the_project_does_not_decide_where_a_key_goes() {
        let file = "[model]\nname = \"a\"\nbase_url = \"https://models.example.org/v1\"\nkey_env = \"MINE\"\n";
        let key = ("MINE", "topsecret");
        let refused = read(Some(file), &[key]).unwrap_err();
        assert!(
            refused.to_string().contains("ARC_MODEL_KEY_ENV=MINE"),
            "{refused}"
        );
        assert!(read(Some(file), &[]).is_ok(), "nothing is to be given away");
        for said in [
            ("ARC_MODEL_KEY_ENV", "MINE"),
            ("ARC_MODEL_BASE_URL", "https://models.example.org/v1"),
        ] {
            let settings = read(Some(file), &[key, said]).unwrap();
            assert_eq!(settings.key.as_deref(), Some("topsecret"));
        }
        let near = file.replace("https://models.example.org", "http://127.0.0.1:1");
        assert!(read(Some(&near), &[key]).is_ok());
    }

    #[test]
    fn money_needs_prices_and_answers_need_a_file() {
        let wrong = |file: &str| {
            let read = read(Some(file), &[("OPENAI_API_KEY", "k")]);
            assert!(
                matches!(read, Err(ModelError::BadSettings { .. })),
                "{file}"
            );
        };
        wrong("[model]\nname = \"a\"\nmax_cost = 1.0\n");
        wrong("[model]\nname = \"a\"\nprice_input = -1.0\nprice_output = 1.0\n");
        wrong("[model]\nprovider = \"replay\"\n");
        let file = "[model]\nprovider = \"replay\"\nfile = \"a.jsonl\"\nprice_input = 1.0\nprice_output = 2.0\n";
        let settings = read(Some(file), &[("ARC_MODEL_MAX_COST", "0.5")]).unwrap();
        assert!(matches!(settings.provider, Provider::Replay(file) if file.ends_with("a.jsonl")));
        assert_eq!(settings.max_cost, Some(0.5));
        assert_eq!(settings.prices.map(|prices| prices.cached), Some(1.0));
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
