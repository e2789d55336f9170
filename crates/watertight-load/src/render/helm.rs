//! Renders charts with `helm template`: offline, without plugins, hooks of the user's own or a cluster.
//!
//! Start reading at [`render_all`].

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use watertight_model::{RELEASE_NAMESPACE, Renderer};

use super::chart::{Chart, FILE_NAME, parts};
use super::message::{Roots, Words, lexical};
use super::{Covered, Seen, Tool, Work, process};
use crate::Progress;

/// Most files of a chart that are looked through for kinds and values.
const MOST_FILES: usize = 10_000;

/// Renders the charts in view. One below another's folder `charts` is part of that one.
pub(super) fn render_all(folders: &BTreeMap<PathBuf, Seen>, work: &mut Work<'_, '_>, covered: &mut Covered) {
    let limits = *work.builder.limits();
    let mut charts: BTreeMap<&PathBuf, (&Seen, Chart)> = BTreeMap::new();
    // In the order of paths a chart comes before those below it.
    for (folder, seen) in folders {
        let is_subchart =
            |above: &&PathBuf| folder.strip_prefix(above).is_ok_and(|below| below.starts_with("charts"));
        if charts.keys().copied().any(|above| is_subchart(&above)) && !seen.named {
            continue;
        }
        if let Some(chart) = Chart::read(folder, &limits) {
            charts.insert(folder, (seen, chart));
        }
    }
    if charts.is_empty() {
        return;
    }
    let helm = process::find(&work.rendering.search, "helm").map(|program| Tool {
        name: "helm template",
        program,
        before: &["template"],
    });
    for (folder, (seen, chart)) in charts {
        let rendered = chart.library || render(folder, seen, &chart, helm.as_ref(), work);
        covered.charts.insert(folder.clone(), rendered);
    }
}

/// Runs helm and takes in its output. Whatever goes wrong is a gap; then it gives false.
fn render(folder: &Path, seen: &Seen, chart: &Chart, helm: Option<&Tool>, work: &mut Work<'_, '_>) -> bool {
    let shown = seen.shown.as_str();
    let file = lexical(shown, Path::new(FILE_NAME));
    let Some(helm) = helm else {
        let why = format!(
            "`helm` is not in PATH, so the chart was not rendered; install it, or scan the output of \
             `helm template {shown}`"
        );
        work.gap(file, why, kinds(folder));
        return false;
    };
    if !chart.missing.is_empty() {
        let why = format!(
            "the chart needs {}, which its folder `charts` does not hold; run `helm dependency build {shown}` and \
             scan again",
            chart.missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        );
        work.gap(file, why, Vec::new());
        return false;
    }
    (work.progress)(Progress::Rendering { what: shown, tool: helm.name });
    let home = match tempfile::tempdir() {
        Ok(home) => home,
        Err(error) => {
            let why = format!("no folder could be made for helm: {}", crate::text::reason(&error));
            work.gap(file, why, kinds(folder));
            return false;
        }
    };
    let arguments = arguments(folder, chart, work);
    let environment = environment(home.path());
    let roots = Roots { folder, shown, alias: Some(&chart.name) };
    let values = work.rendering.values.clone();
    let words = || {
        let mut words = Words::default();
        words.name(shown);
        words.name(&chart.name);
        for text in values.set.iter().chain(&values.set_string) {
            words.text(text);
        }
        for file in values.files.iter().cloned().chain(files_below(folder)) {
            words.file(&file);
        }
        for text in files_below(folder).iter().filter(|file| is_template(file)) {
            words.template(&std::fs::read_to_string(text).unwrap_or_default());
        }
        words
    };
    match work.run(helm, arguments, environment, folder, words, &roots) {
        Ok(output) => {
            work.builder.rendered(Renderer::Helm, shown, parts(&output, shown, chart));
            true
        }
        Err(why) => {
            work.gap(file, why, kinds(folder));
            false
        }
    }
}

fn arguments(folder: &Path, chart: &Chart, work: &Work<'_, '_>) -> Vec<OsString> {
    let values = &work.rendering.values;
    let release = values.release.clone().unwrap_or_else(|| chart.release());
    let mut all: Vec<OsString> = vec![release.into(), folder.into(), "--include-crds".into()];
    all.extend(["--kube-version".into(), format!("v{}.0", work.rendering.kubernetes_version).into()]);
    all.extend(["--namespace".into(), work.namespace.unwrap_or(RELEASE_NAMESPACE).into()]);
    for file in &values.files {
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        all.extend(["--values".into(), one_of_a_list(absolute.into_os_string())]);
    }
    for (flag, texts) in [("--set", &values.set), ("--set-string", &values.set_string)] {
        all.extend(texts.iter().flat_map(|text| [flag.into(), text.into()]));
    }
    all
}

/// helm takes `--values` for a list with commas, read as CSV; a name with a comma has to be quoted.
fn one_of_a_list(path: OsString) -> OsString {
    match path.to_str() {
        Some(text) if text.contains([',', '"']) => format!("\"{}\"", text.replace('"', "\"\"")).into(),
        _ => path,
    }
}

/// helm with nothing of the user's: no plugins (which may wrap and replace commands), no repositories, no
/// registry logins, and so no post-renderer either, which only a flag or a plugin brings in.
fn environment(home: &Path) -> Vec<(&'static str, OsString)> {
    let at = |below: &str| home.join(below).into_os_string();
    vec![
        ("HELM_PLUGINS", at("plugins")),
        ("HELM_CONFIG_HOME", at("config")),
        ("HELM_CACHE_HOME", at("cache")),
        ("HELM_DATA_HOME", at("data")),
        ("HELM_REPOSITORY_CONFIG", at("repositories.yaml")),
        ("HELM_REPOSITORY_CACHE", at("repositories")),
        ("HELM_REGISTRY_CONFIG", at("registry.json")),
    ]
}

/// The kinds that the templates of a chart and its subcharts name. Empty, which means any, when one of them is
/// filled in by the template, or nothing can be told.
fn kinds(folder: &Path) -> Vec<String> {
    let mut kinds = BTreeSet::new();
    for file in files_below(folder) {
        let is_archive = file.extension().is_some_and(|ending| ending == "tgz");
        let is_crd = file.components().any(|part| part.as_os_str() == "crds");
        let Some(text) = std::fs::read_to_string(&file).ok().filter(|_| is_crd || is_template(&file)) else {
            match is_archive {
                true => return Vec::new(),
                false => continue,
            }
        };
        for line in text.lines().filter_map(|line| line.strip_prefix("kind:")) {
            let kind = line.trim();
            if !kind.starts_with(char::is_uppercase) || !kind.bytes().all(|byte| byte.is_ascii_alphanumeric())
            {
                return Vec::new();
            }
            kinds.insert(kind.to_owned());
        }
    }
    kinds.into_iter().collect()
}

fn is_template(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "templates")
}

/// Every file below a folder, without following links to folders, up to a limit.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => files.push(entry.path()),
                Err(_) => {}
            }
            if files.len() + folders.len() > MOST_FILES {
                return files;
            }
        }
    }
    files.sort();
    files
}
