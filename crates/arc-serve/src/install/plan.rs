//! A change of a client's file: shown first, then made, with the old file kept beside it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use arc_project::replace_file;
use serde_json::Value;
use toml_edit::{DocumentMut, Item, Table};

use super::clients::{Client, Places, Scope, Shape};
use super::jsonc;

/// What our entry is called in every file.
const NAME: &str = "arc";
/// Lines around a change that are shown.
const AROUND: usize = 2;
/// Bytes of a file that is changed.
const MAX_FILE: u64 = 64 << 20;

/// A client's file cannot be changed; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The client has no file of this scope.
    #[error("{client} keeps no servers in a project; use --scope user")]
    NoFile {
        /// The client.
        client: &'static str,
    },
    /// The file is not of the shape that the client reads.
    #[error("{path} is not changed: {why}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file cannot be read or written.
    #[error("cannot {doing} {path}")]
    File {
        /// The verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else wrote the file meanwhile.
    #[error("{path} was changed by somebody else; nothing was written")]
    Raced {
        /// The file.
        path: PathBuf,
    },
}

/// How a client's file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Our entry is there as we write it.
    Installed,
    /// An entry of our name is there, and another one.
    Different,
    /// There is none.
    Absent,
}

/// What a file is to become.
#[derive(Debug)]
pub struct Plan {
    /// The file.
    pub path: PathBuf,
    /// As it is; `None` when there is none.
    before: Option<String>,
    /// As it is to be; `None` when it is to go.
    after: Option<String>,
}

/// The plan that tells a client about `arc serve`.
///
/// # Errors
/// See [`InstallError`].
pub fn plan_install(client: &Client, scope: Scope, places: &Places) -> Result<Plan, InstallError> {
    let (path, before) = read(client, scope, places)?;
    let text = before.as_deref().unwrap_or("");
    let entry = client.entry(places);
    if standing_of(client, text, &entry, &path)? == Standing::Installed {
        return Ok(Plan {
            path,
            after: before.clone(),
            before,
        });
    }
    let wrong = |why| InstallError::Shape {
        path: path.clone(),
        why,
    };
    let after = match client.shape {
        Shape::Json(list) | Shape::TypedJson(list) | Shape::CustomJson(list) => {
            jsonc::set(text, list, NAME, &entry).map_err(wrong)?
        }
        Shape::Toml(list) => set_toml(text, list, &entry).map_err(wrong)?,
    };
    Ok(Plan {
        path,
        before,
        after: Some(after),
    })
}

/// The plan that takes our entry back.
///
/// # Errors
/// See [`InstallError`].
pub fn plan_uninstall(
    client: &Client,
    scope: Scope,
    places: &Places,
) -> Result<Plan, InstallError> {
    let (path, before) = read(client, scope, places)?;
    let wrong = |why| InstallError::Shape {
        path: path.clone(),
        why,
    };
    let after = match (&before, client.shape) {
        (None, _) => None,
        (Some(text), Shape::Json(list) | Shape::TypedJson(list) | Shape::CustomJson(list)) => {
            jsonc::remove(text, list, NAME).map_err(wrong)?
        }
        (Some(text), Shape::Toml(list)) => remove_toml(text, list).map_err(wrong)?,
    };
    Ok(Plan {
        path,
        before,
        after,
    })
}

/// How a client's file stands, and which one it is.
///
/// # Errors
/// See [`InstallError`].
pub fn standing(
    client: &Client,
    scope: Scope,
    places: &Places,
) -> Result<(PathBuf, Standing), InstallError> {
    let (path, text) = read(client, scope, places)?;
    let entry = client.entry(places);
    let standing = standing_of(client, text.as_deref().unwrap_or(""), &entry, &path)?;
    Ok((path, standing))
}

fn standing_of(
    client: &Client,
    text: &str,
    entry: &Value,
    path: &Path,
) -> Result<Standing, InstallError> {
    let found = match client.shape {
        Shape::Json(list) | Shape::TypedJson(list) | Shape::CustomJson(list) => {
            jsonc::entry(text, list, NAME)
        }
        Shape::Toml(list) => toml_entry(text, list),
    };
    let found = found.map_err(|why| InstallError::Shape {
        path: path.to_owned(),
        why,
    })?;
    Ok(match found {
        None => Standing::Absent,
        Some(found) if found == *entry => Standing::Installed,
        Some(_) => Standing::Different,
    })
}

fn read(
    client: &Client,
    scope: Scope,
    places: &Places,
) -> Result<(PathBuf, Option<String>), InstallError> {
    let path = client.file(scope, places).ok_or(InstallError::NoFile {
        client: client.title,
    })?;
    // Settings are often links into a folder that is kept elsewhere: the link stays, what it leads to is changed.
    let path = path.canonicalize().unwrap_or(path);
    let text = read_text(&path)?;
    Ok((path, text))
}

fn read_text(path: &Path) -> Result<Option<String>, InstallError> {
    let failed = |source| InstallError::File {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.is_file() || metadata.len() > MAX_FILE => {
            return Err(failed(io::ErrorKind::InvalidData.into()));
        }
        Ok(_) => {}
    }
    fs::read_to_string(path).map(Some).map_err(failed)
}

impl Plan {
    /// Whether the file becomes another one.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.before != self.after
    }

    /// The lines that go and come, with a few around them.
    #[must_use]
    pub fn difference(&self) -> String {
        let old: Vec<&str> = self.before.as_deref().unwrap_or("").lines().collect();
        let new: Vec<&str> = self.after.as_deref().unwrap_or("").lines().collect();
        let same = old.iter().zip(&new).take_while(|(old, new)| old == new);
        let first = same.count();
        let ends = old[first..].iter().rev().zip(new[first..].iter().rev());
        let last = ends.take_while(|(old, new)| old == new).count();
        let mut text = String::new();
        for line in &old[first.saturating_sub(AROUND)..first] {
            text.push_str(&format!("  {line}\n"));
        }
        for line in &old[first..old.len() - last] {
            text.push_str(&format!("- {line}\n"));
        }
        for line in &new[first..new.len() - last] {
            text.push_str(&format!("+ {line}\n"));
        }
        for line in old[old.len() - last..].iter().take(AROUND) {
            text.push_str(&format!("  {line}\n"));
        }
        text
    }

    /// Makes the change. The old file is kept beside the new one, under the name that is given back.
    ///
    /// # Errors
    /// See [`InstallError`]; the file is then as it was.
    pub fn apply(&self) -> Result<Option<PathBuf>, InstallError> {
        let failed = |doing: &'static str| {
            let path = self.path.clone();
            move |source| InstallError::File {
                doing,
                path,
                source,
            }
        };
        if read_text(&self.path)? != self.before {
            return Err(InstallError::Raced {
                path: self.path.clone(),
            });
        }
        let mut kept = None;
        if self.before.is_some() {
            let place = self.free_name();
            fs::copy(&self.path, &place).map_err(failed("copy"))?;
            kept = Some(place);
        }
        let Some(after) = &self.after else {
            fs::remove_file(&self.path).map_err(failed("remove"))?;
            return Ok(kept);
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
        // Clients read it whenever they like.
        replace_file(&self.path, &mut |file| file.write_all(after.as_bytes()))
            .map_err(failed("write"))?;
        Ok(kept)
    }

    /// A name beside the file that nobody has.
    fn free_name(&self) -> PathBuf {
        let named = |end: String| {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            PathBuf::from(name)
        };
        let mut place = named(".arc-backup".to_owned());
        let mut count = 2;
        while place.exists() {
            place = named(format!(".arc-backup-{count}"));
            count += 1;
        }
        place
    }
}

fn toml(text: &str) -> Result<DocumentMut, String> {
    text.parse()
        .map_err(|error: toml_edit::TomlError| error.to_string())
}

fn toml_entry(text: &str, list: &str) -> Result<Option<Value>, String> {
    let document = toml(text)?;
    let entry = document.get(list).and_then(|list| list.get(NAME));
    let Some(entry) = entry.and_then(Item::as_table_like) else {
        return Ok(entry.map(|_| Value::Null));
    };
    let mut value = serde_json::Map::new();
    for (key, item) in entry.iter() {
        let item = match (item.as_str(), item.as_array()) {
            (Some(text), _) => Value::from(text),
            (None, Some(array)) => array.iter().map(|item| item.as_str()).collect(),
            (None, None) => Value::Null,
        };
        value.insert(key.to_owned(), item);
    }
    Ok(Some(Value::Object(value)))
}

fn set_toml(text: &str, list: &str, entry: &Value) -> Result<String, String> {
    let mut document = toml(text)?;
    let tables = document.entry(list).or_insert_with(|| {
        let mut table = Table::new();
        // Only the tables inside it are written.
        table.set_implicit(true);
        Item::Table(table)
    });
    let tables = tables
        .as_table_like_mut()
        .ok_or_else(|| format!("{list} is no table"))?;
    let mut table = Table::new();
    for (key, value) in entry.as_object().into_iter().flatten() {
        let item = match value {
            Value::Array(values) => {
                let texts = values.iter().filter_map(Value::as_str);
                toml_edit::value(toml_edit::Array::from_iter(texts))
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => toml_edit::value(value.as_str().unwrap_or_default()),
        };
        table.insert(key, item);
    }
    tables.insert(NAME, Item::Table(table));
    Ok(document.to_string())
}

fn remove_toml(text: &str, list: &str) -> Result<Option<String>, String> {
    let mut document = toml(text)?;
    let Some(tables) = document.get_mut(list).and_then(Item::as_table_like_mut) else {
        return Ok(Some(text.to_owned()));
    };
    if tables.remove(NAME).is_none() {
        return Ok(Some(text.to_owned()));
    }
    if tables.is_empty() {
        document.remove(list);
    }
    let text = document.to_string();
    Ok((!text.trim().is_empty()).then_some(text))
}
