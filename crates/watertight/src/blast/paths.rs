//! `watertight paths`.

use std::process::ExitCode;

use watertight_graph::Reading;
use watertight_report::blast::PathRow;
use watertight_report::blast::paths::Paths;
use watertight_report::report::Way;

use super::{Scene, draw};
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
        BlastFormat::Dot | BlastFormat::Svg => {
            let way =
                |path: &PathRow| Way { from: answer.from.clone(), to: answer.to.clone(), path: path.clone() };
            let ways: Vec<Way> = answer.paths.iter().map(way).collect();
            let title = format!("{} \u{2192} {}", answer.from, answer.to);
            draw::write(arguments.output, &title, &ways, &about, out)
        }
        BlastFormat::Table => answer.table(&about, style(color), out),
    })?;
    Ok(ExitCode::SUCCESS)
}
