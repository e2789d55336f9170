//! Command lines that are wrong: the answer names the argument or the file, and what is expected.

use super::{Case, answer, with};

/// A command line, and what the answer says: words between `~`.
const COMMANDS: &[(&str, &str)] = &[
    (r#"scan"#, r#"<PATH>"#),
    (r#"scan gone.yaml"#, r#"cannot read `gone.yaml`: no such file or directory"#),
    (r#"scan http://example.com/a.yaml"#, r#"is an address; download the file"#),
    (r#"scan pod.yaml --nonsense"#, r#"unexpected argument '--nonsense'"#),
    (r#"scan pod.yaml -o xml"#, r#"invalid value 'xml' for '--output"#),
    (r#"scan pod.yaml -o json -o table"#, r#"two formats cannot share standard output~-o json=out.json"#),
    (r#"scan pod.yaml -o json="#, r#"a file name is missing after `=`"#),
    (r#"scan pod.yaml -o json=a.json,concise=a.json"#, r#"cannot share the file `a.json`"#),
    (r#"scan pod.yaml -o json=/nowhere/x.json"#, r#"cannot write `/nowhere/x.json`"#),
    (r#"scan pod.yaml --fail-on worst"#, r#"expected info, low, medium, high or critical, or none"#),
    (r#"scan pod.yaml --min-severity none"#, r#"invalid value 'none' for '--min-severity"#),
    (
        r#"scan pod.yaml --select no-such-thing"#,
        r#"there is no control or layer `no-such-thing`~`watertight controls` lists all"#,
    ),
    (r#"scan pod.yaml --select privilged-container"#, r#"did you mean `privileged-container`?"#),
    (r#"scan pod.yaml --ignore no-such-thing"#, r#"there is no control or layer `no-such-thing`"#),
    (r#"scan pod.yaml --select host-port --ignore host-port"#, r#"no control is left to run"#),
    (r#"scan pod.yaml --kubernetes-version 2.0"#, r#"expected something like `1.36`"#),
    (r#"scan pod.yaml --kubernetes-version x"#, r#"not a Kubernetes version"#),
    (r#"scan pod.yaml -n Capital"#, r#"expected lower-case letters, digits and `-`"#),
    (r#"scan pod.yaml --namespace="#, r#"--namespace"#),
    (r#"scan pod.yaml -n -x"#, r#"unexpected argument '-x'"#),
    (r#"scan pod.yaml --max-depth 0"#, r#"0 is not in 1..=250"#),
    (r#"scan pod.yaml --max-depth 251"#, r#"251 is not in 1..=250"#),
    (r#"scan pod.yaml --max-depth x"#, r#"invalid value 'x' for '--max-depth"#),
    (r#"scan pod.yaml --max-file-size 0"#, r#"out of range"#),
    (r#"scan pod.yaml --max-file-size 5X"#, r#"expected bytes, or a number with K, M or G"#),
    (r#"scan pod.yaml --max-file-size 99999999999G"#, r#"--max-file-size"#),
    (r#"scan pod.yaml --max-document-size -1"#, r#"unexpected argument '-1'"#),
    (r#"scan pod.yaml --max-alias-nodes x"#, r#"invalid value 'x' for '--max-alias-nodes"#),
    (r#"scan pod.yaml --resource-bound limits"#, r#"expected a field, `<=` or `>=`, and a quantity"#),
    (r#"scan pod.yaml --resource-bound limits.memory<=x"#, r#"a quantity begins with a number"#),
    (r#"scan pod.yaml --trust-class x"#, r#"expected NAME=SELECTOR"#),
    (r#"scan pod.yaml --trust-class=a=b,(x"#, r#"`)` is missing"#),
    (r#"scan pod.yaml --today yesterday"#, r#"expected a day as YYYY-MM-DD"#),
    (r#"scan pod.yaml --today 2026-02-30"#, r#"there is no such day"#),
    (r#"scan pod.yaml --color sometimes"#, r#"[possible values: auto, always, never]"#),
    (r#"scan pod.yaml --render-timeout 0"#, r#"0 is not in 1.."#),
    (r#"scan pod.yaml --render-timeout soon"#, r#"invalid value 'soon' for '--render-timeout"#),
    (r#"scan pod.yaml --release-name Shop"#, r#"expected at most 53 lower-case letters"#),
    (r#"scan pod.yaml --release-name a..b"#, r#"expected at most 53 lower-case letters"#),
    (r#"scan pod.yaml --values gone.yaml"#, r#"cannot read `gone.yaml`"#),
    (r#"scan pod.yaml --values https://example.com/v.yaml"#, r#"`https://example.com/v.yaml` is an address"#),
    (r#"scan pod.yaml --platform-namespace Bad_Name"#, r#"expected the name of a namespace"#),
    (r#"snapshot pod.yaml"#, r#"--output <FILE>"#),
    (r#"snapshot pod.yaml -o /nowhere/c.wt"#, r#"cannot write `/nowhere/c.wt`"#),
    (r#"snapshot gone -o c.wt"#, r#"cannot read `gone`"#),
    (r#"explain"#, r#"<NAME>"#),
    (r#"explain privilged-container"#, r#"did you mean `privileged-container`?"#),
    (r#"controls -o xml"#, r#"[possible values: table, json]"#),
    (r#"completions tcsh"#, r#"[possible values: bash"#),
    (r#"psa"#, r#"Usage: watertight psa"#),
    (r#"psa nope"#, r#"unrecognized subcommand 'nope'"#),
    (r#"psa check"#, r#"<PATH>"#),
    (r#"psa check gone"#, r#"cannot read `gone`"#),
    (r#"psa check pod.yaml --level worst"#, r#"expected privileged, baseline or restricted"#),
    (r#"psa label pod.yaml -o json5"#, r#"[possible values: kubectl, patch, json]"#),
    (r#"rbac nope"#, r#"unrecognized subcommand 'nope'"#),
    (r#"rbac who-can get"#, r#"verb and resource are needed~as in `get pods`"#),
    (r#"rbac who-can get pods -t gone"#, r#"cannot read `gone`"#),
    (r#"rbac who-can get pods.x.y/z/a -t binding.yaml"#, r#"`z/a` is no name of an object~--subresource"#),
    (r#"rbac who-can get pods -t binding.yaml -n Bad"#, r#"expected lower-case letters"#),
    (r#"rbac who-can get pods -t binding.yaml -n a -A"#, r#"cannot be used with '--all-namespaces'"#),
    (r#"rbac who-can get pods -t binding.yaml -o xml"#, r#"[possible values: table, wide, json]"#),
    (r#"rbac can-i get pods -t binding.yaml"#, r#"--as <USER>"#),
    (r#"rbac can-i get pods --as"#, r#"a value is required for '--as <USER>'"#),
    (r#"rbac can-i --as a -t binding.yaml"#, r#"verb and resource are needed"#),
    (r#"rbac can-i --as a --sa b get pods -t binding.yaml"#, r#"cannot be used with '--sa"#),
    (
        r#"rbac can-i --as a get pods -t binding.yaml --authorizers Nope"#,
        r#"expected Node, RBAC, Webhook, ABAC, AlwaysAllow or AlwaysDeny"#,
    ),
    (r#"rbac can-i --as a --list get pods -t binding.yaml"#, r#"cannot be used with '[VERB]'"#),
    (r#"rbac risks -t gone"#, r#"cannot read `gone`"#),
    (r#"rbac diff pod.yaml"#, r#"<AFTER>"#),
    (r#"rbac diff pod.yaml gone"#, r#"cannot read `gone`"#),
    (r#"rbac minimize -t binding.yaml"#, r#"<LOG|TARGET>"#),
    (r#"rbac minimize -t binding.yaml gone.log"#, r#"cannot read `gone.log`"#),
    (r#"audit lint"#, r#"<POLICY>"#),
    (r#"audit lint gone"#, r#"cannot read `gone`"#),
    (r#"audit lint policy.yaml --fail-on worst"#, r#"expected info, low, medium"#),
    (r#"audit explain policy.yaml"#, r#"--verb <VERB>~--resource <RESOURCE>"#),
    (r#"audit simulate policy.yaml"#, r#"<LOG>"#),
    (r#"audit simulate policy.yaml gone"#, r#"cannot read `gone`"#),
    (r#"man extra"#, r#"unexpected argument 'extra'"#),
    (r#"nonsense"#, r#"unrecognized subcommand 'nonsense'"#),
];

pub fn cases() -> Vec<Case> {
    let files = [
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n"),
        ("policy.yaml", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n"),
        (
            "binding.yaml",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: x}\n\
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: []\n",
        ),
    ];
    COMMANDS
        .iter()
        .map(|(name, says)| Case {
            name,
            files: with(&files),
            arguments: name.split(' ').collect(),
            code: 2,
            says: says.split('~').collect(),
        })
        .collect()
}

#[test]
fn every_wrong_command_is_answered() {
    answer(&cases());
}
