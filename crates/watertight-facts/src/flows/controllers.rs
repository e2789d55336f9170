//! The ingress controllers in view, known by the labels and images that their projects ship.

use watertight_model::{GroupKind, Namespace, ObjectId};
use watertight_syntax::{Path, Value};

use super::Party;
use super::ground::Ground;
use super::references::party;
use crate::network::{GATEWAY, INGRESS, OPENSHIFT_ROUTE, VIRTUAL_SERVICE};
use crate::workload_kinds::template_of;

/// What a controller takes its work from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Ingress,
    IngressAndRoutes,
    Routes,
    OpenShift,
    Istio,
}

/// A project whose controller is known.
#[derive(Debug)]
struct Family {
    /// Ends of repositories of images that carry traffic.
    images: &'static [&'static str],
    /// Labels of which one is enough.
    labels: &'static [(&'static str, &'static str)],
    /// What IngressClass and GatewayClass say in `controller` and `controllerName`, as far as it is fixed.
    controllers: &'static [&'static str],
    /// Parts of the usual names of its class.
    classes: &'static [&'static str],
    takes: Takes,
}

/// Each by the manifests and charts of its project.
const FAMILIES: &[Family] = &[
    Family {
        images: &["ingress-nginx/controller", "nginx-ingress-controller"],
        labels: &[("app.kubernetes.io/name", "ingress-nginx")],
        controllers: &["k8s.io/ingress-nginx"],
        classes: &["nginx"],
        takes: Takes::Ingress,
    },
    Family {
        images: &["nginx/nginx-ingress", "nginx-ic/nginx-plus-ingress"],
        labels: &[("app.kubernetes.io/name", "nginx-ingress")],
        controllers: &["nginx.org/ingress-controller"],
        classes: &["nginx"],
        takes: Takes::Ingress,
    },
    Family {
        images: &["nginx-gateway-fabric/nginx", "nginx-gateway-fabric"],
        labels: &[("app.kubernetes.io/name", "nginx-gateway-fabric")],
        controllers: &["gateway.nginx.org/nginx-gateway-controller"],
        classes: &[],
        takes: Takes::Routes,
    },
    Family {
        images: &["traefik", "rancher/mirrored-library-traefik"],
        labels: &[("app.kubernetes.io/name", "traefik")],
        controllers: &["traefik.io/ingress-controller", "traefik.io/gateway-controller"],
        classes: &["traefik"],
        takes: Takes::IngressAndRoutes,
    },
    Family {
        images: &["haproxy-ingress", "haproxytech/kubernetes-ingress"],
        labels: &[
            ("app.kubernetes.io/name", "haproxy-ingress"),
            ("app.kubernetes.io/name", "kubernetes-ingress"),
        ],
        controllers: &["haproxy.org/ingress-controller", "haproxy-ingress.github.io/controller"],
        classes: &["haproxy"],
        takes: Takes::Ingress,
    },
    Family {
        images: &["kong", "kong/kong-gateway"],
        labels: &[("app.kubernetes.io/name", "kong"), ("app", "proxy-kong")],
        controllers: &["ingress-controllers.konghq.com/kong", "konghq.com/kic-gateway-controller"],
        classes: &["kong"],
        takes: Takes::IngressAndRoutes,
    },
    Family {
        images: &[],
        labels: &[
            ("app.kubernetes.io/component", "envoy"),
            ("gateway.envoyproxy.io/owning-gateway-name", ""),
        ],
        controllers: &[
            "projectcontour.io/ingress-controller",
            "projectcontour.io/gateway-controller",
            "gateway.envoyproxy.io/gatewayclass-controller",
        ],
        classes: &["contour"],
        takes: Takes::IngressAndRoutes,
    },
    Family {
        images: &[],
        labels: &[
            ("istio", "ingressgateway"),
            ("istio", "ingress"),
            ("gateway.networking.k8s.io/gateway-name", ""),
        ],
        controllers: &["istio.io/ingress-controller", "istio.io/gateway-controller"],
        classes: &["istio"],
        takes: Takes::Istio,
    },
    Family {
        images: &["origin-haproxy-router", "ose-haproxy-router"],
        labels: &[("ingresscontroller.operator.openshift.io/deployment-ingresscontroller", "")],
        controllers: &["openshift.io/ingress-to-route"],
        classes: &["openshift"],
        takes: Takes::OpenShift,
    },
    Family {
        images: &["datawire/emissary", "datawire/aes", "emissaryingress/emissary"],
        labels: &[("app.kubernetes.io/name", "emissary-ingress")],
        controllers: &["getambassador.io/ingress-controller"],
        classes: &["ambassador"],
        takes: Takes::Ingress,
    },
];

/// Parts of class names and controllers that a cloud serves from outside of the cluster.
const OF_CLOUDS: &[&str] = &[
    "alb",
    "ingress.k8s.aws",
    "azure/application-gateway",
    "azure-application-gateway",
    "gce",
    "networking.gke.io",
];

const INGRESS_CLASS: GroupKind = GroupKind { group: "networking.k8s.io", kind: "IngressClass" };
const GATEWAY_CLASS: GroupKind = GroupKind { group: "gateway.networking.k8s.io", kind: "GatewayClass" };

/// The controllers in view.
pub(crate) struct Controllers {
    found: Vec<(&'static Family, ObjectId)>,
}

impl Controllers {
    pub(crate) fn of(ground: &Ground<'_>) -> Self {
        let mut found = Vec::new();
        for pods in ground.all_pods().filter(|pods| !pods.is_virtual) {
            let images = images(ground, pods.object);
            // What sets a webhook's certificate up has the labels of its controller, and serves nobody.
            let serves = !pods.ports.is_empty();
            let is = |family: &&Family| {
                let mut labels = family.labels.iter();
                let labelled = labels.any(|(key, value)| {
                    pods.labels.get(*key).is_some_and(|own| value.is_empty() || own == value)
                });
                let runs = |image: &String| {
                    family.images.iter().any(|known| image == known || image.ends_with(&format!("/{known}")))
                };
                serves && (labelled || images.iter().any(runs))
            };
            found.extend(FAMILIES.iter().find(is).map(|family| (family, pods.object)));
        }
        Self { found }
    }

    /// Who carries traffic to the backends of an object that leads to Services.
    pub(crate) fn for_entry(&self, ground: &Ground<'_>, id: ObjectId) -> Vec<Party> {
        let snapshot = ground.world().snapshot();
        let identity = snapshot.object(id).identity();
        let Ok(body) = snapshot.object(id).body() else { return vec![Party::IngressController] };
        let root = body.root();
        let is_ingress = INGRESS.iter().any(|kind| kind.is(identity));
        let class = if is_ingress {
            ingress_class(ground, root)
        } else {
            gateway_class(ground, root, &identity.namespace)
        };
        let controller = class.as_deref().and_then(|class| controller_of(ground, class, is_ingress));
        let takes = |family: &Family| match family.takes {
            Takes::Ingress => is_ingress,
            Takes::IngressAndRoutes => !OPENSHIFT_ROUTE.is(identity) && !VIRTUAL_SERVICE.is(identity),
            Takes::Routes => !is_ingress && !OPENSHIFT_ROUTE.is(identity) && !VIRTUAL_SERVICE.is(identity),
            Takes::Istio => !OPENSHIFT_ROUTE.is(identity),
            Takes::OpenShift => is_ingress || OPENSHIFT_ROUTE.is(identity),
        };
        let said = controller.as_deref().or(class.as_deref());
        let is_said = |family: &Family| match (&controller, &class) {
            (Some(controller), _) => family.controllers.contains(&controller.as_str()),
            (None, Some(class)) => family.classes.iter().any(|part| class.contains(part)),
            (None, None) => true,
        };
        let of = |fits: &dyn Fn(&Family) -> bool| -> Vec<Party> {
            let able = self.found.iter().filter(|(family, _)| takes(family) && fits(family));
            able.map(|(_, object)| party(*object)).collect()
        };
        let chosen = of(&is_said);
        // A class has any name: when nobody known is meant by it, whoever could be.
        if !chosen.is_empty() {
            chosen
        } else if said.is_some_and(|said| OF_CLOUDS.iter().any(|cloud| said.contains(cloud))) {
            vec![Party::Outside]
        } else if controller.is_none() && class.is_some() && !of(&|_| true).is_empty() {
            of(&|_| true)
        } else {
            vec![Party::IngressController]
        }
    }
}

/// The images of a workload without tag and digest.
fn images(ground: &Ground<'_>, id: ObjectId) -> Vec<String> {
    let object = ground.world().snapshot().object(id);
    let Some(template) = template_of(object.identity()) else { return Vec::new() };
    let base = if template.path.is_empty() { Path::root() } else { Path::root().at(template.path) };
    let Ok(body) = object.body() else { return Vec::new() };
    let containers = body.root().at(&base.at("spec.containers"));
    let images = containers
        .into_iter()
        .flat_map(Value::items)
        .filter_map(|container| container.get("image")?.as_str());
    let repository = |image: &str| {
        let image = image.split('@').next().unwrap_or_default();
        let (folder, name) = image.rsplit_once('/').unwrap_or(("", image));
        let name = name.split(':').next().unwrap_or_default();
        if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
    };
    images.map(repository).collect()
}

fn ingress_class(ground: &Ground<'_>, root: Value<'_>) -> Option<String> {
    let annotations = crate::network::texts(root, "annotations");
    let field = root.at(&Path::root().at("spec.ingressClassName")).and_then(Value::as_str);
    let written =
        field.map(str::to_owned).or_else(|| annotations.get("kubernetes.io/ingress.class").cloned());
    written.or_else(|| default_class(ground))
}

/// The class of Ingresses that name none: `plugin/pkg/admission/network/defaultingressclass/admission.go`. Of several, the
/// newest counts, which manifests do not tell.
fn default_class(ground: &Ground<'_>) -> Option<String> {
    let snapshot = ground.world().snapshot();
    let is_default = |id: &&ObjectId| {
        let (object, identity) = (snapshot.object(**id), snapshot.object(**id).identity());
        let annotations = object.body().map(|body| crate::network::texts(body.root(), "annotations"));
        let default = annotations
            .ok()
            .and_then(|mut found| found.remove("ingressclass.kubernetes.io/is-default-class"));
        INGRESS_CLASS.is(identity) && default.as_deref() == Some("true")
    };
    let mut classes = snapshot.of_kind(INGRESS_CLASS.kind).iter().filter(is_default);
    let first = classes.next()?;
    classes.next().is_none().then(|| snapshot.object(*first).identity().name.to_string())
}

/// The class of the first Gateway in view that a route is attached to.
fn gateway_class(ground: &Ground<'_>, root: Value<'_>, namespace: &Namespace) -> Option<String> {
    let snapshot = ground.world().snapshot();
    let parents = root.at(&Path::root().at("spec.parentRefs")).into_iter().flat_map(Value::items);
    for parent in parents {
        let name = parent.get("name").and_then(Value::as_str)?;
        let of = parent.get("namespace").and_then(Value::as_str).map(|of| Namespace::Named(of.into()));
        let of = of.unwrap_or_else(|| namespace.clone());
        let is = |id: &&ObjectId| {
            let identity = snapshot.object(**id).identity();
            GATEWAY.is(identity) && *identity.name == *name && identity.namespace == of
        };
        let gateway = snapshot.of_kind(GATEWAY.kind).iter().find(is);
        let class = gateway.and_then(|&id| {
            let body = snapshot.object(id).body().ok()?;
            body.root().at(&Path::root().at("spec.gatewayClassName"))?.as_str().map(str::to_owned)
        });
        if class.is_some() {
            return class;
        }
    }
    None
}

/// What a class in view says of its controller.
fn controller_of(ground: &Ground<'_>, class: &str, is_ingress: bool) -> Option<String> {
    let (kind, field) =
        if is_ingress { (INGRESS_CLASS, "spec.controller") } else { (GATEWAY_CLASS, "spec.controllerName") };
    let snapshot = ground.world().snapshot();
    let is = |id: &&ObjectId| {
        kind.is(snapshot.object(**id).identity()) && *snapshot.object(**id).identity().name == *class
    };
    let id = snapshot.of_kind(kind.kind).iter().find(is)?;
    let body = snapshot.object(*id).body().ok()?;
    body.root().at(&Path::root().at(field))?.as_str().map(str::to_owned)
}
