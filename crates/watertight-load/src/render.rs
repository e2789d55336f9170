//! Kustomize folders and Helm charts into objects, by the tools that are there, never from the network.
//!
//! A walk collects the [`Folders`]; [`render`] decides which of them are rendered by themselves, runs the
//! tools, and says which files need not be read any more ([`Covered`]). What cannot be rendered is a gap that
//! names the tool; its files are then read as far as they hold whole objects. Start reading at [`render`].

mod chart;
mod documents;
mod helm;
mod kustomization;
mod kustomize;
mod message;
mod origin;
mod process;
mod remote;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use watertight_model::{Gap, SnapshotBuilder};

pub(crate) use chart::FILE_NAME as CHART_FILE;
pub(crate) use kustomization::FILE_NAMES as KUSTOMIZATION_FILES;

use crate::Progress;

/// How charts and Kustomize folders are rendered.
#[derive(Debug, Clone)]
pub struct Rendering {
    /// Where the tools are looked for: folders as `PATH` lists them.
    pub search: OsString,
    /// How long one folder may take.
    pub timeout: Duration,
    /// The Kubernetes version that charts are rendered for, such as `1.37`.
    pub kubernetes_version: String,
    /// Values for every chart.
    pub values: ChartValues,
}

/// Values that charts are rendered with, beside their own.
#[derive(Debug, Clone, Default)]
pub struct ChartValues {
    /// Files with values; later ones win.
    pub files: Vec<PathBuf>,
    /// `KEY=VALUE`, as `helm template --set` takes it.
    pub set: Vec<String>,
    /// `KEY=VALUE` whose value is text, as `helm template --set-string` takes it.
    pub set_string: Vec<String>,
    /// The name of the release; without one, that of each chart.
    pub release: Option<String>,
}

/// Folders that can be rendered, by their canonical path.
#[derive(Default)]
pub(crate) struct Folders {
    pub(crate) kustomizations: BTreeMap<PathBuf, Seen>,
    pub(crate) charts: BTreeMap<PathBuf, Seen>,
}

/// How a folder came into view.
#[derive(Clone)]
pub(crate) struct Seen {
    /// Its name as it is shown.
    pub(crate) shown: String,
    /// Whether somebody asked for it by name: then it is rendered, whoever else uses it.
    pub(crate) named: bool,
}

impl Folders {
    pub(crate) fn is_empty(&self) -> bool {
        self.kustomizations.is_empty() && self.charts.is_empty()
    }

    /// Takes in the folder of a file that makes it one to render. Whether it really does is seen later.
    pub(crate) fn met(&mut self, file: &Path, named: bool) {
        let folders = match file.file_name().is_some_and(|name| name == CHART_FILE) {
            true => &mut self.charts,
            false => &mut self.kustomizations,
        };
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Ok(canonical) = folder.canonicalize() else { return };
        let shown = folder.to_string_lossy().into_owned();
        let seen = folders.entry(canonical).or_insert(Seen { shown, named });
        seen.named |= named;
    }
}

/// Whether a file makes its folder one that can be rendered.
pub(crate) fn makes_folder(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    name == CHART_FILE || KUSTOMIZATION_FILES.iter().any(|known| name == *known)
}

/// What of the files in view is not to be read as it is.
#[derive(Default)]
pub(crate) struct Covered {
    /// Files, canonical.
    files: BTreeSet<PathBuf>,
    /// Charts, canonical, and whether they were rendered.
    charts: BTreeMap<PathBuf, bool>,
}

/// How a file is read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As it is.
    Plain,
    /// Not at all: what it says is in rendered text, or it is no object.
    Never,
    /// When it is no template: helm would have put it out as it is.
    UnlessTemplate,
}

impl Covered {
    /// How a file in view is read, by its canonical path.
    pub(crate) fn reading(&self, file: &Path) -> Reading {
        if self.files.contains(file) {
            return Reading::Never;
        }
        // A chart says of its own parts how they are read, also of those of the charts in its folder `charts`.
        let parts = file.ancestors().skip(1).filter_map(|folder| {
            let rendered = self.charts.get(folder)?;
            let below = file.strip_prefix(folder).ok()?;
            // What templates read with `.Files` comes out with them when it is one itself.
            let is_read = below.starts_with("files");
            let rendered = *rendered && !is_read;
            (is_read || chart::is_part(below)).then(|| (rendered, below.components().count() > 1))
        });
        match parts.last() {
            None => Reading::Plain,
            Some((false, true)) => Reading::UnlessTemplate,
            Some(_) => Reading::Never,
        }
    }
}

/// What rendering works with.
struct Work<'a, 'b> {
    rendering: &'a Rendering,
    namespace: Option<&'a str>,
    builder: &'b mut SnapshotBuilder,
    progress: &'b mut dyn FnMut(Progress<'_>),
}

/// Renders what can be rendered of the folders, and takes in what comes of it.
pub(crate) fn render(
    folders: &Folders,
    rendering: &Rendering,
    namespace: Option<&str>,
    builder: &mut SnapshotBuilder,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Covered {
    let mut covered = Covered::default();
    let mut work = Work { rendering, namespace, builder, progress };
    kustomize::render_all(&folders.kustomizations, &mut work, &mut covered);
    helm::render_all(&folders.charts, &mut work, &mut covered);
    covered
}

impl Work<'_, '_> {
    fn gap(&mut self, what: impl Into<String>, why: impl Into<String>, affects: Vec<String>) {
        self.builder.gap(Gap { what: what.into(), why: why.into(), affects });
    }

    /// Runs a tool in a folder. The error says what is wrong, naming the tool.
    fn run(
        &mut self,
        tool: &Tool,
        arguments: Vec<OsString>,
        environment: Vec<(&'static str, OsString)>,
        folder: &Path,
        words: impl FnOnce() -> message::Words,
        roots: &message::Roots<'_>,
    ) -> Result<String, String> {
        let limit = crate::text::largest(self.builder.limits());
        let timeout = self.rendering.timeout;
        let mut all = offline();
        all.extend(environment);
        let job = process::Job {
            program: &tool.program,
            arguments: tool.before.iter().map(OsString::from).chain(arguments).collect(),
            environment: all,
            hidden_variables: &["HELM_", "KUSTOMIZE_", "KUBERNETES_", "KUBECTL_"],
            folder,
            timeout,
            limit,
        };
        process::run(&job).map_err(|failed| {
            let name = tool.name;
            match failed {
                process::Failed::NotStarted(error) => {
                    format!("`{name}` could not be run: {}", crate::text::reason(&error))
                }
                process::Failed::TimedOut => format!(
                    "`{name}` was not done after {} s; give it longer with --render-timeout",
                    timeout.as_secs_f64()
                ),
                process::Failed::TooLarge => {
                    format!(
                        "`{name}` put out more than the limit of {limit} bytes; raise it with --max-file-size"
                    )
                }
                process::Failed::NotText => {
                    format!("`{name}` put out what is not UTF-8 text; Kubernetes reads UTF-8 only")
                }
                process::Failed::Unreadable(error) => {
                    format!("the output of `{name}` could not be read: {}", crate::text::reason(&error))
                }
                process::Failed::LeftOpen => {
                    format!("`{name}` ended, but something that it started kept its output open")
                }
                process::Failed::Exit { status, message } => {
                    let told = words().told(&message, roots);
                    let status = process::told(status);
                    match told.is_empty() {
                        true => format!("`{name}` failed ({status}) and did not say why"),
                        false => format!("`{name}` failed ({status}): {told}"),
                    }
                }
            }
        })
    }
}

/// A tool that renders.
struct Tool {
    /// How people call it.
    name: &'static str,
    program: PathBuf,
    /// Arguments before all others.
    before: &'static [&'static str],
}

/// Variables that keep a tool from the network, though nothing that it was given names an address: git may use
/// no protocol, proxies lead nowhere, and there is no cluster.
fn offline() -> Vec<(&'static str, OsString)> {
    // Port 9 discards; on most machines nobody listens there, and the answer comes at once.
    const NOWHERE: &str = "http://127.0.0.1:9";
    let mut all: Vec<(&'static str, OsString)> =
        ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
            .into_iter()
            .map(|name| (name, NOWHERE.into()))
            .collect();
    all.extend([
        ("no_proxy", "".into()),
        ("NO_PROXY", "".into()),
        ("GIT_ALLOW_PROTOCOL", "none".into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("KUBECONFIG", "/dev/null".into()),
        ("KUBERC", "off".into()),
    ]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chart_says_how_its_parts_are_read() {
        let charts = [("/a", true), ("/b", false), ("/a/examples/c", false)];
        let charts = charts.map(|(folder, rendered)| (PathBuf::from(folder), rendered)).into();
        let covered = Covered { files: BTreeSet::from(["/k/patch.yaml".into()]), charts };
        for (file, reading) in [
            ("/a/templates/x.yaml", Reading::Never),
            ("/a/charts/s/templates/x.yaml", Reading::Never),
            ("/a/values.yaml", Reading::Never),
            ("/a/examples/pod.yaml", Reading::Plain),
            ("/a/files/pod.yaml", Reading::UnlessTemplate),
            ("/a/examples/c/templates/x.yaml", Reading::UnlessTemplate),
            ("/a/examples/c/values.yaml", Reading::Never),
            ("/b/templates/x.yaml", Reading::UnlessTemplate),
            ("/b/crds/x.yaml", Reading::UnlessTemplate),
            ("/b/Chart.yaml", Reading::Never),
            ("/k/patch.yaml", Reading::Never),
            ("/k/web.yaml", Reading::Plain),
        ] {
            assert_eq!(covered.reading(Path::new(file)), reading, "{file}");
        }
    }
}
