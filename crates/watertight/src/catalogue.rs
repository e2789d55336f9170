//! `explain`, `controls`, `completions`, `man`.

use std::process::ExitCode;

use clap::CommandFactory;
use watertight_engine::{Catalogue, nearest};
use watertight_graph::{AttackEdge, edges};
use watertight_report::catalogue::{self, EdgePage};

use crate::args::{Cli, ColorWhen, CompletionsArgs, ControlsArgs, ExplainArgs, ListFormat};
use crate::exit::{CLEAN, Failure};
use crate::output::{style, to_stdout};

/// Shows the page of a control, of an edge of the attack graph, or of both where they share a name.
pub fn explain(arguments: &ExplainArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let name = arguments.name.as_str();
    let catalogue = Catalogue::new(watertight_controls::all());
    let control = catalogue.control(name);
    let edge = edges::ALL.iter().find(|edge| edge.id == name);
    if let (Err(help), None) = (&control, edge) {
        return Err(unknown(name, &catalogue, help.clone()));
    }
    to_stdout(|out| {
        if let Ok(control) = control {
            catalogue::page(control, style(color), out)?;
        }
        if let Some(edge) = edge {
            if control.is_ok() {
                writeln!(out)?;
            }
            edge_page(edge).write(style(color), out)?;
        }
        Ok(())
    })?;
    Ok(ExitCode::from(CLEAN))
}

/// Lists all controls.
pub fn list(arguments: &ControlsArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let controls: Vec<_> = watertight_controls::all().collect();
    to_stdout(|out| match arguments.output {
        ListFormat::Table => catalogue::table(&controls, style(color), out),
        ListFormat::Json => catalogue::json(&controls, out),
    })?;
    Ok(ExitCode::from(CLEAN))
}

/// Prints a completion script.
pub fn completions(arguments: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "watertight", &mut script);
    to_stdout(|out| out.write_all(&script))?;
    Ok(ExitCode::from(CLEAN))
}

/// Prints the man page, its subcommands included.
pub fn man() -> Result<ExitCode, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    subcommands(&command, "watertight", &mut page)?;
    to_stdout(|out| out.write_all(&page))?;
    Ok(ExitCode::from(CLEAN))
}

/// The sections of every command below a command, with its whole name.
fn subcommands(command: &clap::Command, name: &str, page: &mut Vec<u8>) -> std::io::Result<()> {
    for subcommand in command.get_subcommands() {
        let name = format!("{name} {}", subcommand.get_name());
        let man = clap_mangen::Man::new(subcommand.clone().display_name(&name)).title(&name);
        man.render_name_section(page)?;
        man.render_synopsis_section(page)?;
        man.render_options_section(page)?;
        subcommands(subcommand, &name, page)?;
    }
    Ok(())
}

fn edge_page(edge: &AttackEdge) -> EdgePage<'_> {
    let page = edge.page();
    EdgePage {
        id: edge.id,
        title: edge.title,
        technique: edge.technique,
        needs_flaw: edge.needs_flaw,
        paragraphs: std::iter::once(page.precondition).chain(page.more).collect(),
        upstream: page.upstream,
        removed_by: edge.removed_by,
        examples: page.examples.into_iter().map(shown).collect(),
    }
}

/// What an example draws, and its manifest, with the version that it is about.
fn shown(example: watertight_graph::Example) -> (Vec<String>, String) {
    let version = example.version.map_or(String::new(), |version| format!("# Kubernetes {version}\n"));
    (example.edges, version + &example.yaml)
}

/// That there is nothing of a name, with the nearest that there is; `help` is what controls alone have to say.
fn unknown(name: &str, catalogue: &Catalogue, help: String) -> Failure {
    let controls = catalogue.all().map(|control| control.name);
    let nearest = nearest(name, controls.chain(edges::ALL.iter().map(|edge| edge.id)));
    let help = match nearest.filter(|nearest| edges::ALL.iter().any(|edge| edge.id == *nearest)) {
        Some(edge) => format!("did you mean `{edge}`?"),
        None => help,
    };
    Failure::new(format!("there is no control and no edge `{name}`")).help(help)
}
