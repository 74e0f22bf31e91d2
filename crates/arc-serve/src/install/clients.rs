//! The clients: where each keeps its servers, and how it writes one down.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The project's, for everybody who works on it.
    Project,
    /// The user's, for all projects.
    User,
}

/// Where files of users are. Read from the environment by whoever may.
#[derive(Clone, Debug)]
pub struct Places {
    /// The root of the project.
    pub root: PathBuf,
    /// The user's folder.
    pub home: PathBuf,
    /// Where applications keep their settings: `~/.config`, `~/Library/Application Support` or `%APPDATA%`.
    pub settings: PathBuf,
}

/// How a client writes down a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// An entry of this object of a JSON file; comments are allowed.
    Json(&'static str),
    /// The same with `"type": "stdio"`.
    TypedJson(&'static str),
    /// The same with `"source": "custom"`.
    CustomJson(&'static str),
    /// A table below this one of a TOML file.
    Toml(&'static str),
}

/// A program that speaks the protocol.
#[derive(Debug)]
pub struct Client {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Its file in a project, if it has one.
    project: Option<&'static str>,
    /// Its file of a user: below the home, or below the settings of applications.
    user: UserFile,
    pub(super) shape: Shape,
    /// It starts servers in no folder of the project, so that they must be told the folder.
    needs_folder: bool,
}

#[derive(Clone, Copy, Debug)]
enum UserFile {
    Home(&'static str),
    Settings(&'static str),
}

/// Sorted by name.
const CLIENTS: &[Client] = &[
    Client {
        name: "claude-code",
        title: "Claude Code",
        project: Some(".mcp.json"),
        user: UserFile::Home(".claude.json"),
        shape: Shape::Json("mcpServers"),
        needs_folder: false,
    },
    Client {
        name: "claude-desktop",
        title: "Claude Desktop",
        project: None,
        user: UserFile::Settings("Claude/claude_desktop_config.json"),
        shape: Shape::Json("mcpServers"),
        needs_folder: true,
    },
    Client {
        name: "codex",
        title: "Codex",
        project: Some(".codex/config.toml"),
        user: UserFile::Home(".codex/config.toml"),
        shape: Shape::Toml("mcp_servers"),
        needs_folder: false,
    },
    Client {
        name: "cursor",
        title: "Cursor",
        project: Some(".cursor/mcp.json"),
        user: UserFile::Home(".cursor/mcp.json"),
        shape: Shape::Json("mcpServers"),
        needs_folder: false,
    },
    Client {
        name: "gemini",
        title: "Gemini CLI",
        project: Some(".gemini/settings.json"),
        user: UserFile::Home(".gemini/settings.json"),
        shape: Shape::Json("mcpServers"),
        needs_folder: false,
    },
    Client {
        name: "vscode",
        title: "VS Code",
        project: Some(".vscode/mcp.json"),
        user: UserFile::Settings("Code/User/mcp.json"),
        shape: Shape::TypedJson("servers"),
        needs_folder: false,
    },
    Client {
        name: "windsurf",
        title: "Windsurf",
        project: None,
        user: UserFile::Home(".codeium/windsurf/mcp_config.json"),
        shape: Shape::Json("mcpServers"),
        needs_folder: true,
    },
    Client {
        name: "zed",
        title: "Zed",
        project: Some(".zed/settings.json"),
        user: UserFile::Settings("zed/settings.json"),
        shape: Shape::CustomJson("context_servers"),
        needs_folder: false,
    },
];

/// The names of all clients, sorted.
#[must_use]
pub fn client_names() -> Vec<&'static str> {
    CLIENTS.iter().map(|client| client.name).collect()
}

impl Client {
    /// The client with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Client> {
        CLIENTS.iter().find(|client| client.name == name)
    }

    /// The clients that are used in this project or by this user, as far as their folders tell.
    #[must_use]
    pub fn present(places: &Places) -> Vec<&'static Client> {
        let is_present = |client: &&Client| {
            let files = [Scope::Project, Scope::User].map(|scope| client.file(scope, places));
            files.into_iter().flatten().any(|file| {
                // Files directly in the home or the root are there only when the client is.
                let folder = file.parent().unwrap_or(Path::new(""));
                file.exists() || (folder != places.home && folder != places.root && folder.is_dir())
            })
        };
        CLIENTS.iter().filter(is_present).collect()
    }

    /// The file where it looks for servers; `None` when it has none of this scope.
    #[must_use]
    pub fn file(&self, scope: Scope, places: &Places) -> Option<PathBuf> {
        match scope {
            Scope::Project => self.project.map(|file| places.root.join(file)),
            Scope::User => Some(match self.user {
                UserFile::Home(file) => places.home.join(file),
                UserFile::Settings(file) => places.settings.join(file),
            }),
        }
    }

    /// What is written down.
    pub(super) fn entry(&self, places: &Places) -> Value {
        let folder = places.root.to_string_lossy().into_owned();
        let arguments = if self.needs_folder {
            json!(["-C", folder, "serve"])
        } else {
            json!(["serve"])
        };
        match self.shape {
            Shape::Json(_) | Shape::Toml(_) => json!({"command": "arc", "args": arguments}),
            Shape::TypedJson(_) => json!({"type": "stdio", "command": "arc", "args": arguments}),
            Shape::CustomJson(_) => {
                json!({"source": "custom", "command": "arc", "args": arguments, "env": {}})
            }
        }
    }
}
