//! `watertight net list`.

use std::collections::BTreeSet;
use std::io;
use std::process::ExitCode;

use watertight_facts::reachability::{Label, WorkloadPods};
use watertight_model::ObjectId;
use watertight_report::net::list::{ConnectionRow, ListWriter};

use super::{Scene, ask, parties};
use crate::args::{ColorWhen, ListArgs};
use crate::exit::Failure;
use crate::output::{style, to_stdout};

/// Lists connections.
pub fn run(arguments: &ListArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, arguments.exposed, |scene| list(scene, arguments))
}

fn list(scene: &Scene<'_>, arguments: &ListArgs) -> Result<ExitCode, Failure> {
    let focus = Focus::of(scene, &arguments.focus, arguments.target.assumed.reading.namespace.as_deref())?;
    let about = scene.about();
    let code = scene.tell(&about);
    scene.tell_assumptions(&about, arguments.output);
    let written = to_stdout(|out| {
        let mut writer = ListWriter::new(arguments.output.into(), style(scene.color), &about, out)?;
        let mut failed: io::Result<()> = Ok(());
        let mut write = |row: ConnectionRow| {
            if failed.is_ok() {
                failed = writer.row(&row);
            }
        };
        if arguments.exposed {
            for exposure in scene.reach.exposures().iter().filter(|own| focus.has(own.workload)) {
                write(parties::exposure(exposure, scene));
            }
        } else if arguments.expand || !focus.is_everybody() {
            scene.reach.connections_where(
                &|one, other| focus.has(one) || other.is_some_and(|other| focus.has(other)),
                &mut |connection| write(parties::connection(&connection)),
            );
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

/// Whom a list is about.
pub(super) struct Focus {
    /// `None` for everybody.
    workloads: Option<BTreeSet<ObjectId>>,
}

impl Focus {
    /// Reads the words of `--focus`.
    pub(super) fn of(scene: &Scene<'_>, words: &[String], home: Option<&str>) -> Result<Self, Failure> {
        if words.is_empty() {
            return Ok(Self { workloads: None });
        }
        let mut workloads = BTreeSet::new();
        for word in words {
            let found = parties::find(scene, "--focus", word, home)?;
            let named = found.ends.iter().filter_map(|(label, _)| match label {
                Label::Workload(place) => Some(scene.reach.workloads[*place].object),
                _ => None,
            });
            workloads.extend(named);
        }
        if workloads.is_empty() {
            return Err(Failure::new("--focus is about workloads, pods, services, namespaces or labels"));
        }
        Ok(Self { workloads: Some(workloads) })
    }

    fn is_everybody(&self) -> bool {
        self.workloads.is_none()
    }

    fn has(&self, workload: &WorkloadPods) -> bool {
        self.workloads.as_ref().is_none_or(|wanted| wanted.contains(&workload.object))
    }
}
