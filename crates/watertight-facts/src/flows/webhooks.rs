//! Whom the API servers call: admission webhooks, conversion webhooks of custom resources, aggregated APIs.

use watertight_model::{GroupKind, Namespace, ObjectId};
use watertight_syntax::{Path, Value};

use super::ground::Ground;
use super::mention;
use super::names::Hint;
use super::references::Speaker;
use super::service_ports::Which;
use super::{Collector, Party, Place, Port};

const ADMISSION: &str = "admissionregistration.k8s.io";
const MUTATING: GroupKind = GroupKind { group: ADMISSION, kind: "MutatingWebhookConfiguration" };
const VALIDATING: GroupKind = GroupKind { group: ADMISSION, kind: "ValidatingWebhookConfiguration" };
const DEFINITION: GroupKind = crate::custom_resources::CUSTOM_RESOURCE_DEFINITION;
const API_SERVICE: GroupKind = GroupKind { group: "apiregistration.k8s.io", kind: "APIService" };

/// Finds the flows from the API servers to workloads.
pub(super) fn find(ground: &Ground<'_>, out: &mut Collector) {
    let snapshot = ground.world().snapshot();
    for kind in [MUTATING, VALIDATING, DEFINITION, API_SERVICE] {
        for &id in snapshot.of_kind(kind.kind) {
            let object = snapshot.object(id);
            let Ok(body) = object.body() else { continue };
            if !kind.is(object.identity()) || object.is_implied() {
                continue;
            }
            let root = body.root();
            if kind == MUTATING || kind == VALIDATING {
                for (index, webhook) in root.get("webhooks").into_iter().flat_map(Value::items).enumerate() {
                    let at = Path::root().key("webhooks").index(index).key("clientConfig");
                    client_config(ground, id, webhook.get("clientConfig"), &at, "an admission webhook", out);
                }
            } else if kind == DEFINITION {
                let at = Path::root().at("spec.conversion.webhook.clientConfig");
                client_config(ground, id, root.at(&at), &at, "a conversion webhook", out);
            } else {
                let at = Path::root().at("spec.service");
                service(ground, id, root.at(&at), &at, "an aggregated API", out);
            }
        }
    }
}

fn client_config(
    ground: &Ground<'_>,
    id: ObjectId,
    config: Option<Value<'_>>,
    at: &Path,
    what: &str,
    out: &mut Collector,
) {
    let Some(config) = config else { return };
    if let Some(found) = config.get("service").filter(|service| !service.is_null()) {
        return service(ground, id, Some(found), &at.key("service"), what, out);
    }
    let Some(url) = config.get("url").and_then(Value::as_str) else { return };
    // The API server looks names up as its node does; a name of the cluster may be one there.
    let place = Place::Object(id, at.key("url"));
    let what = format!("{what} by URL");
    let speaker = Speaker {
        party: &Party::ApiServer,
        namespace: &Namespace::Cluster,
        place: &place,
        what: &what,
        hint: Hint::Host,
        is_file: false,
    };
    for mention in mention::mentions(url) {
        ground.refer(speaker, &mention, out);
    }
}

/// The port is 443 when none is written (`SetDefaults_ServiceReference`,
/// `pkg/apis/admissionregistration/v1/defaults.go`).
fn service(
    ground: &Ground<'_>,
    id: ObjectId,
    service: Option<Value<'_>>,
    at: &Path,
    what: &str,
    out: &mut Collector,
) {
    let Some(service) = service else { return };
    let text = |key: &str| service.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(namespace), Some(name)) = (text("namespace"), text("name")) else { return };
    let port =
        service.get("port").and_then(Value::as_i64).and_then(|port| u16::try_from(port).ok()).unwrap_or(443);
    let place = Place::Object(id, at.key("name"));
    let words = format!("the API server calls {what}");
    let namespace = Namespace::Named(namespace.into());
    let found = ground.named(&namespace, name);
    if found.is_empty() {
        // The port of the Service, not that of the pods, which only the Service knows.
        let to = Party::Service { namespace, name: name.to_owned() };
        let words = format!("{words}, whose Service is not in view");
        out.flow(&Party::ApiServer, to, Port::UNKNOWN, place, words);
        return;
    }
    for &index in found {
        ground.to_ports(&Party::ApiServer, ground.service(index), Which::Number(port), &place, &words, out);
    }
}
