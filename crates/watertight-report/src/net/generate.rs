//! `watertight net generate`: policies, with what they are for and their proof.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value as Json;

use super::{About, Head, Rest};
use crate::json::Tool;
use crate::rbac::Origin;
use crate::style::{Clean, plural};
use crate::yaml;

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.net-generate/v1";

/// What was made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Generated {
    /// The kind of policies.
    pub flavor: &'static str,
    /// The policies.
    pub policies: Vec<PolicyMade>,
    /// What the model says of them.
    pub proof: ProofRow,
    /// Needed flows that no policy can be written for.
    pub unresolved: Vec<UnresolvedRow>,
    /// Policies that are there and that these take the place of: delete them.
    pub replaced: Vec<String>,
    /// Policies that an earlier run made, and that nothing needs any more: delete them.
    pub obsolete: Vec<String>,
    /// Policies that are there, stay, and let through more than what they name.
    pub wide: Vec<String>,
    /// What stays open, and why.
    pub open: Vec<OpenRow>,
    /// Namespaces that were let be.
    pub let_be: Vec<OpenRow>,
    /// What may be a flow and is for people to answer.
    pub questions: Vec<QuestionRow>,
    /// Where the DNS of the cluster is taken to be.
    pub dns: DnsRow,
    /// What the recordings held beside flows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<RecordingRow>,
}

/// One policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyMade {
    /// What it is for.
    pub what: String,
    /// The flows that it is for.
    pub flows: Vec<FlowRow>,
    /// Itself.
    pub object: Json,
}

/// A needed flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowRow {
    /// Who opens it.
    pub from: String,
    /// Who takes it.
    pub to: String,
    /// The port at the destination, as in `5432/TCP`; `?` is what is not known.
    pub port: String,
    /// Why it is needed.
    pub why: Vec<WhyRow>,
}

/// Why a flow is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct WhyRow {
    /// In words.
    pub words: String,
    /// Where it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// What the model says of the policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofRow {
    /// Needed flows that are let through.
    pub kept: usize,
    /// Needed flows that are, if names of hosts or addresses that are not in view turn out so.
    pub kept_perhaps: usize,
    /// These flows.
    pub perhaps: Vec<FlowRow>,
    /// Flows that policies of an earlier run let through, and that nothing lets through any more.
    pub dropped: Vec<FlowRow>,
    /// Needed flows that another policy denies, before as well.
    pub denied_before: Vec<FlowRow>,
    /// Needed flows that are not let through: a fault of this program.
    pub broken: Vec<FlowRow>,
    /// Policies that could not be read back, so that nothing is proven: a fault of this program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Workloads that can look names up.
    pub dns_kept: usize,
    /// Workloads that cannot.
    pub dns_broken: Vec<String>,
    /// (pod, pod, port) triples that were let through.
    pub triples_before: u64,
    /// Those that still are.
    pub triples_after: u64,
}

/// A needed flow that no policy can be written for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnresolvedRow {
    /// The flow.
    pub flow: FlowRow,
    /// Why, and what to do.
    pub why: &'static str,
}

/// Something that stays open or was let be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OpenRow {
    /// What.
    pub what: String,
    /// Why.
    pub why: &'static str,
}

/// Something that may be a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct QuestionRow {
    /// Whose flow it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What kind of question: `ambiguous`, `not-in-view`, `needed`, `from-secret`, `external`, `not-modelled`.
    pub asks: &'static str,
    /// In words.
    pub words: String,
    /// Where it arises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Where the DNS of the cluster is taken to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DnsRow {
    /// As in `kube-system, pods with k8s-app=kube-dns, ports 53/UDP, 53/TCP`.
    pub is: String,
    /// What nothing in view tells, so that it is taken to be as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumed: Option<&'static str>,
}

/// What a recording held beside flows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingRow {
    /// The file.
    pub file: String,
    /// The lines that were read.
    pub lines: u64,
    /// Flows that were denied, with how often: not needed.
    pub denied: Vec<String>,
    /// Flows that cannot be attributed.
    pub unattributed: Vec<String>,
    /// Lines that could not be read.
    pub errors: Vec<String>,
}

impl Generated {
    /// Writes the policies as manifests, with what they are for and their proof as comments.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn yaml(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        for line in self.summary(about) {
            writeln!(out, "# {}", Clean(&line))?;
        }
        for policy in &self.policies {
            writeln!(out, "---\n# {}", Clean(&policy.what))?;
            for flow in &policy.flows {
                writeln!(out, "#   {}", Clean(&flow.to_string()))?;
            }
            yaml::write(&policy.object, out)?;
        }
        Ok(())
    }

    /// Writes all as JSON.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Document<'a> {
            #[serde(flatten)]
            head: Head<'a>,
            #[serde(flatten)]
            generated: &'a Generated,
            #[serde(flatten)]
            rest: Rest<'a>,
        }
        let tool = Tool { name: "watertight", version: about.tool_version };
        let head = Head { schema: SCHEMA, tool, enforcement: &about.enforcement };
        serde_json::to_writer_pretty(&mut *out, &Document { head, generated: self, rest: Rest::of(about) })?;
        out.write_all(b"\n")
    }

    /// The proof and all that is not proven, in lines.
    #[must_use]
    pub fn summary(&self, about: &About<'_>) -> Vec<String> {
        let proof = &self.proof;
        let mut lines = vec![format!(
            "{}. Of the needed flows {} are let through{}{}.",
            plural(self.policies.len(), "policy"),
            proof.kept,
            counted(proof.kept_perhaps, "perhaps"),
            counted(self.unresolved.len(), "unresolved"),
        )];
        let once = if about.enforcement.enforced { "" } else { " once policies are enforced" };
        lines.push(format!(
            "(pod, pod, port) triples: {} before, {} after{once} ({} % closed).",
            proof.triples_before,
            proof.triples_after,
            closed_percent(proof.triples_before, proof.triples_after),
        ));
        let assumed = self.dns.assumed.map(|why| format!(" (assumed: {why})")).unwrap_or_default();
        lines.push(format!(
            "DNS: {}{assumed}; {} can look names up{}.",
            self.dns.is,
            plural(proof.dns_kept, "workload"),
            counted(proof.dns_broken.len(), "cannot"),
        ));
        let mut section = |title: &str, all: Vec<String>| {
            if !all.is_empty() {
                lines.push(String::new());
                lines.push(title.to_owned());
                lines.extend(all.into_iter().map(|line| format!("  - {line}")));
            }
        };
        section(
            "NOT LET THROUGH, and needed (a fault of this program; please report it):",
            texts(&proof.broken),
        );
        let unresolved = self.unresolved.iter().map(|own| format!("{}: {}", own.flow, own.why));
        section("Not resolved, hence no rule was made:", unresolved.collect());
        section("CANNOT LOOK NAMES UP:", proof.dns_broken.clone());
        section(
            "Let through perhaps (that depends on addresses of hosts, or on what is not in view):",
            texts(&proof.perhaps),
        );
        section("Denied by another policy, before as well:", texts(&proof.denied_before));
        section(
            "Delete these, whose place the policies take (what they name stays let through):",
            self.replaced.clone(),
        );
        section("Delete these, which an earlier run made and nothing needs any more:", self.obsolete.clone());
        section(
            "Let through by what an earlier run made, and not any more (what is needed goes to `network.flows`):",
            texts(&proof.dropped),
        );
        section(
            "Still open through these, which are there (--replace takes the place of each NetworkPolicy):",
            self.wide.clone(),
        );
        section("Left open:", self.open.iter().map(|own| format!("{}: {}", own.what, own.why)).collect());
        section("Let be:", self.let_be.iter().map(|own| format!("{}: {}", own.what, own.why)).collect());
        section("Questions (nothing was guessed):", self.questions.iter().map(ToString::to_string).collect());
        for recording in &self.recordings {
            section(&format!("Denied in {}:", recording.file), recording.denied.clone());
            section(&format!("Not attributed in {}:", recording.file), recording.unattributed.clone());
            section(&format!("Not read in {}:", recording.file), recording.errors.clone());
        }
        section("Not seen:", about.gaps.iter().map(|gap| format!("{}: {}", gap.what, gap.why)).collect());
        section("Notes:", Rest::of(about).notes);
        lines
    }
}

/// Writes one object as YAML.
///
/// # Errors
/// When the writer fails.
pub fn document(object: &Json, out: &mut dyn Write) -> io::Result<()> {
    yaml::write(object, out)
}

fn counted(count: usize, what: &str) -> String {
    if count == 0 { String::new() } else { format!(", {count} {what}") }
}

/// How much was closed, in hundredths, rounded down so that 100 means all.
fn closed_percent(before: u64, after: u64) -> u64 {
    let closed = u128::from(before.saturating_sub(after)) * 100;
    u64::try_from(closed / u128::from(before.max(1))).unwrap_or(100)
}

fn texts(flows: &[FlowRow]) -> Vec<String> {
    flows.iter().map(ToString::to_string).collect()
}

/// As in `shop/web → shop/db 5432/TCP: env DB_HOST (deploy.yaml:12)`.
impl std::fmt::Display for FlowRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → {} {}", self.from, self.to, self.port)?;
        if let Some(why) = self.why.first() {
            write!(f, ": {}", why.words)?;
            if let Some(origin) = &why.origin {
                write!(f, " ({origin})")?;
            }
        }
        match self.why.len().checked_sub(1) {
            Some(more) if more > 0 => write!(f, " and {more} more"),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Display for QuestionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(from) = &self.from {
            write!(f, "{from}: ")?;
        }
        f.write_str(&self.words)?;
        match &self.origin {
            Some(origin) => write!(f, " ({origin})"),
            None => Ok(()),
        }
    }
}
