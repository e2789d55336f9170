//! Pod templates, as the API server keeps them: with its defaults written out.
//!
//! Start reading at [`template`].

use serde_json::{Value, json};

use crate::generate::random::Random;

use super::names::{AGENTS, CONTROL_PLANE, OPERATORS, POPULAR, REGISTRIES};
use super::plan::{Kind, Level, Plan, Runs, Stage, Workload};

/// The version of the control plane.
pub(super) const VERSION: &str = "v1.36.0";

/// The pod template of a workload: `metadata` and `spec`.
pub(super) fn template(plan: &Plan, workload: &Workload) -> Value {
    let mut made = match workload.runs {
        Runs::ControlPlane(index) => control_plane(CONTROL_PLANE[index]),
        Runs::Agent(index) => agent(index),
        Runs::Operator(index) => operator(plan, workload, index),
        Runs::Popular(index) => popular(plan, workload, index),
        Runs::Own => own(plan, workload),
    };
    made["metadata"]["labels"] = labels(plan, workload);
    if let Some(account) = &workload.account {
        made["spec"]["serviceAccount"] = json!(account);
        made["spec"]["serviceAccountName"] = json!(account);
    }
    made
}

/// What selects the pods of a workload.
pub(super) fn selector(workload: &Workload) -> Value {
    json!({ "app.kubernetes.io/name": workload.name })
}

fn labels(plan: &Plan, workload: &Workload) -> Value {
    let mut labels = selector(workload);
    match workload.runs {
        Runs::ControlPlane(_) => {
            labels["component"] = json!(workload.name);
            labels["tier"] = json!("control-plane");
        }
        Runs::Own => {
            labels["app.kubernetes.io/part-of"] = json!(plan.home(workload).team);
        }
        _ => {
            labels["app.kubernetes.io/managed-by"] = json!("Helm");
            labels["app.kubernetes.io/instance"] = json!(workload.name);
        }
    }
    labels
}

/// The port that a workload's first container listens on, when it serves at all.
pub(super) fn port(workload: &Workload) -> Option<u16> {
    match workload.runs {
        Runs::Popular(index) => Some(POPULAR[index].port),
        Runs::Operator(index) => OPERATORS[index].webhooks.then_some(9443),
        Runs::Own if matches!(workload.kind, Kind::Deployment | Kind::StatefulSet) => Some(8080),
        _ => None,
    }
}

fn container(name: &str, image: &str, resources: Value) -> Value {
    let policy = if image.ends_with(":latest") { "Always" } else { "IfNotPresent" };
    let mut container = json!({
        "image": image,
        "imagePullPolicy": policy,
        "name": name,
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    });
    container["resources"] = resources;
    container
}

/// `pkg/apis/core/v1/defaults.go`, `SetDefaults_PodSpec`.
fn spec(containers: Vec<Value>) -> Value {
    let mut spec = json!({
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    });
    spec["containers"] = Value::Array(containers);
    spec
}

/// Mounts a folder of the node into the first container.
fn mount_host(spec: &mut Value, path: &str, read_only: bool) {
    let name = match path.trim_matches('/').replace(['/', '.'], "-") {
        name if name.is_empty() => "root".to_owned(),
        name => name,
    };
    push(&mut spec["volumes"], json!({"hostPath": {"path": path, "type": ""}, "name": name}));
    let mut mount = json!({"mountPath": format!("/host{path}"), "name": name});
    if read_only {
        mount["readOnly"] = json!(true);
    }
    push(&mut spec["containers"][0]["volumeMounts"], mount);
}

/// Appends to a list, which begins empty.
pub(super) fn push(list: &mut Value, item: Value) {
    match list.as_array_mut() {
        Some(items) => items.push(item),
        None => *list = Value::Array(vec![item]),
    }
}

fn control_plane(name: &str) -> Value {
    let image = match name {
        "etcd" => "registry.k8s.io/etcd:3.6.4-0".to_owned(),
        _ => format!("registry.k8s.io/{name}:{VERSION}"),
    };
    let mut main = container(name, &image, json!({"requests": {"cpu": "250m", "memory": "512Mi"}}));
    let config = format!("/etc/kubernetes/{}.conf", name.trim_start_matches("kube-"));
    main["command"] = match name {
        "etcd" => json!(["etcd", "--client-cert-auth=true", "--data-dir=/var/lib/etcd"]),
        "kube-apiserver" => json!([
            name,
            "--anonymous-auth=false",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--etcd-servers=https://127.0.0.1:2379",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        ]),
        _ => {
            json!([name, "--bind-address=127.0.0.1", "--leader-elect=true", format!("--kubeconfig={config}")])
        }
    };
    let mut spec = spec(vec![main]);
    mount_host(&mut spec, if name == "etcd" { "/var/lib/etcd" } else { "/etc/kubernetes" }, name != "etcd");
    spec["enableServiceLinks"] = json!(true);
    spec["hostNetwork"] = json!(true);
    spec["priorityClassName"] = json!("system-node-critical");
    spec["securityContext"] = json!({"seccompProfile": {"type": "RuntimeDefault"}});
    json!({"metadata": {}, "spec": spec})
}

fn agent(index: usize) -> Value {
    let agent = &AGENTS[index];
    let resources = json!({"limits": {"memory": "512Mi"}, "requests": {"cpu": "50m", "memory": "128Mi"}});
    let mut main = container(agent.name, agent.image, resources);
    let mut context = json!({});
    if agent.privileged {
        context["privileged"] = json!(true);
    }
    if !agent.capabilities.is_empty() {
        context["capabilities"] = json!({"add": agent.capabilities, "drop": ["ALL"]});
    }
    main["securityContext"] = context;
    if let Some(port) = agent.port {
        main["ports"] =
            json!([{"containerPort": port, "hostPort": port, "name": "metrics", "protocol": "TCP"}]);
    }
    let field = json!({"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}});
    main["env"] = json!([{"name": "NODE_NAME", "valueFrom": field}]);
    let mut spec = spec(vec![main]);
    for path in agent.host_paths {
        mount_host(&mut spec, path, !agent.privileged && agent.capabilities.is_empty());
    }
    for (key, set) in [("hostNetwork", agent.host_network), ("hostPID", agent.host_pid)] {
        if set {
            spec[key] = json!(true);
        }
    }
    spec["nodeSelector"] = json!({"kubernetes.io/os": "linux"});
    spec["priorityClassName"] = json!("system-node-critical");
    spec["tolerations"] = json!([{"operator": "Exists"}]);
    json!({"metadata": {}, "spec": spec})
}

fn operator(plan: &Plan, workload: &Workload, index: usize) -> Value {
    let operator = &OPERATORS[index];
    let mut random = workload.random(plan);
    let image = format!("ghcr.io/acme/{}:v{}", operator.name, version(&mut random));
    let resources = json!({"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}});
    let mut main = container("controller", &image, resources);
    main["args"] = json!(["--leader-elect", "--metrics-bind-address=:8443"]);
    harden(&mut main);
    let mut spec = spec(vec![main]);
    if operator.webhooks {
        let port = json!({"containerPort": 9443, "name": "webhook", "protocol": "TCP"});
        push(&mut spec["containers"][0]["ports"], port);
        let secret = super::config::secret_name(workload, 0);
        let volume = json!({"name": "certificates", "secret": {"defaultMode": 420, "secretName": secret}});
        push(&mut spec["volumes"], volume);
        let mount = json!({"mountPath": "/certificates", "name": "certificates", "readOnly": true});
        push(&mut spec["containers"][0]["volumeMounts"], mount);
    }
    spec["securityContext"] = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    json!({"metadata": {}, "spec": spec})
}

/// What teams install as it comes is the same in many namespaces.
fn popular(plan: &Plan, workload: &Workload, index: usize) -> Value {
    let popular = &POPULAR[index];
    let mut random = workload.random(plan);
    let memory = *random.pick(&["256Mi", "1Gi"]);
    let resources = json!({"limits": {"memory": memory}, "requests": {"cpu": "100m", "memory": memory}});
    let image = format!("docker.io/{}:{}", popular.image, random.pick(popular.tags));
    let mut main = container(popular.name, &image, resources);
    main["ports"] = json!([{"containerPort": popular.port, "name": "main", "protocol": "TCP"}]);
    let strict = plan.home(workload).enforced == Some(Level::Restricted) || random.permille(500);
    let mut context = json!({"fsGroup": popular.user, "runAsUser": popular.user});
    if strict {
        harden(&mut main);
        context["runAsNonRoot"] = json!(true);
        context["seccompProfile"] = json!({"type": "RuntimeDefault"});
    }
    use_secrets(&mut main, workload);
    let mut spec = spec(vec![main]);
    spec["securityContext"] = context;
    keep_data(&mut spec, workload);
    json!({"metadata": {}, "spec": spec})
}

/// A team's own application.
fn own(plan: &Plan, workload: &Workload) -> Value {
    let mut random = workload.random(plan);
    let home = plan.home(workload);
    let image = image(&mut random, &home.name, &workload.name);
    let mut main = container("app", &image, resources(&mut random, home.stage));
    if let Some(port) = port(workload) {
        main["ports"] = json!([{"containerPort": port, "name": "http", "protocol": "TCP"}]);
        main["readinessProbe"] = json!({
            "failureThreshold": 3,
            "httpGet": {"path": "/ready", "port": "http", "scheme": "HTTP"},
            "periodSeconds": 10,
            "successThreshold": 1,
            "timeoutSeconds": 1,
        });
    }
    main["env"] = env(&mut random, workload, home.stage);
    use_secrets(&mut main, workload);
    let configured = random.permille(500);
    let mut containers = vec![main];
    if random.permille(130) {
        let sidecar = *random.pick(&["log-shipper:2.4.1", "mesh-proxy:1.29.0", "metrics-sidecar:0.9.3"]);
        let name = sidecar.split(':').next().unwrap_or(sidecar);
        let image = format!("{}/platform/{sidecar}", REGISTRIES[0]);
        containers.push(container(name, &image, json!({"requests": {"cpu": "10m", "memory": "32Mi"}})));
    }
    let mut spec = spec(containers);
    if random.permille(120) {
        let mut migrate = container("migrate", &image, json!({}));
        migrate["args"] = json!(["migrate", "--wait"]);
        spec["initContainers"] = json!([migrate]);
    }
    if configured {
        let name = super::config::config_name(workload);
        push(
            &mut spec["volumes"],
            json!({"configMap": {"defaultMode": 420, "name": name}, "name": "config"}),
        );
        let mount = json!({"mountPath": "/etc/app", "name": "config"});
        push(&mut spec["containers"][0]["volumeMounts"], mount);
    }
    match workload.kind {
        Kind::CronJob | Kind::Job => {
            spec["restartPolicy"] = json!(*random.pick(&["Never", "OnFailure"]));
        }
        Kind::StatefulSet => keep_data(&mut spec, workload),
        _ => {}
    }
    if workload.account.is_none() && random.permille(300) {
        spec["automountServiceAccountToken"] = json!(false);
    }
    if random.permille(400) {
        spec["imagePullSecrets"] = json!([{"name": super::config::REGISTRY_SECRET}]);
    }
    let mut made = json!({"metadata": {}, "spec": spec});
    secure(&mut made["spec"], &mut random, home.enforced, home.stage);
    if random.permille(250) {
        made["metadata"]["annotations"] = json!({"checksum/config": random.hex(40)});
    }
    made
}

/// Some teams harden everything, some a little, many nothing; where a level is enforced, what stands
/// above it was never admitted.
fn secure(spec: &mut Value, random: &mut Random, enforced: Option<Level>, stage: Stage) {
    let free = !matches!(enforced, Some(Level::Baseline | Level::Restricted));
    let care = if stage == Stage::Production { 420 } else { 260 };
    let fully = enforced == Some(Level::Restricted) || random.permille(care);
    if fully {
        for list in ["containers", "initContainers"] {
            spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().for_each(harden);
        }
        spec["securityContext"] =
            json!({"runAsNonRoot": true, "runAsUser": 10_001, "seccompProfile": {"type": "RuntimeDefault"}});
        return;
    }
    let main = &mut spec["containers"][0];
    match random.below(1000) {
        0..12 if free => main["securityContext"] = json!({"privileged": true}),
        12..18 if free => {
            main["securityContext"] = json!({"capabilities": {"add": ["SYS_ADMIN", "NET_ADMIN"]}});
        }
        18..40 if free => {
            let path = *random.pick(&["/var/log", "/var/run/docker.sock", "/data", "/etc/ssl/certs", "/"]);
            mount_host(spec, path, random.permille(500));
        }
        40..52 if free => {
            // The API server sets both ports equal.
            for port in main.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
                port["hostPort"] = port["containerPort"].clone();
            }
            spec["hostNetwork"] = json!(true);
        }
        52..56 if free => spec["hostPID"] = json!(true),
        60..130 => main["securityContext"] = json!({"runAsUser": 0}),
        130..400 => {
            main["securityContext"] = json!({"allowPrivilegeEscalation": false});
            spec["securityContext"] = json!({"fsGroup": 2000, "runAsNonRoot": true, "runAsUser": 1000});
        }
        _ => {}
    }
}

/// What `restricted` asks of a container.
fn harden(container: &mut Value) {
    container["securityContext"] = json!({
        "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": true,
    });
}

/// The first Secret gives variables, the second a whole environment.
fn use_secrets(container: &mut Value, workload: &Workload) {
    if workload.secrets > 0 {
        let name = super::config::secret_name(workload, 0);
        let source = json!({"secretKeyRef": {"key": "password", "name": name}});
        push(&mut container["env"], json!({"name": "DATABASE_PASSWORD", "valueFrom": source}));
    }
    if workload.secrets > 1 {
        let name = super::config::secret_name(workload, 1);
        container["envFrom"] = json!([{"secretRef": {"name": name}}]);
    }
}

/// A StatefulSet's pods mount the claim that each of them has.
fn keep_data(spec: &mut Value, workload: &Workload) {
    if workload.kind == Kind::StatefulSet {
        let mount = json!({"mountPath": "/var/lib/data", "name": "data"});
        push(&mut spec["containers"][0]["volumeMounts"], mount);
    }
}

fn version(random: &mut Random) -> String {
    format!("{}.{}.{}", random.below(6), random.below(40), random.below(12))
}

fn image(random: &mut Random, namespace: &str, name: &str) -> String {
    let registry = random.weighted(&[(80, REGISTRIES[0]), (15, REGISTRIES[1]), (5, REGISTRIES[2])]);
    // One image is deployed to several stages of one product.
    let product = namespace.rsplit_once('-').map_or(namespace, |(product, _)| product);
    match random.below(100) {
        0..6 => format!("{registry}/{product}/{name}:latest"),
        6..14 => format!("{registry}/{product}/{name}@sha256:{}", random.hex(64)),
        _ => format!("{registry}/{product}/{name}:{}", version(random)),
    }
}

fn resources(random: &mut Random, stage: Stage) -> Value {
    let memory = *random.pick(&["64Mi", "128Mi", "256Mi", "512Mi", "1Gi", "2Gi"]);
    let cpu = *random.pick(&["10m", "50m", "100m", "250m", "500m", "1"]);
    let care = if stage == Stage::Production { 550 } else { 350 };
    match random.below(1000) {
        at if at < care => json!({"limits": {"memory": memory}, "requests": {"cpu": cpu, "memory": memory}}),
        at if at < care + 150 => json!({"requests": {"cpu": cpu, "memory": memory}}),
        _ => json!({}),
    }
}

fn env(random: &mut Random, workload: &Workload, stage: Stage) -> Value {
    let stage = match stage {
        Stage::Platform => "platform",
        Stage::Production => "production",
        Stage::Staging => "staging",
        Stage::Development => "development",
    };
    let mut env =
        vec![json!({"name": "APP_NAME", "value": workload.name}), json!({"name": "STAGE", "value": stage})];
    for name in ["LOG_LEVEL", "POOL_SIZE", "UPSTREAM", "FEATURES", "CACHE_SECONDS"] {
        if random.permille(350) {
            let value = match name {
                "LOG_LEVEL" => (*random.pick(&["debug", "info", "warn"])).to_owned(),
                "UPSTREAM" => format!("http://{}-api:8080", random.pick(super::names::THINGS)),
                "FEATURES" => {
                    format!("{},{}", random.pick(super::names::THINGS), random.pick(super::names::ROLES))
                }
                _ => random.between(1, 600).to_string(),
            };
            env.push(json!({"name": name, "value": value}));
        }
    }
    // Somebody always writes one down.
    if random.permille(15) {
        env.push(json!({"name": "API_TOKEN", "value": "not-a-real-token"}));
    }
    Value::Array(env)
}
