//! What an ingress-nginx in view takes from whoever writes an `Ingress`.
//!
//! Upstream: `internal/ingress/controller/config/config.go` (`allow-snippet-annotations` is on up to 1.8 and off from
//! 1.9; `annotations-risk-level` is `High` from 1.12, below the snippets' `Critical`), and the advisory of CVE-2025-1974.

use watertight_facts::{ImageRef, Workload};
use watertight_model::Namespace;

use crate::deputies::{config_map_value, value_of};

/// The ends of the names that images of the controller have, also in other people's registries.
pub(crate) const IMAGES: &[&str] =
    &["ingress-nginx/controller", "ingress-nginx", "ingress-nginx-controller", "nginx-ingress-controller"];

/// What one takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nginx {
    /// Whether it takes snippets, and what that takes for granted.
    pub snippets: Option<&'static str>,
    /// Whether its admission webhook runs what it is sent (CVE-2025-1974), and on which port.
    pub admission: Option<u16>,
}

type Version = (u32, u32, u32);

fn version(image: &ImageRef<'_>) -> Option<Version> {
    // The digits before anything else: `v1.8.1`, `1.8.1-debian-11-r0`, `nginx-1.8.1-rancher1`.
    let tag = image.tag?;
    let tag = &tag[tag.find(|c: char| c.is_ascii_digit())?..];
    let mut numbers = tag.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some((next()?, next()?, next()?))
}

impl Nginx {
    pub(crate) fn of(workload: Workload<'_>, image: &ImageRef<'_>, words: &[&str]) -> Option<Self> {
        let version = version(image)?;
        let webhook = value_of(words, "validating-webhook").filter(|address| !address.is_empty());
        let port = webhook.and_then(|address| address.rsplit(':').next()?.parse().ok());
        // Admission came with 0.32; before 1.10 nothing is fixed.
        let vulnerable = version < (1, 11, 5) || version == (1, 12, 0);
        Some(Self { snippets: snippets(version, workload, words), admission: port.filter(|_| vulnerable) })
    }
}

/// What is taken for granted when snippets are taken; `None` when they are not.
fn snippets(version: Version, workload: Workload<'_>, words: &[&str]) -> Option<&'static str> {
    const OUT_OF_VIEW: &str =
        "the ConfigMap that the controller reads is not in view; snippets are on by default";
    if version < (0, 49, 1) || version == (1, 0, 0) {
        return Some("");
    }
    let by_default = version < (1, 9, 0);
    let Some((namespace, name)) = value_of(words, "configmap").and_then(|flag| flag.split_once('/')) else {
        return by_default.then_some("");
    };
    let own = &workload.identity().namespace;
    let named = Namespace::Named(namespace.into());
    let namespace = if namespace.starts_with("$(") { own } else { &named };
    let said = config_map_value(workload, namespace, name, "allow-snippet-annotations");
    let risk = config_map_value(workload, namespace, name, "annotations-risk-level");
    let risky =
        version < (1, 12, 0) || risk.flatten().is_some_and(|level| level.eq_ignore_ascii_case("critical"));
    match said {
        None => by_default.then_some(OUT_OF_VIEW),
        Some(None) => by_default.then_some(""),
        Some(Some(text)) => {
            // As `strconv.ParseBool` takes it.
            let on = matches!(text.as_str(), "true" | "True" | "TRUE" | "t" | "T" | "1");
            let off = matches!(text.as_str(), "false" | "False" | "FALSE" | "f" | "F" | "0");
            ((on || (by_default && !off)) && risky).then_some("")
        }
    }
}
