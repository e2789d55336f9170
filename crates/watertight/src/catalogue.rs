//! `explain`, `controls`, `completions`, `man`.

use std::process::ExitCode;

use clap::CommandFactory;
use watertight_engine::{Catalogue, Control};
use watertight_report::catalogue;

use crate::args::{Cli, ColorWhen, CompletionsArgs, ControlsArgs, ExplainArgs, ListFormat};
use crate::exit::{CLEAN, Failure};
use crate::output::{style, to_stdout};

/// Shows one control's page.
pub fn explain(arguments: &ExplainArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let control = find(&arguments.control)?;
    to_stdout(|out| catalogue::page(control, style(color), out))?;
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

/// The control with a name, or an error with the nearest name there is.
fn find(name: &str) -> Result<&'static Control, Failure> {
    let catalogue = Catalogue::new(watertight_controls::all());
    catalogue.control(name).map_err(|help| Failure::new(format!("there is no control `{name}`")).help(help))
}
