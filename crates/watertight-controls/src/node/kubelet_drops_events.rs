use watertight_engine::prelude::*;
use watertight_facts::control_plane::defaults::row;

use crate::components::{Wrong, read};

control! {
    /// The kubelet keeps back events beyond a rate, and an intruder who makes noise hides what is done
    /// meanwhile. 0 is no way to have them all: the client then takes its own default of 5 a second.
    ///
    /// ## Remedy
    /// Leave `eventRecordQPS` at its default, which is 50 a second since 1.27.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// eventRecordQPS: 0
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// eventRecordQPS: 50
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// eventRecordQPS: 5
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// eventRecordQPS: 100
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local
    /// ```
    pub static KUBELET_DROPS_EVENTS = {
        formerly: ["kubelet-events-unbounded"],
        title: "kubelet keeps back more events than it has to",
        severity: Severity::Info,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.8"), Mapping::Attack("T1562")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

/// What a client does with 0: `DefaultQPS`, `k8s.io/client-go/rest/config.go`.
const OF_CLIENT: i64 = 5;

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "event-qps";
    let Some(rate) = read(kubelet, flag, out) else { return };
    let usual = row(Component::Kubelet, flag).map_or("", |row| row.default_in(kubelet.target().minor));
    let in_force = if rate.number() == 0 { OF_CLIENT } else { rate.number() };
    // It does not start with a negative one.
    if (0..usual.parse().unwrap_or(OF_CLIENT)).contains(&in_force) {
        let fix = kubelet.configured().set(flag, usual, Fix::safe());
        let does = format!("keeps back events beyond {in_force} a second");
        Wrong { setting: &rate, does: &does, fix }.say(flag, out);
    }
}
