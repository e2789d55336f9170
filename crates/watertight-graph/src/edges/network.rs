//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;

edge! {
    /// Whoever is in a pod may connect to what listens in another, as far as network policies let it; a flaw there is
    /// code in its container. Taken only through a port that a container declares or a service leads to, never to the
    /// API server, a kubelet or etcd.
    ///
    /// Which connections are let through is worked out by `watertight-netpol`, policies of Cilium, Calico and the API
    /// group `policy.networking.k8s.io` among them. What is not modelled there lets through.
    ///
    /// ```yaml,edges
    /// #> pod/shop/a -[network]-> pod/shop/b
    /// #> pod/shop/b -[network]-> pod/shop/b
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b, namespace: shop}
    /// spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}
    /// ```
    /// ```yaml,none
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec: {podSelector: {}, policyTypes: [Ingress]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b, namespace: shop}
    /// spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}
    /// ```
    pub static NETWORK = {
        title: "break into what listens in another pod",
        technique: "T1210",
        needs_flaw: true,
        removed_by: &["a default-deny policy with the flows that are needed"],
        draw: Draw::Network,
    }
}
