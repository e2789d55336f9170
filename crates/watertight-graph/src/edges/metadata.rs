//! See the page of the edge.

use watertight_facts::network::METADATA_SERVICES;
use watertight_netpol::{Connection, End, EndpointId, Protocol, Truth};

use crate::cloud::Provider;
use crate::edge;
use crate::edge::Draw;
use crate::places::{Opens, Standing, UNSURE, standing};
use crate::scene::Scene;
use crate::thing::Thing;

edge! {
    /// In a cluster that is seen to run in a cloud, whoever connects to the instance metadata service has the identity of the
    /// node in the cloud: pods whose network policies let them reach its address, pods in the network of a node, and nodes.
    ///
    /// The cloud is seen by the provider's ID of nodes, by annotations of service accounts and Services, by the provisioner of
    /// storage classes and by the ConfigMap `aws-auth`. Not in view is what the instances themselves refuse: on AWS a hop limit
    /// of 1 keeps pods out, on Azure the restriction of AKS. Nodes that say
    /// `iam.gke.io/gke-metadata-server-enabled` hide their identity from pods that have a network of their own.
    ///
    /// Upstream: "Configure the Instance Metadata Service options" of Amazon's pages (hop limit); "About Workload Identity
    /// Federation for GKE" of Google's; "Azure Instance Metadata Service" of Microsoft's.
    ///
    /// ```yaml,edges
    /// #> node/one -[metadata]-> cloud/node role of AWS
    /// #> pod/shop/a -[metadata]-> cloud/node role of AWS
    /// #> new-pod/shop -[metadata]-> cloud/node role of AWS
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: one}
    /// spec: {providerID: 'aws:///eu-central-1a/i-0'}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ```
    /// ```yaml,edges
    /// #> node/one -[metadata]-> cloud/node role of Google Cloud
    /// #> pod/shop/host -[metadata]-> cloud/node role of Google Cloud
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: one, labels: {iam.gke.io/gke-metadata-server-enabled: 'true'}}
    /// spec: {providerID: 'gce://p/z/n'}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: host, namespace: shop}
    /// spec: {hostNetwork: true, containers: [{name: a, image: a}]}
    /// ```
    /// ```yaml,edges
    /// #> node/one -[metadata]-> cloud/node role of AWS
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: one}
    /// spec: {providerID: 'aws:///eu-central-1a/i-0'}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec: {podSelector: {}, policyTypes: [Egress]}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ```
    pub static METADATA = {
        title: "take the credentials of the node in the cloud",
        technique: "T1552.005",
        removed_by: &["a network policy that leaves 169.254.169.254 out", "a hop limit of 1 on AWS", "workload identity on Google Cloud"],
        draw: Draw::Scene(|scene, pen| {
            let everybody = if scene.clouds.is_empty() { Vec::new() } else { standing(scene) };
            for cloud in &scene.clouds {
                let mut opens = Opens::new(scene, addresses(scene, cloud.provider), HTTP);
                let to = Thing::Cloud(pen.name(cloud.provider.node_role()));
                for own in everybody.iter().filter(|own| !is_hidden(scene, cloud.provider, own)) {
                    let truth = opens.from(own);
                    if truth == Truth::No {
                        continue;
                    }
                    let note = (!own.on_node).then(|| note(cloud.provider, truth));
                    let from = pen.vertex(own.thing);
                    pen.edge(from, to, [], note.as_deref());
                }
            }
        }),
    }
}

const HTTP: Connection = Connection::to_port(Protocol::Tcp, 80);

/// Where the metadata service of a cloud answers.
fn addresses(scene: &Scene<'_>, provider: Provider) -> Vec<EndpointId> {
    let own = METADATA_SERVICES.iter().filter(|(_, clouds)| clouds.contains(provider.name()));
    let addresses = own.filter_map(|(address, _)| address.parse::<std::net::IpAddr>().ok());
    let spoken = addresses.filter(|address| address.is_ipv4() || scene.reach.tells_ipv6());
    spoken.map(|address| scene.reach.model.endpoint(End::Address(address))).collect()
}

/// Whether all nodes that it may be on hide their identity from it.
fn is_hidden(scene: &Scene<'_>, provider: Provider, own: &Standing) -> bool {
    const LABEL: &str = "iam.gke.io/gke-metadata-server-enabled";
    if provider != Provider::Gcp || own.on_node || !scene.nodes_in_view {
        return false;
    }
    let hides = |node: u32| scene.node_label(node, LABEL).as_deref() == Some("true");
    match own.workload {
        Some(place) => {
            let placement = &scene.placements[scene.workloads[place as usize].placement as usize];
            placement.nodes.iter().copied().all(hides)
        }
        // Whoever makes a pod chooses the node, and the network of the node is behind another edge.
        None => (0u32..).zip(&scene.nodes).all(|(node, _)| hides(node)),
    }
}

fn note(provider: Provider, truth: Truth) -> String {
    let instances = match provider {
        Provider::Aws => "the instances' hop limit is more than 1",
        Provider::Gcp => "the nodes do not hide their identity (`iam.gke.io/gke-metadata-server-enabled`)",
        Provider::Azure => "access to the metadata service is not restricted",
    };
    match truth {
        Truth::Maybe => format!("{instances}; {UNSURE}"),
        _ => instances.to_owned(),
    }
}
