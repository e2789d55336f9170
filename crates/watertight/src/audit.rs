//! `watertight audit`.

pub mod log;
mod policy;

use std::borrow::Cow;
use std::process::ExitCode;

use watertight_audit::{
    Identity, LogLimits, Request, Simulation, Target, groups_serving, implied_groups, is_resource_path, lint,
    recommended_yaml,
};
use watertight_report::audit::{explain, lint as lint_report, simulate};

use crate::args::{
    AuditArgs, AuditCommand, AuditExplainArgs, ColorWhen, LintArgs, ListFormat, PolicyArgs, PolicyFormat,
    SimulateArgs, Threshold,
};
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use crate::output::{style, to_stdout};

use policy::PolicyFile;

/// Runs the command below `audit`.
pub fn run(arguments: &AuditArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    match &arguments.command {
        AuditCommand::Lint(arguments) => run_lint(arguments, color),
        AuditCommand::Explain(arguments) => run_explain(arguments, color),
        AuditCommand::Simulate(arguments) => run_simulate(arguments, color),
        AuditCommand::Policy(arguments) => run_policy(arguments),
    }
}

fn run_lint(arguments: &LintArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let policy = PolicyFile::read(&arguments.policy)?;
    let findings = lint(policy.decoded());
    let failing = match arguments.fail_on {
        Threshold::Never => false,
        Threshold::At(threshold) => {
            findings.iter().any(|finding| lint_report::severity(finding.severity) >= threshold)
        }
    };
    let written = to_stdout(|out| match arguments.output {
        ListFormat::Table => lint_report::table(&policy.source(), &findings, style(color), out),
        ListFormat::Json => lint_report::json(&policy.source(), &findings, out),
    });
    finish(written, if failing { FINDINGS } else { CLEAN })
}

/// The answer is what it is, whether or not somebody reads to the end.
fn finish(written: Result<(), Failure>, code: u8) -> Result<ExitCode, Failure> {
    written.or_else(|failure| if failure.is_closed_pipe() { Ok(()) } else { Err(failure) })?;
    Ok(ExitCode::from(code))
}

fn run_explain(arguments: &AuditExplainArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let asked = Asked::of(arguments)?;
    let policy = PolicyFile::read(&arguments.policy)?;
    policy.warn();
    let user = arguments.user.clone().unwrap_or_else(|| policy.unnamed_user());
    let mut groups: Vec<Cow<'_, str>> = implied_groups(&user).into_iter().map(Cow::Owned).collect();
    for group in &arguments.group {
        if !groups.iter().any(|known| known == group) {
            groups.push(Cow::Borrowed(group));
        }
    }
    let user = Some(Identity { name: &user, groups: Cow::Owned(groups) });
    let request = Request { user, verb: &arguments.verb, target: asked.target() };
    let (decision, before) = policy.decoded().policy.explain(&request);
    let explained =
        explain::Explained { source: policy.source(), request: &request, decision, before: &before };
    let written = to_stdout(|out| match arguments.output {
        ListFormat::Table => explain::table(&explained, style(color), out),
        ListFormat::Json => explain::json(&explained, out),
    });
    finish(written, CLEAN)
}

/// What the arguments ask for.
enum Asked<'a> {
    Url(&'a str),
    Resource { group: &'a str, resource: &'a str, subresource: &'a str, namespace: &'a str, name: &'a str },
}

impl<'a> Asked<'a> {
    fn of(arguments: &'a AuditExplainArgs) -> Result<Self, Failure> {
        let Some(text) = &arguments.resource else {
            let url = arguments.url.as_deref().unwrap_or_default();
            let path = url.split(['?', '#']).next().unwrap_or_default();
            if !path.starts_with('/') {
                return Err(Failure::new(format!("`{url}` is no path of a URL: it does not begin with `/`")));
            }
            if is_resource_path(path) {
                return Err(Failure::new(format!("`{path}` is the URL of a resource"))
                    .help("ask with --resource, --namespace and --name"));
            }
            return Ok(Self::Url(path));
        };
        let (name, sub) = match text.split_once('/') {
            Some((name, sub)) => (name, Some(sub)),
            None => (text.as_str(), None),
        };
        let (resource, group) = match name.split_once('.') {
            Some((resource, group)) => (resource, Some(group)),
            None => (name, None),
        };
        if resource.is_empty() || sub.is_some_and(str::is_empty) || group.is_some_and(str::is_empty) {
            return Err(
                Failure::new(format!("`{text}` is no resource")).help("RESOURCE[.GROUP][/SUBRESOURCE]")
            );
        }
        let group = one("API groups", group, arguments.api_group.as_deref())?;
        let subresource = one("subresources", sub, arguments.subresource.as_deref())?.unwrap_or_default();
        Ok(Self::Resource {
            group: group.unwrap_or_else(|| usual_group(resource)),
            resource,
            subresource,
            namespace: arguments.namespace.as_deref().unwrap_or_default(),
            name: arguments.name.as_deref().unwrap_or_default(),
        })
    }

    fn target(&self) -> Target<'a> {
        match *self {
            Self::Url(path) => Target::NonResource { path },
            Self::Resource { group, resource, subresource, namespace, name } => {
                Target::Resource { api_group: group, resource, subresource, namespace, name }
            }
        }
    }
}

/// What was given in one of two ways, or in both alike.
fn one<'a>(what: &str, one: Option<&'a str>, other: Option<&'a str>) -> Result<Option<&'a str>, Failure> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(Failure::new(format!(
            "--resource and the other argument name different {what}: `{one}`, `{other}`"
        ))),
        (one, other) => Ok(one.or(other)),
    }
}

/// The group that kubectl would take: the core group, or the first of Kubernetes' own that serves it.
fn usual_group(resource: &str) -> &'static str {
    let groups = groups_serving(resource);
    if groups.contains(&"") { "" } else { groups.first().copied().unwrap_or_default() }
}

fn run_simulate(arguments: &SimulateArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let policy = PolicyFile::read(&arguments.policy)?;
    policy.warn();
    let against = arguments.against.as_deref().map(PolicyFile::read).transpose()?;
    if let Some(against) = &against {
        against.warn();
    }
    let stdin = arguments.logs.iter().chain([&arguments.policy]).chain(&arguments.against);
    if stdin.filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::new("standard input can be read once only"));
    }
    let event_bytes = usize::try_from(arguments.max_event_size).unwrap_or(usize::MAX - 1);
    let limits = LogLimits { event_bytes, ..LogLimits::default() };
    let mut simulation =
        Simulation::new(&policy.decoded().policy, against.as_ref().map(|file| &file.decoded().policy));
    let mut logs = Vec::new();
    for path in &arguments.logs {
        let tally = log::read(path, &limits, arguments.quiet, |logged| simulation.add(logged))?;
        logs.push((path.display().to_string(), tally));
    }
    let found = simulation.finish();
    if found.events == 0 && !arguments.quiet {
        eprintln!("watertight: warning: no audit event found");
    }
    let complete = logs.iter().all(|(_, tally)| tally.is_complete());
    let result = simulate::Simulation {
        source: policy.source(),
        policy: &policy.decoded().policy,
        against: against.as_ref().map(PolicyFile::name),
        logs: &logs,
        found: &found,
        top: arguments.top,
    };
    let written = to_stdout(|out| match arguments.output {
        ListFormat::Table => simulate::table(&result, style(color), out),
        ListFormat::Json => simulate::json(&result, out),
    });
    finish(written, if complete || arguments.allow_incomplete { CLEAN } else { INCOMPLETE })
}

fn run_policy(arguments: &PolicyArgs) -> Result<ExitCode, Failure> {
    let text = recommended_yaml(arguments.volume.into());
    to_stdout(|out| match arguments.output {
        PolicyFormat::Yaml => out.write_all(text.as_bytes()),
        PolicyFormat::Json => {
            let value = policy::json_of(&text);
            writeln!(out, "{value:#}")
        }
    })?;
    Ok(ExitCode::from(CLEAN))
}
