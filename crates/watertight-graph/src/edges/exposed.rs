//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;

edge! {
    /// What listens behind a load balancer, a node port, an external address, a host port, an Ingress, a Gateway or a Route
    /// can be connected to from outside; a flaw there is code in its container. Nodes are taken to be reachable from
    /// outside.
    ///
    /// ```yaml,edges
    /// #> internet -[exposed]-> pod/shop/web
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ```
    pub static EXPOSED = {
        title: "break into what listens to the outside",
        technique: "T1190",
        needs_flaw: true,
        removed_by: &["the exposure removed", "source ranges", "a network policy"],
        draw: Draw::Network,
    }
}
