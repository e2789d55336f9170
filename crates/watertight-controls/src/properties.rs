//! What holds for every manifest, tried on random ones: the form of the text and the order of
//! documents do not matter, and fixes close what they say they close.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};
use watertight_engine::{Outcome, run};
use watertight_facts::{Settings, World};
use watertight_model::{FixPlan, Snapshot, Verdict, apply};
use watertight_syntax::Limits;

/// A field with one of these values, or none.
type Choice = (&'static str, Vec<Json>);

/// A map with a random choice of fields.
fn map_of(choices: Vec<Choice>) -> impl Strategy<Value = Json> {
    let fields = choices.into_iter().map(|(name, values)| {
        prop::option::weighted(0.4, select(values))
            .prop_map(move |value| value.map(|value| (name.to_owned(), value)))
    });
    fields
        .collect::<Vec<_>>()
        .prop_map(|fields| Json::Object(fields.into_iter().flatten().collect::<Map<_, _>>()))
}

fn shared_security() -> Vec<Choice> {
    vec![
        ("runAsUser", vec![json!(0), json!(1000), json!(10001)]),
        ("runAsGroup", vec![json!(0), json!(10001)]),
        ("runAsNonRoot", vec![json!(true), json!(false)]),
        (
            "seccompProfile",
            vec![
                json!({"type": "RuntimeDefault"}),
                json!({"type": "Unconfined"}),
                json!({"type": "Localhost"}),
            ],
        ),
        ("appArmorProfile", vec![json!({"type": "Unconfined"}), json!({"type": "RuntimeDefault"})]),
        ("seLinuxOptions", vec![json!({"type": "spc_t"}), json!({"user": "u", "level": "s0"})]),
        ("windowsOptions", vec![json!({"hostProcess": true}), json!({"runAsUserName": "ContainerUser"})]),
        ("fsGroup", vec![json!(0), json!(2000)]),
        ("runAsNonroot", vec![json!(true)]),
    ]
}

fn container_security() -> impl Strategy<Value = Json> {
    let mut choices = shared_security();
    choices.extend([
        ("privileged", vec![json!(true), json!(false)]),
        ("allowPrivilegeEscalation", vec![json!(true), json!(false)]),
        ("readOnlyRootFilesystem", vec![json!(true), json!(false)]),
        ("procMount", vec![json!("Unmasked"), json!("Default")]),
        (
            "capabilities",
            vec![
                json!({"drop": ["ALL"]}),
                json!({"add": ["SYS_ADMIN", "NET_RAW", "CHOWN"]}),
                json!({"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "cap_sys_ptrace"]}),
                json!({"drop": ["NET_RAW"], "add": ["ALL"]}),
            ],
        ),
    ]);
    map_of(choices)
}

fn container() -> impl Strategy<Value = Json> {
    let fields = map_of(vec![
        (
            "image",
            vec![
                json!("nginx"),
                json!("k8s.gcr.io/pause:3.1"),
                json!("r.example.com/a:1"),
                json!("a@sha256:0"),
            ],
        ),
        ("imagePullPolicy", vec![json!("Always"), json!("IfNotPresent"), json!("Never")]),
        ("ports", vec![json!([{"containerPort": 80, "hostPort": 80}, {"containerPort": 81}])]),
        (
            "resources",
            vec![json!({"limits": {"cpu": 1, "memory": "64Mi"}}), json!({"requests": {"cpu": "10m"}})],
        ),
        (
            "volumeMounts",
            vec![
                json!([{"name": "host", "mountPath": "/host"}]),
                json!([{"name": "sock", "mountPath": "/s", "readOnly": true}]),
            ],
        ),
        ("livenessProbe", vec![json!({"httpGet": {"host": "10.0.0.1", "port": 80}})]),
        ("restartPolicy", vec![json!("Always")]),
    ]);
    (fields, prop::option::of(container_security())).prop_map(|(mut fields, security)| {
        if let Some(security) = security {
            fields["securityContext"] = security;
        }
        fields
    })
}

fn pod() -> impl Strategy<Value = Json> {
    let mut pod_security = shared_security();
    pod_security.push((
        "sysctls",
        vec![json!([{"name": "kernel.msgmax", "value": "1"}, {"name": "net.core.somaxconn", "value": "1"}])],
    ));
    pod_security.push(("supplementalGroups", vec![json!([0, 5])]));
    let spec = map_of(vec![
        ("hostNetwork", vec![json!(true), json!(false)]),
        ("hostPID", vec![json!(true)]),
        ("hostIPC", vec![json!(true)]),
        ("hostUsers", vec![json!(false)]),
        ("shareProcessNamespace", vec![json!(true)]),
        ("os", vec![json!({"name": "windows"}), json!({"name": "linux"})]),
        ("serviceAccountName", vec![json!("a"), json!("default")]),
        ("serviceAccount", vec![json!("a")]),
        ("automountServiceAccountToken", vec![json!(true), json!(false)]),
        (
            "tolerations",
            vec![
                json!([{"operator": "Exists"}]),
                json!([{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]),
            ],
        ),
        (
            "volumes",
            vec![json!([
                {"name": "host", "hostPath": {"path": "/"}},
                {"name": "sock", "hostPath": {"path": "/run/containerd/containerd.sock"}},
            ])],
        ),
    ]);
    let lists = (prop::collection::vec(container(), 1..3), prop::collection::vec(container(), 0..2));
    (spec, prop::option::of(map_of(pod_security)), lists).prop_map(|(mut spec, security, (mains, inits))| {
        let named = |prefix: &str, list: Vec<Json>| -> Json {
            let numbered = list.into_iter().enumerate();
            numbered
                .map(|(number, mut container)| {
                    container["name"] = format!("{prefix}{number}").into();
                    container
                })
                .collect()
        };
        spec["containers"] = named("main", mains);
        spec["initContainers"] = named("init", inits);
        if let Some(security) = security {
            spec["securityContext"] = security;
        }
        spec
    })
}

fn objects() -> impl Strategy<Value = Vec<Json>> {
    prop::collection::vec(pod(), 1..3).prop_map(|specs| {
        let numbered = specs.into_iter().enumerate();
        numbered
            .map(|(number, spec)| {
                json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": format!("d{number}")},
                    "spec": {"template": {"spec": spec}}})
            })
            .collect()
    })
}

/// The objects as documents of a YAML stream: JSON is YAML in flow style, and the marker keeps it
/// from being read as JSON.
fn yaml(objects: &[Json]) -> String {
    objects.iter().map(|object| format!("--- # a document\n{object}\n")).collect()
}

fn snapshot(text: String) -> Snapshot {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("objects", text);
    builder.finish()
}

fn judge(snapshot: &Snapshot) -> Outcome {
    let settings = Settings::default();
    let controls: Vec<_> = crate::all().collect();
    run(&World::new(snapshot, &settings), &controls)
}

/// Everything that is said, without its place.
fn said(outcome: &Outcome) -> BTreeSet<String> {
    let word = |finding: &watertight_model::Finding| {
        format!("{} {} {} {}", finding.control, finding.severity, finding.fingerprint, finding.message)
    };
    outcome.findings.iter().map(word).chain(outcome.gaps.iter().map(|gap| gap.why.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn form_and_order_do_not_matter(objects in objects()) {
        let as_yaml = judge(&snapshot(yaml(&objects)));
        let list = json!({"apiVersion": "v1", "kind": "List", "items": &objects});
        prop_assert_eq!(said(&as_yaml), said(&judge(&snapshot(list.to_string()))));
        let reversed: Vec<Json> = objects.iter().rev().cloned().collect();
        prop_assert_eq!(said(&as_yaml), said(&judge(&snapshot(yaml(&reversed)))));
    }

    #[test]
    fn fixes_close_what_they_say(objects in objects()) {
        let before = snapshot(yaml(&objects));
        let outcome = judge(&before);
        prop_assert!(outcome.gaps.is_empty(), "{:?}", outcome.gaps);
        let mut promised = BTreeSet::new();
        let mut after = Vec::new();
        for (id, object) in before.objects() {
            let mut value = object.body().unwrap().root().to_json();
            let mut plan = FixPlan::default();
            for finding in outcome.findings.iter().filter(|f| f.shown_by == Some(id) && f.verdict == Verdict::Fail) {
                // Two controls may want different things of one field; the plan takes the first whole.
                if let Some(fix) = &finding.fix && plan.add(fix).is_ok() {
                    promised.insert(finding.fingerprint.clone());
                }
            }
            prop_assert_eq!(apply(&mut value, plan.changes()), None);
            let once = value.clone();
            let lasting = plan.changes().into_iter().filter(|change| !matches!(change, watertight_model::Change::Remove { .. }));
            prop_assert_eq!(apply(&mut value, lasting), None);
            prop_assert_eq!(&once, &value, "a second time changes something");
            after.push(once);
        }
        let left = judge(&snapshot(yaml(&after)));
        for finding in &left.findings {
            prop_assert!(!promised.contains(&finding.fingerprint), "{} is still there: {}", finding.control, finding.message);
        }
        prop_assert!(left.gaps.is_empty(), "{:?}", left.gaps);
    }
}
