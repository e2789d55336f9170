//! Scheme files: configurations of a network, and questions about them.
//!
//! Their form is described upstream in `docs/SchemeFileFormat.md` of IBM/network-config-analyzer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use watertight_syntax::{Limits, yaml};

/// A scheme file.
pub(super) struct Scheme {
    /// The folder that paths start from.
    pub folder: PathBuf,
    /// The topology of configurations that have none.
    pub global: Lists,
    pub configs: Vec<Config>,
    pub queries: Vec<Query>,
}

/// Where objects are read from; `None` for a list that is not written.
#[derive(Default, Clone)]
pub(super) struct Lists {
    pub namespaces: Option<Vec<String>>,
    pub pods: Option<Vec<String>>,
    pub resources: Option<Vec<String>>,
    pub policies: Option<Vec<String>>,
}

/// A configuration.
pub(super) struct Config {
    pub name: String,
    pub lists: Lists,
    /// Whether that tool's own parser is expected to refuse it.
    pub refused: bool,
}

/// A query.
#[derive(Default)]
pub(super) struct Query {
    pub name: String,
    /// The questions with the names of configurations that each is about, in the order in which they are written.
    pub questions: Vec<(String, Vec<String>)>,
    pub expected: Option<i64>,
    pub not_executed: Option<i64>,
    pub output: Option<PathBuf>,
    pub format: String,
    /// Whether workloads are counted, not pods.
    pub by_workload: bool,
    /// Whether addresses of IPv6 count although no policy names one.
    pub with_ipv6: bool,
    /// Whether only a part of the answer is shown.
    pub is_subset: bool,
}

/// The documents of a file. Those that cannot be read are left out, as upstream does (`_yield_yaml_file` of
/// `nca/FileScanners/GenericTreeScanner.py`).
pub(super) fn documents(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    if file.extension().is_some_and(|ending| ending == "json")
        && let Ok(value) = serde_json::from_str(&text)
    {
        return vec![value];
    }
    let parsed = yaml::parse(&Arc::from(text), &Limits::default());
    let documents = parsed.into_iter().filter_map(|parsed| parsed.document.ok().flatten());
    documents.map(|document| document.root().to_json()).collect()
}

fn list(value: &Value, key: &str) -> Option<Vec<String>> {
    match value.get(key)? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(all) => Some(all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()),
        _ => None,
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn lists(value: &Value) -> Lists {
    Lists {
        namespaces: list(value, "namespaceList"),
        pods: list(value, "podList"),
        resources: list(value, "resourceList"),
        policies: list(value, "networkPolicyList"),
    }
}

impl Scheme {
    /// Reads a file; `None` when it holds no scheme.
    pub(super) fn read(file: &Path) -> Option<Self> {
        let document = documents(file).into_iter().rfind(Value::is_object)?;
        document.get("networkConfigList")?;
        let folder = file.parent()?.to_owned();
        let configs = items(&document, "networkConfigList").map(|config| Config {
            name: text(config, "name"),
            lists: lists(config),
            refused: config.get("expectedError").and_then(Value::as_i64) == Some(1),
        });
        let queries = items(&document, "queries").map(|query| Query::read(query, &folder)).collect();
        Some(Self { global: lists(&document), configs: configs.collect(), queries, folder })
    }
}

impl Query {
    fn read(value: &Value, folder: &Path) -> Self {
        // The defaults of `nca/Utils/OutputConfiguration.py`.
        let (name, format) = (text(value, "name"), "txt".to_owned());
        let mut query = Self { name, format, by_workload: true, ..Self::default() };
        for (key, content) in value.as_object().into_iter().flatten() {
            match key.as_str() {
                "name" => {}
                "expected" => query.expected = content.as_i64(),
                "expectedNotExecuted" => query.not_executed = content.as_i64(),
                "expectedOutput" => query.output = content.as_str().map(|path| folder.join(path)),
                "outputConfiguration" => query.read_output(content),
                question => {
                    query.questions.push((question.to_owned(), list(value, question).unwrap_or_default()));
                }
            }
        }
        query
    }

    fn read_output(&mut self, output: &Value) {
        if let Some(format) = output.get("outputFormat").and_then(Value::as_str) {
            format.clone_into(&mut self.format);
        }
        self.by_workload = output.get("outputEndpoints").and_then(Value::as_str) != Some("pods");
        self.with_ipv6 = output.get("excludeIPv6Range").and_then(Value::as_bool) == Some(false);
        self.is_subset = output.get("subset").is_some_and(|subset| !subset.is_null());
    }
}

/// The files that an entry of a list names, in order; `Err` for what is not on this machine.
pub(super) fn files(folder: &Path, entry: &str) -> Result<Vec<PathBuf>, &'static str> {
    if entry.starts_with("http://") || entry.starts_with("https://") {
        return Err("objects in a repository elsewhere");
    }
    let (path, deep) = entry.strip_suffix("**").map_or((entry, false), |path| (path, true));
    let path = folder.join(path.trim_end_matches('/'));
    let mut found = Vec::new();
    if path.is_file() {
        found.push(path);
    } else if path.is_dir() {
        walk(&path, deep, &mut found);
        found.retain(|file| is_manifest(file));
    } else if matches!(entry, "k8s" | "calico" | "istio") {
        return Err("objects of a running cluster");
    } else {
        return Err("a file that is not there");
    }
    Ok(found)
}

fn is_manifest(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json")
}

/// The files of a folder, in order.
pub(super) fn walk(folder: &Path, deep: bool, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_file() {
            found.push(entry);
        } else if deep && entry.is_dir() {
            walk(&entry, true, found);
        }
    }
}

/// The scheme files of the suite.
pub(super) fn all(suite: &Path) -> Vec<(String, Scheme)> {
    let mut found = Vec::new();
    walk(suite, true, &mut found);
    let is_scheme = |file: &PathBuf| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.contains("scheme") && is_manifest(file)
    };
    let named = found.into_iter().filter(is_scheme).filter_map(|file| {
        let name = file.strip_prefix(suite).unwrap_or(&file).display().to_string();
        Some((name, Scheme::read(&file)?))
    });
    named.collect()
}
