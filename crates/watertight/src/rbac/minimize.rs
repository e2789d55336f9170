//! `watertight rbac minimize`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use watertight_audit::{LogLimits, Tally};
use watertight_facts::observed::{Observed, Selection};
use watertight_facts::{Identities, RBAC, Settings, World};
use watertight_model::{Gap, ObjectId, Snapshot, Standing};
use watertight_rbac::{Generalize, Minimized, Policy, PolicyBuilder, Times, bootstrap, service_account_user};
use watertight_report::clean;
use watertight_report::rbac::minimize::{
    self, LogRow, Minimize, OutsideRow, SubjectRoles, TimesRow, UnusedRow, UnusedRows,
};
use watertight_report::rbac::{About, json};

use super::shown::{self, Shown, text};
use crate::args::{ColorWhen, Generalization, MinimizeArgs, MinimizeFormat};
use crate::audit::log;
use crate::config::Config;
use crate::exit::{CLEAN, Failure, INCOMPLETE};
use crate::load::load_paths;
use crate::output::{style, to_stdout};

/// Makes roles of what logs show.
pub fn run(arguments: &MinimizeArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let (logs, targets) = split(arguments)?;
    let config = Config::find(&arguments.reading, &targets)?;
    let snapshot = match targets.as_slice() {
        [] => None,
        targets => Some(load_paths(targets, &arguments.reading, &config)?),
    };
    let settings = Settings { target: config.kubernetes_version(&arguments.reading), ..Settings::default() };
    let world = snapshot.as_ref().map(|snapshot| World::new(snapshot, &settings));
    let identities = world.as_ref().map(World::identities);
    let mut observed = Observed::new(selection(arguments), identities.map(Identities::policy));
    let tallies = read(&logs, arguments, &mut observed)?;

    let base = default_policy(settings.target.minor.into());
    let minimized = observed.minimizer().minimize(&generalize(arguments), Some(&base));
    let unproven = observed.minimizer().unproven(&minimized, Some(&base));
    if let Some(first) = unproven.first() {
        let count = unproven.len();
        return Err(Failure::new(format!(
            "{count} requests are not allowed by the roles made of them: {first}"
        ))
        .help("this is a bug in Watertight; please report it"));
    }
    let gaps = gaps(world.as_ref());
    if !arguments.reading.quiet {
        tell(&observed, &gaps, &tallies);
    }
    let answer = Minimize {
        since: some(observed.window().0),
        until: some(observed.window().1),
        requests: requests(&observed),
        subjects: minimized.iter().map(subject).collect(),
        outside: outside(&observed),
        unused: unused(&observed, snapshot.as_ref(), identities),
        not_allowed_by_target: observed.usage().map(watertight_rbac::Usage::denied),
        logs: tallies.iter().map(|(file, tally)| LogRow::of(file, tally)).collect(),
    };
    let complete = gaps.is_empty() && tallies.iter().all(|(_, tally)| tally.is_complete());
    let about = About {
        tool_version: env!("CARGO_PKG_VERSION"),
        kubernetes_version: settings.target.to_string(),
        caveats: Vec::new(),
        problems: Vec::new(),
        gaps,
    };
    let written = to_stdout(|out| match arguments.output {
        MinimizeFormat::Yaml => minimize::yaml(&answer, out),
        MinimizeFormat::Table => minimize::table(&answer, style(color), out),
        MinimizeFormat::Json => json(&answer, &about, out),
    });
    // The answer is what it is, whether or not somebody reads to the end.
    written.or_else(|failure| if failure.is_closed_pipe() { Ok(()) } else { Err(failure) })?;
    Ok(ExitCode::from(if complete || arguments.allow_incomplete { CLEAN } else { INCOMPLETE }))
}

/// Logs, and what grants there are.
fn split(arguments: &MinimizeArgs) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let is_target = |path: &Path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("yaml" | "yml" | "wt") => true,
            Some("json") => holds_manifests(path),
            _ => path.is_dir(),
        }
    };
    let (mut targets, logs): (Vec<_>, Vec<_>) =
        arguments.paths.iter().cloned().partition(|path| is_target(path));
    targets.extend(arguments.target.iter().cloned());
    if logs.is_empty() {
        return Err(Failure::new("no audit log is named").help(
            "folders, manifests and files that end in .yaml, .yml or .wt are taken for targets; name a log beside them",
        ));
    }
    if logs.iter().chain(&targets).filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::new("standard input can be read once only"));
    }
    Ok((logs, targets))
}

/// Whether a file of JSON begins as manifests do and not as an audit log, both of which may be JSON. One
/// that cannot be read is a log: reading it says why.
fn holds_manifests(path: &Path) -> bool {
    let mut begin = Vec::new();
    let read = File::open(path).and_then(|file| file.take(1 << 16).read_to_end(&mut begin));
    let text = String::from_utf8_lossy(&begin);
    read.is_ok() && text.contains("apiVersion") && !text.contains("audit.k8s.io/")
}

fn selection(arguments: &MinimizeArgs) -> Selection {
    let mut users = Vec::new();
    if let Some(subject) = &arguments.subject {
        users.push(subject.clone());
        if let Some((namespace, name)) = subject.split_once([':', '/']) {
            users.push(service_account_user(namespace, name));
        }
    }
    Selection { users, namespace: arguments.reading.namespace.clone() }
}

fn generalize(arguments: &MinimizeArgs) -> Generalize {
    let mut generalize = Generalize { prefix: arguments.prefix.clone(), ..Generalize::default() };
    for generalization in &arguments.generalize {
        match *generalization {
            Generalization::Names(most) => generalize.names = most,
            Generalization::Namespaces(most) => generalize.namespaces = most,
        }
    }
    generalize
}

fn read(
    logs: &[PathBuf],
    arguments: &MinimizeArgs,
    observed: &mut Observed<'_>,
) -> Result<Vec<(String, Tally)>, Failure> {
    let event_bytes = usize::try_from(arguments.max_event_size).unwrap_or(usize::MAX - 1);
    let limits = LogLimits { event_bytes, ..LogLimits::default() };
    let read = |path: &PathBuf| {
        let tally = log::read(path, &limits, arguments.reading.quiet, |logged| observed.add(&logged.event))?;
        Ok((path.display().to_string(), tally))
    };
    logs.iter().map(read).collect()
}

/// What Kubernetes itself lets everyone do is not granted again. What a target lets everyone do is: it
/// may be what somebody wants to be rid of.
fn default_policy(minor: u32) -> Policy {
    let objects = bootstrap::policy(minor);
    let mut builder = PolicyBuilder::new().aggregate(true);
    objects.cluster_roles.iter().for_each(|role| builder.cluster_role(role, 0));
    objects.roles.iter().for_each(|role| builder.role(role, 0));
    objects.cluster_role_bindings.iter().for_each(|binding| builder.cluster_role_binding(binding, 0));
    objects.role_bindings.iter().for_each(|binding| builder.role_binding(binding, 0));
    builder.build()
}

fn gaps<'w>(world: Option<&'w World<'_>>) -> Vec<&'w Gap> {
    let Some(world) = world else { return Vec::new() };
    let matters = |kind: &String| RBAC.iter().any(|rbac| rbac.kind == kind);
    let gaps = world.snapshot().gaps().iter().chain(world.gaps());
    gaps.filter(|gap| gap.affects.is_empty() || gap.affects.iter().any(matters)).collect()
}

fn tell(observed: &Observed<'_>, gaps: &[&Gap], tallies: &[(String, Tally)]) {
    for gap in gaps {
        eprintln!("watertight: not seen: {}: {}", clean(&gap.what), clean(&gap.why));
    }
    for (file, tally) in tallies.iter().filter(|(_, tally)| !tally.is_complete()) {
        let file = clean(file);
        for (reason, count) in &tally.unread {
            eprintln!("watertight: not read: {file}: {count} × {}", reason.as_str());
        }
        for place in tally.places.iter().take(3) {
            eprintln!("watertight: not read: {file}:{}: {}", place.line, place.reason.as_str());
        }
        if let Some(why) = &tally.stopped {
            eprintln!("watertight: not read: {file}: stopped after line {}: {why}", tally.lines);
        }
    }
    if observed.requests().granted == 0 {
        eprintln!("watertight: warning: the logs hold no allowed request to make roles of");
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn times(times: &Times) -> TimesRow {
    TimesRow { count: times.count, first: some(&times.first), last: some(&times.last) }
}

fn requests(observed: &Observed<'_>) -> minimize::RequestsRow {
    let requests = observed.requests();
    minimize::RequestsRow {
        all: requests.all,
        granted: requests.granted,
        outside: requests.outside,
        denied: requests.denied,
        dry_run: requests.dry_run,
        undecided: requests.undecided,
        not_selected: requests.not_selected,
        impersonated: observed.impersonated(),
    }
}

fn subject(minimized: &Minimized) -> SubjectRoles {
    SubjectRoles {
        user: minimized.user.clone(),
        times: times(&minimized.times),
        requests: minimized.requests,
        left_to_everyone: minimized.left_to_everyone,
        roles: minimized.roles.clone(),
        cluster_roles: minimized.cluster_roles.clone(),
        role_bindings: minimized.role_bindings.clone(),
        cluster_role_bindings: minimized.cluster_role_bindings.clone(),
    }
}

fn outside(observed: &Observed<'_>) -> Vec<OutsideRow> {
    let rows = observed.outside().iter();
    rows.map(|((user, by), seen)| OutsideRow { user: user.clone(), by: by.as_str(), times: times(seen) })
        .collect()
}

/// Grants that somebody wrote; those of Kubernetes itself are counted.
fn unused(
    observed: &Observed<'_>,
    snapshot: Option<&Snapshot>,
    identities: Option<&Identities>,
) -> Option<UnusedRows> {
    let (usage, snapshot, identities) = (observed.usage()?, snapshot?, identities?);
    let shown = Shown::of(snapshot);
    let mut rows = UnusedRows::default();
    for unused in usage.unused() {
        let binding = identities.policy().binding(unused.binding);
        let object = ObjectId(binding.tag());
        let implied = matches!(snapshot.object(object).origin().standing, Standing::Implied);
        if implied || identities.is_default(object) {
            rows.own += 1;
            continue;
        }
        let rules = binding.role().map(watertight_rbac::RoleView::rules).unwrap_or_default();
        rows.bindings.push(UnusedRow {
            binding: shown.binding(binding, 0),
            role: format!("{}/{}", binding.role_kind(), binding.role_name()),
            subjects: binding
                .subjects()
                .map(|subject| match subject.namespace {
                    Some(namespace) => format!("{} {}/{}", subject.kind, text(namespace), subject.name),
                    None => format!("{} {}", subject.kind, subject.name),
                })
                .collect(),
            whole: unused.whole,
            rules: unused
                .rules
                .iter()
                .filter_map(|&place| rules.get(place as usize))
                .map(shown::rule)
                .collect(),
        });
    }
    Some(rows)
}
