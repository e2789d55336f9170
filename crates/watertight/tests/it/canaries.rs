//! Secrets planted wherever a manifest can hold one never come out.

use crate::formats::FORMATS;
use crate::{folder, run_with};

const CANARY: &str = "C4N4RY";

/// Manifests with the canary as value, comment, anchor, tag, in wrong places and in broken text.
const PLANTED: &[&str] = &[
    "apiVersion: v1
kind: Secret
metadata:
  name: s
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"a\":\"C4N4RY\"}}'}
data: {password: C4N4RY, other: &anchor C4N4RY}
stringData:
  text: |
    C4N4RY
  number: !!str C4N4RY
type: [C4N4RY]
",
    "apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {name: C4N4RY, image: C4N4RY, file: \"a=C4N4RY\"}
data: {name: C4N4RY}
binaryData: {b: C4N4RY}
",
    "apiVersion: apps/v1
kind: Deployment
# C4N4RY
metadata:
  name: web
  annotations: {note: C4N4RY, container.apparmor.security.beta.kubernetes.io/web: unconfined}
spec:
  template:
    metadata:
      annotations:
        vault: C4N4RY
        container.apparmor.security.beta.kubernetes.io/web: unconfined # C4N4RY
    spec: # C4N4RY
      hostNetwork: true # C4N4RY
      hostPID: yes
      volumes:
        - {name: host, hostPath: {path: /, type: Directory}, x: C4N4RY}
        - name: csi
          csi: {driver: d, volumeAttributes: {token: C4N4RY}}
        - {name: f, flexVolume: {driver: d, options: {password: C4N4RY}}}
      initContainers: [{name: i, image: i, command: [sh, -c, C4N4RY], securityContext: {privileged: true}}]
      containers:
        - {name: web, image: web, env: [{name: P, value: C4N4RY}, {name: Q, value: &q C4N4RY}], args: [--password=C4N4RY], command: [C4N4RY], securityContext: {privileged: true, runAsUser: 0, password: C4N4RY, runAsNonroot: C4N4RY}, lifecycle: {preStop: {exec: {command: [C4N4RY]}}, postStart: {httpGet: {port: 1, httpHeaders: [{name: Authorization, value: C4N4RY}]}}}, livenessProbe: {exec: {command: [C4N4RY]}}, unknown: C4N4RY}
        - name: two
          env:
            - name: A
              value: C4N4RY
            - name: B
              value: >-
                C4N4RY
                C4N4RY
          args:
            - C4N4RY
          securityContext:
            privileged: true # C4N4RY
            secret: C4N4RY
            fsGroup: C4N4RY
",
    "apiVersion: v1
kind: SecretList
items:
- metadata: {name: s}
  data: {a: C4N4RY}
  stringData: {b: C4N4RY}
",
    "apiVersion: v1
kind: Config
# C4N4RY
clusters:
- name: c
  cluster: {server: 'http://me:C4N4RY@host/C4N4RY', proxy-url: 'http://C4N4RY@proxy', certificate-authority-data: C4N4RY, insecure-skip-tls-verify: true}
users:
- name: u
  user:
    token: C4N4RY
    password: C4N4RY
    username: C4N4RY
    client-key-data: C4N4RY
    client-certificate-data: C4N4RY
    auth-provider: {name: oidc, config: {refresh-token: C4N4RY, client-secret: C4N4RY}}
    exec: {command: x, args: [C4N4RY], env: [{name: A, value: C4N4RY}]}
- name: v
  user: {token: [C4N4RY], password: {a: C4N4RY}, extensions: [{name: x, extension: C4N4RY}]}
preferences: {colors: C4N4RY}
",
    // Of the wrong type: messages must not quote what they found.
    "apiVersion: v1
kind: Pod
metadata: {name: p, annotations: [C4N4RY]}
spec:
  hostNetwork: C4N4RY
  terminationGracePeriodSeconds: C4N4RY
  securityContext: C4N4RY
  containers:
  - name: a
    image: a
    env: C4N4RY
    ports: [{containerPort: C4N4RY}]
    securityContext: {privileged: C4N4RY, runAsUser: C4N4RY, capabilities: C4N4RY}
    resources: {limits: {cpu: [C4N4RY]}}
    startupProbe: {httpGet: {port: [C4N4RY]}}
  - C4N4RY
",
    // Broken in ways whose messages could quote the text.
    "apiVersion: v1\nkind: Secret\ndata: {a: *C4N4RY}\n",
    "apiVersion: v1\nkind: Secret\ndata: {a: !C4N4RY!x y}\n",
    "apiVersion: v1\nkind: Secret\ndata: {a: !!int C4N4RY}\n",
    "apiVersion: v1\nkind: Secret\ndata: {a: \"C4N4RY}\n",
    "apiVersion: v1\nkind: Secret\ndata: {a: \"\\qC4N4RY\"}\n",
    "apiVersion: v1\nkind: Secret\ndata:\n  a: C4N4RY\n b: C4N4RY\n",
    "apiVersion: v1\nkind: Secret\ndata: {<<: C4N4RY}\n",
    "apiVersion: v1\nkind: Secret\ndata: %C4N4RY\n",
    "apiVersion: v1\nkind: Secret\ndata: {{ \"C4N4RY\" }}\n",
    "%C4N4RY x\n---\napiVersion: v1\nkind: [\n",
    "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"data\": {\"a\": \"C4N4RY\n\"}}",
    "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"data\": {\"a\": C4N4RY}}",
    "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}, \"spec\": {\"securityContext\": \"C4N4RY\", \"hostPID\": \"C4N4RY\", \"containers\": [{\"name\": \"a\", \"securityContext\": \"C4N4RY\", \"env\": [{\"name\": \"A\", \"value\": \"C4N4RY\"}], \"args\": [\"C4N4RY\"], \"x\": \"C4N4RY\"}]}}",
    "password: C4N4RY\n",
    "C4N4RY",
    "[C4N4RY",
];

#[test]
fn canaries_stay_inside() {
    let mut wrong = Vec::new();
    for (number, text) in PLANTED.iter().enumerate() {
        assert!(text.contains(CANARY));
        let mut texts = vec![(*text).to_owned()];
        if let Some(json) = as_json(text) {
            texts.push(json.clone());
            texts.push(json.replace(",\"", ",\n \""));
        }
        for text in texts {
            let files = folder(&[("input.yaml", &text)]);
            let formats = FORMATS.iter().map(|format| ["scan", "input.yaml", "-o", format]);
            let formats: Vec<[&str; 4]> = formats.collect();
            for arguments in formats.iter().map(|arguments| &arguments[..]).chain([
                &["scan", ".", "--color", "always"][..],
                &["scan", "input.yaml", "--max-depth", "2"],
                &["scan", "input.yaml", "--max-document-size", "30"],
                &["fix", "input.yaml", "--review"],
                &["fix", ".", "--review", "--color", "always"],
                &["fix", ".", "--review", "-o", "json"],
                // The last: it changes the file.
                &["fix", ".", "--review", "--write"],
            ]) {
                let run = run_with(files.path(), arguments, b"");
                let said = run.all();
                if said.contains(CANARY) {
                    let line = said.lines().find(|line| line.contains(CANARY)).unwrap_or_default();
                    wrong.push(format!("text {number} {arguments:?}: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Folders to render, with the canary as a value of each kind; some fail in ways whose messages quote it.
#[test]
fn canaries_stay_inside_what_is_rendered() {
    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {hostPID: true, containers: [{name: p, image: p, env: [{name: A, value: C4N4RY}]}]}\n";
    let kustomizations = [
        "resources: [p.yaml]\nsecretGenerator: [{name: s, literals: [a=C4N4RY]}]\nconfigMapGenerator: [{name: c, envs: [c.env]}]\n",
        "secretGenerator: [{name: s, literals: [C4N4RY]}]\n",
        "configMapGenerator: [{name: c, envs: [bad.env]}]\n",
        "resources: [p.yaml]\npatches: [{patch: '[{op: test, path: /C4N4RY, value: C4N4RY}]', target: {kind: Pod}}]\n",
        "resources: [p.yaml]\npatches: [{patch: 'a: [C4N4RY'}]\n",
        "resources: [list.yaml]\n",
        "resources: [broken.yaml]\n",
        "commonLabels: {a: [C4N4RY]}\nresources: [p.yaml]\n",
        "C4N4RY: C4N4RY\n",
    ];
    let mut wrong = Vec::new();
    for text in kustomizations {
        let files = folder(&[
            ("kustomization.yaml", text),
            ("p.yaml", POD),
            ("list.yaml", "- C4N4RY\n- C4N4RY\n"),
            ("broken.yaml", "apiVersion: v1\nkind: Secret\nstringData: {a: C4N4RY\n"),
            ("c.env", "A=C4N4RY\n"),
            ("bad.env", "C4N4RY C4N4RY\n= C4N4RY\n"),
        ]);
        for format in ["table", "concise", "json", "sarif"] {
            let run = run_with(files.path(), &["scan", ".", "-o", format], b"");
            if run.all().contains(CANARY) {
                wrong.push(format!("{text} {format}: {}", run.all()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever a tool says of the values that it was given.
#[test]
fn canaries_stay_inside_messages_of_tools() {
    let mut wrong = Vec::new();
    for message in [
        "Error: cannot use C4N4RY here",
        "Error: parsing \\\"C4N4RY\\\": invalid syntax",
        "Error: values: {password: C4N4RY}",
        "Error: failed parsing --set data: key C4N4RY has no value",
        "Error: x\\nC4N4RY\\nC4N4RY",
        "Error: (base64) QzRONFJZ",
        "Error: /C4N4RY/a.C4N4RY",
    ] {
        let files = folder(&[
            ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
            ("values.yaml", "password: C4N4RY\nencoded: QzRONFJZ\n"),
            ("templates/a.yaml", "{{ .Values.password }}\n"),
        ]);
        let script = format!("printf '%b\\n' \"{message}\" >&2; exit 1");
        let tools = crate::render::programs(&[("helm", &script)]);
        for format in ["table", "json"] {
            let arguments = ["scan", ".", "-o", format, "--set", "a=C4N4RY"];
            let run = crate::render::run_beside(files.path(), tools.path(), &arguments);
            let said = run.all();
            assert!(said.contains("failed (exit code 1): Error"), "{said}");
            if said.contains(CANARY) || said.contains("QzRONFJZ") {
                wrong.push(format!("{message}: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same objects as JSON, in one line.
fn as_json(text: &str) -> Option<String> {
    let documents = watertight_syntax::yaml::parse(&text.into(), &watertight_syntax::Limits::default());
    let document = documents.into_iter().next()?.document.ok()??;
    Some(document.root().to_json().to_string())
}

/// The masks must not hide what the finding is about.
#[test]
fn what_a_finding_is_about_is_shown() {
    let files = folder(&[("input.yaml", PLANTED[2])]);
    let run = run_with(files.path(), &["scan", "input.yaml"], b"");
    for shown in ["privileged: true", "hostNetwork: true", "- name: two", "hostPID: yes"] {
        assert!(run.stdout.contains(shown), "{shown}:\n{}", run.stdout);
    }
}
