//! Manifests that are malformed, hostile or odd, in every format of a scan.

use crate::formats::FORMATS;
use crate::{Run, folder, run_with};

/// What has to come of an input that is named on the command line.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    /// Exit 2: not for Kubernetes; the message names the file and, where it is broken, the line.
    Error,
    /// Exit 3 or 1: a gap that names the file and line.
    Gap(u32),
    /// Read whole: no gap.
    Fine,
}
use Then::{Error, Fine, Gap};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

/// A pod that is whole.
const WHOLE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n";

/// Every input by name. `P` stands for three lines of a pod's header, `W` for a whole pod.
pub fn inputs() -> Vec<(&'static str, String, Then)> {
    let mut all: Vec<(&'static str, String, Then)> = Vec::new();
    let mut add = |name, text: &str, then| {
        all.push((name, text.replacen("P\n", POD, 1).replacen("W\n", WHOLE, 1), then));
    };

    // Not for Kubernetes.
    add("empty", "", Error);
    add("blank lines", "\n\n\n", Error);
    add("only a comment", "# nothing\n", Error);
    add("only a marker", "---\n", Error);
    add("many markers", "---\n---\n...\n---\n", Error);
    add("only a byte-order mark", "\u{feff}", Error);
    add("a scalar", "hello\n", Error);
    add("a number", "42\n", Error);
    add("a list", "- a\n- b\n", Error);
    add("a JSON list", "[1, 2]", Error);
    add("an empty JSON object", "{}", Error);
    add("a JSON null", "null", Error);
    add("a compose file", "services: {web: {image: x}}\n", Error);
    add("a chart file", "apiVersion: v2\nname: shop\nversion: 1.0.0\n", Error);
    add("values", "replicas: 2\nimage: {tag: x}\n", Error);
    add("a pipeline", "kind: pipeline\nname: default\n", Error);
    add("kind is a number", "apiVersion: v1\nkind: 7\n", Error);
    add("kind is empty", "apiVersion: v1\nkind: \"\"\n", Error);
    add("apiVersion is a list", "apiVersion: [v1]\nkind: Pod\n", Error);
    add("plain text", "this is: not: yaml: at all\n", Error);
    add("HTML", "<html><body>not found</body></html>\n", Error);
    add("a shell script", "#!/bin/sh\nexit 0\n", Error);
    add("an unfinished JSON object", "{\"a\": ", Error);
    add("a lone bracket", "[", Error);
    add("a lone brace", "}", Error);
    add("a lone quote", "\"", Error);
    add("a tab", "\t", Error);
    add("control characters", "\u{1}\u{2}\u{3}", Error);
    add("a TOML file", "[section]\nkey = \"value\"\n", Error);

    // Meant for Kubernetes and broken: the place is told.
    add("no apiVersion", "kind: Pod\nmetadata: {name: a}\n", Gap(1));
    add("an unclosed list", "P\nspec: [\n", Gap(4));
    add("an unclosed map", "P\nspec: {a: b\n", Gap(4));
    add("an unclosed quote", "P\nspec: \"abc\n", Gap(5));
    add("an unclosed single quote", "P\nspec: 'abc\n", Gap(5));
    add("mismatched brackets", "P\nspec: [a}\n", Gap(4));
    add("a tab in the indentation", "P\nspec:\n\tcontainers: []\n", Gap(5));
    add("bad indentation", "P\nspec:\n  a: 1\n b: 2\n", Gap(6));
    add("a key without a colon", "P\nspec:\n  a\n  b: 1\n", Gap(6));
    add("two colons", "P\nspec: a: b\n", Gap(4));
    add("an alias without an anchor", "P\nspec: *nowhere\n", Gap(4));
    add("an anchor within itself", "P\nspec: &a [*a]\n", Gap(4));
    add("a merge of a number", "P\nspec: {<<: 1}\n", Gap(4));
    add("a merge of a list of numbers", "P\nspec: {<<: [1]}\n", Gap(4));
    add("a null key", "P\nspec: {~: 1}\n", Gap(4));
    add("a map as key", "P\nspec: {{a: b}: 1}\n", Gap(4));
    add("a list as key", "P\nspec: {[a]: 1}\n", Gap(4));
    add("an alias to a map as key", "P\nx: &x {a: 1}\nspec: {*x : 1}\n", Gap(5));
    add("an undeclared tag handle", "P\nspec: !x!y z\n", Gap(4));
    add("a tag that does not fit", "P\nspec: !!int abc\n", Gap(4));
    add("binary that is none", "P\nspec: !!binary '%%%'\n", Gap(4));
    add("not a number", "P\nspec: .nan\n", Gap(4));
    add("infinity", "P\nspec: -.inf\n", Gap(4));
    add("a reserved character", "P\nspec: @x\n", Gap(4));
    add("a backtick", "P\nspec: `x`\n", Gap(4));
    add("a percent sign", "P\nspec: %x\n", Gap(4));
    add("a bad escape", "P\nspec: \"\\q\"\n", Gap(4));
    add("half a surrogate pair", "P\nspec: \"\\ud800\"\n", Gap(4));
    add("a helm template", "P\nspec: {{ .Values.spec }}\n", Gap(4));
    add("a helm block", "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n", Gap(1));
    add("a merge conflict", "P\n<<<<<<< HEAD\nspec: {}\n=======\nspec: {a: 1}\n>>>>>>> x\n", Gap(4));
    add("a diff", "--- a\n+++ b\n@@ -1 +1 @@\n-kind: Pod\n+kind: Job\n apiVersion: v1\n", Gap(4));
    add("JSON with a comment", "{\"apiVersion\": \"v1\", // no\n \"kind\": \"Pod\"}", Gap(1));
    add("JSON that ends early", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {", Gap(1));
    add("JSON with a stray bracket", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"]}", Gap(1));
    add("JSON with an unclosed string", "{\"apiVersion\": \"v1\",\n\"kind\": \"Pod}\n", Gap(2));
    add("deep lists", &format!("P\nspec: {}\n", "[".repeat(20_000)), Gap(4));
    add("deep maps", &format!("P\nspec: {}\n", "{a: ".repeat(20_000)), Gap(4));
    add(
        "deep blocks",
        &format!("P\nspec:\n{}", (1..2000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()),
        Gap(1),
    );
    add("deep dashes", &format!("P\nspec:\n  {}x\n", "- ".repeat(5000)), Gap(1));
    let mut json = String::from(
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}, \"spec\": ",
    );
    json.push_str(&"[".repeat(50_000));
    json.push_str(&"]".repeat(50_000));
    json.push('}');
    add("deep JSON", &json, Gap(1));
    let laughs: String =
        (1..30).map(|n| format!("l{n}: &l{n} [*l{0}, *l{0}, *l{0}, *l{0}]\n", n - 1)).collect();
    add("a billion laughs", &format!("P\nl0: &l0 [x, x, x, x]\n{laughs}"), Gap(1));
    let merges: String =
        (1..30).map(|n| format!("m{n}: &m{n} {{a{n}: *m{0}, b{n}: *m{0}}}\n", n - 1)).collect();
    add("a billion merges", &format!("P\nm0: &m0 {{a: 1}}\n{merges}"), Gap(1));
    add(
        "a broken second document",
        "P\n---\napiVersion: v1\nkind: Pod\nspec: [\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: c}\n",
        Gap(7),
    );
    add(
        "a deployment without a template",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n",
        Gap(1),
    );
    add("a spec that is a list", "P\nspec: [a, b]\n", Gap(1));
    add("a spec that is a string", "P\nspec: none\n", Gap(1));
    add("a spec that is a number", "P\nspec: 5\n", Gap(1));
    add(
        "a template that is a string",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: x}\n",
        Gap(1),
    );
    add("containers is a map", "P\nspec: {containers: {a: b}}\n", Gap(4));
    add("a container is a string", "P\nspec:\n  containers:\n  - just-a-name\n", Gap(6));
    add("a container is a list", "P\nspec:\n  containers:\n  - [a]\n", Gap(6));
    add(
        "privileged is a string",
        "P\nspec:\n  containers:\n  - name: a\n    securityContext:\n      privileged: \"true\"\n",
        Gap(8),
    );
    add(
        "privileged is a number",
        "P\nspec:\n  containers:\n  - name: a\n    securityContext:\n      privileged: 1\n",
        Gap(8),
    );
    add(
        "securityContext is a list",
        "P\nspec:\n  containers:\n  - name: a\n    securityContext: []\n",
        Gap(7),
    );
    add(
        "runAsUser is too large",
        "P\nspec: {securityContext: {runAsUser: 99999999999999999999}, containers: []}\n",
        Gap(4),
    );
    add("runAsUser is a fraction", "P\nspec: {securityContext: {runAsUser: 1.5}, containers: []}\n", Gap(4));
    add(
        "hostPort is too large",
        "P\nspec: {containers: [{name: a, ports: [{containerPort: 1, hostPort: 3000000000}]}]}\n",
        Gap(4),
    );
    add(
        "an env value is a number",
        "P\nspec: {containers: [{name: a, env: [{name: A, value: 1}]}]}\n",
        Gap(4),
    );
    add("args holds a number", "P\nspec: {containers: [{name: a, args: [1]}]}\n", Gap(4));
    add(
        "an annotation is a boolean",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    a: yes\nspec: {containers: []}\n",
        Gap(6),
    );
    add("a hostPath is a string", "P\nspec: {containers: [], volumes: [{name: a, hostPath: /}]}\n", Gap(4));
    let many: String = (0..900).map(|n| format!("    - {{name: E{n}, value: {n}}}\n")).collect();
    add(
        "nearly a thousand bad values",
        &format!("P\nspec:\n  containers:\n  - name: a\n    env:\n{many}"),
        Gap(1),
    );

    let many: String = (0..1200).map(|n| format!("    - {{name: E{n}, value: {n}}}\n")).collect();
    add("too many bad values", &format!("P\nspec:\n  containers:\n  - name: a\n    env:\n{many}"), Gap(1));

    // Odd, and fine.
    add("a list without items", "apiVersion: v1\nkind: List\nitems: []\n---\nW\n", Fine);
    add("a list of null items", "W\n---\napiVersion: v1\nkind: List\nitems: null\n", Fine);
    add("carriage returns", &WHOLE.replace('\n', "\r\n"), Fine);
    add("a byte-order mark", &format!("\u{feff}{WHOLE}"), Fine);
    add("no final line break", WHOLE.trim_end(), Fine);
    add("a YAML directive", &format!("%YAML 1.1\n---\n{WHOLE}"), Fine);
    add("a marker with a comment", &format!("--- # first\n{WHOLE}"), Fine);
    add("documents ended by dots", &format!("{WHOLE}...\n---\n{WHOLE}"), Fine);
    add("flow style", "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}\n", Fine);
    add(
        "unknown fields",
        "P\nspec: {containers: [], nonsense: 1, securityContext: {nonsense: {a: b}}}\nmore: x\n",
        Fine,
    );
    add(
        "nulls everywhere",
        "P\nspec: {containers: [{name: null, image: null, securityContext: null, ports: null}], volumes: null}\n",
        Fine,
    );
    add("a null container", "P\nspec: {containers: [null]}\n", Fine);
    add("a null spec", "P\nspec:\n", Gap(2));
    add(
        "numbers as quantities",
        "P\nspec: {containers: [{name: a, resources: {limits: {cpu: 1.5, memory: 1000000}}}]}\n",
        Fine,
    );
    add("keys that stand twice", "P\nkind: Pod\nspec: {containers: []}\n", Fine);
    add("no name", "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n", Fine);
    add(
        "a generated name",
        "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\nspec: {containers: []}\n",
        Fine,
    );
    add(
        "an unknown kind",
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec: [1, {a: b}]\n",
        Fine,
    );
    add("a slash too many", "apiVersion: a/b/c\nkind: Thing\nmetadata: {name: a}\n", Fine);
    add(
        "unicode names",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: \"ünï-🐳\"}\nspec: {containers: [{name: \"🐳\", image: \"🐳\"}]}\n",
        Fine,
    );
    add(
        "escapes in names",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: \"a\\u001b[31m\\n\"}\nspec: {containers: []}\n",
        Fine,
    );
    add(
        "JSON with trailing blanks",
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"}}  \n\n",
        Fine,
    );
    add(
        "JSON with the same key twice",
        "{\"apiVersion\": \"v1\", \"kind\": \"Job\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"}}",
        Fine,
    );
    add(
        "JSON values in a row",
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}",
        Fine,
    );
    add(
        "JSON in YAML documents",
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}\n---\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\"}\n",
        Fine,
    );
    add("hundreds of comments", &format!("{}{WHOLE}", "# comment\n".repeat(500)), Fine);
    add(
        "a very long line",
        &format!("{POD}spec: {{containers: [{{name: a, image: {}}}]}}\n", "x".repeat(200_000)),
        Fine,
    );
    add(
        "owners in a circle",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, ownerReferences: [{apiVersion: v1, kind: Pod, name: a, controller: true}]}\nspec: {containers: []}\n",
        Fine,
    );
    add("metadata that is a string", "apiVersion: v1\nkind: ConfigMap\nmetadata: x\n", Fine);
    all
}

fn check(name: &str, run: &Run, then: Then) -> Result<(), String> {
    let said = run.all();
    if said.contains("internal error") || said.contains("this is a bug") {
        return Err(format!("{name}: panicked: {said}"));
    }
    let wanted: (&[i32], String) = match then {
        Error => (&[2], "input.yaml".to_owned()),
        // Line 1 stands for "somewhere in the object": the place is the object's own.
        Gap(1) => (&[1, 3], String::new()),
        Gap(line) => (&[1, 3], format!("input.yaml:{line}")),
        Fine => (&[0, 1], String::new()),
    };
    if !wanted.0.contains(&run.code) || !said.contains(&wanted.1) {
        return Err(format!(
            "{name}: wanted {then:?}, got {}: {}",
            run.code,
            run.stderr.trim().to_owned()
                + &run
                    .stdout
                    .find("\"gaps\"")
                    .map_or(String::new(), |at| run.stdout[at..].chars().take(400).collect())
        ));
    }
    let gaps = (run.code != 2).then(|| run.json()["gaps"].as_array().unwrap().len());
    match (then, gaps) {
        (Gap(_), Some(0)) => Err(format!("{name}: no gap tells of it")),
        (Fine, Some(1..)) => Err(format!("{name}: {}", run.json()["gaps"])),
        _ => Ok(()),
    }
}

/// Whether others can read an output: whatever is in a name, it stays in its place.
fn readable(format: &str, output: &str) -> Result<(), String> {
    let xml = |allow_dtd| {
        let options = roxmltree::ParsingOptions { allow_dtd, ..roxmltree::ParsingOptions::default() };
        roxmltree::Document::parse_with_options(output, options).map(drop).map_err(|error| error.to_string())
    };
    match format {
        "sarif" | "gitlab" => serde_json::from_str::<serde_json::Value>(output)
            .map_err(|error| error.to_string())
            .and_then(|json| {
                let validator = crate::output::schema(&format!("{format}.v1.json"));
                validator.validate(&json).map_err(|error| error.to_string())
            }),
        "junit" => xml(false),
        "html" => xml(true),
        _ => Ok(()),
    }
}

#[test]
fn every_input_is_answered() {
    let inputs = inputs();
    let mut wrong = Vec::new();
    for (name, text, then) in &inputs {
        let files = folder(&[("input.yaml", text)]);
        let run = run_with(files.path(), &["scan", "input.yaml", "-o", "json"], b"");
        wrong.extend(check(name, &run, *then).err());
        // The other renderers read sources in their own way, and a folder is read otherwise than a file.
        for format in FORMATS.iter().filter(|format| **format != "json") {
            let arguments = ["scan", ".", "-o", format];
            let run = run_with(files.path(), &arguments, b"");
            if run.code == 2 || run.all().contains("internal error") || run.stdout.contains('\u{1b}') {
                wrong.push(format!("{name}: {arguments:?}: {} {}", run.code, run.stderr));
            }
            wrong.extend(
                readable(format, &run.stdout).err().map(|error| format!("{name}: {format}: {error}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), inputs.len(), wrong.join("\n"));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let files = folder(&[]);
    let mut packed = b"apiVersion: v1\nkind: Pod\n".to_vec();
    packed.resize(257, 0);
    packed.extend(b"ustar\0");
    for (name, bytes, why) in [
        ("tar", packed.as_slice(), "unpack it"),
        ("zip", b"PK\x03\x04apiVersion: v1\nkind: Pod\n", "unpack it"),
        ("latin", b"apiVersion: v1\nkind: Pod\n# \xe9\n".as_slice(), "UTF-8"),
        ("utf16", b"\xff\xfea\0p\0i\0".as_slice(), "UTF-8"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0".as_slice(), "gzip data is damaged or cut off"),
    ] {
        std::fs::write(files.path().join("input.yaml"), bytes).unwrap();
        let run = run_with(files.path(), &["scan", "input.yaml"], b"");
        assert_eq!(run.code, 3, "{name}: {}", run.all());
        assert!(run.stdout.contains("input.yaml") && run.stdout.contains(why), "{name}: {}", run.stdout);
    }
}

#[test]
fn limits_are_settable_and_told() {
    let files = folder(&[(
        "input.yaml",
        &format!("{POD}spec: {{containers: [{{name: a, env: [{{name: A, value: b}}]}}]}}\n"),
    )]);
    for (flag, value, told) in [
        ("--max-file-size", "20", "--max-file-size"),
        ("--max-document-size", "20", "20 bytes"),
        ("--max-depth", "3", "deeper than the limit of 3"),
    ] {
        let run = run_with(files.path(), &["scan", "input.yaml", flag, value], b"");
        assert_eq!(run.code, 3, "{flag}: {}", run.all());
        assert!(run.stdout.contains(told), "{flag}: {}", run.stdout);
    }
}

/// Names of formats that are none: what was meant is told, and nothing is scanned.
#[test]
fn formats_that_are_none_are_told_what_was_meant() {
    let files = folder(&[("pod.yaml", WHOLE)]);
    for (given, told) in [
        ("serif", "did you mean sarif?"),
        ("sarfi", "did you mean sarif?"),
        ("jnuit", "did you mean junit?"),
        ("mardown", "did you mean markdown?"),
        ("git-lab", "did you mean gitlab?"),
        ("htlm", "did you mean html?"),
        ("jason", "did you mean json?"),
        ("results.sarif", "name both: `sarif=results.sarif`"),
        ("out/report.xml", "name both: `junit=out/report.xml`"),
        ("comment.md", "name both: `markdown=comment.md`"),
        ("yaml", "table, concise, json, sarif, junit, markdown, github, gitlab, html"),
        ("cyclonedx", "table, concise, json, sarif, junit, markdown, github, gitlab, html"),
        ("sarif=", "a file name is missing after `=`"),
        ("=out.sarif", "table, concise, json, sarif, junit, markdown, github, gitlab, html"),
        ("", "table, concise, json, sarif, junit, markdown, github, gitlab, html"),
    ] {
        let run = run_with(files.path(), &["scan", "pod.yaml", "-o", given], b"");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{given}: {}", run.all());
        assert!(run.stderr.contains(told), "{given}: {}", run.stderr);
    }
    for given in ["SARIF", "md", "junitxml", "codeclimate", "text"] {
        assert_ne!(run_with(files.path(), &["scan", "pod.yaml", "-o", given], b"").code, 2, "{given}");
    }
}

/// Two outputs into one place, and places that cannot be written.
#[test]
fn outputs_that_cannot_be_written_are_told() {
    let files = folder(&[("pod.yaml", WHOLE), ("folder/x", "")]);
    for (outputs, told) in [
        (&["sarif", "junit"][..], "two formats cannot share standard output"),
        (&["sarif=a", "junit=a"], "two formats cannot share the file `a`"),
        (&["sarif=no/such/folder"], "no/such/folder"),
        (&["html=folder"], "folder"),
    ] {
        let mut arguments = vec!["scan", "pod.yaml"];
        arguments.extend(outputs.iter().flat_map(|output| ["-o", output]));
        let run = run_with(files.path(), &arguments, b"");
        assert_eq!(run.code, 2, "{outputs:?}: {}", run.all());
        assert!(run.stderr.contains(told), "{outputs:?}: {}", run.stderr);
    }
}
