use watertight_engine::prelude::*;
use watertight_facts::network::SERVICE;

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

fn is_ssh(protocol: Option<&str>, port: i32) -> bool {
    protocol.is_none_or(|protocol| protocol == "TCP") && matches!(port, 22 | 2222)
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        for (index, port) in container.spec().ports.iter().flatten().enumerate() {
            if is_ssh(port.protocol.as_deref(), port.container_port) {
                let path = container.at("ports").index(index).key("containerPort");
                let message = format!("{} listens at port {}, which is SSH", container.described(), port.container_port);
                out.fail(path, message);
            }
        }
    }
    let view = workload.view();
    for (id, service) in view.services_of(workload.id()) {
        let leads = service.ports.iter().zip(&service.targets).find(|((protocol, port, _), target)| {
            let target = target.parse().is_ok_and(|target| is_ssh(Some(protocol), target));
            target || is_ssh(Some(protocol), *port)
        });
        let Some(((_, port, _), target)) = leads else { continue };
        let name = &view.snapshot().object(id).identity().name;
        let message = format!("the service `{name}` leads from port {port} to port {target}, which is SSH");
        out.fail(workload.metadata_path().key("labels"), message).discriminator(format!("Service/{name}"));
    }
}
