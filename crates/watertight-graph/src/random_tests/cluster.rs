//! A small random cluster as manifests: accounts, roles, bindings, workloads, Secrets, policies.

use std::fmt::Write as _;

/// Numbers that look random, the same for a seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

const RULES: [&str; 14] = [
    "{apiGroups: [''], resources: [secrets], verbs: [get]}",
    "{apiGroups: [''], resources: [secrets], verbs: [create]}",
    "{apiGroups: [''], resources: [secrets], verbs: [list], resourceNames: [x0]}",
    "{apiGroups: [''], resources: [pods], verbs: [create]}",
    "{apiGroups: [''], resources: ['pods/exec'], verbs: [create]}",
    "{apiGroups: [apps], resources: [deployments], verbs: [patch]}",
    "{apiGroups: [''], resources: ['serviceaccounts/token'], verbs: [create], resourceNames: [s1]}",
    "{apiGroups: [''], resources: [serviceaccounts], verbs: [impersonate]}",
    "{apiGroups: [rbac.authorization.k8s.io], resources: [roles, clusterroles], verbs: [bind], resourceNames: [r0, r1]}",
    "{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create, patch]}",
    "{apiGroups: [''], resources: [persistentvolumes, persistentvolumeclaims], verbs: [create]}",
    "{apiGroups: [''], resources: ['nodes/proxy'], verbs: [get]}",
    "{apiGroups: [''], resources: [configmaps], verbs: ['*']}",
    "{apiGroups: [''], resources: ['pods/portforward'], verbs: [create]}",
];

const CONTEXTS: [&str; 7] = [
    "{}",
    "{privileged: true}",
    "{privileged: true, runAsUser: 1000}",
    "{capabilities: {add: [SYS_ADMIN]}}",
    "{capabilities: {drop: [ALL], add: [DAC_READ_SEARCH]}}",
    "{runAsNonRoot: true, capabilities: {drop: [ALL]}}",
    "{runAsUser: 0}",
];

/// A cluster.
pub(super) fn manifest(seed: u64) -> String {
    let mut random = Random(seed * 7919 + 17);
    let mut yaml = String::new();
    let spaces = 2 + random.below(3);
    for space in 0..spaces {
        let level = random.one(&["", "{pod-security.kubernetes.io/enforce: baseline}", "{}", "{team: a}"]);
        let labels = if level.is_empty() { String::new() } else { format!(", labels: {level}") };
        document(&mut yaml, "v1", "Namespace", &format!("{{name: n{space}{labels}}}"), "");
        if random.below(3) == 0 {
            let spec = "spec: {podSelector: {}, policyTypes: [Ingress]}\n";
            let meta = format!("{{name: deny, namespace: n{space}}}");
            document(&mut yaml, "networking.k8s.io/v1", "NetworkPolicy", &meta, spec);
        }
        for secret in 0..random.below(3) {
            document(&mut yaml, "v1", "Secret", &format!("{{name: x{secret}, namespace: n{space}}}"), "");
        }
        for account in 0..3 {
            let meta = format!("{{name: s{account}, namespace: n{space}}}");
            document(&mut yaml, "v1", "ServiceAccount", &meta, "");
        }
        for role in 0..2 {
            let rules = rules(&mut random);
            let meta = format!("{{name: r{role}, namespace: n{space}}}");
            document(&mut yaml, "rbac.authorization.k8s.io/v1", "Role", &meta, &rules);
            bind(&mut yaml, &mut random, "RoleBinding", &meta, "Role", role, spaces);
        }
        for workload in 0..1 + random.below(4) {
            yaml.push_str(&deployment(&mut random, &format!("w{workload}"), space));
        }
    }
    for role in 0..2 {
        let rules = rules(&mut random);
        let meta = format!("{{name: r{role}}}");
        document(&mut yaml, "rbac.authorization.k8s.io/v1", "ClusterRole", &meta, &rules);
        let kind = random.one(&["ClusterRoleBinding", "RoleBinding"]);
        let meta = if kind == "RoleBinding" { format!("{{name: c{role}, namespace: n0}}") } else { meta };
        bind(&mut yaml, &mut random, kind, &meta, "ClusterRole", role, spaces);
    }
    yaml
}

/// The same with one workload in two equal pieces.
pub(super) fn with_a_twin(seed: u64) -> String {
    let yaml = manifest(seed);
    let of = |name: &str| {
        let mut documents = yaml.split("---\n");
        documents.find(|own| {
            own.contains("kind: Deployment") && own.contains(&format!("{{name: {name}, namespace: n0}}"))
        })
    };
    let twin = of("w0").unwrap().replace("{name: w0, namespace: n0}", "{name: twin, namespace: n0}");
    format!("{yaml}---\n{twin}")
}

fn document(yaml: &mut String, version: &str, kind: &str, metadata: &str, rest: &str) {
    write!(yaml, "---\napiVersion: {version}\nkind: {kind}\nmetadata: {metadata}\n{rest}").unwrap();
}

fn rules(random: &mut Random) -> String {
    let mut rules = "rules:\n".to_owned();
    for _ in 0..1 + random.below(3) {
        writeln!(rules, "- {}", random.one(&RULES)).unwrap();
    }
    rules
}

fn bind(
    yaml: &mut String,
    random: &mut Random,
    kind: &str,
    meta: &str,
    role_kind: &str,
    role: u64,
    spaces: u64,
) {
    let subject = match random.below(4) {
        0 => format!("{{kind: User, name: u{}}}", random.below(2)),
        1 => format!("{{kind: Group, name: {}}}", random.one(&["g0", "system:serviceaccounts:n0"])),
        _ => {
            format!(
                "{{kind: ServiceAccount, name: s{}, namespace: n{}}}",
                random.below(3),
                random.below(spaces)
            )
        }
    };
    let rest = format!(
        "roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role_kind}, name: r{role}}}\nsubjects: [{subject}]\n"
    );
    document(yaml, "rbac.authorization.k8s.io/v1", kind, meta, &rest);
}

fn deployment(random: &mut Random, name: &str, space: u64) -> String {
    let mut yaml = String::new();
    let account = random.below(3);
    let context = random.one(&CONTEXTS);
    let ports = random.one(&["", ", ports: [{containerPort: 80}]"]);
    let env = random.one(&["", ", envFrom: [{secretRef: {name: x0}}]"]);
    let more = random.one(&["", "      - {name: side, image: b}\n"]);
    let host = random.one(&["", "      hostPID: true\n", "      automountServiceAccountToken: false\n"]);
    let image = random.one(&[
        "a",
        "b:1",
        "c@sha256:0123456789012345678901234567890123456789012345678901234567890123",
    ]);
    let spec = format!(
        "spec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      serviceAccountName: s{account}\n{host}      containers:\n      - {{name: main, image: '{image}', securityContext: {context}{ports}{env}}}\n{more}"
    );
    document(&mut yaml, "apps/v1", "Deployment", &format!("{{name: {name}, namespace: n{space}}}"), &spec);
    yaml
}
