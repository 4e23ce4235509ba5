//! What to say about a key that is not known: what was meant, or where it belongs.

use crate::error::Mistake;
use crate::finding::Finding;
use crate::schema::{self, Node};
use crate::spanned::Span;
use crate::suggest::{closest, is_same_word};

/// What to say, and what was meant: keys in full. `root` is the whole schema, `table` the part that does not have the
/// key, `path` the table's name.
pub(crate) fn unknown_key(
    root: Node<'_>,
    table: Node<'_>,
    path: &str,
    key: &str,
    span: Span,
    is_table: bool,
) -> (Finding, Vec<String>) {
    let (mistake, label) = if is_table {
        (Mistake::UnknownTable { table: join(path, key) }, "no such table")
    } else {
        let place =
            if path.is_empty() { "at the top of the file".to_owned() } else { format!("in [{path}]") };
        (Mistake::UnknownKey { key: key.to_owned(), table: place }, "no such key")
    };
    let (help, meant) = advice(root, table, path, key, is_table);
    (Finding::new(mistake).label(span, label).help(help), meant)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn is_table_schema(schema: Node<'_>) -> bool {
    schema.kind() == Some("object")
}

fn advice(root: Node<'_>, table: Node<'_>, path: &str, key: &str, is_table: bool) -> (String, Vec<String>) {
    let did_you_mean = |name: &str| {
        let full = join(path, name);
        let shown = if table.property(name).is_some_and(is_table_schema) {
            format!("[{full}]")
        } else {
            format!("`{name}`")
        };
        (format!("Did you mean {shown}?"), vec![full])
    };
    let alike =
        |wanted: bool| table.properties().filter(move |(_, schema)| is_table_schema(*schema) == wanted);
    if let Some((name, _)) = alike(is_table).find(|(name, _)| is_same_word(key, name)) {
        return did_you_mean(name);
    }
    let mut homes = Vec::new();
    find_homes(root, "", key, is_table, &mut homes);
    homes.retain(|home| !is_elsewhere(path, home));
    if !homes.is_empty() {
        let places: Vec<String> = homes.iter().map(|home| place(home)).collect();
        let help = if is_table {
            format!("Did you mean {}?", places.join(" or "))
        } else {
            format!("`{key}` belongs {}", places.join(" or "))
        };
        return (help, homes);
    }
    if let Some(help) = belongs_into_the_run_file(root, path, key) {
        return (help, Vec::new());
    }
    let names = |wanted: bool| alike(wanted).map(|(name, _)| name);
    if let Some(name) = closest(key, names(is_table)).or_else(|| closest(key, names(!is_table))) {
        return did_you_mean(name);
    }
    let list = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join(", ");
    let keys = list(&mut names(false).map(|name| format!("`{name}`")));
    let tables = list(&mut names(true).map(|name| format!("[{}]", join(path, name))));
    let known = match (keys.is_empty(), tables.is_empty()) {
        (false, false) => format!("{keys} and the tables {tables}"),
        (true, _) => format!("the tables {tables}"),
        (_, true) => keys,
    };
    let owner = if path.is_empty() { owner_of(root) } else { format!("[{path}]") };
    (format!("{owner} has {known}"), Vec::new())
}

/// What has the keys at the top, for people.
fn owner_of(root: Node<'_>) -> String {
    if is_defaults(root) { "A defaults file" } else { "A run file" }.to_owned()
}

fn is_defaults(root: Node<'_>) -> bool {
    std::ptr::eq(root.whole(), schema::defaults())
}

/// A defaults file holds what a user prefers in every run, and nothing that makes one.
fn belongs_into_the_run_file(root: Node<'_>, path: &str, key: &str) -> Option<String> {
    let run_file = Node::root(schema::run_file());
    let known = run_file.property(key).filter(|_| path.is_empty() && is_defaults(root))?;
    let shown = if is_table_schema(known) { format!("[{key}]") } else { format!("`{key}`") };
    let tables = root.properties().map(|(name, _)| format!("[{name}]")).collect::<Vec<_>>().join(", ");
    Some(format!("{shown} belongs into the run file; a defaults file has the tables {tables}"))
}

/// Where a key or table of this full name is written.
fn place(home: &str) -> String {
    match home.rsplit_once('.') {
        _ if home.starts_with('[') => home.to_owned(),
        Some((table, _)) => format!("in [{table}]"),
        None => "at the top of the file, before the first [table]".to_owned(),
    }
}

/// Whether this home would lead astray: a run file has one launcher, and Sentinel's `nodes` are no nodes of a cluster.
fn is_elsewhere(path: &str, home: &str) -> bool {
    let launcher = |name: &str| name.strip_prefix("launcher.")?.split('.').next().map(str::to_owned);
    let (here, there) = (launcher(path), launcher(home));
    here.is_some() && (there.is_some() && here != there || home.starts_with("redis.sentinel."))
}

/// All keys, or all tables, of this very name, in full; tables in brackets.
fn find_homes(table: Node<'_>, path: &str, key: &str, is_table: bool, homes: &mut Vec<String>) {
    for (name, schema) in table.properties() {
        let full = join(path, name);
        let is_table_here = is_table_schema(schema);
        if is_same_word(key, name) && is_table_here == is_table {
            homes.push(if is_table { format!("[{full}]") } else { full.clone() });
        }
        if is_table_here {
            find_homes(schema, &full, key, is_table, homes);
        }
    }
}
