//! Files that set up how everything is built or run: no edge says what a change of them reaches.

/// Whether a change of this file may change every test.
#[must_use]
pub(crate) fn sets_up_everything(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    NAMES.binary_search(&name).is_ok()
        || EXTENSIONS.binary_search(&extension).is_ok()
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || path.starts_with(".github/workflows/")
        || path.starts_with(".cargo/")
}

/// Sorted.
const NAMES: &[&str] = &[
    ".babelrc",
    ".coveragerc",
    ".gitlab-ci.yml",
    ".npmrc",
    ".nvmrc",
    ".python-version",
    ".travis.yml",
    "CMakeLists.txt",
    "Cargo.toml",
    "Dockerfile",
    "Gemfile",
    "Jenkinsfile",
    "MANIFEST.in",
    "Makefile",
    "Package.swift",
    "Pipfile",
    "azure-pipelines.yml",
    "build.rs",
    "build.sbt",
    "composer.json",
    "conftest.py",
    "deno.json",
    "go.mod",
    "go.sum",
    "go.work",
    "mix.exs",
    "noxfile.py",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "pom.xml",
    "pyproject.toml",
    "pytest.ini",
    "rust-toolchain",
    "rust-toolchain.toml",
    "setup.cfg",
    "setup.py",
    "tox.ini",
];

/// Sorted.
const EXTENSIONS: &[&str] = &[
    "cmake",
    "csproj",
    "gradle",
    "kts",
    "lock",
    "lockfile",
    "properties",
    "sln",
];

const PREFIXES: &[&str] = &[
    "babel.config.",
    "docker-compose",
    "jest.config.",
    "requirements",
    "rollup.config.",
    "tsconfig",
    "vite.config.",
    "vitest.config.",
    "webpack.config.",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(NAMES.is_sorted() && EXTENSIONS.is_sorted() && PREFIXES.is_sorted());
    }

    #[test]
    fn manifests_and_locks_set_up_everything_and_code_does_not() {
        for path in [
            "Cargo.lock",
            "a/package.json",
            "tsconfig.base.json",
            "requirements-dev.txt",
        ] {
            assert!(sets_up_everything(path), "{path}");
        }
        for path in ["src/lock.rs", "README.md", "a/settings.py", "data/x.json"] {
            assert!(!sets_up_everything(path), "{path}");
        }
    }
}
