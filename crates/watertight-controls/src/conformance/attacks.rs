//! The attack suites: each file makes one attack possible, and the findings must say so.

use std::path::Path as FilePath;

use watertight_engine::{Outcome, run};
use watertight_facts::{Settings, World, implied};
use watertight_model::{Severity, Snapshot, Verdict};
use watertight_syntax::Limits;

use super::cases::{collect, names};
use super::folder_of;

/// A folder or file of a suite, and what must speak of it: a control, at a severity or worse.
struct Attack {
    name: &'static str,
    told_by: &'static [(&'static str, Severity)],
}

const fn attack(name: &'static str, told_by: &'static [(&'static str, Severity)]) -> Attack {
    Attack { name, told_by }
}

/// What the pods of bishopfox/badPods are allowed. More may be said: one file of `hostipc` allows more.
static BADPODS: &[Attack] = &[
    attack(
        "everything-allowed",
        &[
            ("privileged-container", Severity::Critical),
            ("host-path", Severity::Critical),
            ("host-network", Severity::High),
            ("host-pid", Severity::High),
            ("host-ipc", Severity::High),
        ],
    ),
    attack("hostipc", &[("host-ipc", Severity::High)]),
    attack("hostnetwork", &[("host-network", Severity::High)]),
    attack("hostpath", &[("host-path", Severity::Critical)]),
    attack("hostpid", &[("host-pid", Severity::High)]),
    attack("nothing-allowed", &[]),
    attack("priv", &[("privileged-container", Severity::Critical)]),
    attack("priv-and-hostpid", &[("privileged-container", Severity::Critical), ("host-pid", Severity::High)]),
];

/// KubeHound's manifests. Without a row are `IDENTITY_IMPERSONATE`, which grants users and groups by a
/// Role, which reaches none, and `IDENTITY_ASSUME`, which grants nodes to list pods; `ROLE_BIND_RB_R-UG`
/// holds bindings alone.
static KUBEHOUND: &[Attack] = &[
    attack("CE_MODULE_LOAD", &[("dangerous-capability", Severity::Critical)]),
    attack("CE_NET_MITM", &[("dangerous-capability", Severity::High), ("host-network", Severity::High)]),
    attack("CE_NSENTER", &[("privileged-container", Severity::Critical), ("host-pid", Severity::High)]),
    attack("CE_PRIV_MOUNT", &[("privileged-container", Severity::Critical)]),
    attack(
        "CE_SYS_PTRACE",
        &[
            ("dangerous-capability", Severity::Critical),
            ("host-pid", Severity::High),
            ("apparmor-unconfined", Severity::Low),
        ],
    ),
    attack("CE_UMH_CORE_PATTERN", &[("host-path", Severity::Critical), ("root-user", Severity::Low)]),
    attack("CE_VAR_LOG_SYMLINK", &[("host-path", Severity::High)]),
    attack("CONTROL_POD", &[]),
    attack(
        "ENDPOINT_EXPLOIT",
        &[
            ("privileged-container", Severity::Critical),
            ("host-pid", Severity::High),
            ("host-port", Severity::Medium),
        ],
    ),
    attack("EXPLOIT_HOST_READ_TRAVERSE", &[("host-path", Severity::High)]),
    attack("EXPLOIT_HOST_WRITE", &[("host-path", Severity::Critical)]),
    attack("POD_CREATE", &[("pods-creatable", Severity::Medium)]),
    attack("POD_EXEC", &[("exec-granted", Severity::Medium)]),
    attack("POD_PATCH", &[("pods-creatable", Severity::Medium)]),
    attack("ROLE_BIND_ALL", &[("default-service-account", Severity::Low)]),
    attack("ROLE_BIND_CRB_CR", &[("escalation-granted", Severity::Critical)]),
    attack("ROLE_BIND_RB_CR-SA", &[("escalation-granted", Severity::Medium)]),
    attack("ROLE_BIND_RB_R-SA", &[("escalation-granted", Severity::Medium)]),
    attack("ROLE_BIND_RB_R-UG", &[("dangling-role-reference", Severity::Low)]),
    attack("SHARE_PS_NAMESPACE", &[("shared-process-namespace", Severity::Low)]),
    attack("TOKEN_BRUTEFORCE", &[("secrets-readable", Severity::Medium)]),
    attack("TOKEN_LIST", &[("secrets-readable", Severity::Medium)]),
];

/// The controls that tell an intruder's way out of a pod; a pod that allows nothing has none of them.
static WAYS_OUT: &[&str] = &[
    "apparmor-unconfined",
    "container-runtime-socket",
    "dangerous-capability",
    "host-ipc",
    "host-network",
    "host-path",
    "host-pid",
    "host-port",
    "privileged-container",
    "root-user",
    "seccomp-unconfined",
    "shared-process-namespace",
    "unmasked-proc",
    "unsafe-sysctl",
    "windows-host-process",
];

fn judge(texts: &[(String, String)]) -> Outcome {
    let mut builder = Snapshot::builder(Limits::default());
    for (name, text) in texts {
        builder.text(name, text.as_str());
    }
    let snapshot = implied::complete(builder.finish(), Settings::default().target);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let controls: Vec<_> = crate::all().collect();
    run(&world, &controls)
}

fn check(attack: &Attack, file: &str, outcome: &Outcome, wrong: &mut Vec<String>) {
    let failed = || outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
    if !outcome.gaps.is_empty() {
        wrong.push(format!("{file}: not all is read: {:?}", outcome.gaps));
    }
    for (control, at_least) in attack.told_by {
        if !failed().any(|finding| finding.control == *control && finding.severity >= *at_least) {
            wrong.push(format!("{file}: no `{control}` of severity {at_least} or worse"));
        }
    }
    if attack.told_by.is_empty() {
        for finding in failed() {
            if finding.severity == Severity::Critical || WAYS_OUT.contains(&finding.control) {
                wrong.push(format!("{file}: `{}` ({}) of a harmless pod", finding.control, finding.severity));
            }
        }
    }
}

fn worst(outcome: &Outcome) -> Option<Severity> {
    outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Fail).map(|f| f.severity).max()
}

#[test]
fn ways_out_are_controls() {
    for attack in BADPODS.iter().chain(KUBEHOUND) {
        for (control, _) in attack.told_by {
            assert!(crate::named(control).is_some(), "{}: there is no control `{control}`", attack.name);
        }
    }
    for control in WAYS_OUT {
        assert!(crate::named(control).is_some(), "there is no control `{control}`");
    }
}

#[test]
fn tells_what_bad_pods_are_allowed() {
    let Some(folder) = folder_of("attack-badpods") else { return };
    let mut wrong = Vec::new();
    let (mut files, mut harmless, mut harmful) = (0, None, Vec::new());
    for attack in BADPODS {
        let mut texts = Vec::new();
        collect(&folder.join(attack.name), &mut texts);
        assert!(!texts.is_empty(), "{} is empty", attack.name);
        for text in texts {
            files += 1;
            let outcome = judge(std::slice::from_ref(&text));
            check(attack, &text.0, &outcome, &mut wrong);
            if attack.told_by.is_empty() {
                harmless = harmless.max(worst(&outcome));
            } else {
                harmful.push((text.0, worst(&outcome)));
            }
        }
    }
    let levels = names(&folder).iter().filter(|name| folder.join(name).is_dir()).count();
    eprintln!("attack-badpods: {files} files of {levels} levels, {} wrong", wrong.len());
    assert_eq!(levels, BADPODS.len(), "a level has no row");
    assert!(files >= 128, "only {files} files were judged");
    wrong.extend(harmful.into_iter().filter(|(_, worst)| *worst <= harmless).map(|(file, worst)| {
        format!("{file}: at worst {worst:?}, no more than the pod that is allowed nothing")
    }));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tells_kubehounds_attacks() {
    let Some(folder) = folder_of("attack-kubehound") else { return };
    let mut wrong = Vec::new();
    for attack in KUBEHOUND {
        let file = folder.join(attack.name).with_extension("yaml");
        check(attack, attack.name, &judge(&[text_of(&file)]), &mut wrong);
    }
    // The others make nothing critical.
    let manifests: Vec<String> =
        names(&folder).into_iter().filter_map(|name| Some(name.strip_suffix(".yaml")?.to_owned())).collect();
    for name in manifests.iter().filter(|name| KUBEHOUND.iter().all(|attack| attack.name != *name)) {
        check(
            &attack("", &[]),
            name,
            &judge(&[text_of(&folder.join(name).with_extension("yaml"))]),
            &mut wrong,
        );
    }
    eprintln!("attack-kubehound: {} of {} files, {} wrong", KUBEHOUND.len(), manifests.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn text_of(file: &FilePath) -> (String, String) {
    (file.display().to_string(), std::fs::read_to_string(file).unwrap())
}
