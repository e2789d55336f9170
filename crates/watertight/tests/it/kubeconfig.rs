//! Kubeconfigs, met in a folder or named: what they hold is told, and never shown.

use crate::{Run, folder, run_with};

/// `O=system:masters, CN=kubernetes-admin`, for the year 2026.
pub const MASTERS: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJEekNCd2dJQkFUQUZCZ01yWlhBd05ERVpNQmNHQTFVRUF3d1FhM1ZpWlhKdVpYUmxjeTFoWkcxcGJqRVgKTUJVR0ExVUVDZ3dPYzNsemRHVnRPbTFoYzNSbGNuTXdIaGNOTWpZd01UQXhNREF3TURBd1doY05NamN3TVRBeApNREF3TURBd1dqQTBNUmt3RndZRFZRUUREQkJyZFdKbGNtNWxkR1Z6TFdGa2JXbHVNUmN3RlFZRFZRUUtEQTV6CmVYTjBaVzA2YldGemRHVnljekFxTUFVR0F5dGxjQU1oQU9tUnA1ZWdyUDlRejVOVE1TR1U3U1V0YUdFTHFncWQKVFhxM1I2QVIyM2tpTUFVR0F5dGxjQU5CQUJCMXZtOVRpMVFVWmJFNFVxbUJzM2FwK09pSTN3ZXZBcGZabjB4VApoeTlUNVJFU0VRUzhJRlR4TUNTZmhKWkVDaTZwYno4YU13Z084R0R3SFk4S1hnRT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";
/// `O=developers, CN=alice`, for the first half of 2026.
pub const ALICE: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSHhNSUdrQWdFQ01BVUdBeXRsY0RBbE1RNHdEQVlEVlFRRERBVmhiR2xqWlRFVE1CRUdBMVVFQ2d3S1pHVjIKWld4dmNHVnljekFlRncweU5qQXhNREV3TURBd01EQmFGdzB5TmpBM01ERXdNREF3TURCYU1DVXhEakFNQmdOVgpCQU1NQldGc2FXTmxNUk13RVFZRFZRUUtEQXBrWlhabGJHOXdaWEp6TUNvd0JRWURLMlZ3QXlFQTZaR25sNkNzCi8xRFBrMU14SVpUdEpTMW9ZUXVxQ3AxTmVyZEhvQkhiZVNJd0JRWURLMlZ3QTBFQVNDVUpPK3JFaE0xcGs5VGUKZDJWQ3RyS1psczdWV21WZEpMZEFMeDVzZlo3MEdnMzVzbG96ZFlnNDJiN1lWOUU0SVFEcUpzK1Vvc0IxOEM5MgpFOXJQREE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg==";
/// Both of these, alice's first.
const BUNDLE: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSHhNSUdrQWdFQ01BVUdBeXRsY0RBbE1RNHdEQVlEVlFRRERBVmhiR2xqWlRFVE1CRUdBMVVFQ2d3S1pHVjIKWld4dmNHVnljekFlRncweU5qQXhNREV3TURBd01EQmFGdzB5TmpBM01ERXdNREF3TURCYU1DVXhEakFNQmdOVgpCQU1NQldGc2FXTmxNUk13RVFZRFZRUUtEQXBrWlhabGJHOXdaWEp6TUNvd0JRWURLMlZ3QXlFQTZaR25sNkNzCi8xRFBrMU14SVpUdEpTMW9ZUXVxQ3AxTmVyZEhvQkhiZVNJd0JRWURLMlZ3QTBFQVNDVUpPK3JFaE0xcGs5VGUKZDJWQ3RyS1psczdWV21WZEpMZEFMeDVzZlo3MEdnMzVzbG96ZFlnNDJiN1lWOUU0SVFEcUpzK1Vvc0IxOEM5MgpFOXJQREE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCi0tLS0tQkVHSU4gQ0VSVElGSUNBVEUtLS0tLQpNSUlCRHpDQndnSUJBVEFGQmdNclpYQXdOREVaTUJjR0ExVUVBd3dRYTNWaVpYSnVaWFJsY3kxaFpHMXBiakVYCk1CVUdBMVVFQ2d3T2MzbHpkR1Z0T20xaGMzUmxjbk13SGhjTk1qWXdNVEF4TURBd01EQXdXaGNOTWpjd01UQXgKTURBd01EQXdXakEwTVJrd0Z3WURWUVFEREJCcmRXSmxjbTVsZEdWekxXRmtiV2x1TVJjd0ZRWURWUVFLREE1egplWE4wWlcwNmJXRnpkR1Z5Y3pBcU1BVUdBeXRsY0FNaEFPbVJwNWVnclA5UXo1TlRNU0dVN1NVdGFHRUxxZ3FkClRYcTNSNkFSMjNraU1BVUdBeXRsY0FOQkFCQjF2bTlUaTFRVVpiRTRVcW1CczNhcCtPaUkzd2V2QXBmWm4weFQKaHk5VDVSRVNFUVM4SUZUeE1DU2ZoSlpFQ2k2cGJ6OGFNd2dPOEdEd0hZOEtYZ0U9Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K";

/// A file with one user.
pub fn kubeconfig(user: &str) -> String {
    format!("apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers:\n- name: u\n  user: {user}\n")
}

fn scan(name: &str, text: &str, arguments: &[&str]) -> Run {
    let files = folder(&[(name, text)]);
    let arguments = [&["scan", name, "-o", "json", "--today", "2026-03-01"], arguments].concat();
    run_with(files.path(), &arguments, b"")
}

/// Control, severity and message of each finding.
fn told(run: &Run) -> Vec<(String, String, String)> {
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let json = run.json();
    let rows = json["findings"].as_array().unwrap().iter();
    rows.map(|finding| (text(finding, "control"), text(finding, "severity"), text(finding, "message")))
        .collect()
}

#[test]
fn certificates_tell_who_they_are_for() {
    let user = format!("{{client-certificate-data: {MASTERS}, client-key-data: S0VZ}}");
    let message = "user `u` logs in as `kubernetes-admin` of `system:masters`, which is above all authorization, until 2027-01-01, and cannot be locked out";
    let expected = [("kubeconfig-client-certificate".to_owned(), "critical".to_owned(), message.to_owned())];
    for name in ["config", "admin.conf", "a.yaml"] {
        let run = scan(name, &kubeconfig(&user), &[]);
        assert_eq!(told(&run), expected, "{name}");
        assert_eq!(run.json()["findings"][0]["object"]["name"], name);
        assert_eq!(run.code, 1);
    }
    // As JSON, and without its type, which kubectl does not ask for.
    let json = serde_json::json!({"clusters": [], "contexts": [], "users": [{"name": "u", "user": {"client-certificate-data": MASTERS}}]});
    assert_eq!(told(&scan("c.json", &json.to_string(), &[])), expected);
    let untyped = kubeconfig(&user).replace("apiVersion: v1\nkind: Config\n", "");
    assert_eq!(told(&scan("c", &untyped, &[])), expected);
    // Of several the first is shown to the server.
    let run = scan("c", &kubeconfig(&format!("{{client-certificate-data: {BUNDLE}}}")), &[]);
    assert!(told(&run)[0].2.contains("`alice` of `developers`; its key is elsewhere"), "{:?}", told(&run));
}

#[test]
fn the_day_is_an_input() {
    let text = kubeconfig(&format!("{{client-certificate-data: {ALICE}, client-key-data: S0VZ}}"));
    let on = |day: &str| {
        let files = folder(&[("c", &text)]);
        run_with(files.path(), &["scan", "c", "-o", "json", "--today", day], b"").controls()
    };
    assert_eq!(on("2026-07-01"), ["kubeconfig-client-certificate"]);
    assert_eq!(on("2026-07-02"), ["kubeconfig-expired-certificate"]);
}

#[test]
fn kubeconfigs_are_met_on_the_way() {
    let text = kubeconfig("{token: hunter2}");
    let names = [
        "kubeconfig",
        "prod.kubeconfig",
        "etc/kubernetes/admin.conf",
        "config.yaml",
        ".kube/config",
        "notes/config",
    ];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, text.as_str())).collect();
    let files = folder(&files);
    let count = |arguments: &[&str]| {
        let run = run_with(files.path(), &[&["scan", ".", "-o", "json"], arguments].concat(), b"");
        assert!(!run.all().contains("hunter2"));
        told(&run).len()
    };
    assert_eq!((count(&[]), count(&["--hidden"])), (4, 5));
}

#[test]
fn a_snapshot_says_what_the_file_says() {
    let text =
        kubeconfig(&format!("{{client-certificate-data: {MASTERS}, token: hunter2, password: hunter2}}"));
    let files = folder(&[("admin.conf", &text)]);
    let live = run_with(files.path(), &["scan", "admin.conf", "-o", "json"], b"");
    assert_eq!(run_with(files.path(), &["snapshot", "admin.conf", "-o", "c.wt"], b"").code, 0);
    let again = run_with(files.path(), &["scan", "c.wt", "-o", "json"], b"");
    assert_eq!(told(&live), told(&again));
    assert_eq!(told(&live).len(), 3, "{:?}", told(&live));
}

/// What cannot be read is a gap that names the user's field and its line, and quotes nothing.
#[test]
fn odd_credentials_are_gaps() {
    let pem =
        |body: &str| base64(&format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"));
    let cases: Vec<(String, &str)> = vec![
        ("{client-certificate-data: hunter2!}".into(), "it is not base64"),
        ("{client-certificate-data: aHVudGVyMg==}".into(), "it holds no certificate in PEM form"),
        ("{client-certificate-data: gICAgA==}".into(), "it holds no certificate in PEM form"),
        (
            format!("{{client-certificate-data: {}}}", base64("-----BEGIN CERTIFICATE-----\nMAA=")),
            "its certificate is cut off",
        ),
        (format!("{{client-certificate-data: {}}}", pem("hunter2!")), "its certificate is not base64"),
        (format!("{{client-certificate-data: {}}}", pem("MAA=")), "its bytes are no X.509 certificate"),
        (
            format!("{{client-certificate-data: {}}}", pem("aHVudGVyMg==")),
            "its bytes are no X.509 certificate",
        ),
        (format!("{{client-certificate-data: {}}}", pem("")), "its bytes are no X.509 certificate"),
        (
            format!(
                "{{client-certificate-data: {}}}",
                base64(
                    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nhunter2\n-----END ENCRYPTED PRIVATE KEY-----\n"
                )
            ),
            "it holds no certificate in PEM form",
        ),
        (
            format!("{{client-certificate-data: {}}}", "A".repeat(300_000)),
            "it is larger than any certificate",
        ),
        ("{client-certificate-data: [hunter2]}".into(), "is a list, not text"),
        ("{token: {hunter2: hunter2}}".into(), "is a map, not text"),
        ("hunter2".into(), "is a string, not a map"),
    ];
    for (user, expected) in cases {
        let run = scan("c.yaml", &kubeconfig(&user), &[]);
        let gaps = run.json()["gaps"].as_array().unwrap().clone();
        assert_eq!(gaps.len(), 1, "{user}: {gaps:?}");
        let what = gaps[0]["what"].as_str().unwrap();
        assert!(what.starts_with("Config c.yaml .users[0].user") && what.ends_with("at c.yaml:7"), "{what}");
        assert!(gaps[0]["why"].as_str().unwrap().contains(expected), "{user}: {gaps:?}");
        assert!(!run.all().contains("hunter2"), "{}", run.all());
        assert_eq!(run.code, 3, "{user}");
    }
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let number =
            chunk.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place) & 63) as usize] as char;
            encoded.push(if place > chunk.len() { '=' } else { digit });
        }
    }
    encoded
}

fn pem(base64: &str) -> String {
    use std::io::Write as _;
    let mut decoder = std::process::Command::new("base64");
    decoder.arg("-d").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = decoder.spawn().unwrap();
    child.stdin.take().unwrap().write_all(base64.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// Files that stand beside a kubeconfig are judged as what it holds, also after a snapshot; what is elsewhere is
/// a gap and is not read.
#[test]
fn files_that_are_named_are_read_below_the_target_only() {
    let config = kubeconfig("{client-certificate: pki/me.crt, client-key: pki/me.key, tokenFile: token}");
    let outside = kubeconfig("{client-certificate: ../outside.crt, tokenFile: /etc/hostname}");
    let masters = pem(MASTERS);
    let link = kubeconfig("{client-certificate: link.crt}");
    let files = folder(&[
        ("in/kubeconfig", &config),
        ("in/pki/me.crt", &masters),
        ("in/pki/me.key", "hunter2"),
        ("in/token", "hunter2"),
        ("out/kubeconfig", &outside),
        ("outside.crt", &masters),
        ("link/kubeconfig", &link),
    ]);
    std::os::unix::fs::symlink(files.path().join("outside.crt"), files.path().join("link/link.crt")).unwrap();
    let arguments = |target: &'static str| ["scan", target, "-o", "json", "--today", "2026-03-01"];
    let run = run_with(files.path(), &arguments("in"), b"");
    let controls: Vec<String> = told(&run).into_iter().map(|(control, ..)| control).collect();
    assert_eq!(controls, ["kubeconfig-client-certificate", "kubeconfig-static-token"]);
    assert!(told(&run)[0].2.contains("`system:masters`"), "{:?}", told(&run));
    assert_eq!((run.code, run.all().contains("hunter2")), (1, false));
    assert_eq!(run.json()["findings"][0]["location"]["line"], 7);
    let _ = run_with(files.path(), &["snapshot", "in", "-o", "c.wt"], b"");
    assert_eq!(told(&run_with(files.path(), &arguments("c.wt"), b"")), told(&run));
    for (target, gaps) in [("out", 2), ("link", 1), ("in/kubeconfig", 2)] {
        let run = run_with(files.path(), &arguments(target), b"");
        assert_eq!(
            (told(&run).len(), run.json()["gaps"].as_array().unwrap().len(), run.code),
            (0, gaps, 3),
            "{target}"
        );
        assert!(run.all().contains("scan a folder that holds both"), "{target}");
    }
    // With the folder above as target all are below it.
    assert_eq!(told(&run_with(files.path(), &arguments("."), b"")).len(), 4);
}

#[test]
fn what_a_pod_logs_in_with_is_no_gap() {
    let text = kubeconfig("{tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token}");
    let run = scan("c", &text, &[]);
    assert_eq!((told(&run).len(), run.code), (0, 0), "{}", run.all());
}
