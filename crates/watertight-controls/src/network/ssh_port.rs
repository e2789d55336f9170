use watertight_engine::prelude::*;
use watertight_facts::network::SERVICE;
use watertight_netpol::{Protocol, ServicePort, Target};

control! {
    /// Through SSH people and intruders get a shell in the container past the API server: no role decides who,
    /// no audit log tells what they did, and a weak password or a leaked key is enough.
    ///
    /// Told are ports 22 and 2222 over TCP that a container declares or a service leads to.
    ///
    /// ## Remedy
    /// Remove the SSH server from the image and use `kubectl exec` or `kubectl debug`, which RBAC and the audit
    /// log see. Where SSH is what the workload is for (a bastion, a git server), waive it.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}, {containerPort: 22}]}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: admin, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 8022, targetPort: 2222}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,pass
    /// # Another port, another protocol, and a service of other pods.
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec:
    ///   containers:
    ///   - {name: web, image: web, ports: [{containerPort: 80}, {containerPort: 2222, protocol: UDP}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: git, namespace: shop}
    /// spec: {selector: {app: git}, ports: [{port: 22}]}
    /// ```
    pub static SSH_PORT = {
        title: "pods are reached over SSH",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1021.004")],
        reads: &[SERVICE],
        check: Check::Workload(check),
    }
}

fn is_ssh(port: i32) -> bool {
    matches!(port, 22 | 2222)
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        for (index, port) in container.spec().ports.iter().flatten().enumerate() {
            let is_tcp = port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP");
            if is_tcp && is_ssh(port.container_port) {
                let path = container.at("ports").index(index).key("containerPort");
                let message = format!("{} listens at port {}, which is SSH", container.described(), port.container_port);
                out.fail(path, message);
            }
        }
    }
    let view = workload.view();
    for (id, service) in view.services_of(workload.id()) {
        let mut over_tcp = service.ports.iter().filter(|port| port.protocol == Protocol::Tcp);
        let leads = over_tcp.find(|port| match port.target {
            Target::Number(target) => is_ssh(target.into()) || is_ssh(port.port.into()),
            Target::Name(_) => is_ssh(port.port.into()),
        });
        let Some(ServicePort { port, target, .. }) = leads else { continue };
        let name = &view.snapshot().object(id).identity().name;
        let message = format!("the service `{name}` leads from port {port} to port {target}, which is SSH");
        out.fail(workload.metadata_path().key("labels"), message).discriminator(format!("Service/{name}"));
    }
}
