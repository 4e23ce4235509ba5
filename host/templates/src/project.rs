//! The files of a project.

use thiserror::Error;

use crate::{
    embedded,
    language::{Kind, Language},
    name::Name,
    render::Renderer,
};

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the project, with `/` between folders.
    pub path: String,
    /// What it holds.
    pub content: String,
    /// Whether it is a program: its first line names an interpreter.
    pub executable: bool,
}

/// Why there is no such project.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The project would have two files of that name.
    #[error("`{name}` cannot be the name of a project in {language}, which has a file `{path}` of its own")]
    Taken {
        /// The name.
        name: String,
        /// The language.
        language: Language,
        /// The file.
        path: String,
    },
    /// A mistake in this program.
    #[error("the template of {language} cannot be filled in: {source}")]
    Template {
        /// The language.
        language: Language,
        /// What is wrong with it.
        source: minijinja::Error,
    },
}

/// All files of a project, sorted by path.
pub fn project(language: Language, kind: Kind, name: &Name) -> Result<Vec<File>, ProjectError> {
    let renderer = Renderer::new(name);
    let mut files = Vec::new();
    for (path, text) in embedded::below(&template(language, kind)) {
        let content =
            renderer.content(path, text).map_err(|source| ProjectError::Template { language, source })?;
        files.push(File::new(renderer.path(path), content));
    }
    for (from, to) in language.sdk() {
        let from = format!("{}/{from}", language.folder());
        // A file, or all below a folder.
        for (path, text) in embedded::below(&from) {
            files.push(File::new(format!("{to}/{path}"), text.to_owned()));
        }
        let single = embedded::file(&from);
        if !single.is_empty() {
            files.push(File::new((*to).to_owned(), without_workspace(single)));
        }
    }
    files
        .extend(embedded::below("wit").map(|(path, text)| File::new(format!("wit/{path}"), text.to_owned())));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let run_file = format!("{name}.toml");
    // Some file systems do not tell capital letters from small ones.
    let is_taken = |file: &&File| file.path.eq_ignore_ascii_case(&run_file);
    if files.iter().filter(is_taken).count() > 1
        && let Some(taken) = files.iter().filter(is_taken).find(|file| !file.content.contains("[loop]"))
    {
        return Err(ProjectError::Taken { name: name.to_string(), language, path: taken.path.clone() });
    }
    Ok(files)
}

fn template(language: Language, kind: Kind) -> String {
    format!("{}/{}/{}", language.folder(), language.templates(), kind.folder())
}

/// A manifest of cargo's that belongs to no workspace elsewhere.
fn without_workspace(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.starts_with("workspace = ")).collect()
}

impl File {
    fn new(path: String, content: String) -> Self {
        let executable = content.starts_with("#!/");
        Self { path, content, executable }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (Language, Kind, Vec<File>)> {
        let name = Name::parse("demo").unwrap();
        Language::ALL.into_iter().flat_map(|language| Kind::ALL.map(|kind| (language, kind))).map(
            move |(language, kind)| {
                let files = project(language, kind, &name)
                    .unwrap_or_else(|error| panic!("{language} {kind:?}: {error:?}"));
                (language, kind, files)
            },
        )
    }

    fn content<'a>(files: &'a [File], path: &str) -> &'a str {
        let found = files.iter().find(|file| file.path == path);
        &found.unwrap_or_else(|| panic!("no {path} in {files:#?}")).content
    }

    #[test]
    fn every_project_is_whole() {
        for (language, kind, files) in all() {
            for path in ["demo.toml", "README.md", ".gitignore", "wit/worker.wit"] {
                content(&files, path);
            }
            let is_sdk =
                |file: &&File| file.path.starts_with("rush_worker/") || file.path.starts_with("rush-worker/");
            assert!(files.iter().filter(is_sdk).count() > 2, "{language} {kind:?}");
            assert!(files.iter().all(|file| !file.content.is_empty()), "{language}");
        }
    }

    #[test]
    fn every_run_file_builds_what_it_runs() {
        for (language, kind, files) in all() {
            let options = rush_run_file::Options {
                environment: &|_| None,
                ..rush_run_file::Options::of_this_process()
            };
            let run_file =
                rush_run_file::RunFile::parse(content(&files, "demo.toml"), "demo/demo.toml", &options)
                    .unwrap_or_else(|error| panic!("{language} {kind:?}: {error:?}"));
            assert_eq!(run_file.network.as_str(), "demo");
            assert_eq!(run_file.stop.finished, Some(100), "{language} {kind:?}");
            assert!(run_file.worker_loop.build.is_some(), "{language} {kind:?}");
            assert_eq!(run_file.objective.is_some(), kind == Kind::Objective, "{language}");
            if let Some(objective) = run_file.objective {
                assert!(objective.build.is_some(), "{language}");
            }
        }
    }

    #[test]
    fn a_readme_has_the_two_commands_and_ten_lines() {
        for (language, kind, files) in all() {
            let readme = content(&files, "README.md");
            assert!(readme.contains("rush-host run --build demo.toml"), "{language} {kind:?}: {readme}");
            assert!(readme.lines().count() <= 15, "{language} {kind:?}: {readme}");
        }
    }

    #[test]
    fn no_template_has_a_version_of_its_own() {
        for (path, text) in embedded::FILES.iter().filter(|(path, _)| path.contains("/template")) {
            for (tool, version) in crate::versions::versions() {
                assert!(!text.contains(&version), "{path} names {tool} {version}: {{{{ versions.{tool} }}}}");
            }
        }
    }

    #[test]
    fn the_rust_sdk_belongs_to_no_workspace() {
        let files = project(Language::Rust, Kind::WorkerLoop, &Name::parse("demo").unwrap()).unwrap();
        let manifest = content(&files, "rush_worker/Cargo.toml");
        assert!(manifest.contains("name = \"rush-worker\"") && !manifest.contains("../"), "{manifest}");
        assert!(!manifest.contains("workspace = true"), "{manifest}");
    }

    #[test]
    fn a_name_that_a_file_of_the_project_has_is_refused() {
        let error = project(Language::Rust, Kind::WorkerLoop, &Name::parse("cargo").unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`cargo` cannot be the name of a project in Rust, which has a file `Cargo.toml` of its own"
        );
    }

    #[test]
    fn odd_names_are_filled_in() {
        for name in ["1st", "fn", "team-{branin}", "a.b"] {
            let name = Name::parse(name).unwrap();
            for language in Language::ALL {
                let files = project(language, Kind::Objective, &name).unwrap();
                assert!(content(&files, &format!("{name}.toml")).contains(&format!("network = \"{name}\"")));
            }
        }
    }
}
