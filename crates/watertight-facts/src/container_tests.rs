//! What is in force for a container: its own fields over the pod's, annotations between them.

use watertight_model::Snapshot;
use watertight_syntax::Limits;

use crate::{Opened, Settings, World};

use super::*;

/// What is asked of the only container of a pod.
fn ask<T>(yaml: &str, target: u16, question: impl FnOnce(Container<'_>) -> T) -> T {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("pod.yaml", yaml);
    let snapshot = builder.finish();
    let settings = Settings { target: KubernetesVersion::new(target), ..Settings::default() };
    let world = World::new(&snapshot, &settings);
    let opened = Opened::of(&world, world.workloads()[0].object).unwrap().unwrap();
    assert!(opened.left_out().is_empty(), "{:?}\n{yaml}", opened.left_out());
    let workload = Workload::new(&opened, &world, &[]);
    question(workload.containers().next().unwrap())
}

/// A pod in flow style with annotations, the pod's security context and the container's.
fn pod(annotations: &str, pod: &str, own: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{{annotations}}}}}\nspec:\n  \
         securityContext: {pod}\n  containers:\n  - {{name: c, image: i, securityContext: {own}}}\n"
    )
}

const OWN: &str = ".spec.containers[0].securityContext";
const POD: &str = ".spec.securityContext";

/// Value and deciding field of each setting that a container shares with its pod, as words.
fn words(container: Container<'_>, field: &str) -> (Option<String>, String) {
    fn of<T>(effective: Effective<T>, word: impl FnOnce(T) -> String) -> (Option<String>, String) {
        (effective.value.map(word), effective.path.to_string())
    }
    match field {
        "runAsUser" => of(container.run_as_user(), |id| id.to_string()),
        "runAsGroup" => of(container.run_as_group(), |id| id.to_string()),
        "runAsNonRoot" => of(container.run_as_non_root(), |set| set.to_string()),
        "seccompProfile" => of(container.seccomp(), |profile| format!("{profile:?}")),
        "appArmorProfile" => of(container.apparmor(), |word| word),
        "seLinuxOptions" => of(container.selinux(), |options| options.type_.clone().unwrap_or_default()),
        "windowsOptions.runAsUserName" => {
            of(container.windows("runAsUserName", |options| options.run_as_user_name.clone()), |name| name)
        }
        "windowsOptions.hostProcess" => {
            of(container.windows("hostProcess", |options| options.host_process), |set| set.to_string())
        }
        _ => unreachable!("{field}"),
    }
}

/// Each field with two values: how it is written, and what it then is.
const SHARED: [(&str, [&str; 2], [&str; 2]); 8] = [
    ("runAsUser", ["{runAsUser: 0}", "{runAsUser: 7}"], ["0", "7"]),
    ("runAsGroup", ["{runAsGroup: 0}", "{runAsGroup: 7}"], ["0", "7"]),
    ("runAsNonRoot", ["{runAsNonRoot: false}", "{runAsNonRoot: true}"], ["false", "true"]),
    (
        "seccompProfile",
        ["{seccompProfile: {type: Unconfined}}", "{seccompProfile: {type: Localhost, localhostProfile: x}}"],
        ["Unconfined", "Localhost(\"x\")"],
    ),
    (
        "appArmorProfile",
        [
            "{appArmorProfile: {type: Unconfined}}",
            "{appArmorProfile: {type: Localhost, localhostProfile: x}}",
        ],
        ["unconfined", "localhost/x"],
    ),
    // A present but empty map replaces the pod's: the API keeps it as a pointer that is not nil.
    ("seLinuxOptions", ["{seLinuxOptions: {}}", "{seLinuxOptions: {type: spc_t}}"], ["", "spc_t"]),
    (
        "windowsOptions.runAsUserName",
        ["{windowsOptions: {runAsUserName: a}}", "{windowsOptions: {runAsUserName: b, hostProcess: true}}"],
        ["a", "b"],
    ),
    (
        "windowsOptions.hostProcess",
        ["{windowsOptions: {hostProcess: false}}", "{windowsOptions: {hostProcess: true}}"],
        ["false", "true"],
    ),
];

#[test]
fn the_container_wins_over_the_pod_field_by_field() {
    for (field, written, words_of) in SHARED {
        let is = |pod_says: &str, own_says: &str| {
            ask(&pod("", pod_says, own_says), 37, |container| words(container, field))
        };
        let (own, inherited) = (format!("{OWN}.{field}"), format!("{POD}.{field}"));
        for unset in ["{}", "null"] {
            assert_eq!(is(unset, unset), (None, own.clone()), "{field}");
            for (value, word) in written.iter().zip(words_of) {
                assert_eq!(is(value, unset), (Some(word.into()), inherited.clone()), "{field}");
                assert_eq!(is(unset, value), (Some(word.into()), own.clone()), "{field}");
                for other in written {
                    assert_eq!(is(other, value), (Some(word.into()), own.clone()), "{field}");
                }
            }
        }
        // What another field says changes nothing.
        for (other, values, _) in SHARED.iter().filter(|(other, ..)| other[..4] != field[..4]) {
            assert_eq!(is(written[0], values[1]), (Some(words_of[0].into()), inherited.clone()), "{other}");
            assert_eq!(is(values[1], written[1]), (Some(words_of[1].into()), own.clone()), "{other}");
        }
    }
}

#[test]
fn windows_options_are_inherited_one_by_one() {
    let text = pod(
        "",
        "{windowsOptions: {hostProcess: true, runAsUserName: a}}",
        "{windowsOptions: {runAsUserName: b}}",
    );
    ask(&text, 37, |container| {
        let host = words(container, "windowsOptions.hostProcess");
        assert_eq!(host, (Some("true".into()), format!("{POD}.windowsOptions.hostProcess")));
        let user = words(container, "windowsOptions.runAsUserName");
        assert_eq!(user, (Some("b".into()), format!("{OWN}.windowsOptions.runAsUserName")));
    });
}

#[test]
fn annotations_stand_between_the_containers_field_and_the_pods() {
    const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/c";
    const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/c";
    const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
    let none = "{}";
    let (armor, unarmored) =
        ("{appArmorProfile: {type: RuntimeDefault}}", "{appArmorProfile: {type: Unconfined}}");
    let (sec, unsec) = ("{seccompProfile: {type: RuntimeDefault}}", "{seccompProfile: {type: Unconfined}}");
    for (key, said, pod_says, own_says, target, field, word) in [
        (APPARMOR, "unconfined", none, none, 37, "appArmorProfile", Some("unconfined")),
        (APPARMOR, "unconfined", armor, none, 37, "appArmorProfile", Some("unconfined")),
        (APPARMOR, "runtime/default", unarmored, none, 29, "appArmorProfile", Some("runtime/default")),
        (APPARMOR, "unconfined", none, armor, 37, "appArmorProfile", Some("runtime/default")),
        (APPARMOR, "nonsense", none, none, 37, "appArmorProfile", None),
        (APPARMOR, "localhost/", unarmored, none, 37, "appArmorProfile", Some("unconfined")),
        (SECCOMP, "unconfined", sec, none, 26, "seccompProfile", Some("Unconfined")),
        (SECCOMP, "unconfined", sec, none, 27, "seccompProfile", Some("RuntimeDefault")),
        (SECCOMP, "docker/default", unsec, none, 26, "seccompProfile", Some("RuntimeDefault")),
        (SECCOMP, "unconfined", none, sec, 26, "seccompProfile", Some("RuntimeDefault")),
        (SECCOMP, "nonsense", none, none, 26, "seccompProfile", None),
        (SECCOMP_POD, "localhost/x", none, none, 26, "seccompProfile", Some("Localhost(\"x\")")),
        (SECCOMP_POD, "unconfined", sec, none, 26, "seccompProfile", Some("RuntimeDefault")),
        (SECCOMP_POD, "unconfined", none, none, 27, "seccompProfile", None),
    ] {
        let text = pod(&format!("{key}: {said}"), pod_says, own_says);
        let found = ask(&text, target, |container| words(container, field).0);
        assert_eq!(found.as_deref(), word, "at 1.{target}\n{text}");
    }
}

#[test]
fn capabilities_are_added_and_dropped_as_runtimes_do() {
    for (own, keeps) in [
        ("{}", true),
        ("{capabilities: {}}", true),
        ("{capabilities: {drop: null, add: null}}", true),
        ("{capabilities: {drop: [ALL]}}", false),
        ("{capabilities: {drop: [all]}}", false),
        ("{capabilities: {drop: [net_raw]}}", false),
        ("{capabilities: {drop: [CAP_NET_RAW]}}", true),
        ("{capabilities: {drop: [CHOWN]}}", true),
        ("{capabilities: {drop: [ALL], add: [net_raw]}}", true),
        ("{capabilities: {drop: [ALL], add: [CAP_NET_RAW]}}", true),
        ("{capabilities: {drop: [ALL], add: [CHOWN]}}", false),
        ("{capabilities: {drop: [ALL], add: [ALL]}}", true),
        ("{capabilities: {drop: [NET_RAW], add: [NET_RAW, ALL]}}", false),
    ] {
        let found = ask(&pod("", "{}", own), 37, |container| container.keeps_default_capability("NET_RAW"));
        assert_eq!(found, keeps, "{own}");
    }
    let added = ask(&pod("", "{}", "{capabilities: {add: [cap_sys_admin, ALL]}}"), 37, |container| {
        container.added_capabilities().map(|added| (added.index, added.name)).collect::<Vec<_>>()
    });
    assert_eq!(added, [(0, "SYS_ADMIN".to_owned()), (1, "ALL".to_owned())]);
}

#[test]
fn a_user_namespace_needs_a_version_that_has_it() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostUsers: false\n  containers: [{name: c}]\n";
    for (target, has) in [(32, false), (33, true)] {
        ask(text, target, |container| assert_eq!(container.workload.has_user_namespace(), has));
    }
}

#[test]
fn what_only_the_container_has_is_not_inherited() {
    let text = pod("", "{runAsUser: 7}", "{}");
    ask(&text, 37, |container| {
        assert!(container.allows_privilege_escalation() && !container.is_privileged());
        assert!(container.is_surely_not_root());
    });
    for (own, allows) in
        [("{allowPrivilegeEscalation: false}", false), ("{allowPrivilegeEscalation: true}", true)]
    {
        ask(&pod("", "{}", own), 37, |container| {
            assert_eq!(container.allows_privilege_escalation(), allows, "{own}");
        });
    }
    for (own, sure) in [
        ("{}", false),
        ("{runAsUser: 0}", false),
        ("{runAsNonRoot: false}", false),
        ("{runAsUser: 0, runAsNonRoot: true}", true),
        ("{runAsUser: 1, runAsNonRoot: false}", true),
        ("{runAsNonRoot: true}", true),
    ] {
        ask(&pod("", "{}", own), 37, |container| {
            assert_eq!(container.is_surely_not_root(), sure, "{own}");
        });
    }
}

/// Text, worth and path of what a pod with resources of its own and of its container asks for.
fn asked(pod: &str, own: &str, asked: Asked) -> Option<(String, Option<Quantity>, String)> {
    let yaml = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  resources: {pod}\n  \
         containers:\n  - {{name: c, image: i, resources: {own}}}\n"
    );
    ask(&yaml, 37, |container| {
        let share = container.share(asked, Resource::Cpu)?;
        assert_eq!(share.is_of_pod, !container.path().covers(&share.path));
        Some((share.text.to_owned(), share.amount.unwrap(), share.path.to_string()))
    })
}

#[test]
fn what_is_asked_for_is_the_containers_or_else_the_pods() {
    let own = ".spec.containers[0].resources";
    let pod = ".spec.resources";
    for (pods, owns, of, expected) in [
        ("{}", "{}", Asked::Limit, None),
        ("{}", "{requests: {cpu: 1}}", Asked::Limit, None),
        ("{}", "{requests: {memory: 1}}", Asked::Request, None),
        ("{}", "{requests: null, limits: {}}", Asked::Request, None),
        ("{}", "{requests: {cpu: 1}, limits: {cpu: 2}}", Asked::Request, Some(("1", "1", own, "requests"))),
        ("{}", "{limits: {cpu: 1.5}}", Asked::Request, Some(("1.5", "1500m", own, "limits"))),
        ("{}", "{limits: {cpu: ' 2 '}}", Asked::Limit, Some(("2", "2", own, "limits"))),
        ("{}", "{requests: {cpu: 0}, limits: {cpu: 2}}", Asked::Request, Some(("0", "0", own, "requests"))),
        ("{limits: {cpu: 4}}", "{limits: {cpu: 2}}", Asked::Limit, Some(("2", "2", own, "limits"))),
        ("{limits: {cpu: 4}}", "{}", Asked::Limit, Some(("4", "4", pod, "limits"))),
        ("{limits: {cpu: 4}}", "{limits: {cpu: 0}}", Asked::Limit, Some(("4", "4", pod, "limits"))),
        ("{limits: {cpu: 4}}", "{}", Asked::Request, Some(("4", "4", pod, "limits"))),
        ("{requests: {cpu: 3}, limits: {cpu: 4}}", "{}", Asked::Request, Some(("3", "3", pod, "requests"))),
        ("{limits: {cpu: 0}}", "{}", Asked::Limit, None),
    ] {
        let expected = expected.map(|(text, worth, base, list): (&str, &str, &str, &str)| {
            (text.to_owned(), Some(worth.parse().unwrap()), format!("{base}.{list}.cpu"))
        });
        assert_eq!(asked(pods, owns, of), expected, "{pods} {owns} {of:?}");
    }
    let none = (String::from("0"), None, format!("{own}.limits.cpu"));
    assert_eq!(asked("{}", "{limits: {cpu: 0m}}", Asked::Limit).map(|found| found.1), Some(None));
    assert_eq!(asked("{}", "{limits: {cpu: 0}}", Asked::Limit), Some(none));
}
