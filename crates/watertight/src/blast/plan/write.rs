//! `watertight plan --write-dir`: the steps as files, and a README with what is left after each.

use std::collections::BTreeSet;
use std::path::Path as FilePath;

use watertight_facts::implied;
use watertight_graph::{Change, Reading};
use watertight_model::Object;
use watertight_report::blast::plan::Plan;
use watertight_report::blast::plan_files::{PlanFiles, StepFiles};

use super::super::{HOME, Scene, ask_of};
use super::edits;
use super::files::{Part, Tree};
use crate::args::PlanArgs;
use crate::config::Config;
use crate::exit::Failure;
use crate::load::limits;
use crate::output::to_file;

/// What stands in the folder beside the files.
const README: &str = "README.md";

/// Refuses a folder that holds something.
pub fn check_folder(folder: &FilePath) -> Result<(), Failure> {
    let shown = folder.display();
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Failure::new(format!("`{shown}` is not empty")).help(
                "--write-dir takes a folder that is empty or is not there, so that nothing is overwritten",
            )),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::new(format!("cannot write into `{shown}`: {error}"))),
    }
}

/// Writes the files. Nothing outside of the folder is touched.
pub(super) fn run(
    scene: &Scene<'_, '_>,
    config: &Config,
    arguments: &PlanArgs,
    folder: &FilePath,
    plan: &Plan,
    changes: &[Change],
) -> Result<(), Failure> {
    let snapshot = scene.graph.scene.world.snapshot();
    let mut tree = Tree::of(snapshot, limits(&arguments.graph.reading), &arguments.target);
    let mut steps = Vec::new();
    let mut files: Vec<(String, String)> = Vec::new();
    let mut refused: BTreeSet<String> = scene.refused().into_iter().collect();
    for (step, change) in plan.steps.iter().zip(changes) {
        let edits = edits::of(scene, change, scene.policies);
        let parts = edits.as_ref().map_err(String::clone).and_then(|edits| tree.take(edits));
        let base = format!("{:02}-{}", step.step, name(scene, change));
        let mut told = match parts {
            Ok(parts) => step_files(&base, parts, &mut files),
            Err(why) => {
                // Without its edits nothing after it is as it would be.
                tree.is_of_texts = false;
                StepFiles { by_hand: Some(why), ..StepFiles::default() }
            }
        };
        if told.by_hand.is_some() {
            told.notes.extend(edits::told(scene, edits.as_deref().unwrap_or_default()));
        }
        if tree.is_of_texts {
            let (measured, now) = measured(&tree, scene, config, arguments)?;
            let new: Vec<&str> = now.difference(&refused).map(String::as_str).collect();
            if !new.is_empty() {
                told.notes.push(format!(
                    "with it Pod Security refuses the pods of {}: harden them first, or they will not start again",
                    new.join(", ")
                ));
            }
            refused = now;
            told.measured = Some(measured);
        }
        steps.push(told);
    }
    let targets: Vec<String> = arguments.target.iter().map(|path| path.display().to_string()).collect();
    let written =
        PlanFiles { plan, steps, targets: targets.join(", "), root: tree.root.display().to_string() };
    let failed = |error: std::io::Error| {
        Failure::new(format!("cannot make the folder `{}`: {error}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for (name, text) in &files {
        to_file(&folder.join(name), |out| out.write_all(text.as_bytes()))?;
    }
    to_file(&folder.join(README), |out| written.readme(&scene.about(), out))?;
    if !arguments.graph.reading.quiet {
        let by_hand = written.steps.iter().filter(|step| step.by_hand.is_some()).count();
        let more = if by_hand > 0 { format!(", {by_hand} by hand") } else { String::new() };
        let (files, steps, folder) = (files.len(), plan.steps.len(), folder.display());
        eprintln!("watertight: {folder}: {README} and {files} files for {steps} steps{more}");
    }
    Ok(())
}

/// The files of a step, by name and text, and how they are applied.
fn step_files(base: &str, parts: Vec<Part>, files: &mut Vec<(String, String)>) -> StepFiles {
    let mut told = StepFiles::default();
    for part in parts {
        let mut file = |ending: &str, text: String| {
            // One object after the other may be patched in a step.
            let free = (1..).map(|number| match number {
                1 => format!("{base}.{ending}"),
                _ => format!("{base}-{number}.{ending}"),
            });
            let known: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            let name = free.into_iter().find(|name| !known.contains(name.as_str())).unwrap_or_default();
            files.push((name.clone(), text));
            told.files.push(name.clone());
            name
        };
        match part {
            Part::Patch(patch) => {
                let name = file("patch", patch.text);
                let bare = if patch.is_bare { "--unidiff-zero " } else { "" };
                told.patches.push(format!("git apply {bare}DIR/{name}"));
            }
            Part::Secret(path) => {
                let path = path.display();
                told.by_hand = Some(format!("a patch of {path} would have to quote what may be secret"));
            }
            Part::Manifest(text) => {
                let name = file("yaml", text);
                told.commands.push(format!("kubectl apply -f {name}"));
            }
            Part::JsonPatch(text, command) => {
                let name = file("json", text);
                told.commands.push(format!("{command} {name}"));
            }
            Part::Command(command) => told.commands.push(command),
            Part::Note(note) => told.notes.push(note),
        }
    }
    told
}

/// The exposure of the texts as they are now, in both readings, and the workloads that will not start.
fn measured(
    tree: &Tree<'_>,
    scene: &Scene<'_, '_>,
    config: &Config,
    arguments: &PlanArgs,
) -> Result<((String, String), BTreeSet<String>), Failure> {
    let reading = &arguments.graph.reading;
    let namespace = reading.namespace.as_deref().or(Some(HOME));
    let snapshot = scene.graph.scene.world.snapshot();
    let next = snapshot.with_texts(&tree.texts, limits(reading), namespace);
    let next = implied::complete(next, config.kubernetes_version(reading));
    ask_of(&next, config, &arguments.graph, |scene| {
        let exposure = |reading| scene.measure.exposure(reading).score.shown();
        let shown = (exposure(Reading::Flaws), exposure(Reading::Direct));
        Ok((shown, scene.refused().into_iter().collect()))
    })
}

/// What a change is called in the name of a file.
fn name(scene: &Scene<'_, '_>, change: &Change) -> String {
    let world = scene.graph.scene.world;
    let (policy, snapshot) = (world.identities().policy(), world.snapshot());
    let object = |object: &Object| {
        let identity = object.identity();
        let namespace = identity.namespace.name().map(|own| format!("{own}-")).unwrap_or_default();
        format!("{}-{namespace}{}", identity.kind, identity.name)
    };
    let words = match change {
        Change::Unbind(binding) => {
            format!(
                "unbind-{}",
                object(snapshot.object(watertight_model::ObjectId(policy.binding(*binding).tag())))
            )
        }
        Change::DropRule(role, rule) => {
            let role = snapshot.object(watertight_model::ObjectId(policy.role(*role).tag()));
            format!("drop-rule-{}-of-{}", rule + 1, object(role))
        }
        Change::Field(id, path) => {
            let last = path.segments().iter().rev().find_map(|segment| match segment {
                watertight_syntax::Segment::Key(key) => Some(key.to_string()),
                watertight_syntax::Segment::Index(_) => None,
            });
            format!("{}-of-{}", last.unwrap_or_default(), object(snapshot.object(*id)))
        }
        Change::Harden(place) => {
            format!("harden-{}", object(snapshot.object(scene.graph.scene.workloads[*place as usize].object)))
        }
        Change::Remove(id) => format!("remove-{}", object(snapshot.object(*id))),
        Change::Enforce(namespace) => format!("enforce-baseline-in-{namespace}"),
        Change::Isolate(namespace) => format!("default-deny-in-{namespace}"),
    };
    plain(&words)
}

/// Words as a name that every file system takes.
fn plain(words: &str) -> String {
    const LONGEST: usize = 80;
    let mut name = String::new();
    for own in words.chars() {
        match own {
            own if own.is_ascii_alphanumeric() => name.push(own.to_ascii_lowercase()),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    name.truncate(LONGEST);
    name.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_folder_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_folder(folder.path()).is_ok());
        assert!(check_folder(&folder.path().join("new")).is_ok());
        std::fs::write(folder.path().join("a"), "").unwrap();
        assert_eq!(
            check_folder(folder.path()).unwrap_err().message(),
            format!("`{}` is not empty", folder.path().display())
        );
        assert!(check_folder(&folder.path().join("a")).is_err());
    }

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(plain("unbind-ClusterRoleBinding-system:a/../b"), "unbind-clusterrolebinding-system-a-b");
        assert_eq!(plain(&"x".repeat(200)).len(), 80);
    }
}
