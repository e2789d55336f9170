//! What every format makes of the same scan: one that holds whatever a format can stumble over.

mod github;
mod gitlab;
mod html;
mod junit;
mod markdown;
mod sarif;

use std::path::Path;

use crate::{Run, folder, run_with};

/// All of them.
pub const FORMATS: &[&str] =
    &["table", "concise", "json", "sarif", "junit", "markdown", "github", "gitlab", "html"];

/// Controls of every severity, so that outputs do not change with each control that is added.
const CONTROLS: &str = "privileged-container,host-network,shared-process-namespace,token-automounted,\
                        deprecated-service-account-field,cpu-limit-missing";

/// Windows line ends, letters of several bytes, a text that would be Markdown, HTML, XML, a link, a mention,
/// a workflow command and a placeholder.
const WEB: &str = "apiVersion: apps/v1\r
kind: Deployment\r
metadata: {name: größe, namespace: shop} # é\r
spec:\r
  template:\r
    spec:\r
      hostNetwork: true\r
      shareProcessNamespace: true\r
      serviceAccount: builder\r
      containers:\r
      - name: \"a|b<c>`&\\n::error::%0A {0} [x](http://evil.example) @octocat 🐳\\x1b[31m\"\r
        image: web\r
        resources: {limits: {cpu: 1}}\r
        securityContext: {privileged: true}\r
";

/// A list in one line of JSON.
const LIST: &str = r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"first","namespace":"shop"},"spec":{"automountServiceAccountToken":false,"containers":[{"name":"a","image":"a","resources":{"limits":{"cpu":"1"}}}]}},{"apiVersion":"v1","kind":"Pod","metadata":{"name":"second","namespace":"shop"},"spec":{"automountServiceAccountToken":false,"containers":[{"name":"a","image":"a","resources":{"limits":{"cpu":"1"}},"securityContext":{"privileged":true}}]}}]}"#;

/// A deployment, its replica set, and a pod of it that was changed.
const OWNED: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {template: {spec: {automountServiceAccountToken: false, containers: [{name: api, image: api, resources: {limits: {cpu: 1}}}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: api-x1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: api, controller: true}]}
spec:
  automountServiceAccountToken: false
  containers:
  - {name: api, image: api, resources: {limits: {cpu: 1}}, securityContext: {privileged: true}}
";

/// The same object in two files.
const TWIN: &str = "apiVersion: v1
kind: Pod
metadata: {name: twin, namespace: shop}
spec:
  automountServiceAccountToken: false
  hostNetwork: true
  containers: [{name: a, image: a}]
";

/// One account twice, so that nobody knows whether the pod has a token.
const ACCOUNTS: &str = "apiVersion: v1
kind: ServiceAccount
metadata: {name: maybe, namespace: other}
automountServiceAccountToken: true
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: maybe, namespace: other}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: asks, namespace: other}
spec: {serviceAccountName: maybe, containers: [{name: a, image: a, resources: {limits: {cpu: 1}}}]}
";

/// One waiver that holds, with text that would be markup, and one that waives nothing.
const SETTINGS: &str = "waivers:
- control: deprecated-service-account-field
  name: größe
  reason: \"a debugger <needs> it | see [x](http://evil.example) `@octocat`\"
  owner: shop
  until: 2999-12-31
- control: host-network
  name: nobody
  reason: was needed once
";

/// What comes on standard input.
const STDIN: &str = "apiVersion: v1
kind: Pod
metadata: {name: piped, namespace: shop}
spec: {hostNetwork: true, automountServiceAccountToken: false, containers: [{name: a, image: a, resources: {limits: {cpu: 1}}}]}
";

/// The files of the scan. `.git` makes the folder a repository; the scan runs in `k8s`.
fn files() -> tempfile::TempDir {
    let files = folder(&[
        (".git/HEAD", ""),
        ("k8s/watertight.yaml", SETTINGS),
        ("k8s/a web/größe #1.yaml", WEB),
        ("k8s/list.json", LIST),
        ("k8s/owned.yaml", OWNED),
        ("k8s/twins/one.yaml", TWIN),
        ("k8s/twins/two.yaml", TWIN),
        ("k8s/accounts.yaml", ACCOUNTS),
        ("k8s/broken.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: [\n"),
    ]);
    let old = folder(&[("old.yaml", &TWIN.replace("twin", "recorded"))]);
    let target = files.path().join("k8s/cluster.wt");
    let run = run_with(old.path(), &["snapshot", "old.yaml", "-q", "-o", target.to_str().unwrap()], b"");
    assert_eq!(run.code, 0, "{}", run.all());
    files
}

/// The scan of everything, in one format.
fn scan_rich(format: &str) -> Run {
    scan_in(files().path(), format)
}

fn scan_in(repository: &Path, format: &str) -> Run {
    let arguments = ["scan", ".", "cluster.wt", "-", "--select", CONTROLS, "-o", format];
    let run = run_with(&repository.join("k8s"), &arguments, STDIN.as_bytes());
    assert_eq!(run.code, 1, "{format}: {}", run.all());
    run
}

/// The exit code is that of the findings, and the result says what was not seen, whatever the format.
#[test]
fn formats_agree_on_code_and_gaps() {
    for format in FORMATS {
        let run = scan_rich(format);
        assert!(run.stdout.contains("broken.yaml"), "{format}: the gap is not told");
        assert!(run.stdout.contains("could not be judged"), "{format}: the unknown verdict is not told");
        assert!(run.stdout.contains("token-automounted"), "{format}: nor of which control");
        assert!(run.stdout.contains("2999-12-31"), "{format}: what is waived is not told");
        assert!(run.stdout.contains("watertight.yaml"), "{format}: nor by which settings");
        assert!(!run.stdout.contains('\u{1b}'), "{format}: a name moves the cursor");
        assert_eq!(run.stderr, "", "{format}");
    }
}

/// The same bytes for the same input, into a file as well.
#[test]
fn formats_go_into_files_and_are_the_same_each_time() {
    let files = files();
    for format in FORMATS {
        let first = scan_in(files.path(), format);
        let again = scan_in(files.path(), &format!("{format}=out.txt"));
        let out = files.path().join("k8s/out.txt");
        assert_eq!(std::fs::read_to_string(&out).unwrap(), first.stdout, "{format}");
        std::fs::remove_file(&out).unwrap();
        assert_eq!(again.stdout, "", "{format}");
    }
}
