//! `watertight rbac diff`.

use std::process::ExitCode;

use watertight_rbac::k8s_openapi::api::rbac::v1::PolicyRule;
use watertight_report::rbac::diff::{ChangeRow, RbacDiff, RuleRow, ScopedRules};

use super::shown::{self, text};
use super::{Scene, look};
use crate::args::{ColorWhen, RbacDiffArgs};
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};

/// Shows who gains or loses what.
pub fn run(arguments: &RbacDiffArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let [before, after] = arguments.between.paths()?;
    let (reading, output) = (&arguments.reading, &arguments.output);
    look(before, reading, output, color, &[], |before| {
        look(after, reading, output, color, &[], |after| {
            let changes = watertight_rbac::diff(before.policy(), after.policy());
            let answer = RbacDiff {
                before: arguments.between.before.display().to_string(),
                after: arguments.between.after.display().to_string(),
                changes: changes
                    .iter()
                    .map(|change| ChangeRow {
                        subject: shown::subject(change.subject),
                        gained: scoped(&change.gained),
                        lost: scoped(&change.lost),
                    })
                    .collect(),
            };
            tell(before, after, &answer)?;
            let gains = answer.changes.iter().any(|change| !change.gained.is_empty());
            let gaps = !before.gaps().is_empty() || !after.gaps().is_empty();
            Ok(ExitCode::from(match (gains && arguments.fail_on_gain, gaps && !output.allow_incomplete) {
                (true, _) => FINDINGS,
                (false, true) => INCOMPLETE,
                (false, false) => CLEAN,
            }))
        })
    })
}

/// Prints it, with what is wrong with either side.
fn tell(before: &Scene<'_>, after: &Scene<'_>, answer: &RbacDiff) -> Result<(), Failure> {
    let mut problems = before.problems();
    // Where both sides read the same text, or one was made of the other.
    let more = after.problems().into_iter().filter(|problem| !problems.contains(problem));
    problems.extend(more.collect::<Vec<_>>());
    after.tell_problems(&problems);
    let mut gaps = before.gaps();
    gaps.extend(after.gaps());
    after.print_with(answer, Vec::new(), problems, gaps)
}

fn scoped(of: &[(Option<String>, Vec<PolicyRule>)]) -> Vec<ScopedRules> {
    let rules = |rules: &[PolicyRule]| rules.iter().map(rule).collect();
    of.iter()
        .map(|(namespace, granted)| ScopedRules {
            scope: namespace.as_deref().map(text),
            rules: rules(granted),
        })
        .collect()
}

fn rule(rule: &PolicyRule) -> RuleRow {
    let list = |texts: &Option<Vec<String>>| texts.clone().unwrap_or_default();
    RuleRow {
        api_groups: list(&rule.api_groups),
        resources: list(&rule.resources),
        resource_names: list(&rule.resource_names),
        urls: list(&rule.non_resource_urls),
        verbs: rule.verbs.clone(),
        on: shown::on(rule),
    }
}
