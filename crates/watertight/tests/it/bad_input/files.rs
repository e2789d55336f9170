//! Snapshot files, kubeconfigs, audit policies and logs that are damaged, hostile or odd.

use super::{Case, answer, with};
use crate::kubeconfig::{MASTERS, kubeconfig};

/// A snapshot file of one pod.
const SNAPSHOT: &str = r#"{"format":"watertight.snapshot/v1","tool":{"name":"w","version":"1"},"objects":1,"texts":1,"passedOver":0,"complete":[],"gaps":[]}
{"at":{"file":"a.yaml","document":1,"line":1},"object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}}
"#;

/// What is changed in the snapshot file, the exit code, and what is said.
const SNAPSHOTS: &[(&str, &str, &str, i32, &str)] = &[
    ("whole", "", "", 0, "nothing open"),
    ("of a newer form", "snapshot/v1", "snapshot/v9", 2, "newer than this build reads"),
    ("gaps is a number", "\"gaps\":[]", "\"gaps\":5", 2, "whose header cannot be read"),
    (
        "a complete kind is a text",
        "\"complete\":[]",
        "\"complete\":[\"C4N4RY\"]",
        2,
        "whose header cannot be read",
    ),
    ("a negative count", "\"objects\":1", "\"objects\":-1", 2, "whose header cannot be read"),
    ("a line is missing", "\"objects\":1", "\"objects\":2", 3, "2 objects were written and 1 are there"),
    ("no place", "{\"at\"", "{\"from\"", 3, "c.wt:2: not a line of a snapshot"),
    ("the line is a text", "\"line\":1", "\"line\":\"C4N4RY\"", 3, "c.wt:2: not a line of a snapshot"),
    ("the file is a list", "\"a.yaml\"", "[\"C4N4RY\"]", 3, "c.wt:2: not a line of a snapshot"),
    ("a negative document", "\"document\":1", "\"document\":-1", 3, "c.wt:2: not a line of a snapshot"),
    ("the object is cut off", "\"name\":\"a\"}}}", "\"name\":", 3, "c.wt:2: not a line of a snapshot"),
    ("the object is a list", "\"object\":{", "\"object\":[{", 3, "c.wt:2: not a line of a snapshot"),
    (
        "the object is a text",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}",
        "\"C4N4RY\"",
        3,
        "c.wt:2: an object without `apiVersion` and `kind`",
    ),
    ("more behind the object", "\"a\"}}}", "\"a\"}}} x", 3, "c.wt:2: not a line of a snapshot"),
    ("no version", "\"apiVersion\":\"v1\",", "", 3, "c.wt:2"),
    ("kind is a number", "\"ConfigMap\"", "5", 3, "c.wt:2: an object without `apiVersion` and `kind`"),
    (
        "a path that is none",
        "\"line\":1",
        "\"line\":1,\"duplicates\":[\"..[[\"]",
        3,
        "c.wt:2: a path that is none",
    ),
    (
        "rendered by nobody",
        "\"line\":1",
        "\"line\":1,\"rendered\":{\"by\":\"C4N4RY\",\"of\":\"x\"}",
        3,
        "c.wt:2: not a line of a snapshot",
    ),
    ("blank lines", "\n{\"at\"", "\n\n{\"at\"", 0, "nothing open"),
];

/// What is odd about a kubeconfig's users and clusters; the exit code, and what is said.
const KUBECONFIGS: &[(&str, &str, i32, &str)] = &[
    ("no user at all", "apiVersion: v1\nkind: Config\n", 0, "nothing open"),
    ("nulls", "apiVersion: v1\nkind: Config\nusers: ~\nclusters: ~\ncontexts: ~\n", 0, "nothing open"),
    (
        "users is a text",
        "apiVersion: v1\nkind: Config\nusers: C4N4RY\n",
        3,
        "c.yaml:3: is a string, not a list",
    ),
    (
        "users is a map",
        "apiVersion: v1\nkind: Config\nusers: {a: C4N4RY}\n",
        3,
        "c.yaml:3: is a map, not a list",
    ),
    (
        "a user is a text",
        "apiVersion: v1\nkind: Config\nusers:\n- C4N4RY\n",
        3,
        "c.yaml:4: is a string, not a map",
    ),
    (
        "a cluster is a number",
        "apiVersion: v1\nkind: Config\nclusters:\n- 5\n",
        3,
        "c.yaml:4: is a number, not a map",
    ),
    (
        "a cluster's settings are a list",
        "apiVersion: v1\nkind: Config\nclusters:\n- {name: c, cluster: [C4N4RY]}\n",
        3,
        "c.yaml:4: is a list, not a map",
    ),
    (
        "a server is a number",
        "apiVersion: v1\nkind: Config\nclusters:\n- {name: c, cluster: {server: 5}}\n",
        3,
        "c.yaml:4: is a number, not text",
    ),
    (
        "a flag is a text",
        "apiVersion: v1\nkind: Config\nclusters:\n- {name: c, cluster: {insecure-skip-tls-verify: 'C4N4RY'}}\n",
        3,
        "c.yaml:4: is a string, not a boolean",
    ),
    (
        "a token is a list",
        "apiVersion: v1\nkind: Config\nusers:\n- {name: u, user: {token: [C4N4RY]}}\n",
        3,
        "c.yaml:4: is a list, not text",
    ),
    (
        "a password is a map",
        "apiVersion: v1\nkind: Config\nusers:\n- {name: u, user: {password: {C4N4RY: C4N4RY}}}\n",
        3,
        "c.yaml:4: is a map, not text",
    ),
    (
        "a user without a name",
        "apiVersion: v1\nkind: Config\nusers:\n- {user: {token: C4N4RY}}\n",
        1,
        "user `` logs in with a token",
    ),
    (
        "an empty token",
        "apiVersion: v1\nkind: Config\nusers:\n- {name: u, user: {token: ''}}\n",
        0,
        "nothing open",
    ),
    (
        "a server with a password",
        "apiVersion: v1\nkind: Config\nclusters:\n- {name: c, cluster: {server: 'http://me:C4N4RY@host'}}\n",
        1,
        "the cluster `c` is reached over plain http",
    ),
    (
        "two users of one name",
        "apiVersion: v1\nkind: Config\nusers:\n- {name: u, user: {token: C4N4RY}}\n- {name: u, user: {token: C4N4RY}}\n",
        1,
        "2 findings",
    ),
    (
        "a token that is half a JWT",
        "apiVersion: v1\nkind: Config\nusers:\n- {name: u, user: {token: eyJhbGciOiJub25lIn0.C4N4RY}}\n",
        1,
        "does not say for how long",
    ),
    (
        "a JWT whose claims are none",
        "apiVersion: v1\nkind: Config\nusers:\n- {name: u, user: {token: eyJhbGciOiJub25lIn0.W10.C4N4RY}}\n",
        1,
        "does not say for how long",
    ),
    ("broken", "apiVersion: v1\nkind: Config\nusers: [{name: C4N4RY\n", 3, "c.yaml:3"),
    (
        "in a list",
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Config, users: [{name: u, user: {token: C4N4RY}}]}\n",
        1,
        "user `u` logs in with a token",
    ),
];

/// An audit policy, the exit code, and what is said.
const POLICIES: &[(&str, &str, i32, &str)] = &[
    ("another kind", "apiVersion: v1\nkind: Pod\n", 2, "`Pod` is no audit policy"),
    (
        "an unknown level",
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Everything}]\n",
        2,
        "policy.yaml:3:17",
    ),
    ("no rule", "apiVersion: audit.k8s.io/v1\nkind: Policy\n", 2, "the policy has no rule"),
    (
        "an unknown field",
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, verbz: [get]}]\n",
        1,
        "policy.yaml:3:34",
    ),
    (
        "rules is a map",
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: {level: Metadata}\n",
        2,
        "policy.yaml:3",
    ),
    ("broken", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [\n", 2, "policy.yaml:3"),
    ("empty", "", 2, "policy.yaml"),
];

/// An audit log, the exit code, and what is said.
const LOGS: &[(&str, &str, i32, &str)] = &[
    ("empty", "", 0, "no audit event found"),
    ("cut off", "{\"kind\":\"Event\", \"user\": \"C4N4RY", 3, "audit.log:1: JSON that ends too early"),
    ("no JSON", "C4N4RY\n", 3, "audit.log"),
    ("a number", "42\n", 3, "audit.log"),
];

pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (name, from, to, code, says) in SNAPSHOTS {
        let text = SNAPSHOT.replacen(from, to, usize::from(!from.is_empty()));
        let arguments = vec!["scan", "c.wt"];
        all.push(Case { name, files: with(&[("c.wt", &text)]), arguments, code: *code, says: vec![says] });
    }
    for (name, text, code, says) in KUBECONFIGS {
        let files = with(&[("c.yaml", text)]);
        all.push(Case { name, files, arguments: vec!["scan", "c.yaml"], code: *code, says: vec![says] });
    }
    for (name, text, code, says) in POLICIES {
        let files = with(&[("policy.yaml", text)]);
        let arguments = vec!["audit", "lint", "policy.yaml"];
        all.push(Case { name, files, arguments, code: *code, says: vec![says] });
    }
    for (name, text, code, says) in LOGS {
        let policy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n";
        let files = with(&[("audit.log", text), ("policy.yaml", policy)]);
        let arguments = vec!["audit", "simulate", "policy.yaml", "audit.log"];
        all.push(Case { name, files, arguments, code: *code, says: vec![says] });
    }
    // A certificate in a file that holds other things too.
    let user =
        format!("{{client-certificate-data: {MASTERS}, client-certificate: C4N4RY.pem, username: C4N4RY}}");
    let files = with(&[("c.yaml", &format!("{}---\nC4N4RY: x\n", kubeconfig(&user)))]);
    all.push(Case {
        name: "a kubeconfig with a certificate twice",
        files,
        arguments: vec!["scan", "c.yaml", "--today", "2026-03-01"],
        code: 1,
        says: vec!["`system:masters`"],
    });
    all
}

#[test]
fn every_odd_file_is_answered() {
    answer(&cases());
}
