//! `watertight rbac minimize`: roles made of what was seen to be used.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};
use watertight_audit::Tally;
use watertight_rbac::k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};

use super::{Answer, Defined};
use crate::style::Clean;
use crate::yaml;
use crate::{Style, Table};

/// Roles for every subject that was seen, and what they leave out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Minimize {
    /// When the first request of the logs arrived.
    pub since: Option<String>,
    /// When the last one did.
    pub until: Option<String>,
    /// How many requests there were.
    pub requests: RequestsRow,
    /// Roles by subject. The authorizer allows every request that they were made of.
    pub subjects: Vec<SubjectRoles>,
    /// Who was allowed by something else than a role: not granted.
    pub outside: Vec<OutsideRow>,
    /// Grants of the target that were never used; `None` without a target.
    pub unused: Option<UnusedRows>,
    /// Requests that were allowed and that the target's roles do not allow; `None` without a target.
    pub not_allowed_by_target: Option<u64>,
    /// What came of reading the logs.
    pub logs: Vec<LogRow>,
}

/// How many requests there were, each counted once.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestsRow {
    /// All.
    pub all: u64,
    /// Allowed and granted.
    pub granted: u64,
    /// Allowed by something else than a role.
    pub outside: u64,
    /// Denied.
    pub denied: u64,
    /// Allowed and only tried.
    pub dry_run: u64,
    /// Without a decision.
    pub undecided: u64,
    /// Allowed and not selected.
    pub not_selected: u64,
    /// Of the allowed ones, those made as someone else.
    pub impersonated: u64,
}

/// How often and when.
#[derive(Debug, Serialize)]
pub struct TimesRow {
    /// How often.
    pub count: u64,
    /// When first.
    pub first: Option<String>,
    /// When last.
    pub last: Option<String>,
}

/// The roles of one subject.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectRoles {
    /// The user's name.
    pub user: String,
    /// How often it was seen.
    pub times: TimesRow,
    /// How many different requests the roles are made of.
    pub requests: usize,
    /// How many of them Kubernetes lets everyone make.
    pub left_to_everyone: usize,
    /// Roles of namespaces.
    pub roles: Vec<Role>,
    /// Roles of the cluster.
    pub cluster_roles: Vec<ClusterRole>,
    /// Bindings in namespaces.
    pub role_bindings: Vec<RoleBinding>,
    /// Bindings of the cluster.
    pub cluster_role_bindings: Vec<ClusterRoleBinding>,
}

/// Someone whom no role let in.
#[derive(Debug, Serialize)]
pub struct OutsideRow {
    /// The user's name.
    pub user: String,
    /// What let them in.
    pub by: &'static str,
    /// How often.
    pub times: TimesRow,
}

/// Grants that were never used.
#[derive(Debug, Default, Serialize)]
pub struct UnusedRows {
    /// Bindings with rules that were never used.
    pub bindings: Vec<UnusedRow>,
    /// How many of Kubernetes' own there are beside them.
    pub own: usize,
}

/// A binding with rules that were never used.
#[derive(Debug, Serialize)]
pub struct UnusedRow {
    /// The binding.
    pub binding: Defined,
    /// Its role, as in `ClusterRole/view`.
    pub role: String,
    /// Its subjects.
    pub subjects: Vec<String>,
    /// Whether no rule of it was used.
    pub whole: bool,
    /// The rules that were never used.
    pub rules: Vec<String>,
}

/// What came of reading a log.
#[derive(Debug, Serialize)]
pub struct LogRow {
    /// The file.
    pub file: String,
    /// Its lines.
    pub lines: u64,
    /// Events that were read.
    pub events: u64,
    /// Places that could not be read.
    pub unread: u64,
    /// Why reading stopped before the end.
    pub stopped: Option<String>,
}

impl LogRow {
    /// The row of a log.
    #[must_use]
    pub fn of(file: &str, tally: &Tally) -> Self {
        Self {
            file: file.to_owned(),
            lines: tally.lines,
            events: tally.events,
            unread: tally.unread_total(),
            stopped: tally.stopped.clone(),
        }
    }
}

impl SubjectRoles {
    /// Every object, roles before the bindings that name them.
    fn objects(&self) -> Vec<Value> {
        fn values<T: Serialize>(objects: &[T]) -> impl Iterator<Item = Value> {
            objects.iter().map(|object| json!(object))
        }
        values(&self.cluster_roles)
            .chain(values(&self.roles))
            .chain(values(&self.cluster_role_bindings))
            .chain(values(&self.role_bindings))
            .collect()
    }

    fn rules(&self) -> usize {
        let roles = self.roles.iter().map(|role| &role.rules);
        let rules = roles.chain(self.cluster_roles.iter().map(|role| &role.rules));
        rules.map(|rules| rules.as_ref().map_or(0, Vec::len)).sum()
    }
}

impl Minimize {
    fn window(&self) -> String {
        match (&self.since, &self.until) {
            (Some(since), Some(until)) => format!(" between {since} and {until}"),
            _ => String::new(),
        }
    }

    /// What the roles are made of and what they are not, a sentence each.
    fn said(&self) -> Vec<String> {
        let RequestsRow { all, granted, denied, dry_run, undecided, not_selected, outside, impersonated } =
            self.requests;
        let mut said = vec![
            format!(
                "Roles for {} subjects, made of {granted} allowed requests ({all} in the logs){}.",
                self.subjects.len(),
                self.window()
            ),
            "Proven: the RBAC authorizer was asked for each of these requests and allows them by these roles and by what \
             Kubernetes lets everyone do."
                .to_owned(),
        ];
        let left = [
            (denied, "denied"),
            (dry_run, "dry runs"),
            (undecided, "without a decision in the log"),
            (outside, "allowed by something else than a role"),
            (not_selected, "not selected"),
        ];
        let left: Vec<String> = left
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !left.is_empty() {
            said.push(format!("No grants were made of: {}.", left.join(", ")));
        }
        if impersonated > 0 {
            said.push(format!(
                "{impersonated} requests were made as someone else: they are that one's, and who made them may impersonate."
            ));
        }
        if let Some(count) = self.not_allowed_by_target.filter(|&count| count > 0) {
            said.push(format!(
                "{count} of what was allowed is not allowed by the roles of the target: they are not all."
            ));
        }
        for log in self.logs.iter().filter(|log| log.unread > 0 || log.stopped.is_some()) {
            let stopped = log.stopped.as_ref().map(|why| format!(", and {why}")).unwrap_or_default();
            said.push(format!(
                "NOT COMPLETE: {} places of {} could not be read{stopped}: what they show is not granted.",
                log.unread, log.file
            ));
        }
        said
    }
}

/// Writes manifests, with what they were made of as comments.
///
/// # Errors
/// When the writer fails.
pub fn yaml(answer: &Minimize, out: &mut dyn Write) -> io::Result<()> {
    for sentence in answer.said() {
        writeln!(out, "# {}", Clean(sentence))?;
    }
    for row in &answer.outside {
        writeln!(
            out,
            "# Not granted: {} requests of {}, allowed by {}.",
            row.times.count,
            Clean(&row.user),
            row.by
        )?;
    }
    if let Some(unused) = &answer.unused {
        let since = answer.since.as_deref().unwrap_or("the beginning of the logs");
        for row in &unused.bindings {
            writeln!(out, "# Never used since {since}: {}", Clean(never_used(row)))?;
        }
    }
    for subject in &answer.subjects {
        let mut objects = subject.objects().into_iter().peekable();
        let times = &subject.times;
        let head = format!(
            "{}: {} requests, {} different, {} of which everyone may make",
            subject.user, times.count, subject.requests, subject.left_to_everyone
        );
        if objects.peek().is_none() {
            writeln!(out, "# {}: no role is needed", Clean(&head))?;
        }
        for (number, object) in objects.enumerate() {
            writeln!(out, "---")?;
            if number == 0 {
                writeln!(out, "# {}", Clean(&head))?;
            }
            yaml::write(&object, out)?;
        }
    }
    Ok(())
}

/// As many rules as a line of a table can hold; the other forms have them all.
fn first_rules(rules: &[String]) -> String {
    const WIDEST: usize = 60;
    let mut text = String::new();
    for (number, rule) in rules.iter().enumerate() {
        let fits = text.len() + rule.len() <= WIDEST;
        if number > 0 && !fits {
            return format!("{text} and {} more", rules.len() - number);
        }
        if number > 0 {
            text.push_str("; ");
        }
        // One rule of many resources fills the line by itself.
        match rule.char_indices().nth(WIDEST) {
            Some((end, _)) if number == 0 => text.push_str(&format!("{}…", &rule[..end])),
            _ => text.push_str(rule),
        }
    }
    text
}

fn never_used(row: &UnusedRow) -> String {
    let namespace = row.binding.namespace.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
    let what = if row.whole { "all of it".to_owned() } else { row.rules.join("; ") };
    format!("{}{namespace} ({}) of {}: {what}", row.binding, row.role, row.subjects.join(", "))
}

/// Writes a line for each subject, then who is not granted anything, then grants that were never used.
///
/// # Errors
/// When the writer fails.
pub fn table(answer: &Minimize, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for sentence in answer.said() {
        writeln!(out, "{}", Clean(sentence))?;
    }
    writeln!(out)?;
    let mut table = Table::new(&["SUBJECT", "REQUESTS", "DIFFERENT", "RULES", "NAMESPACES", "FIRST", "LAST"]);
    for subject in &answer.subjects {
        let everywhere = if subject.cluster_role_bindings.is_empty() { "" } else { " and everywhere" };
        table.row([
            subject.user.clone(),
            subject.times.count.to_string(),
            subject.requests.to_string(),
            subject.rules().to_string(),
            format!("{}{everywhere}", subject.role_bindings.len()),
            subject.times.first.clone().unwrap_or_default(),
            subject.times.last.clone().unwrap_or_default(),
        ]);
    }
    table.write(style, out)?;
    if !answer.outside.is_empty() {
        writeln!(out)?;
        let mut table = Table::new(&["NOT GRANTED", "ALLOWED BY", "REQUESTS", "FIRST", "LAST"]);
        for row in &answer.outside {
            let time = |time: &Option<String>| time.clone().unwrap_or_default();
            let count = row.times.count.to_string();
            table.row([
                row.user.clone(),
                row.by.to_owned(),
                count,
                time(&row.times.first),
                time(&row.times.last),
            ]);
        }
        table.write(style, out)?;
    }
    let Some(unused) = &answer.unused else { return Ok(()) };
    writeln!(out)?;
    let mut table = Table::new(&["NEVER USED", "NAMESPACE", "ROLE", "SUBJECTS", "RULES", "AT"]);
    for row in &unused.bindings {
        table.row([
            row.binding.to_string(),
            row.binding.namespace.clone().unwrap_or_default(),
            row.role.clone(),
            row.subjects.join(", "),
            if row.whole { "all".to_owned() } else { first_rules(&row.rules) },
            row.binding.origin.to_string(),
        ]);
    }
    if !table.is_empty() {
        table.write(style, out)?;
    }
    let since = answer.since.as_deref().unwrap_or("the beginning of the logs");
    writeln!(
        out,
        "{} bindings with rules never used since {since}, and {} of Kubernetes itself",
        table.len(),
        unused.own
    )
}

impl Answer for Minimize {
    const SCHEMA: &'static str = "watertight.rbac-minimize/v1";

    fn table(&self, _wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        table(self, style, out)
    }
}
