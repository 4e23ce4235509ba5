//! `new`: writes a project.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rush_templates::{File, Kind, Language, Name, NameError, ProjectError};

use crate::{
    arguments::New,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text::counted},
};

pub(crate) fn new(arguments: &New) -> Result<ExitCode, Failure> {
    let New { lang, objective, path } = arguments;
    let language = Language::from(*lang);
    let kind = if *objective { Kind::Objective } else { Kind::WorkerLoop };
    let name = name(path)?;
    let files = rush_templates::project(language, kind, &name)?;
    check_folder(path)?;
    write(path, &files)?;
    say(path, language, kind, &name, &files);
    Ok(ExitCode::Ok)
}

/// The last part of a path, also of `.` and `demo/`.
fn name(path: &Path) -> Result<Name, Failure> {
    let absolute = std::path::absolute(path);
    let last = absolute.ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    last.map_or_else(
        || {
            Err(Failure::with_hint(
                ExitCode::Usage,
                format!("`{}` names no project", path.display()),
                "the last part of the path names the project and its network: `rush-host new --lang python demo`",
            ))
        },
        |last| Ok(Name::parse(&last)?),
    )
}

/// What is there already is nobody's to change.
fn check_folder(path: &Path) -> Result<(), Failure> {
    let refused = |text: String| {
        Err(Failure::with_hint(ExitCode::Usage, text, "name a folder that is not there, or an empty one"))
    };
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => refused(format!("the folder `{}` is not empty", path.display())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            refused(format!("`{}` is there already, and no folder", path.display()))
        }
        Err(error) => refused(format!("the folder `{}` cannot be read: {error}", path.display())),
    }
}

fn write(folder: &Path, files: &[File]) -> Result<(), Failure> {
    for (already, file) in files.iter().enumerate() {
        let path = folder.join(&file.path);
        write_one(&path, file).map_err(|error| {
            let hint = match already {
                0 => "nothing was written".to_owned(),
                _ => format!(
                    "{} of {} are written: remove the folder `{}`, and try again where there is room",
                    already,
                    counted(files.len() as u64, "file"),
                    folder.display()
                ),
            };
            Failure::with_hint(
                ExitCode::Usage,
                format!("the file `{}` cannot be written: {error}", path.display()),
                hint,
            )
        })?;
    }
    Ok(())
}

fn write_one(path: &PathBuf, file: &File) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mode = if file.executable { 0o777 } else { 0o666 };
    // Never over a file of somebody who was faster.
    let mut written = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    written.write_all(file.content.as_bytes())
}

fn say(folder: &Path, language: Language, kind: Kind, name: &Name, files: &[File]) {
    let what = match kind {
        Kind::WorkerLoop => "a worker loop",
        Kind::Objective => "an objective and a worker loop",
    };
    talk::line(format_args!("Written to {}: {what} in {language}", folder.display()));
    let mut entries: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| !file.path.starts_with('.')) {
        let entry = match file.path.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => file.path.clone(),
        };
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    talk::line(format_args!("  {}", entries.join("  ")));
    let run_file = folder.join(format!("{name}.toml"));
    talk::line(format_args!("Next: rush-host run --build {}", typed(&run_file)));
}

/// A path as it is typed into a shell.
fn typed(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-{}+,@%".contains(letter);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        Self::with_hint(ExitCode::Usage, error.to_string(), error.help())
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::Taken { .. } => Self::with_hint(
                ExitCode::Usage,
                error.to_string(),
                "the run file is named after the project: choose another name",
            ),
            ProjectError::Template { .. } => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_path_names_the_project() {
        for path in ["demo", "demo/", "a/demo", "/tmp/x/demo/", "./demo/."] {
            assert_eq!(name(Path::new(path)).unwrap().as_str(), "demo", "{path}");
        }
        assert!(name(Path::new("/")).is_err() && name(Path::new("a/..")).is_err());
    }

    #[test]
    fn a_path_can_be_typed_as_it_is_shown() {
        assert_eq!(typed(Path::new("a/demo.toml")), "a/demo.toml");
        assert_eq!(typed(Path::new("my files/it's/demo.toml")), r"'my files/it'\''s/demo.toml'");
    }
}
