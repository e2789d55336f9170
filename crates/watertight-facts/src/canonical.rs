//! What is left of a pod when everything that differs from pod to pod is taken away.
//!
//! One table of the differences that the API server, controllers and the scheduler write into pods
//! of one template. Two pods with equal digests are judged once.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec, Volume};
use sha2::{Digest, Sha256};

/// The digest of a pod spec and of the annotations that say something about security.
pub(crate) fn digest(spec: &PodSpec, annotations: &BTreeMap<String, String>) -> [u8; 32] {
    let mut spec = spec.clone();
    canonicalize(&mut spec);
    let mut hash = Sha256::new();
    // Serialization of these types cannot fail; an empty text would only mean more work, not a wrong answer.
    hash.update(serde_json::to_vec(&spec).unwrap_or_default());
    for (key, value) in
        annotations.iter().filter(|(key, _)| key.contains("apparmor") || key.contains("seccomp"))
    {
        hash.update(key.as_bytes());
        hash.update(value.as_bytes());
    }
    hash.finalize().into()
}

fn canonicalize(spec: &mut PodSpec) {
    // Scheduler.
    spec.node_name = None;
    // StatefulSet controller: names of the replica.
    spec.hostname = None;
    spec.subdomain = None;
    // DaemonSet controller: `updateNodeAffinity` pins each pod to its node, with its own tolerations.
    spec.affinity = None;
    // Admission: DefaultTolerationSeconds, Priority, RuntimeClass overhead.
    spec.tolerations = None;
    spec.priority = None;
    spec.preemption_policy = None;
    spec.overhead = None;
    // API defaults (`pkg/apis/core/v1/defaults.go`).
    clear_default(&mut spec.dns_policy, "ClusterFirst");
    clear_default(&mut spec.scheduler_name, "default-scheduler");
    clear_default(&mut spec.restart_policy, "Always");
    spec.enable_service_links = spec.enable_service_links.filter(|enabled| !enabled);
    spec.termination_grace_period_seconds =
        spec.termination_grace_period_seconds.filter(|&seconds| seconds != 30);
    for flag in [&mut spec.host_network, &mut spec.host_pid, &mut spec.host_ipc] {
        *flag = flag.filter(|&set| set);
    }
    // Admission: the ServiceAccount plugin fills both names and mounts the token.
    let account = spec.service_account_name.take().or(spec.service_account.take());
    spec.service_account = None;
    spec.service_account_name = account.filter(|name| name != "default");
    if let Some(volumes) = &mut spec.volumes {
        // StatefulSet controller: each replica has its own claims.
        volumes.retain(|volume| !is_token(volume) && volume.persistent_volume_claim.is_none());
        if volumes.is_empty() {
            spec.volumes = None;
        }
    }
    spec.init_containers.iter_mut().flatten().chain(&mut spec.containers).for_each(canonicalize_container);
}

fn canonicalize_container(container: &mut Container) {
    clear_default(&mut container.termination_message_path, "/dev/termination-log");
    clear_default(&mut container.termination_message_policy, "File");
    if let Some(mounts) = &mut container.volume_mounts {
        mounts.retain(|mount| mount.mount_path != "/var/run/secrets/kubernetes.io/serviceaccount");
        if mounts.is_empty() {
            container.volume_mounts = None;
        }
    }
    // Probes are defaulted field by field; their timing says nothing about security.
    container.liveness_probe = None;
    container.readiness_probe = None;
    container.startup_probe = None;
}

fn is_token(volume: &Volume) -> bool {
    volume.name.starts_with("kube-api-access-") && volume.projected.is_some()
}

fn clear_default(field: &mut Option<String>, default: &str) {
    if field.as_deref() == Some(default) {
        *field = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(yaml: &str) -> [u8; 32] {
        let documents = watertight_syntax::yaml::parse(&yaml.into(), &watertight_syntax::Limits::default());
        let document = documents[0].document.as_ref().unwrap().as_ref().unwrap();
        let spec = watertight_syntax::de::read::<PodSpec>(document.root()).unwrap().value;
        digest(&spec, &BTreeMap::new())
    }

    #[test]
    fn a_pod_equals_its_template_but_for_what_was_added() {
        let template = "containers: [{name: a, image: x}]\n";
        let pod = "
nodeName: node-1
hostname: a-0
serviceAccount: default
serviceAccountName: default
dnsPolicy: ClusterFirst
restartPolicy: Always
schedulerName: default-scheduler
enableServiceLinks: true
priority: 0
terminationGracePeriodSeconds: 30
tolerations: [{key: node.kubernetes.io/not-ready, operator: Exists}]
containers:
- name: a
  image: x
  terminationMessagePath: /dev/termination-log
  terminationMessagePolicy: File
  volumeMounts: [{name: kube-api-access-abcde, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]
volumes:
- {name: kube-api-access-abcde, projected: {}}
- {name: data, persistentVolumeClaim: {claimName: data-a-0}}
";
        assert_eq!(digest_of(template), digest_of(pod));
        assert_ne!(digest_of(template), digest_of("hostPID: true\ncontainers: [{name: a, image: x}]\n"));
        assert_ne!(digest_of(template), digest_of("containers: [{name: a, image: y}]\n"));
    }
}
