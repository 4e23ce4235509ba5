//! The JSON Schema of run files: generated from the types, published for editors, and read by the checks themselves.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use crate::defaults::RawDefaults;
use crate::run_file::RawRunFile;
use crate::spanned::EXPECTED_KEYWORD;

/// The JSON Schema (draft 2020-12) of run files, pretty-printed, with a final newline.
///
/// It is checked in as `schema/run-file.json`; `cargo xtask schema` writes it. An editor with a TOML language server
/// finds it through the line `#:schema ../schema/run-file.json` at the top of a run file.
///
/// ```
/// let schema: serde_json::Value = serde_json::from_str(&rush_run_file::schema())?;
/// assert_eq!(schema["title"], "rush-host run file");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[expect(clippy::missing_panics_doc, reason = "a schema is always serialisable")]
pub fn schema() -> String {
    let mut schema = run_file().clone();
    strip(&mut schema, &|key, _| key == EXPECTED_KEYWORD);
    let mut text =
        serde_json::to_string_pretty(&schema).expect("a schema has string keys and no special numbers");
    text.push('\n');
    text
}

/// What the checks walk along for a run file.
pub(crate) fn run_file() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(generate::<RawRunFile>)
}

/// What the checks walk along for the user's defaults.
pub(crate) fn defaults() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(generate::<RawDefaults>)
}

fn generate<T: JsonSchema>() -> Value {
    let mut schema: Value =
        Schema::into(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>());
    // TOML has no null: a key that may be left out is left out.
    drop_null(&mut schema);
    unwrap_lines(&mut schema);
    // Rust's widths say nothing to a reader; ranges do.
    strip(&mut schema, &|key, value| {
        key == "format" && value.as_str().is_some_and(|f| f.starts_with("uint"))
    });
    schema
}

fn drop_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(mut choices)) = map.remove("anyOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
                match choices.as_slice() {
                    [Value::Object(only)] => map.extend(only.clone()),
                    _ => {
                        map.insert("anyOf".to_owned(), Value::Array(choices));
                    }
                }
            }
            map.values_mut().for_each(drop_null);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_null),
        _ => {}
    }
}

/// Line breaks of the source code are none of the reader's; an empty line begins a paragraph.
fn unwrap_lines(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text =
                    text.split("\n\n").map(|part| part.replace('\n', " ")).collect::<Vec<_>>().join("\n\n");
            }
            map.values_mut().for_each(unwrap_lines);
        }
        Value::Array(list) => list.iter_mut().for_each(unwrap_lines),
        _ => {}
    }
}

fn strip(schema: &mut Value, unwanted: &dyn Fn(&str, &Value) -> bool) {
    match schema {
        Value::Object(map) => {
            map.retain(|key, value| !unwanted(key, value));
            map.values_mut().for_each(|value| strip(value, unwanted));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| strip(value, unwanted)),
        _ => {}
    }
}

/// One place in a schema, with references followed.
#[derive(Clone, Copy)]
pub(crate) struct Node<'s> {
    root: &'s Value,
    here: &'s Map<String, Value>,
}

impl<'s> Node<'s> {
    pub(crate) fn root(root: &'s Value) -> Self {
        Self::follow(root, root)
    }

    /// The schema that this is a place in.
    pub(crate) fn whole(self) -> &'s Value {
        self.root
    }

    fn follow(root: &'s Value, value: &'s Value) -> Self {
        let here = value.as_object().expect("our schemas are objects");
        let Some(reference) = here.get("$ref").and_then(Value::as_str) else { return Self { root, here } };
        let pointer = reference.strip_prefix('#').expect("our schemas refer to themselves only");
        Self::follow(root, root.pointer(pointer).expect("schemars defines what it refers to"))
    }

    fn text(self, keyword: &str) -> Option<&'s str> {
        self.here.get(keyword).and_then(Value::as_str)
    }

    pub(crate) fn kind(self) -> Option<&'s str> {
        self.text("type")
    }

    /// What the value is expected to be, for types with a form of their own.
    pub(crate) fn expected(self) -> Option<&'s str> {
        self.text(EXPECTED_KEYWORD)
    }

    /// Smallest and largest number.
    pub(crate) fn range(self) -> (Option<i128>, Option<i128>) {
        let bound = |keyword| {
            let number = self.here.get(keyword).and_then(Value::as_number)?;
            number.as_i128().or_else(|| number.to_string().parse().ok())
        };
        (bound("minimum"), bound("maximum"))
    }

    /// The words that are allowed, if only some are.
    pub(crate) fn words(self) -> Vec<&'s str> {
        let list = |keyword| self.here.get(keyword).and_then(Value::as_array).into_iter().flatten();
        let constants = list("oneOf").filter_map(|choice| choice.get("const").and_then(Value::as_str));
        constants.chain(list("enum").filter_map(Value::as_str)).collect()
    }

    /// Keys with a meaning of their own, in the order in which they are documented.
    pub(crate) fn properties(self) -> impl Iterator<Item = (&'s str, Self)> {
        let properties = self.here.get("properties").and_then(Value::as_object).into_iter().flatten();
        properties.map(move |(key, value)| (key.as_str(), Self::follow(self.root, value)))
    }

    pub(crate) fn property(self, key: &str) -> Option<Self> {
        self.here.get("properties")?.get(key).map(|value| Self::follow(self.root, value))
    }

    /// What holds when this key is not written, if that is always the same. It stands with the key, not with its type.
    pub(crate) fn default_of(self, key: &str) -> Option<&'s Value> {
        self.here.get("properties")?.get(key)?.get("default")
    }

    /// Whether keys are allowed that are not listed.
    pub(crate) fn is_open(self) -> bool {
        self.here.get("additionalProperties").is_none_or(|value| value != false)
    }

    /// What the values of keys that are not listed must be.
    pub(crate) fn other_values(self) -> Option<Self> {
        let value = self.here.get("additionalProperties").filter(|value| value.is_object())?;
        Some(Self::follow(self.root, value))
    }

    /// What the members of an array must be.
    pub(crate) fn items(self) -> Option<Self> {
        self.here.get("items").filter(|value| value.is_object()).map(|value| Self::follow(self.root, value))
    }

    pub(crate) fn required(self) -> impl Iterator<Item = &'s str> {
        self.here.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }
}
