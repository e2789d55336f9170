//! Every place where a text can stand, with a canary in it and with a token of each issuer.

use super::*;

fn shown(text: &str) -> String {
    let masked = MaskedText::of(&Source::new("canary.yaml", text.into()), &Limits::default());
    (1..=masked.len()).map(|line| masked.line(line) + "\n").collect()
}

const CANARY: &str = "C4N4RY";

/// Places where anything may stand, also in text that is not well-formed.
const PLACES: &[&str] = &[
    "env: [{name: A, value: C4N4RY}]",
    "env:\n- name: A\n  value: C4N4RY\n",
    "args: [--password=C4N4RY, C4N4RY]",
    "args:\n- C4N4RY\n- |\n  C4N4RY\n  a-b C4N4RY\n",
    "metadata: {annotations: {a: C4N4RY}, labels: {a: C4N4RY}}",
    "data: {name: C4N4RY, image: C4N4RY, key: C4N4RY}",
    "data:\n  file: |\n    name: C4N4RY\n    C4N4RY\n\n  other: >-\n    C4N4RY\n    C4N4RY\n",
    "binaryData: {a: C4N4RY}",
    "x: \"C4N4RY\\n \\\"C4N4RY\"",
    "x: 'C4N4RY ''C4N4RY'",
    "x: C4N4RY\n  C4N4RY\n",
    "# C4N4RY\nx: 1 # C4N4RY\n#C4N4RY",
    "a: &C4N4RY b\nc: *C4N4RY\n",
    "a: !C4N4RY b\nd: !<C4N4RY-C4N4RY> b\n",
    "- !C4N4RY b\n- &C4N4RY-C4N4RY c\n",
    "data: {a: &x C4N4RY}\nverbs: [*x]\n",
    "data: {a: &x C4N4RY}\nb: {*x : 1}\n",
    "name: C4N4RY\nname: b\n",
    "spec: {key: C4N4RY, path: C4N4RY, user: C4N4RY}",
    "hostPID: C4N4RY\nreplicas: C4N4RY\nprivileged: C4N4RY\n",
    "? C4N4RY: C4N4RY\n: [\n",
    "a: [C4N4RY\nb: 1\n",
    "a: \"C4N4RY\n",
    "a: b\n---\nC4N4RY: [\n---\nx: C4N4RY\n",
    "%C4N4RY\n---\na: b\n",
    "{\"data\": {\"a\": \"C4N4RY\"}, \"env\": [{\"name\": \"A\", \"value\": \"C4N4RY\"}]}",
    "{\n  \"data\": {\n    \"a\": \"C4N4RY\"\n  }\n}\n",
    "{\"a\": C4N4RY",
    "C4N4RY",
    "--- C4N4RY\n--- |\n  C4N4RY\n",
    "--- # C4N4RY\na: b\n... # C4N4RY\n",
    "a: b\n...\nC4N4RY\n",
    "a: b\n--- \nstringData: {a: C4N4RY}\n",
];

#[test]
fn no_canary_comes_out_of_any_place() {
    for text in PLACES {
        assert!(text.contains(CANARY));
        // The overruled name of a duplicate key is what the field holds for no one, and is not shown.
        let shown = shown(text);
        assert!(!shown.contains(CANARY), "{text}\n=>\n{shown}");
        assert_eq!(shown.lines().count(), text.split('\n').count(), "{text}");
    }
}

/// Fields that are shown, with a token in them.
#[test]
fn no_token_comes_out_of_a_field_that_is_shown() {
    let body = "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8i9J0";
    for token in [
        format!("ghp_{}", &body[..36]),
        format!("glpat-{}", &body[..20]),
        format!("xoxb-{body}"),
        format!("sk_live_{}", &body[..24]),
        format!("AIza{}", &body[..35]),
        format!("npm_{}", &body[..36]),
        format!("hf_{}", &body[..34]),
        format!("sk-ant-{body}"),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.{body}"),
    ] {
        let secret = &token[token.len() - 16..];
        for text in [
            format!("metadata: {{name: {token}, namespace: {token}}}"),
            format!("spec: {{containers: [{{name: c, image: {token}}}]}}"),
            format!("data:\n  {token}: x\n  ? {token}\n  : x\n"),
            format!("{{\"{token}\": 1, \"name\": \"{token}\"}}"),
            format!("rules: [{{verbs: [{token}], resources: ['{token}']}}]"),
            format!("spec: {{containers: [{{name: c, volumeMounts: [{{mountPath: /{token}/a}}]}}]}}"),
        ] {
            let shown = shown(&text);
            assert!(!shown.contains(secret), "{text}\n=>\n{shown}");
        }
    }
    let image = shown("containers:\n- image: user:hunter2@registry.example.com/app:1\n  name: c\n");
    assert_eq!(image, "containers:\n- image: user:•••@registry.example.com/app:1\n  name: c\n\n");
    let image = shown("containers: [{image: \"user:hunter2@registry.example.com/app:1\"}]");
    assert!(!image.contains("hunter2") && image.contains("registry.example.com/app:1"), "{image}");
}

/// The masks must not hide what a diff is about.
#[test]
fn structure_and_harmless_fields_are_shown() {
    let text = "apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: \"web:1@sha256:0000\"
    securityContext: {privileged: true, capabilities: {add: [\"NET_ADMIN\"], drop: []}}
    resources:
      limits: {cpu: 100m}
  tolerations: [{key: a, operator: Exists}]
---
kind: ConfigMap
data:
  a: •••
";
    assert_eq!(shown(text), format!("{text}\n"));
}

#[test]
fn one_long_line_takes_time_in_proportion() {
    let time = |items: usize| {
        let text = format!("{{\"items\": [{}]}}", vec!["{\"name\": \"a\", \"x\": \"b\"}"; items].join(", "));
        let best = (0..3).map(|_| {
            let start = std::time::Instant::now();
            assert!(shown(&text).len() > items);
            start.elapsed()
        });
        best.min().unwrap().as_secs_f64()
    };
    let (short, long) = (time(2_000), time(16_000));
    assert!(long < short * 30.0, "{short:.4} s, eight times of it {long:.4} s");
}

#[test]
fn lines_are_quoted_when_nothing_but_harmless_comments_is_masked() {
    let text =
        "# why\nkind: Pod # as ever\nspec:\n  hostPID: true # password=C4N4RYC4N4RY\n  x: C4N4RY\n---\n{";
    let masked = MaskedText::of(&Source::new("pod.yaml", text.into()), &Limits::default());
    let quoted: Vec<bool> = (1..=7).map(|line| masked.may_be_quoted(line)).collect();
    assert_eq!(quoted, [true, true, true, false, false, true, false]);
}
