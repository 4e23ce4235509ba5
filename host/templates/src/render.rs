//! Templates with names and versions filled in.

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use crate::{name::Name, package_name::package_name, versions::versions};

/// Fills templates in.
pub(crate) struct Renderer<'a> {
    environment: Environment<'static>,
    name: &'a Name,
    package: String,
    versions: BTreeMap<String, String>,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(name: &'a Name) -> Self {
        let mut environment = Environment::new();
        // What a template names must be there; what it writes is no web page.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_keep_trailing_newline(true);
        Self { environment, name, package: package_name(name), versions: versions() }
    }

    /// One file of a template: `name` and `network`, `package` (the name as cargo and npm take it), `versions`.
    pub(crate) fn content(&self, path: &str, text: &str) -> Result<String, minijinja::Error> {
        let name = self.name.as_str();
        let values = context! { name, network => name, package => self.package, versions => self.versions };
        self.environment.render_named_str(path, text, values)
    }

    /// Where a file of a template comes to lie.
    pub(crate) fn path(&self, path: &str) -> String {
        let (folder, file) = match path.rsplit_once('/') {
            Some((folder, file)) => (format!("{folder}/"), file),
            None => (String::new(), path),
        };
        match file {
            "run.toml" if folder.is_empty() => format!("{}.toml", self.name),
            "gitignore" => format!("{folder}.gitignore"),
            _ => path.to_owned(),
        }
    }
}
