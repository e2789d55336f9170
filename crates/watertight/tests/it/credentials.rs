//! Credentials of every kind in every place: each is told, and no output shows one.

use crate::{folder, run_with};

/// A credential, and the part of it that must not come out.
struct Planted {
    text: String,
    secret: String,
}

fn planted() -> Vec<Planted> {
    let body = "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0";
    let token = |prefix: &str, length: usize| Planted {
        text: format!("{prefix}{}", &body[..length]),
        secret: body[..length].to_owned(),
    };
    let mut all = vec![
        token("ghp_", 36),
        token("github_pat_", 40),
        token("glpat-", 20),
        token("xoxb-", 40),
        token("sk_live_", 24),
        token("AIza", 35),
        token("npm_", 36),
        token("hf_", 34),
        token("sk-ant-", 40),
        token("hvs.", 28),
        token("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.", 40),
    ];
    let of = |text: &str, secret: &str| Planted { text: text.into(), secret: secret.into() };
    all.push(of("AKIAQ2W3E4R5T6Y7U2I3", "Q2W3E4R5T6Y7U2I3"));
    all.push(of("postgres://app:q1W2e3R4@db.example.com/x", "q1W2e3R4"));
    all.push(of(
        "https://hooks.slack.com/services/T01234567/B01234567/q1W2e3R4t5Y6u7I8o9P0",
        "q1W2e3R4t5Y6u7I8o9P0",
    ));
    all.push(of(
        "-----BEGIN RSA PRIVATE KEY----- q1W2e3R4t5Y6 -----END RSA PRIVATE KEY-----",
        "q1W2e3R4t5Y6",
    ));
    all
}

/// Where each is put, and the control that must tell it there.
const PLACES: &[(&str, &str)] = &[
    ("credential-in-config-map", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {x: \"{}\"}\n"),
    (
        "credential-in-config-map",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  f: |\n    a: 1\n    x: {}\n",
    ),
    (
        "credential-in-annotation",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {x: \"{}\"}}\n",
    ),
    (
        "credential-in-environment",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: c, image: i, env: [{name: X, value: \"{}\"}]}\n",
    ),
    (
        "credential-in-command",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: c, image: i, args: [\"--x={}\"]}\n",
    ),
    (
        "credential-in-command",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  initContainers:\n  - name: c\n    image: i\n    command: [sh, -c, \"run '{}'; true\"]\n  containers: []\n",
    ),
    (
        "credential-in-field",
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {name: \"{}\", list: [a]}\n",
    ),
    (
        "credential-in-field",
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {externalName: \"{}\"}\n",
    ),
    (
        "secret-in-manifest",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {x: \"{}\"} # {}\n",
    ),
];

#[test]
fn credentials_are_told_everywhere_and_shown_nowhere() {
    let mut wrong = Vec::new();
    for (number, (control, place)) in PLACES.iter().enumerate() {
        let planted = planted();
        let documents: Vec<String> = planted.iter().map(|one| place.replace("{}", &one.text)).collect();
        let files: Vec<(String, &str)> =
            documents.iter().enumerate().map(|(at, text)| (format!("{at}.yaml"), text.as_str())).collect();
        let names: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        let files = folder(&names);
        for format in ["table", "concise", "json", "sarif"] {
            let run = run_with(files.path(), &["scan", ".", "-o", format], b"");
            for (at, one) in planted.iter().enumerate() {
                if run.all().contains(&one.secret) {
                    wrong.push(format!("place {number}, {format}: shows {}", one.text));
                }
                let told = run.stdout.lines().any(|line| {
                    line.contains(&format!("{at}.yaml:")) && line.contains(&format!("[{control}]"))
                });
                if format == "concise" && !told {
                    wrong.push(format!("place {number}: {control} does not tell {}", one.text));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A snapshot of a folder says what the folder says, and holds nothing of a Secret.
#[test]
fn snapshots_tell_what_a_secret_held_and_not_what() {
    let text = "apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {a: hunter2, b: <password>, ca.crt: \"-----BEGIN CERTIFICATE-----\"}
data: {c: aHVudGVyMg==}
";
    let files = folder(&[("secret.yaml", text)]);
    let select = ["--select", "secrets", "-o", "concise"];
    let direct = run_with(files.path(), &[&["scan", "secret.yaml"][..], &select].concat(), b"");
    let saved = run_with(files.path(), &["snapshot", "secret.yaml", "--output", "all.wt"], b"");
    let later = run_with(files.path(), &[&["scan", "all.wt"][..], &select].concat(), b"");
    for run in [&direct, &later] {
        assert!(
            run.stdout.contains("the value `a`") && run.stdout.contains("the value `c`"),
            "{}",
            run.all()
        );
        assert!(!run.all().contains("hunter2") && !run.all().contains("aHVu"), "{}", run.all());
        assert!(!run.stdout.contains("`b`") && !run.stdout.contains("ca.crt"), "{}", run.all());
    }
    assert!(!saved.all().contains("hunter2"), "{}", saved.all());
}
