//! Secrets planted wherever a manifest can hold one never come out of an answer about the network.

use crate::{folder, run_with};

const CANARY: &str = "C4N4RY";

/// Places in which flows are looked for, each with the canary where a credential would be.
const PLANTED: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: shop}
stringData: {url: 'https://C4N4RY.example.com', host: C4N4RY, dsn: 'postgres://u:C4N4RY@db.shop.svc:5432/x'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: shop}
data:
  password: C4N4RY
  url: 'https://user:C4N4RY@api.example.com/C4N4RY?token=C4N4RY'
  app.yaml: |
    db: {host: db.shop.svc, password: C4N4RY}
    other: 'amqp://u:C4N4RY@db.shop.svc:5672/C4N4RY'
  broken.yaml: '{a: [C4N4RY db.shop.svc:99'
  script.sh: curl -H 'Authorization: C4N4RY' -u C4N4RY:C4N4RY https://db.shop.svc/C4N4RY
binaryData: {b: C4N4RY}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {note: C4N4RY}}
spec:
  template:
    metadata: {labels: {app: web}, annotations: {note: C4N4RY}}
    spec:
      volumes: [{name: c, configMap: {name: c}}, {name: s, secret: {secretName: s}}]
      containers:
      - name: web
        image: web
        command: [sh, -c, 'exec app --dsn postgres://u:C4N4RY@db.shop.svc:5432/C4N4RY --password C4N4RY']
        args: ['--token=C4N4RY', '--url=https://u:C4N4RY@db.shop.svc:5432/?C4N4RY', 'C4N4RY', 'db.shop.svc:C4N4RY']
        env:
        - {name: PASSWORD, value: C4N4RY}
        - {name: DSN, value: 'postgres://u:C4N4RY@db.shop.svc:5432/C4N4RY?x=C4N4RY'}
        - {name: PLAIN, value: 'db.shop.svc C4N4RY'}
        - {name: ODD, value: 'u:C4N4RY@db.shop.svc'}
        - {name: JSON, value: '{\"host\": \"db.shop.svc\", \"password\": \"C4N4RY\"}'}
        - {name: FROM, valueFrom: {secretKeyRef: {name: s, key: url}}}
        envFrom: [{configMapRef: {name: c}}, {secretRef: {name: s}}]
        livenessProbe: {httpGet: {path: /C4N4RY, port: 80, httpHeaders: [{name: Authorization, value: C4N4RY}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: db}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: a.b.c, clientConfig: {url: 'https://u:C4N4RY@hook.example.com/C4N4RY?C4N4RY', caBundle: C4N4RY}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: odd, namespace: shop, annotations: {a: C4N4RY}}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{ipBlock: {cidr: C4N4RY, except: [C4N4RY]}}], ports: [{port: C4N4RY/, protocol: C4N4RY, endPort: C4N4RY}]}]
";

#[test]
fn no_answer_quotes_a_value() {
    let recording = "{\"flow\": {\"C4N4RY\n{\"from_namespace\":\"shop\",\"from_workload\":\"web\",\"to_address\":\"u:C4N4RY@x\",\"port\":1}\n";
    let files = folder(&[("input.yaml", PLANTED), ("flows", recording)]);
    let mut wrong = Vec::new();
    for arguments in [
        &["list"][..],
        &["list", "--exposed", "-o", "json"],
        &["list", "--expand", "-o", "csv"],
        &["check", "--from", "web", "--to", "db"],
        &["check", "--from", "db", "--to", "web", "-o", "json"],
        &["map"],
        &["map", "-o", "html"],
        &["generate"],
        &["generate", "--flows", "flows"],
        &["generate", "--flows", "flows", "-o", "json", "--egress"],
        &["generate", "--flavor", "cilium"],
        &["generate", "--flavor", "calico", "-o", "json"],
        &["diff", "input.yaml", "input.yaml", "-o", "json"],
    ] {
        let run = run_with(files.path(), &[&["net"], arguments].concat(), b"");
        assert!(!run.stdout.is_empty(), "{arguments:?}: {}", run.stderr);
        if let Some(line) = run.all().lines().find(|line| line.contains(CANARY)) {
            wrong.push(format!("{arguments:?}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The masks must not hide what the flow is.
#[test]
fn the_flow_itself_is_told() {
    let files = folder(&[("input.yaml", PLANTED)]);
    let run = run_with(files.path(), &["net", "generate"], b"");
    assert!(run.stdout.contains("shop/web → shop/db 5432/TCP"), "{}", run.stdout);
}
