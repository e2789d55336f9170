//! `watertight psa check` and `psa label`: levels by namespace, what stands in the way, labels.

use crate::{Run, folder, root, run_with};

/// Meets restricted.
const GOOD: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: good, namespace: NS}
spec:
  template:
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - {name: c, image: c, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
";

/// Meets baseline.
const PLAIN: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: plain, namespace: NS}
spec: {template: {spec: {containers: [{name: c, image: c}]}}}
";

/// Meets nothing.
const BAD: &str = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: bad, namespace: NS}
spec:
  template:
    spec:
      hostNetwork: yes
      containers: [{name: c, image: c, securityContext: {privileged: true}}]
";

const UNKNOWN_KIND: &str = "
apiVersion: example.com/v1
kind: Crew
metadata: {name: crew, namespace: NS}
spec: {template: {spec: {containers: [{name: c, image: c}]}}}
";

fn namespace(name: &str, labels: &str) -> String {
    let labels: Vec<String> = labels
        .split_whitespace()
        .map(|label| format!("pod-security.kubernetes.io/{}", label.replacen('=', ": ", 1)))
        .collect();
    format!(
        "\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{}}}}}\n",
        labels.join(", ")
    )
}

fn into(namespace: &str, manifest: &str) -> String {
    manifest.replace("NS", namespace)
}

fn psa(manifests: &[String], arguments: &[&str]) -> Run {
    let all = [&["psa"], arguments, &["-"]].concat();
    run_with(&root(), &all, manifests.join("---").as_bytes())
}

/// `name meets at-most` of each namespace.
fn levels(run: &Run) -> Vec<String> {
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let namespaces = run.json();
    let namespaces = namespaces["namespaces"].as_array().unwrap();
    namespaces
        .iter()
        .map(|row| format!("{} {} {}", word(&row["name"]), word(&row["meets"]), word(&row["atMost"])))
        .collect()
}

#[test]
fn the_weakest_workload_decides() {
    let manifests = [into("a", GOOD), into("b", GOOD), into("b", PLAIN), into("c", PLAIN), into("c", BAD)];
    let run = psa(&manifests, &["check", "-o", "json"]);
    assert_eq!(levels(&run), ["a restricted -", "b baseline -", "c privileged -"]);
    assert_eq!(run.code, 0);
    let json = run.json();
    let blocking = &json["namespaces"][2]["inTheWay"];
    assert_eq!(blocking["level"], "baseline");
    assert_eq!(blocking["workloads"].as_array().unwrap().len(), 1, "the plain one is in nobody's way");
    let first = &blocking["workloads"][0]["violations"][0];
    assert_eq!(first["path"], ".spec.template.spec.hostNetwork");
    assert_eq!(first["location"]["line"], 38);
    assert_eq!(first["fix"]["text"], "leave it out");
}

#[test]
fn a_level_asks_all_namespaces_and_sets_the_exit_code() {
    let good = [into("a", GOOD)];
    let mixed = [into("a", GOOD), into("b", PLAIN)];
    assert_eq!(psa(&good, &["check", "--level", "restricted"]).code, 0);
    let run = psa(&mixed, &["check", "--level", "restricted"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("1 namespace fails restricted, 1 meets it"), "{}", run.stdout);
    assert_eq!(psa(&mixed, &["check", "--level", "baseline"]).code, 0);
    // What fails the level that is asked for, not the next.
    let bad = psa(&[into("c", BAD)], &["check", "--level", "restricted", "-o", "json"]).json();
    assert_eq!(bad["namespaces"][0]["inTheWay"]["level"], "restricted");
}

#[test]
fn the_table_names_workload_container_field_and_fix() {
    let manifests = [namespace("b", "enforce=baseline warn=restricted"), into("b", GOOD), into("b", PLAIN)];
    let run = psa(&manifests, &["check"]);
    insta::assert_snapshot!(run.stdout, @r"
    NAMESPACE   MEETS      LABELS                             WORKLOADS   IN THE WAY
    b           baseline   enforce=baseline warn=restricted   2           restricted: 1 of 2 workloads

    b: 1 workload violates warn=restricted:latest (clients are warned): Deployment plain
    b: 1 workload stands in the way of restricted
      WORKLOAD           CONTAINER   FIELD                                      IS        FIX
      Deployment plain   c           securityContext.allowPrivilegeEscalation   not set   set to false
      Deployment plain   c           securityContext.capabilities.drop          not set   add ALL
      Deployment plain   c           securityContext.runAsNonRoot               not set   set to true, here or for the whole pod
      Deployment plain   c           securityContext.seccompProfile.type        not set   set to RuntimeDefault, here or for the whole pod

    1 namespace, judged by the Pod Security Standards v1.37
    ");
}

#[test]
fn versions_of_the_standards() {
    let sysctl = "
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: a}
spec:
  securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: '1 2 3'}]}
  containers: [{name: c, image: c}]
"
    .to_owned();
    let meets = |arguments: &[&str]| {
        let arguments = [&["check", "-o", "json"], arguments].concat();
        let run = psa(std::slice::from_ref(&sysctl), &arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        (levels(&run).remove(0), run.json()["judgedAs"].as_str().unwrap().to_owned())
    };
    assert_eq!(meets(&[]), ("a baseline -".to_owned(), "v1.37".to_owned()));
    assert_eq!(meets(&["--version", "v1.31"]), ("a privileged -".to_owned(), "v1.31".to_owned()));
    assert_eq!(meets(&["--version", "1.32"]), ("a baseline -".to_owned(), "v1.32".to_owned()));
    // An API server takes what is newer than itself for its own version.
    let old = ["--kubernetes-version", "1.31", "--version", "v1.36"];
    assert_eq!(meets(&old), ("a privileged -".to_owned(), "v1.31".to_owned()));
    for version in ["v1.99", "1", "newest"] {
        let run = psa(&[into("a", GOOD)], &["check", "--version", version]);
        assert_eq!(run.code, 2, "{version}");
        assert!(run.stderr.contains("--version"), "{}", run.stderr);
    }
}

#[test]
fn what_was_not_seen_is_not_claimed() {
    let broken = "\napiVersion: v1\nkind: Pod\nmetadata: {name: p\n".to_owned();
    let wrong_type =
        "\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a}\nspec: {hostPID: maybe, containers: [{name: c}]}\n"
            .to_owned();
    for (hidden, expected) in [
        (broken, ["a - restricted", "c privileged -"]),
        (into("a", UNKNOWN_KIND), ["a - restricted", "c privileged -"]),
        (wrong_type, ["a - baseline", "c privileged -"]),
    ] {
        let run = psa(&[into("a", GOOD), into("c", BAD), hidden.clone()], &["check", "-o", "json"]);
        assert_eq!((levels(&run), run.code), (expected.map(str::to_owned).to_vec(), 3), "{hidden}");
        let manifests = [into("a", GOOD), hidden.clone()];
        let labels = psa(&manifests, &["label"]);
        assert_eq!(labels.code, 3);
        assert!(!labels.stdout.contains("kubectl label"), "{}", labels.stdout);
        assert_eq!(psa(&manifests, &["label", "--allow-incomplete"]).code, 0);
        // A workload that fails for sure wins.
        let failing = psa(&[into("c", BAD), hidden], &["check", "--level", "baseline"]);
        assert_eq!(failing.code, 1);
    }
    // What runs no pods hides none.
    let map = "\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m\n".to_owned();
    let run = psa(&[into("a", GOOD), map], &["check", "-o", "json"]);
    assert_eq!((levels(&run), run.code), (vec!["a restricted -".to_owned()], 0));
}

#[test]
fn only_the_namespace_of_an_unknown_kind_is_unknown() {
    let run = psa(&[into("a", GOOD), into("b", GOOD), into("b", UNKNOWN_KIND)], &["check", "-o", "json"]);
    assert_eq!((levels(&run), run.code), (vec!["a restricted -".to_owned(), "b - restricted".to_owned()], 3));
}

#[test]
fn no_namespace_is_not_default() {
    let nameless = GOOD.replace(", namespace: NS", "");
    let run = psa(&[nameless.clone(), into("default", PLAIN)], &["check"]);
    assert!(run.stdout.contains("\n<unspecified>   restricted"), "{}", run.stdout);
    assert!(run.stdout.contains("\ndefault         baseline"), "{}", run.stdout);
    let labels = psa(std::slice::from_ref(&nameless), &["label"]);
    assert!(
        labels.stdout.contains("# <unspecified>: not labelled") && !labels.stdout.contains("kubectl label")
    );
    let named = psa(&[nameless], &["label", "-n", "shop"]);
    assert!(named.stdout.contains("kubectl label --overwrite namespace shop "), "{}", named.stdout);
}

#[test]
fn labels_that_are_there() {
    let check = |labels: &str, manifest: &str| {
        psa(&[namespace("a", labels), into("a", manifest)], &["check", "-o", "json"]).json()["namespaces"][0]
            ["labels"]
            .clone()
    };
    let labels = check("enforce=restricted enforce-version=v1.30 audit=Restricted", PLAIN);
    assert_eq!(labels["violated"]["enforce"][0]["name"], "plain");
    assert_eq!(labels["violated"]["warn"][0]["name"], "plain", "warnings follow enforce");
    assert_eq!(labels["violated"]["audit"], serde_json::json!([]));
    assert_eq!(labels["inForce"]["enforce"], "restricted:v1.30");
    assert_eq!(labels["invalid"][0]["value"], "Restricted");
    assert_eq!(check("enforce=restricted", GOOD)["violated"]["enforce"], serde_json::json!([]));
    assert_eq!(check("", GOOD)["state"], "read");

    let twice = [namespace("a", "enforce=baseline"), namespace("a", "enforce=restricted"), into("a", GOOD)];
    let run = psa(&twice, &["check", "-o", "json"]);
    assert_eq!(run.json()["namespaces"][0]["labels"]["state"], "ambiguous");
    assert!(psa(&twice, &["label"]).stdout.contains("# a: not labelled: which labels it has is unknown"));
    let ill_typed = [namespace("a", "enforce=yes"), into("a", GOOD)];
    let run = psa(&ill_typed, &["check", "-o", "json"]);
    assert_eq!((&run.json()["namespaces"][0]["labels"]["state"], run.code), (&"unreadable".into(), 3));
}

#[test]
fn labels_fit_and_are_never_stricter() {
    let manifests = [into("a", GOOD), into("b", PLAIN), into("c", BAD), into("kube-system", GOOD)];
    let run = psa(&manifests, &["label"]);
    insta::assert_snapshot!(run.stdout, @r"
    # a: 1 workload meets restricted
    kubectl label --overwrite namespace a pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/enforce-version=v1.37
    # b: 1 workload meets baseline; in the way of restricted: Deployment plain
    kubectl label --overwrite namespace b pod-security.kubernetes.io/enforce=baseline pod-security.kubernetes.io/enforce-version=v1.37
    # c: stays privileged; in the way of baseline: DaemonSet bad
    kubectl label --overwrite namespace c pod-security.kubernetes.io/enforce=privileged
    # kube-system: Kubernetes itself runs here; stays privileged
    kubectl label --overwrite namespace kube-system pod-security.kubernetes.io/enforce=privileged
    ");
    assert_eq!(run.code, 0);
    let capped = psa(&manifests, &["label", "--level", "baseline", "-o", "json"]).json();
    let levels: Vec<_> =
        capped["namespaces"].as_array().unwrap().iter().map(|row| row["level"].clone()).collect();
    assert_eq!(levels, ["baseline", "baseline", "privileged", "privileged"]);
}

#[test]
fn force_is_stricter_and_says_so() {
    let manifests = [into("b", PLAIN), into("kube-system", PLAIN)];
    let run = psa(&manifests, &["label", "--level", "restricted", "--force"]);
    assert!(run.stdout.contains("# b: FORCED to restricted, whose pods will be refused: Deployment plain"));
    assert!(run.stdout.contains("namespace b pod-security.kubernetes.io/enforce=restricted "));
    assert!(run.stdout.contains("namespace kube-system pod-security.kubernetes.io/enforce=privileged\n"));
    let without = psa(&manifests, &["label", "--force"]);
    assert_eq!(without.code, 2, "force needs a level");
}

#[test]
fn labels_are_never_looser_than_what_is_there() {
    let label = |labels: &str, manifest: &str, arguments: &[&str]| {
        let arguments = [&["label"], arguments].concat();
        psa(&[namespace("a", labels), into("a", manifest)], &arguments).stdout
    };
    assert!(
        label("enforce=restricted", PLAIN, &[]).contains("# a: not labelled: what is in force is stricter")
    );
    assert!(label("enforce=restricted", GOOD, &["--level", "baseline"]).contains("not labelled"));
    let pinned = label("enforce=baseline enforce-version=v1.20", PLAIN, &[]);
    assert!(pinned.ends_with("namespace a pod-security.kubernetes.io/enforce-version=v1.37\n"), "{pinned}");
    assert!(label("enforce=baseline enforce-version=latest", PLAIN, &[]).contains("labelled so already"));
    let all = label("enforce=baseline enforce-version=latest", PLAIN, &["--mode", "enforce,audit,warn"]);
    assert!(all.contains("io/audit=baseline") && all.contains("io/warn=baseline"), "{all}");
    assert!(!all.contains("io/enforce=") && !all.contains("enforce-version"), "{all}");
}

/// What stands in a manifest must not run in a shell.
#[test]
fn names_cannot_get_into_a_command() {
    for name in ["a;reboot", "$(reboot)", "a b", "a'", "-x", "A"] {
        let manifest = GOOD.replace("namespace: NS", &format!("namespace: \"{name}\""));
        for format in ["kubectl", "patch"] {
            let run = psa(std::slice::from_ref(&manifest), &["label", "-o", format]);
            let commands: Vec<&str> =
                run.stdout.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
            assert_eq!(commands, [""; 0], "{name}: {}", run.stdout);
        }
    }
    let newline = GOOD.replace("namespace: NS", "namespace: \"a\\nreboot\"");
    let run = psa(&[newline], &["label"]);
    assert!(run.stdout.lines().all(|line| line.starts_with('#')), "{}", run.stdout);
}

#[test]
fn patches_are_manifests_that_can_be_read_again() {
    let patch = psa(&[into("b", PLAIN)], &["label", "-o", "patch"]);
    let again = psa(&[patch.stdout, into("b", PLAIN)], &["check", "-o", "json"]).json();
    assert_eq!(again["namespaces"][0]["labels"]["inForce"]["enforce"], "baseline:v1.37");
    assert_eq!(again["namespaces"][0]["labels"]["violated"]["enforce"], serde_json::json!([]));
}

#[test]
fn a_configuration_gives_defaults_and_exemptions() {
    let files = folder(&[
        (
            "psa.yaml",
            "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n\
             defaults: {enforce: baseline}\nexemptions: {namespaces: [free], runtimeClasses: [kata], usernames: [u]}\n",
        ),
        ("bad.yaml", "apiVersion: v1\nkind: PodSecurityConfiguration\n"),
        ("all.yaml", &[into("a", BAD), into("free", BAD)].join("---")),
        ("kata.yaml", &into("kata", BAD).replace("hostNetwork: yes", "runtimeClassName: kata")),
    ]);
    let psa = |arguments: &[&str]| run_with(files.path(), &[&["psa"], arguments].concat(), b"");
    let check =
        psa(&["check", "all.yaml", "kata.yaml", "--admission-config", "psa.yaml", "-o", "json"]).json();
    let of = |index: usize| &check["namespaces"][index];
    assert_eq!(of(0)["labels"]["inForce"]["enforce"], "baseline:latest");
    assert_eq!(of(0)["labels"]["violated"]["enforce"][0]["name"], "bad");
    assert_eq!((&of(1)["name"], &of(1)["exempt"]), (&"free".into(), &true.into()));
    assert_eq!(of(1)["labels"]["violated"]["enforce"], serde_json::json!([]));
    assert_eq!((&of(2)["exemptWorkloads"], &of(2)["meets"]), (&1.into(), &serde_json::Value::Null));

    let labels = psa(&["label", "all.yaml", "kata.yaml", "--admission-config", "psa.yaml"]).stdout;
    assert!(labels.contains("# a: not labelled: what is in force is stricter"), "{labels}");
    assert!(labels.contains("# free: not labelled: the configuration exempts it"), "{labels}");
    assert!(labels.contains("# kata: not labelled: no workload in view"), "{labels}");
    let table = psa(&["check", "all.yaml", "--admission-config", "psa.yaml"]).stdout;
    assert!(table.contains("1 user exempt"), "{table}");

    for (file, expected) in [("bad.yaml", "apiVersion"), ("none.yaml", "cannot read")] {
        let run = psa(&["check", "all.yaml", "--admission-config", file]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(expected) && run.stderr.contains(file), "{}", run.stderr);
    }
}

#[test]
fn pods_that_differ_from_their_owner_count() {
    let pod = "
apiVersion: v1
kind: Pod
metadata:
  name: good-1
  namespace: a
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: good, controller: true, uid: x}]
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  initContainers:
  - {name: mesh-init, image: m, securityContext: {capabilities: {add: [NET_ADMIN], drop: [ALL]}, allowPrivilegeEscalation: false}}
  containers:
  - {name: c, image: c, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
"
    .to_owned();
    let run = psa(&[into("a", GOOD), pod], &["check", "-o", "json"]);
    assert_eq!(levels(&run), ["a privileged -"]);
    let json = run.json();
    let violations = &json["namespaces"][0]["inTheWay"]["workloads"][0]["violations"];
    assert_eq!(violations[0]["shownBy"]["name"], "good-1");
    assert_eq!(violations[0]["container"], "mesh-init");
}

#[test]
fn json_follows_its_schema() {
    let schema = |name: &str| {
        let text = std::fs::read_to_string(root().join("docs/schema").join(name)).unwrap();
        jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
    };
    let manifests = [
        namespace("a", "enforce=baseline warn=x"),
        into("a", BAD),
        into("b", GOOD),
        into("b", UNKNOWN_KIND),
        into("kube-system", BAD),
        PLAIN.replace(", namespace: NS", ""),
        "\napiVersion: v1\nkind: Pod\nspec: [\n".to_owned(),
    ];
    for (command, file) in [("check", "psa-check.v1.json"), ("label", "psa-label.v1.json")] {
        let validator = schema(file);
        for more in [&[][..], &["--level", "restricted"]] {
            let mut json = psa(&manifests, &[&[command, "-o", "json"], more].concat()).json();
            let errors: Vec<String> = validator
                .iter_errors(&json)
                .map(|error| format!("{error} at {}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{command}: {errors:#?}");
            json["namespaces"][0]["name"] = 1.into();
            assert!(!validator.is_valid(&json), "a schema that takes anything");
        }
    }
}
