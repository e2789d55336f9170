//! `watertight scan`.

use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use watertight_engine::{Control, Outcome};
use watertight_facts::{Settings, World};
use watertight_model::{Date, Layer, Verdict};
use watertight_report::{Report, Root, Style};

use crate::args::{ColorWhen, Format, Output, ScanArgs, Threshold};
use crate::catalogue;
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use crate::load::load;
use crate::output::{style, to_file, to_stdout};

/// Scans, reports, and says by the exit code what came of it.
pub fn run(arguments: &ScanArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let outputs = outputs(&arguments.output)?;
    let controls = controls(arguments)?;
    let settings = Settings {
        target: arguments.target.reading.kubernetes_version,
        trusted_registries: arguments.trusted_registry.clone(),
        blocked_registries: arguments.blocked_registry.clone(),
        moving_tags: arguments.moving_tag.clone(),
        bounds: arguments.resource_bound.clone(),
        platform_namespaces: arguments.platform_namespace.clone(),
        production_namespaces: arguments.production_namespace.clone(),
        trust_classes: arguments.trust_class.clone(),
        today: arguments.today.or_else(today),
    };
    let snapshot = load(&arguments.target)?;
    let world = World::new(&snapshot, &settings);
    let mut outcome = watertight_engine::run(&world, &controls);
    let code = exit_code(arguments, &outcome);
    // What could not be judged is no finding that may be too small to show.
    outcome
        .findings
        .retain(|finding| finding.verdict == Verdict::Unknown || finding.severity >= arguments.min_severity);
    let report = Report::new(&snapshot, &outcome, &settings, &controls, env!("CARGO_PKG_VERSION"))
        .rooted(repository());
    // Files first: when standard output is closed early, they are there all the same.
    for output in &outputs {
        if let Some(file) = &output.file {
            to_file(file, |out| write(output.format, &report, Style::Plain, out))?;
        }
    }
    for output in outputs.iter().filter(|output| output.file.is_none()) {
        match to_stdout(|out| write(output.format, &report, style(color), out)) {
            Ok(()) => {}
            // The findings are what they are, whether or not somebody reads to the end.
            Err(failure) if failure.is_closed_pipe() => break,
            Err(failure) => return Err(failure),
        }
    }
    Ok(ExitCode::from(code))
}

/// What files are relative to in formats for continuous integration: the folder that holds `.git`, else the
/// current folder.
fn repository() -> Root {
    let Ok(current) = std::env::current_dir() else { return Root::default() };
    let root = current.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&current);
    Root::new(root, &current)
}

/// The day by the system's clock, in UTC; `None` when the clock stands before 1970.
fn today() -> Option<Date> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs() / 86_400).ok().map(Date::from_days)
}

fn exit_code(arguments: &ScanArgs, outcome: &Outcome) -> u8 {
    let failing = match arguments.fail_on {
        Threshold::At(severity) => outcome.failures(severity) > 0,
        Threshold::Never => false,
    };
    let unjudged = outcome.findings.iter().any(|finding| finding.verdict == Verdict::Unknown);
    let incomplete = unjudged || !outcome.gaps.is_empty();
    match (failing, incomplete && !arguments.allow_incomplete) {
        (true, _) => FINDINGS,
        (false, true) => INCOMPLETE,
        (false, false) => CLEAN,
    }
}

/// The outputs asked for; the table on standard output when none goes there and none was named.
fn outputs(asked: &[Output]) -> Result<Vec<Output>, Failure> {
    if asked.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Failure::new("two formats cannot share standard output")
            .help("give all but one a file: `-o json=out.json -o table`"));
    }
    let mut files: Vec<_> = asked.iter().filter_map(|output| output.file.as_ref()).collect();
    files.sort();
    if let Some(pair) = files.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Failure::new(format!("two formats cannot share the file `{}`", pair[0].display())));
    }
    if asked.is_empty() {
        return Ok(vec![Output { format: Format::Table, file: None }]);
    }
    Ok(asked.to_vec())
}

/// The controls to run: those selected (all when none are), without those ignored.
fn controls(arguments: &ScanArgs) -> Result<Vec<&'static Control>, Failure> {
    let selected: Vec<Choice> =
        arguments.select.iter().map(|name| Choice::named(name)).collect::<Result<_, _>>()?;
    let ignored: Vec<Choice> =
        arguments.ignore.iter().map(|name| Choice::named(name)).collect::<Result<_, _>>()?;
    let chosen = |choices: &[Choice], control| choices.iter().any(|choice| choice.is(control));
    let left: Vec<&'static Control> = watertight_controls::all()
        .filter(|control| selected.is_empty() || chosen(&selected, control))
        .filter(|control| !chosen(&ignored, control))
        .collect();
    // "Nothing open" would be true and say nothing.
    if left.is_empty() && !selected.is_empty() {
        return Err(
            Failure::new("no control is left to run").help("`--ignore` takes away all that `--select` names")
        );
    }
    Ok(left)
}

/// What a name after `--select` or `--ignore` stands for.
enum Choice {
    One(&'static str),
    Layer(Layer),
}

impl Choice {
    fn named(name: &str) -> Result<Self, Failure> {
        if let Some(layer) = Layer::ALL.into_iter().find(|layer| layer.name() == name) {
            return Ok(Self::Layer(layer));
        }
        catalogue::find(name).map(|control| Self::One(control.name))
    }

    fn is(&self, control: &Control) -> bool {
        match self {
            Self::One(name) => *name == control.name,
            Self::Layer(layer) => *layer == control.layer,
        }
    }
}

fn write(format: Format, report: &Report<'_>, style: Style, out: &mut dyn Write) -> std::io::Result<()> {
    match format {
        Format::Table => watertight_report::terminal::write(report, style, out),
        Format::Concise => watertight_report::concise::write(report, style, out),
        Format::Json => watertight_report::json::write(report, out),
        Format::Sarif => watertight_report::sarif::write(report, out),
        Format::Junit => watertight_report::junit::write(report, out),
        Format::Markdown => watertight_report::markdown::write(report, out),
        Format::Github => watertight_report::github::write(report, out),
        Format::Gitlab => watertight_report::gitlab::write(report, out),
        Format::Html => watertight_report::html::write(report, out),
    }
}
