//! `watertight paths`.

use std::process::ExitCode;

use watertight_graph::Reading;
use watertight_report::blast::paths::Paths;

use super::Scene;
use crate::args::{BlastFormat, ColorWhen, PathsArgs};
use crate::exit::Failure;
use crate::output::{style, to_stdout};

/// Tells the ways from one thing to another.
pub fn run(scene: &Scene<'_, '_>, arguments: &PathsArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let (from, to) = (scene.thing(&arguments.from)?, scene.thing(&arguments.to)?);
    let sources: Vec<_> = scene.graph.vertex(from).into_iter().collect();
    let targets = scene.graph.meant_as_target(to);
    let reaches = |reading: Reading| {
        let found = scene.measure.paths(&sources, &targets, reading, 1);
        scene.reachable(!found.is_empty())
    };
    let (direct, with_flaws) = (reaches(Reading::Direct), reaches(Reading::Flaws));
    let found = scene.measure.paths(&sources, &targets, scene.reading, arguments.k);
    let answer = Paths {
        from: scene.graph.label(from),
        to: scene.graph.label(to),
        reachable: if scene.reading == Reading::Direct { direct } else { with_flaws },
        reachable_direct: direct,
        reachable_with_flaws: with_flaws,
        paths: found.iter().map(|path| scene.path_row(path)).collect(),
    };
    let about = scene.about();
    // The answer says by itself that it is not known; whatever it is, it was given.
    to_stdout(|out| match arguments.output {
        BlastFormat::Json => answer.json(&about, out),
        BlastFormat::Dot => watertight_report::blast::dot(&answer.paths, out),
        BlastFormat::Table => answer.table(&about, style(color), out),
    })?;
    Ok(ExitCode::SUCCESS)
}
