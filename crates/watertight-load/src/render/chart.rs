//! Reads of a chart what has to be known before helm runs, and cuts its output by template.
//!
//! Start reading at [`Chart::read`] and [`parts`].

use std::path::{Path, PathBuf};

use watertight_model::RenderedPart;
use watertight_syntax::{Limits, Value};

use super::documents::{documents, field};
use super::message::lexical;

/// The file that makes a folder a chart.
pub(crate) const FILE_NAME: &str = "Chart.yaml";

/// One chart.
pub(super) struct Chart {
    /// The name that it gives itself: helm's paths begin with it.
    pub(super) name: String,
    /// Only for other charts to use; nothing of it is ever rendered by itself.
    pub(super) library: bool,
    /// Charts that it needs and that are not in its folder `charts`.
    pub(super) missing: Vec<String>,
}

impl Chart {
    /// Reads the chart in a folder. `None` when there is none: a `Chart.yaml` that names nothing, or with
    /// nothing beside it to render. A file that is no YAML is left to helm.
    pub(super) fn read(folder: &Path, limits: &Limits) -> Option<Self> {
        let read = documents(&folder.join(FILE_NAME), limits).ok();
        let root = read.as_ref().and_then(|(_, documents)| documents.first()).map(|first| first.root());
        let name = root.and_then(|root| field(root, "name")).and_then(Value::as_str);
        let needed = needed(folder, root, limits);
        let has = |below: &str| folder.join(below).is_dir();
        if name.is_none() && read.is_some() || !has("templates") && !has("charts") && needed.is_empty() {
            return None;
        }
        let kind = root.and_then(|root| field(root, "type")).and_then(Value::as_str);
        let there = vendored(folder, limits);
        Some(Self {
            name: name.unwrap_or_default().to_owned(),
            library: kind == Some("library"),
            missing: needed.into_iter().filter(|name| !there.contains(name)).collect(),
        })
    }

    /// A name for the release: that of the chart, as far as helm takes it (53 characters, a DNS label).
    pub(super) fn release(&self) -> String {
        let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name: String = self.name.chars().map(fits).take(53).collect();
        let name = name.trim_matches('-');
        if name.is_empty() { "release-name".to_owned() } else { name.to_owned() }
    }
}

/// The charts that a chart needs: `dependencies`, for the older form in `requirements.yaml`.
fn needed(folder: &Path, root: Option<Value<'_>>, limits: &Limits) -> Vec<String> {
    let names = |root: Value<'_>| -> Vec<String> {
        let all = field(root, "dependencies");
        let names = all.into_iter().flat_map(Value::items).filter_map(|item| field(item, "name")?.as_str());
        names.map(str::to_owned).collect()
    };
    let mut needed: Vec<String> = root.map(names).unwrap_or_default();
    if let Ok((_, documents)) = documents(&folder.join("requirements.yaml"), limits) {
        needed.extend(documents.first().into_iter().flat_map(|first| names(first.root())));
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// The charts in the folder `charts`, unpacked or as archives (`NAME-VERSION.tgz`).
fn vendored(folder: &Path, limits: &Limits) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.join("charts")).into_iter().flatten().flatten() {
        let path = entry.path();
        let file = entry.file_name().to_string_lossy().into_owned();
        if let Some(archive) = file.strip_suffix(".tgz") {
            // The version begins with the first part that is a number; a name may have dashes too.
            let cuts = archive.match_indices('-').filter(|(at, _)| {
                archive[at + 1..].trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
            });
            names.extend(cuts.map(|(at, _)| archive[..at].to_owned()));
        } else if let Ok((_, documents)) = documents(&path.join(FILE_NAME), limits) {
            let name = documents.first().and_then(|first| field(first.root(), "name")?.as_str());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

/// Cuts helm's output by document: each begins with a line `---`, and the next says which template it
/// comes from. Upstream: `cmd/template.go` prints `---` and `# Source: PATH` before each.
pub(super) fn parts(output: &str, shown: &str, chart: &Chart) -> Vec<RenderedPart> {
    let below = |source: &str| {
        let path = Path::new(source);
        let below = path.strip_prefix(&chart.name).unwrap_or(path);
        let plain = below.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        plain.then(|| lexical(shown, below))
    };
    cut(output)
        .map(|text| {
            let from = text.lines().next().and_then(|line| line.strip_prefix("# Source: ")).and_then(below);
            let name = from.clone().unwrap_or_else(|| lexical(shown, Path::new(FILE_NAME)));
            RenderedPart { from, name, text: text.to_owned() }
        })
        .collect()
}

/// The documents of a text, without the lines `---` between them. At the beginning of a line these three
/// end a document wherever they stand, in block scalars too.
pub(super) fn cut(output: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(output);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if line.trim_end() == "---" {
                rest = Some(&text[at + line.len()..]);
                return Some(&text[..at]);
            }
            at += line.len();
        }
        rest = None;
        Some(text)
    })
    .filter(|document| !document.trim().is_empty())
}

/// What of a chart's folder helm reads, and nobody else should: relative to the folder.
pub(super) fn is_part(below: &Path) -> bool {
    let mut parts = below.components().map(|part| part.as_os_str().to_string_lossy());
    let first = parts.next().unwrap_or_default();
    match parts.next() {
        Some(_) => matches!(&*first, "templates" | "charts" | "crds"),
        None => {
            matches!(&*first, FILE_NAME | "Chart.lock" | "requirements.yaml" | "requirements.lock")
                || first.starts_with("values") && PathBuf::from(&*first).extension().is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_cut_by_template() {
        let output = "---\n# Source: shop/templates/a.yaml\nkind: A\n---\n# Source: shop/charts/db/templates/b.yaml\nkind: B\n---\nkind: C\n---\n# Source: ../../etc/x\nkind: D\n---\n\n";
        let chart = Chart { name: "shop".into(), library: false, missing: Vec::new() };
        let parts = parts(output, "charts/shop", &chart);
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "charts/shop/templates/a.yaml",
                "charts/shop/charts/db/templates/b.yaml",
                "charts/shop/Chart.yaml",
                "charts/shop/Chart.yaml"
            ]
        );
        assert!(parts[0].from.is_some() && parts[2].from.is_none() && parts[3].from.is_none());
    }

    #[test]
    fn needed_charts_are_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |name: &str, text: &str| {
            std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            std::fs::write(root.join(name), text).unwrap();
        };
        write(
            "Chart.yaml",
            "name: My_Shop\ndependencies: [{name: redis}, {name: my-db}, {name: common}, {name: gone}]\n",
        );
        write("charts/redis/Chart.yaml", "name: redis\n");
        write("charts/my-db-1.2.3.tgz", "");
        write("charts/x/Chart.yaml", "name: common\n");
        let chart = Chart::read(root, &Limits::default()).unwrap();
        assert_eq!(
            (chart.missing.as_slice(), chart.release().as_str()),
            (["gone".to_owned()].as_slice(), "my-shop")
        );
        assert!(Chart::read(&root.join("charts/redis"), &Limits::default()).is_none());
    }

    #[test]
    fn parts_of_a_chart_are_told_from_what_lies_beside() {
        for part in
            ["templates/a.yaml", "charts/x/values.yaml", "crds/a.yaml", "Chart.yaml", "values-prod.yaml"]
        {
            assert!(is_part(Path::new(part)), "{part}");
        }
        for other in ["examples/pod.yaml", "values/a.yaml", "README.md", "templates.yaml"] {
            assert!(!is_part(Path::new(other)), "{other}");
        }
    }
}
