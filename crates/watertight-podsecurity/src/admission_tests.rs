use super::*;
use crate::pod::PodManifest;

fn manifest(spec: &str) -> PodManifest {
    serde_json::from_str(&format!(r#"{{"spec": {spec}}}"#)).unwrap()
}

fn privileged() -> PodManifest {
    manifest(r#"{"containers": [{"name": "c", "securityContext": {"privileged": true}}]}"#)
}

/// Meets baseline and not restricted.
fn plain() -> PodManifest {
    manifest(r#"{"runtimeClassName": "kata", "containers": [{"name": "c", "image": "a"}]}"#)
}

fn labels(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    let key = |key: &str| format!("pod-security.kubernetes.io/{key}");
    labels.iter().map(|(name, value)| (key(name), (*value).to_owned())).collect()
}

fn admission(exemptions: &str) -> Admission {
    let text = format!(
        r#"{{"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurityConfiguration",
            "exemptions": {exemptions}}}"#
    );
    Admission { standards: Standards::new(36), configuration: serde_json::from_str(&text).unwrap() }
}

fn request(labels: &BTreeMap<String, String>) -> Request<'_> {
    Request { namespace: "shop", labels, user: "alice", resource: "pods", name: "web" }
}

fn annotations(response: &Response) -> Vec<String> {
    let short = |key: &str| key.trim_start_matches("pod-security.kubernetes.io/").to_owned();
    response.audit_annotations.iter().map(|(key, value)| format!("{}={value}", short(key))).collect()
}

const PRIVILEGED: &str = r#"privileged (container "c" must not set securityContext.privileged=true)"#;

#[test]
fn pods_are_refused_by_enforce_alone() {
    let admission = admission("{}");
    let (bad, good) = (privileged(), plain());
    let labels = labels(&[("enforce", "baseline"), ("enforce-version", "v1.30"), ("audit", "baseline")]);
    let refused = admission.pod(request(&labels), bad.pod());
    assert_eq!(
        refused.refused,
        Some(format!(r#"pods "web" is forbidden: violates PodSecurity "baseline:v1.30": {PRIVILEGED}"#))
    );
    assert_eq!(refused.warnings, [""; 0], "who is refused is not warned as well");
    assert_eq!(
        annotations(&refused),
        [
            format!(r#"audit-violations=would violate PodSecurity "baseline:latest": {PRIVILEGED}"#),
            "enforce-policy=baseline:v1.30".to_owned(),
        ]
    );
    let allowed = admission.pod(request(&labels), good.pod());
    assert!(allowed.allowed() && allowed.warnings.is_empty());
    assert_eq!(annotations(&allowed), ["enforce-policy=baseline:v1.30"]);
    // A pod whose name the API server makes.
    let nameless = admission.pod(Request { name: "", ..request(&labels) }, bad.pod());
    assert!(nameless.refused.unwrap().starts_with("pods is forbidden: violates"));
}

#[test]
fn templates_are_warned_of_and_never_refused() {
    let admission = admission("{}");
    let bad = privileged();
    let warned = |own: &[(&str, &str)]| {
        let labels = labels(own);
        let response =
            admission.controller(Request { resource: "deployments.apps", ..request(&labels) }, bad.pod());
        assert!(response.allowed());
        (response.warnings.len(), annotations(&response).len())
    };
    assert_eq!(warned(&[]), (0, 0));
    // Enforcing alone warns as well.
    assert_eq!(warned(&[("enforce", "baseline")]), (1, 0));
    assert_eq!(warned(&[("enforce", "baseline"), ("warn", "privileged")]), (0, 0));
    assert_eq!(warned(&[("audit", "restricted")]), (0, 1));
}

#[test]
fn exemptions() {
    let bad = privileged();
    let labels = labels(&[("enforce", "restricted")]);
    for (exemptions, expected) in [
        (r#"{"namespaces": ["shop"], "usernames": ["alice"]}"#, Some("exempt=namespace")),
        (r#"{"usernames": ["bob", "alice"]}"#, Some("exempt=user")),
        (r#"{"namespaces": ["shop2"], "usernames": ["alic"], "runtimeClasses": ["kata"]}"#, None),
    ] {
        let response = admission(exemptions).pod(request(&labels), bad.pod());
        assert_eq!(response.allowed(), expected.is_some(), "{exemptions}");
        if let Some(expected) = expected {
            assert_eq!(annotations(&response), [expected]);
        }
    }
    let exempt = admission(r#"{"runtimeClasses": ["kata"]}"#);
    assert_eq!(annotations(&exempt.pod(request(&labels), plain().pod())), ["exempt=runtimeClass"]);
    assert_eq!(annotations(&exempt.controller(request(&labels), plain().pod())), ["exempt=runtimeClass"]);
    // Nobody is not exempt.
    let nobody = Request { user: "", ..request(&labels) };
    assert!(!admission(r#"{"usernames": ["alice"]}"#).pod(nobody, bad.pod()).allowed());
}

#[test]
fn labels_that_cannot_be_read() {
    let admission = admission("{}");
    let (broken, fixed) =
        (labels(&[("enforce", "strict"), ("warn", "x")]), labels(&[("enforce", "baseline")]));
    let created = admission.create_namespace("shop", &broken);
    assert_eq!(
        created.refused.as_deref(),
        Some(
            "Namespace \"shop\" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \
             \"strict\": must be one of privileged, baseline, restricted, \
             metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: \"x\": must be one of privileged, \
             baseline, restricted]"
        )
    );
    assert!(admission.create_namespace("shop", &fixed).allowed());
    // Pods of a namespace that is there already: as restricted, and the audit log says why.
    let response = admission.pod(request(&broken), plain().pod());
    assert!(!response.allowed());
    assert!(annotations(&response)[1].starts_with("error=Failed to parse policy: [metadata.labels["));
    // What was invalid may stay so.
    assert!(admission.update_namespace("shop", &broken, &broken, []).allowed());
    assert!(!admission.update_namespace("shop", &fixed, &broken, []).allowed());
    let other = labels(&[("enforce", "strict")]);
    assert!(!admission.update_namespace("shop", &broken, &other, []).allowed());
}

#[test]
fn stricter_labels_tell_of_pods_that_are_there() {
    let admission = admission(r#"{"namespaces": ["free"], "runtimeClasses": ["kata"]}"#);
    let (bad, exempt) = (privileged(), plain());
    let root = manifest(r#"{"hostPID": true, "containers": []}"#);
    let running = |name, controller, pod: &'static str| Running {
        name,
        controller,
        pod: match pod {
            "bad" => bad.pod(),
            "root" => root.pod(),
            _ => exempt.pod(),
        },
    };
    let pods = [
        running("b", Some("1"), "bad"),
        running("a", Some("1"), "bad"),
        running("c", None, "bad"),
        running("x", None, "root"),
        running("y", Some("2"), "root"),
        running("kata", None, "exempt"),
    ];
    let change = |old: &[(&str, &str)], new: &[(&str, &str)]| {
        admission.update_namespace("shop", &labels(old), &labels(new), pods).warnings
    };
    assert_eq!(
        change(&[], &[("enforce", "baseline")]),
        [
            "existing pods in namespace \"shop\" violate the new PodSecurity enforce level \"baseline:latest\"",
            "a (and 2 other pods): privileged",
            "x (and 1 other pod): host namespaces",
        ]
    );
    for (old, new) in [
        (&[("enforce", "baseline")][..], &[("enforce", "baseline"), ("warn", "restricted")][..]),
        (&[("enforce", "restricted")], &[("enforce", "baseline")]),
        (&[("enforce", "restricted")], &[]),
    ] {
        assert_eq!(change(old, new), [""; 0], "{old:?} to {new:?}");
    }
    // Another version of the same level is asked again.
    assert_eq!(
        change(&[("enforce", "baseline")], &[("enforce", "baseline"), ("enforce-version", "v1.9")]).len(),
        3
    );
    let told = admission.update_namespace("free", &labels(&[]), &labels(&[("enforce", "baseline")]), pods);
    // `warn` follows `enforce` and has no label of its own.
    assert_eq!(
        told.warnings,
        [
            "namespace \"free\" is exempt from Pod Security, and the policy (enforce=baseline:latest) will be ignored"
        ]
    );
}

#[test]
fn more_pods_than_the_plugin_looks_at() {
    let bad = privileged();
    let labels = labels(&[("enforce", "baseline")]);
    let pods =
        (0..PODS_OF_NAMESPACE + 1).map(|_| Running { name: "p", controller: Some("1"), pod: bad.pod() });
    let warnings = admission("{}").update_namespace("shop", &BTreeMap::new(), &labels, pods).warnings;
    assert_eq!(
        warnings[0],
        "new PodSecurity enforce level only checked against the first 3000 of 3001 existing pods"
    );
    assert_eq!(warnings[2], "p (and 2999 other pods): privileged");
}

#[test]
fn only_images_and_new_containers_are_a_significant_change() {
    let of = |spec: &str| manifest(spec).spec;
    let old = of(r#"{"containers": [{"name": "c", "image": "a"}], "initContainers": [{"name": "i"}],
        "ephemeralContainers": [{"name": "e", "image": "x"}]}"#);
    for (new, significant) in [
        (
            r#"{"containers": [{"name": "c", "image": "a", "tty": true}], "initContainers": [{"name": "i"}]}"#,
            false,
        ),
        (r#"{"containers": [{"name": "c", "image": "b"}], "initContainers": [{"name": "i"}]}"#, true),
        (r#"{"containers": [{"name": "c", "image": "a"}]}"#, true),
        (
            r#"{"containers": [{"name": "c", "image": "a"}], "initContainers": [{"name": "i", "image": ""}],
            "ephemeralContainers": [{"name": "e", "image": "x"}]}"#,
            false,
        ),
        (
            r#"{"containers": [{"name": "c", "image": "a"}], "initContainers": [{"name": "i"}],
            "ephemeralContainers": [{"name": "e", "image": "y"}]}"#,
            true,
        ),
        (
            r#"{"containers": [{"name": "c", "image": "a"}], "initContainers": [{"name": "i"}],
            "ephemeralContainers": [{"name": "f", "image": "x"}]}"#,
            true,
        ),
    ] {
        assert_eq!(is_significant_update(&of(new), &old), significant, "{new}");
    }
}
