//! kubectl as an oracle for YAML: offline, only where it is installed.

use std::process::{Command, Stdio};
use std::sync::Arc;

use watertight_syntax::{Limits, yaml};

/// What kubectl reads, as JSON; `None` when it refuses.
fn kubectl(text: &str) -> Option<serde_json::Value> {
    let files = crate::folder(&[("f.yaml", text)]);
    let output = Command::new("kubectl")
        .args(["label", "--local", "-f", "f.yaml", "x=y", "-o", "json"])
        .current_dir(files.path())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

fn ours(text: &str) -> Option<serde_json::Value> {
    let text: Arc<str> = text.into();
    let document = yaml::parse(&text, &Limits::default()).into_iter().next()?.document.ok()??;
    Some(document.root().to_json())
}

/// Texts after `v:`, from both sides of every rule.
const VALUES: &[&str] = &[
    "yes",
    "Yes",
    "YES",
    "yEs",
    "no",
    "on",
    "ON",
    "off",
    "y",
    "Y",
    "n",
    "true",
    "True",
    "tRue",
    "~",
    "null",
    "Null",
    "nUll",
    "\"yes\"",
    "'on'",
    "0755",
    "0o755",
    "0O17",
    "08",
    "09.5",
    "0x1F",
    "0X1f",
    "-0x1",
    "0b101",
    "-0b11",
    "+0b1",
    "1e3",
    "1E3",
    "1e+3",
    "1.5e-3",
    "1e",
    "e3",
    "22:22",
    "1:2:3",
    "190:20:30.15",
    "2001-01-01",
    "2001-1-1",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "0_7",
    "0x_1",
    ".5",
    "5.",
    "-.5",
    "+.5",
    ".",
    "..",
    "...x",
    "+",
    "-x",
    "+12",
    "--1",
    "12345678901234567890",
    "-9223372036854775808",
    "0.1",
    "1.0",
    "100.0",
    "=",
    "<",
    "<x",
    "!!str 12",
    "!!str yes",
    "!!int \"12\"",
    "!!float 1",
    "!!bool \"yes\"",
    "!!null \"\"",
    "!foo 12",
    "!!binary aGVsbG8=",
    "|\n  yes\n",
    "|-\n  1\n",
    ">\n  a\n  b\n",
    ">-\n  a\n\n  b\n",
    "|+\n  a\n\n",
    "|2-\n    a\n",
    "\"a\\nb\"",
    "\"\\u00e4\\x41\"",
    "'it''s'",
    "a b c",
    "a: b",
    "a #b",
    "a#b",
    "[1, yes, 0x2]",
    "{a: yes, b: 1}",
    "[a, [b, c], {d: e}]",
    "{}",
    "[]",
    "",
    "# only",
    "plain\n  folded\n  lines",
    "\"quoted\n  folded\"",
    "0xFFFFFFFFFFFFFFFF",
    "1e20",
    "1e21",
    "1.7976931348623157e308",
    "0.000001",
    "0.0000001",
    "123456789.5",
    "-0",
    "-0.0",
    "0",
    "00",
    "007",
    "0.0",
    "%x",
    "@x",
    "`x",
    "a,b",
    "[a,b]",
    "{a,b}",
    "{a: }",
    "{a}",
    "[a,]",
    "? x",
    "- a\n- b",
    "&a x",
    "*a",
    "\ttab",
    "é",
    "\u{1F600}",
];

#[test]
fn values_mean_what_they_mean_to_kubectl() {
    if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
        eprintln!("SKIPPED: kubectl is not installed, YAML was not compared with it");
        return;
    }
    let mut wrong = Vec::new();
    for value in VALUES {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\nv: {value}\n");
        let (theirs, ours) =
            (kubectl(&text).map(|json| json["v"].clone()), ours(&text).map(|json| json["v"].clone()));
        let equal = match (&theirs, &ours) {
            // Go prints integral floats without a point; beyond 2^53 both are floats of the same value.
            (Some(theirs), Some(ours)) => {
                theirs == ours || (theirs.as_f64().is_some() && theirs.as_f64() == ours.as_f64())
            }
            (theirs, ours) => theirs.is_none() == ours.is_none(),
        };
        if !equal {
            wrong.push(format!("{value:?}: kubectl {theirs:?}, we {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
