//! What the kubelet does to a container beside running it: probes and the hooks of its lifecycle. A command runs in the
//! container; a request comes from the node.

use k8s_openapi::api::core::v1::{Container as SpecContainer, ExecAction, HTTPGetAction, TCPSocketAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use watertight_model::{Namespace, ObjectId};
use watertight_syntax::Path;

use super::ground::Ground;
use super::mention::{self, Form, Mention};
use super::names::Hint;
use super::references::Speaker;
use super::{Collector, Party, Place};
use crate::container::Container;

/// A probe or a hook.
pub(super) struct Hook<'c> {
    /// What it is, as in "the readiness probe".
    pub(super) what: &'static str,
    at: Path,
    exec: Option<&'c ExecAction>,
    http: Option<&'c HTTPGetAction>,
    tcp: Option<&'c TCPSocketAction>,
}

/// The probes and hooks of a container.
pub(super) fn of(container: Container<'_>) -> Vec<Hook<'_>> {
    let spec = container.spec();
    let probes = [
        ("livenessProbe", "the liveness probe", &spec.liveness_probe),
        ("readinessProbe", "the readiness probe", &spec.readiness_probe),
        ("startupProbe", "the startup probe", &spec.startup_probe),
    ];
    let lifecycle = spec.lifecycle.as_ref();
    let hooks = [
        ("postStart", "the hook after the start", lifecycle.and_then(|found| found.post_start.as_ref())),
        ("preStop", "the hook before the stop", lifecycle.and_then(|found| found.pre_stop.as_ref())),
    ];
    let probes = probes.into_iter().filter_map(|(key, what, probe)| {
        let (at, probe) = (container.path().key(key), probe.as_ref()?);
        let (exec, http) = (probe.exec.as_ref(), probe.http_get.as_ref());
        Some(Hook { what, at, exec, http, tcp: probe.tcp_socket.as_ref() })
    });
    let hooks = hooks.into_iter().filter_map(|(key, what, hook)| {
        let (at, hook) = (container.path().key("lifecycle").key(key), hook?);
        let (exec, http) = (hook.exec.as_ref(), hook.http_get.as_ref());
        Some(Hook { what, at, exec, http, tcp: hook.tcp_socket.as_ref() })
    });
    probes.chain(hooks).collect()
}

impl<'c> Hook<'c> {
    /// The command that runs in the container, and where it stands.
    pub(super) fn command(&self) -> Option<(Path, Option<&'c [String]>)> {
        let exec = self.exec?;
        Some((self.at.at("exec.command"), exec.command.as_deref()))
    }

    /// Adds the flow of a request to a host that is written; without one it goes to the pod, from its own node
    /// (`NewRequestForHTTPGetAction`, `pkg/probe/http/request.go`; `probe_tcp` in `pkg/kubelet/prober/prober.go`).
    pub(super) fn request(
        &self,
        ground: &Ground<'_>,
        object: ObjectId,
        container: Container<'_>,
        out: &mut Collector,
    ) {
        let http = self.http.map(|action| ("httpGet.host", action.host.as_deref(), &action.port));
        let tcp = self.tcp.map(|action| ("tcpSocket.host", action.host.as_deref(), &action.port));
        for (field, host, port) in [http, tcp].into_iter().flatten() {
            let Some(host) = host.and_then(mention::host) else { continue };
            let place = Place::Object(object, self.at.at(field));
            let what = format!("{}, which the node asks,", self.what);
            let speaker = Speaker {
                party: &Party::Nodes,
                // A node looks names up as it does, so only full names mean something.
                namespace: &Namespace::Cluster,
                place: &place,
                what: &what,
                hint: Hint::Host,
                is_file: false,
            };
            let mention = Mention::of(host, number(port, container.spec()), Form::HostPort);
            ground.refer(speaker, &mention, out);
        }
    }
}

/// A name is that of a port of the container.
fn number(port: &IntOrString, container: &SpecContainer) -> Option<u16> {
    let found = match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => name.parse().ok().or_else(|| {
            let mut ports = container.ports.iter().flatten();
            ports.find(|port| port.name.as_deref() == Some(name.as_str())).map(|port| port.container_port)
        }),
    };
    found.and_then(|number| u16::try_from(number).ok()).filter(|number| *number > 0)
}
