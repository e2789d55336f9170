//! Reads labelled cases from the suites' folders.

use std::path::Path as FilePath;

use serde_json::Value as Json;
use watertight_engine::waivers::WaiverRule;
use watertight_facts::{NamePattern, Settings, implied};
use watertight_model::Snapshot;
use watertight_syntax::Limits;

/// One labelled case.
pub(super) struct Case {
    pub(super) rule: String,
    pub(super) name: String,
    texts: Vec<(String, String)>,
    /// Whether the label says that something is wrong.
    pub(super) fails: bool,
    /// The containers that the label names, by object and by list and position.
    pub(super) places: Vec<Place>,
    pub(super) settings: Settings,
    /// What the rule leaves out by itself.
    pub(super) exemptions: Vec<WaiverRule>,
}

/// A place that a label names.
pub(super) struct Place {
    pub(super) kind: String,
    pub(super) name: String,
    /// `containers[1]`; `None` when the label speaks of the pod or the object.
    pub(super) container: Option<String>,
}

impl Case {
    /// A case of our own, without configuration.
    pub(super) fn of_text(rule: &str, fails: bool, text: &str) -> Self {
        Self {
            rule: rule.to_owned(),
            name: String::new(),
            texts: vec![("case.yaml".to_owned(), text.to_owned())],
            fails,
            places: Vec::new(),
            settings: Settings::default(),
            exemptions: Vec::new(),
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        // What names no namespace was applied to `default`; the labels say so.
        // Their rules join what lies beside each other, and take what does not for missing.
        let builder = Snapshot::builder(Limits::default()).assume_complete(true);
        let mut builder = builder.namespace(Some("default"));
        for (name, text) in &self.texts {
            builder.text(name, text.as_str());
        }
        implied::complete(builder.finish(), self.settings.target)
    }
}

/// `RULE/test/CASE/{input/**, expected.json, data.json}`. A case without `input` holds nothing to judge.
pub(super) fn regolibrary(suite: &FilePath, rule: &str) -> Vec<Case> {
    let tests = suite.join(rule).join("test");
    let mut cases = Vec::new();
    for name in names(&tests) {
        let folder = tests.join(&name);
        let mut texts = Vec::new();
        collect(&folder.join("input"), &mut texts);
        if texts.is_empty() {
            continue;
        }
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
        let expected = read("expected.json").and_then(|text| serde_json::from_str::<Json>(&text).ok());
        let expected = expected.unwrap_or_else(|| panic!("{}: no expected.json", folder.display()));
        let data = read("data.json").and_then(|text| serde_json::from_str::<Json>(&text).ok());
        let inputs = data.map(|data| data["postureControlInputs"].clone()).unwrap_or_default();
        let alerts = expected.as_array().map(Vec::as_slice).unwrap_or_default();
        cases.push(Case {
            rule: rule.to_owned(),
            name,
            texts,
            fails: !alerts.is_empty(),
            places: alerts.iter().flat_map(places).collect(),
            settings: settings(&inputs),
            exemptions: Vec::new(),
        });
    }
    cases
}

/// The same without the cases that hold what a scanner on the host saw: such objects are no manifests.
pub(super) fn regolibrary_manifests(suite: &FilePath, rule: &str) -> Vec<Case> {
    let mut cases = regolibrary(suite, rule);
    let of_host = |case: &Case| case.texts.iter().any(|(_, text)| text.contains("hostdata.kubescape.cloud"));
    cases.retain(|case| !of_host(case));
    cases
}

/// `CHECK/{success,failure,mutated}*.yaml`; `mutated` is what their own fix leaves, so it passes.
pub(super) fn polaris(suite: &FilePath, check: &str) -> Vec<Case> {
    let folder = suite.join(check);
    let labelled =
        |name: &String| ["success", "failure", "mutated"].iter().any(|label| name.starts_with(label));
    let case = |name: String| {
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        Case { name: name.clone(), ..Case::of_text(check, name.starts_with("failure"), &text) }
    };
    names(&folder).into_iter().filter(labelled).map(case).collect()
}

/// Inputs that are bounds here. Both sides allow the bound itself.
static BOUNDS: [(&str, &str); 10] = [
    ("cpu_request_max", "requests.cpu<="),
    ("cpu_request_min", "requests.cpu>="),
    ("cpu_limit_max", "limits.cpu<="),
    ("cpu_limit_min", "limits.cpu>="),
    ("memory_request_max", "requests.memory<="),
    ("memory_request_min", "requests.memory>="),
    ("memory_limit_max", "limits.memory<="),
    ("memory_limit_min", "limits.memory>="),
    ("sandbox_cpu_limit_max", "limits.cpu<="),
    ("sandbox_memory_limit_max", "limits.memory<="),
];

/// What a case without configuration is judged by, as far as it is no regular expression: `sensitiveValues` of
/// regolibrary's default-config-inputs.json.
const SENSITIVE_VALUES: [&str; 6] = ["PRIVATE KEY", "eyJhbGciO", "JWT", "Bearer", "_key_", "_secret_"];

/// The configuration of a case, as far as it is a setting here.
fn settings(inputs: &Json) -> Settings {
    let words = |key: &str| -> Vec<String> {
        let list = inputs[key].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Json::as_str).map(str::to_owned).collect()
    };
    // Parts of values. Of those that are regular expressions, ours knows the forms anyway.
    let mut sensitive = words("sensitiveValues");
    if inputs["sensitiveValues"].is_null() {
        sensitive = SENSITIVE_VALUES.map(str::to_owned).to_vec();
    }
    sensitive.retain(|part| !part.contains(['\\', '[']));
    Settings {
        trusted_registries: words("imageRepositoryAllowList"),
        blocked_registries: [words("publicRegistries"), words("untrustedRegistries")].concat(),
        moving_tags: words("floatingImageTags"),
        secret_values: sensitive
            .iter()
            .filter_map(|part| NamePattern::of_any(&format!("*{part}*")))
            .collect(),
        bounds: BOUNDS
            .iter()
            .flat_map(|(key, field)| words(key).into_iter().map(move |quantity| format!("{field}{quantity}")))
            .map(|bound| bound.parse().unwrap_or_else(|error| panic!("{bound}: {error}")))
            .collect(),
        ..Settings::default()
    }
}

fn places(alert: &Json) -> Vec<Place> {
    let objects = alert["alertObject"]["k8sApiObjects"].as_array().map(Vec::as_slice).unwrap_or_default();
    let failed = alert["failedPaths"].as_array().map(Vec::as_slice).unwrap_or_default();
    let missing = alert["fixPaths"].as_array().map(Vec::as_slice).unwrap_or_default();
    let paths = failed.iter().filter_map(Json::as_str);
    let mut containers: Vec<Option<String>> =
        paths.chain(missing.iter().filter_map(|fix| fix["path"].as_str())).map(container).collect();
    if containers.is_empty() {
        containers.push(None);
    }
    let place = |object: &Json, container: &Option<String>| Place {
        kind: object["kind"].as_str().unwrap_or_default().to_owned(),
        name: object["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        container: container.clone(),
    };
    objects.iter().flat_map(|object| containers.iter().map(|container| place(object, container))).collect()
}

/// `containers[1]` of `spec.template.spec.containers[1].image`.
pub(super) fn container(path: &str) -> Option<String> {
    path.split('.').find(|part| part.contains("ontainers[")).map(str::to_owned)
}

/// The sorted names in a folder.
pub(super) fn names(folder: &FilePath) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every manifest below a folder, in order.
pub(super) fn collect(folder: &FilePath, texts: &mut Vec<(String, String)>) {
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            collect(&path, texts);
        } else if [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
            texts.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}
