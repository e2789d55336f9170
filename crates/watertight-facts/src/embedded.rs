//! Pod templates in objects of kinds that the table of workloads does not know.
//!
//! Nothing here is judged: who embeds a template may fill it in or change it in ways of its own. But
//! containers that were seen and not judged must not look like none.

use watertight_model::Identity;
use watertight_syntax::{Kind, Path, Segment, Value};

/// Groups whose objects speak *about* pods in patterns and patches: policies, not workloads.
const POLICIES: &[&str] = &[
    "kyverno.io",
    "policies.kyverno.io",
    "templates.gatekeeper.sh",
    "constraints.gatekeeper.sh",
    "mutations.gatekeeper.sh",
];

/// Whether objects of this group may embed a pod template: custom resources, but for policies.
/// Kubernetes' own groups hold them only in the kinds of the table.
pub(crate) fn may_embed(identity: &Identity) -> bool {
    let group = &*identity.group;
    let own = !group.contains('.') || (group.ends_with(".k8s.io") && !group.ends_with("x-k8s.io"));
    !own && !POLICIES.contains(&group)
}

/// The path of the first thing below a value that is run as containers: a pod template, a step or
/// a template of a workflow.
pub(crate) fn first(root: Value<'_>) -> Option<Path> {
    let mut trail = Vec::new();
    find(root, "", &mut trail).then(|| trail.into_iter().collect())
}

fn find(value: Value<'_>, key: &str, trail: &mut Vec<Segment>) -> bool {
    if is_template(value, key) || (is_workflow_list(key) && runs_image(value)) {
        return true;
    }
    for (name, child) in value.entries() {
        // Values of a chart are the chart's words; a status says what was.
        if matches!(name, "values" | "status" | "metadata") {
            continue;
        }
        trail.push(Segment::Key(name.to_owned().into()));
        if find(child, name, trail) {
            return true;
        }
        trail.pop();
    }
    for (index, child) in value.items().enumerate() {
        trail.push(Segment::Index(index));
        if find(child, key, trail) {
            return true;
        }
        trail.pop();
    }
    false
}

/// A value below `template`, `podTemplate`, … whose `spec` lists a container with an image.
fn is_template(value: Value<'_>, key: &str) -> bool {
    let named = key == "template" || key.ends_with("Template");
    let containers = || value.get("spec").and_then(|spec| spec.get("containers"));
    named && containers().into_iter().flat_map(Value::items).any(runs_image)
}

/// Lists of Argo Workflows (`templates`) and of Tekton (`steps`), whose items are or hold a container.
fn is_workflow_list(key: &str) -> bool {
    matches!(key, "templates" | "steps")
}

fn runs_image(value: Value<'_>) -> bool {
    let image = |value: Value<'_>| value.get("image").is_some_and(|image| image.kind() == Kind::String);
    image(value) || ["container", "script"].iter().filter_map(|key| value.get(key)).any(image)
}

#[cfg(test)]
mod tests {
    use watertight_syntax::{Limits, yaml};

    fn first(text: &str) -> Option<String> {
        let document = yaml::parse(&text.into(), &Limits::default()).remove(0).document.unwrap().unwrap();
        super::first(document.root()).map(|path| path.to_string())
    }

    #[test]
    fn what_runs_is_found_and_what_only_looks_like_it_is_not() {
        let set =
            "spec: {replicatedJobs: [{template: {spec: {template: {spec: {containers: [{image: x}]}}}}}]}";
        assert_eq!(first(set).as_deref(), Some(".spec.replicatedJobs[0].template.spec.template"));
        assert_eq!(
            first("spec: {templates: [{name: a}, {container: {image: x}}]}").as_deref(),
            Some(".spec.templates[1]")
        );
        assert_eq!(first("spec: {steps: [{image: x}]}").as_deref(), Some(".spec.steps[0]"));
        assert_eq!(first("spec: {nodeSets: [{podTemplate: {spec: {containers: [{name: x}]}}}]}"), None);
        assert_eq!(first("spec: {containers: [{image: x}]}"), None);
        assert_eq!(first("spec: {values: {template: {spec: {containers: [{image: x}]}}}}"), None);
        assert_eq!(first("spec: {template: {spec: {source: {repoURL: x}}}}"), None);
    }
}
