//! Services: whom they lead to, and who can reach them from outside of the cluster.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{ServicePort as Written, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use watertight_model::{Body, GroupKind};
use watertight_netpol::{Cidr, Protocol, Selector, ServicePort, Target};
use watertight_syntax::Path;

use super::policy::Problem;

/// The kind.
pub const SERVICE: GroupKind = GroupKind::core("Service");

/// How far a service is meant to be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// From pods and nodes only.
    #[default]
    Cluster,
    /// From whoever reaches a load balancer that is not on the internet.
    Internal,
    /// From whoever reaches a node.
    Nodes,
    /// From whoever reaches the load balancer.
    LoadBalancer,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// The labels of the pods that it leads to; `None` when somebody else says where it leads.
    pub selector: Option<Selector>,
    /// How far it is meant to be reached.
    pub reach: Reach,
    /// Whether the load balancer refuses most of the world.
    pub limited: Limited,
    /// The ports that it listens on, without those whose number or protocol there cannot be.
    pub ports: Vec<ServicePort>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its addresses in the cluster, as far as they are written.
    pub addresses: Vec<IpAddr>,
    /// Whether it has no address of its own: its name stands for the pods.
    pub headless: bool,
    /// Whether the pods see where connections from outside come from: only nodes with such a pod take them
    /// (`externalTrafficPolicy: Local`).
    pub keeps_source: bool,
    /// The ranges that connections to the load balancer may come from, as written.
    pub source_ranges: Vec<String>,
    /// The ports at which an AWS load balancer speaks HTTP without TLS: where in the list each is written, and its
    /// number.
    pub plain_at_aws: Vec<(usize, i32)>,
    /// Addresses that it takes over beside its own.
    pub external_ips: Vec<String>,
    /// The name that it stands for.
    pub external_name: Option<String>,
}

/// Whether somebody limits where connections to a load balancer may come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Limited {
    /// Nobody does, as far as the service says.
    #[default]
    No,
    /// Some range is the whole world.
    ButForTheWorld,
    /// The service names ranges.
    Yes,
    /// The service names rules that are kept elsewhere: security groups, access lists.
    Elsewhere,
}

/// Annotations that take a load balancer off the internet: key, and the values that do; none means any
/// value but `false`. Each is documented by its cloud's controller.
const INTERNAL: &[(&str, &[&str])] = &[
    ("cloud.google.com/load-balancer-type", &["internal"]),
    ("load-balancer.hetzner.cloud/disable-public-network", &["true"]),
    ("networking.gke.io/load-balancer-type", &["internal"]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &[]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/cce-load-balancer-internal-vpc", &["true"]),
    ("service.beta.kubernetes.io/do-loadbalancer-network", &["internal"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("service.beta.kubernetes.io/scw-loadbalancer-private", &["true"]),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"]),
    ("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", &[]),
];

/// Annotations that list ranges, separated by commas: the first is Kubernetes' own
/// (`AnnotationLoadBalancerSourceRangesKey`, `staging/src/k8s.io/api/core/v1/annotation_key_constants.go`).
const RANGES: &[&str] = &[
    "service.beta.kubernetes.io/load-balancer-source-ranges",
    "service.beta.kubernetes.io/azure-allowed-ip-ranges",
];

/// Annotations that name rules which are kept elsewhere.
const RULES_ELSEWHERE: &[&str] = &[
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-acl-id",
    "service.beta.kubernetes.io/aws-load-balancer-security-groups",
    "service.beta.kubernetes.io/azure-allowed-service-tags",
    "service.beta.kubernetes.io/do-loadbalancer-allow-rules",
    "service.beta.kubernetes.io/linode-loadbalancer-firewall-acl",
    "service.beta.kubernetes.io/linode-loadbalancer-firewall-id",
];

const AWS_SCHEME: &str = "service.beta.kubernetes.io/aws-load-balancer-scheme";
const AWS_TYPE: &str = "service.beta.kubernetes.io/aws-load-balancer-type";
const AWS_BACKEND_PROTOCOL: &str = "service.beta.kubernetes.io/aws-load-balancer-backend-protocol";
const AWS_CERTIFICATE: &str = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert";
const AWS_TLS_PORTS: &str = "service.beta.kubernetes.io/aws-load-balancer-ssl-ports";

impl Service {
    /// The service that an object is, with what had to be left out of it.
    pub(crate) fn of(body: &Body<'_>) -> (Self, Vec<Problem>) {
        let (spec, left_out) = super::read::<ServiceSpec>(body, &Path::root().key("spec"));
        let annotations = super::annotations(body.root());
        let mut service = Self::of_spec(&spec, &annotations);
        service.labels = super::labels(body.root());
        (service, left_out)
    }

    fn of_spec(spec: &ServiceSpec, annotations: &BTreeMap<String, String>) -> Self {
        let kind = spec.type_.as_deref().unwrap_or_default();
        let reach = match kind {
            "LoadBalancer" if is_internal(spec, annotations) => Reach::Internal,
            "LoadBalancer" => Reach::LoadBalancer,
            "NodePort" => Reach::Nodes,
            _ => Reach::Cluster,
        };
        let selector = spec.selector.as_ref().filter(|labels| !labels.is_empty() && kind != "ExternalName");
        Self {
            selector: selector.map(Selector::of_map),
            reach,
            limited: limited(spec, annotations),
            ports: spec.ports.iter().flatten().filter_map(port).collect(),
            labels: BTreeMap::new(),
            addresses: addresses(spec),
            headless: spec.cluster_ip.as_deref() == Some("None"),
            keeps_source: spec.external_traffic_policy.as_deref() == Some("Local"),
            source_ranges: source_ranges(spec, annotations),
            plain_at_aws: if kind == "LoadBalancer" { plain_at_aws(spec, annotations) } else { Vec::new() },
            external_ips: spec.external_ips.clone().unwrap_or_default(),
            external_name: spec.external_name.clone().filter(|_| kind == "ExternalName"),
        }
    }
}

/// The protocol of a port of a service or a container: TCP where none is written (`SetDefaults_Service`,
/// `pkg/apis/core/v1/defaults.go`); `None` for one without ports. The API server refuses lower case. It is read
/// all the same, so that nothing that is opened is overlooked.
pub(crate) fn protocol_of(text: &str) -> Option<Protocol> {
    match text.to_ascii_uppercase().as_str() {
        "" | "TCP" => Some(Protocol::Tcp),
        "UDP" => Some(Protocol::Udp),
        "SCTP" => Some(Protocol::Sctp),
        _ => None,
    }
}

/// A port; `None` for one whose number, target or protocol there cannot be.
fn port(port: &Written) -> Option<ServicePort> {
    let valid = |number: i32| u16::try_from(number).ok().filter(|number| *number > 0);
    let number = valid(port.port)?;
    Some(ServicePort {
        name: port.name.clone().unwrap_or_default(),
        protocol: protocol_of(port.protocol.as_deref().unwrap_or_default())?,
        port: number,
        // Unset and 0 are the port itself (`SetDefaults_Service`, as above).
        target: match &port.target_port {
            Some(IntOrString::Int(target)) if *target != 0 => Target::Number(valid(*target)?),
            // The API server refuses a number in quotes, since the name of a port has a letter (`validateServicePort`,
            // `pkg/apis/core/validation/validation.go`). Whoever writes it means the number.
            Some(IntOrString::String(name)) if !name.is_empty() => {
                let number = name.parse().ok().and_then(valid);
                number.map_or_else(|| Target::Name(name.clone()), Target::Number)
            }
            _ => Target::Number(number),
        },
        node_port: port.node_port.and_then(valid),
    })
}

/// The listeners that the cloud provider of AWS makes for HTTP without a certificate: `buildListener` in
/// cloud-provider-aws, `pkg/providers/v1/aws.go`. Without a backend protocol it passes bytes on, and
/// TLS ends in the pod. Network load balancers know no HTTP.
fn plain_at_aws(spec: &ServiceSpec, annotations: &BTreeMap<String, String>) -> Vec<(usize, i32)> {
    let text = |key: &str| annotations.get(key).map(|value| value.trim());
    let of_controller = spec.load_balancer_class.is_some()
        || text(AWS_TYPE).is_some_and(|kind| matches!(kind, "external" | "nlb-ip" | "nlb"));
    if of_controller || text(AWS_BACKEND_PROTOCOL) != Some("http") {
        return Vec::new();
    }
    let has_certificate = text(AWS_CERTIFICATE).is_some_and(|value| !value.is_empty());
    // Numbers and names of ports, separated by commas; without the annotation, all
    // (`getPortSets`, the same file).
    let secured = text(AWS_TLS_PORTS).filter(|list| !list.is_empty() && *list != "*");
    let is_secured = |port: &Written| {
        let is = |word: &str| word == port.port.to_string() || Some(word) == port.name.as_deref();
        has_certificate && secured.is_none_or(|list| list.split(',').any(|word| is(word.trim())))
    };
    let ports = spec.ports.iter().flatten().enumerate();
    ports.filter(|(_, port)| !is_secured(port)).map(|(index, port)| (index, port.port)).collect()
}

fn is_internal(spec: &ServiceSpec, annotations: &BTreeMap<String, String>) -> bool {
    let says = |(key, values): &(&str, &[&str])| {
        annotations.get(*key).is_some_and(|value| match values {
            [] => !value.is_empty() && value != "false",
            values => values.iter().any(|wanted| value.eq_ignore_ascii_case(wanted)),
        })
    };
    // The AWS load balancer controller keeps what it makes off the internet unless told otherwise
    // (docs/guide/service/annotations.md); the cloud provider of Kubernetes does not.
    let controller = spec.load_balancer_class.as_deref() == Some("service.k8s.aws/nlb")
        || annotations.get(AWS_TYPE).is_some_and(|kind| matches!(kind.as_str(), "external" | "nlb-ip"));
    INTERNAL.iter().any(says)
        || controller && !annotations.contains_key(AWS_SCHEME)
        || spec.load_balancer_class.as_deref() == Some("tailscale")
}

/// `GetSourceRanges` in `k8s.io/cloud-provider/service/helpers/helper.go`: the field, else the annotation;
/// neither is the whole world.
fn limited(spec: &ServiceSpec, annotations: &BTreeMap<String, String>) -> Limited {
    let ranges = source_ranges(spec, annotations);
    let is_world = |range: &String| range.parse::<Cidr>().is_ok_and(Cidr::is_everything);
    if ranges.iter().any(is_world) {
        Limited::ButForTheWorld
    } else if !ranges.is_empty() {
        Limited::Yes
    } else if RULES_ELSEWHERE.iter().any(|key| annotations.contains_key(*key)) {
        Limited::Elsewhere
    } else {
        Limited::No
    }
}

fn source_ranges(spec: &ServiceSpec, annotations: &BTreeMap<String, String>) -> Vec<String> {
    let written = spec.load_balancer_source_ranges.iter().flatten().map(String::as_str);
    let annotated = RANGES.iter().filter_map(|key| annotations.get(*key)).flat_map(|list| list.split(','));
    let trimmed = written.chain(annotated).map(str::trim).filter(|range| !range.is_empty());
    trimmed.map(str::to_owned).collect()
}

fn addresses(spec: &ServiceSpec) -> Vec<IpAddr> {
    let all = spec.cluster_ips.iter().flatten().chain(&spec.cluster_ip);
    let mut found: Vec<IpAddr> = all.filter_map(|text| text.parse().ok()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(port: &Value) -> Option<ServicePort> {
        let spec = serde_json::from_value(json!({"ports": [port]})).unwrap();
        Service::of_spec(&spec, &BTreeMap::new()).ports.pop()
    }

    #[test]
    fn ports_have_the_defaults_of_the_api_server() {
        let plain = ServicePort {
            name: String::new(),
            protocol: Protocol::Tcp,
            port: 80,
            target: Target::Number(80),
            node_port: None,
        };
        for port in
            [json!({}), json!({"targetPort": 0, "nodePort": 0}), json!({"protocol": "", "targetPort": ""})]
        {
            let mut port = port;
            port["port"] = json!(80);
            assert_eq!(read(&port).as_ref(), Some(&plain), "{port}");
        }
        let target = |target: Value| read(&json!({"port": 80, "targetPort": target})).unwrap().target;
        assert_eq!(target(json!("http")), Target::Name("http".to_owned()));
        assert_eq!(target(json!(8080)), Target::Number(8080));
    }

    #[test]
    fn what_the_api_server_refuses_of_a_port_hides_no_opening() {
        let read_one = |port: &Value| read(port).map(|port| (port.protocol, port.target));
        let wanted = Some((Protocol::Udp, Target::Number(53)));
        assert_eq!(read_one(&json!({"port": 5353, "protocol": "udp", "targetPort": "53"})), wanted);
        for port in [
            json!({"port": 0}),
            json!({"port": 70000}),
            json!({"port": 80, "targetPort": 70000}),
            json!({"port": 80, "protocol": "ICMP"}),
        ] {
            assert_eq!(read(&port), None, "{port}");
        }
    }
}
