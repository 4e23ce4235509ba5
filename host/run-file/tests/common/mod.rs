//! What the tests of this crate share: run files on disk, rendering, comparing.

#![expect(clippy::unwrap_used, reason = "only tests call this")]

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use rush_run_file::{
    Defaults, Options, Problem, RedisSources, RunFile, RunFileErrors, ShownValue, choose, show_text,
};

/// One run file with what it is read with.
pub(crate) struct Case {
    pub(crate) name: String,
    path: PathBuf,
    text: String,
}

/// All run files of a folder, in the order of their names.
pub(crate) fn cases(folder: &str) -> Vec<Case> {
    let read = |path: PathBuf| Case {
        name: path.file_name().unwrap().to_str().unwrap().to_owned(),
        text: fs::read_to_string(&path).unwrap(),
        path,
    };
    files(folder, "toml").into_iter().map(read).collect()
}

/// All files of a folder with this extension.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

impl Case {
    pub(crate) fn expected_path(&self, extension: &str) -> PathBuf {
        self.path.with_extension(extension)
    }

    pub(crate) fn parse(&self) -> Result<RunFile, RunFileErrors> {
        self.with_options(|options| RunFile::parse(&self.text, self.run_path(), options))
    }

    /// What is listed of a valid run file.
    pub(crate) fn show(&self) -> Vec<ShownValue> {
        let run_file = self.parse().unwrap();
        self.with_options(|options| {
            let source = choose(RedisSources {
                flag: self.settings("#! redis ").first().map(String::as_str),
                run_file: run_file.redis.location.as_ref(),
                defaults: options.defaults.and_then(|defaults| defaults.redis.as_ref()),
                environment: (options.environment)("REDIS_URL").as_deref(),
            });
            show_text(&self.text, self.run_path(), options, &source.unwrap()).unwrap()
        })
    }

    fn run_path(&self) -> String {
        format!("runs/{}", self.name)
    }

    fn settings(&self, prefix: &str) -> Vec<String> {
        self.text.lines().filter_map(|line| line.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    fn with_options<T>(&self, read: impl FnOnce(&Options<'_>) -> T) -> T {
        let overrides = self.settings("#! set ");
        let variables = self.settings("#! env ");
        let environment = |name: &str| {
            let mut pairs = variables.iter().map(|pair| pair.split_once('=').unwrap());
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
        };
        let defaults = self.path.with_extension("defaults");
        let defaults = fs::read_to_string(defaults).ok().map(|text| {
            Defaults::parse(&text, "defaults.toml", &environment).expect("defaults of a case are valid")
        });
        let options = Options {
            overrides: &overrides,
            defaults: defaults.as_ref(),
            environment: &environment,
            cores: NonZeroU32::new(8).unwrap(),
        };
        read(&options)
    }
}

/// What stands under the underlined values.
pub(crate) fn labels(problem: &Problem) -> Vec<String> {
    let labels = problem.labels().into_iter().flatten();
    labels.filter_map(|label| label.label().map(str::to_owned)).collect()
}

/// As a plain terminal shows it.
pub(crate) fn render(errors: &RunFileErrors) -> String {
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(100).with_links(false);
    let mut text = String::new();
    handler.render_report(&mut text, errors).unwrap();
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// None if the file holds this text; with `UPDATE_GOLDEN` it is made to.
pub(crate) fn compare(path: &Path, found: &str) -> Option<String> {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, found).unwrap();
        return None;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    (expected != found)
        .then(|| format!("{} differs.\n--- expected\n{expected}\n--- found\n{found}", path.display()))
}
