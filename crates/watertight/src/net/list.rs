//! `watertight net list`.

use std::io;
use std::process::ExitCode;

use watertight_report::net::list::{ConnectionRow, ListWriter};

use super::{Scene, ask, parties};
use crate::args::{ColorWhen, ListArgs};
use crate::exit::Failure;
use crate::output::{style, to_stdout};

/// Lists connections.
pub fn run(arguments: &ListArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, |scene| list(scene, arguments))
}

fn list(scene: &Scene<'_>, arguments: &ListArgs) -> Result<ExitCode, Failure> {
    let about = scene.about();
    let code = scene.tell(&about);
    let written = to_stdout(|out| {
        let mut writer = ListWriter::new(arguments.output.into(), style(scene.color), &about, out)?;
        let mut failed: io::Result<()> = Ok(());
        let mut write = |row: ConnectionRow| {
            if failed.is_ok() {
                failed = writer.row(&row);
            }
        };
        if arguments.expand {
            scene.reach.connections(&mut |connection| write(parties::connection(&connection)));
        } else {
            scene.reach.flows(&mut |flow| write(parties::flow(&flow)));
        }
        failed?;
        writer.end()
    });
    match written {
        // The answer is what it is, whether or not somebody reads to the end.
        Err(failure) if failure.is_closed_pipe() => Ok(code),
        written => written.map(|()| code),
    }
}
