use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_model::{Body, Identity};
use watertight_rbac::Selector;
use watertight_syntax::{Path, Value};

use super::text::At;
use crate::implied::NAMESPACE_NAME_LABEL;

/// One webhook of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookFacts {
    /// Where it stands.
    pub path: Path,
    /// Its name.
    pub name: String,
    /// The policy engine that it belongs to, by the names that engines give.
    pub of_engine: Option<&'static str>,
    /// Whether a request goes on when the webhook does not answer.
    pub fails_open: bool,
    /// Seconds that a request waits for it, 10 when nothing is written.
    pub timeout: i64,
    /// Where it is called, when that is no Service of the cluster.
    pub url: Option<String>,
    /// The namespace of its Service.
    pub service_namespace: Option<String>,
    /// Whether it is asked when pods are created.
    pub sees_pods: bool,
    /// Whether something narrows it that cannot be judged: conditions, or labels of objects.
    pub is_narrowed: bool,
    /// Whether a namespace has to carry a label to be looked at.
    pub is_opt_in: bool,
    namespaces: Result<Selector, String>,
}

impl WebhookFacts {
    /// Whether it is asked about objects of a namespace with no label beside its name.
    #[must_use]
    pub fn selects_namespace(&self, name: &str) -> bool {
        let labels = BTreeMap::from([(NAMESPACE_NAME_LABEL.to_owned(), name.to_owned())]);
        self.namespaces.as_ref().is_ok_and(|selector| selector.matches(&labels))
    }
}

/// Names that policy engines give to webhooks, configurations and services.
const ENGINES: [(&str, &str); 12] = [
    ("kyverno", "Kyverno"),
    ("gatekeeper", "Gatekeeper"),
    ("policy.sigstore.dev", "policy-controller"),
    ("cosigned", "policy-controller"),
    ("connaisseur", "Connaisseur"),
    ("portieris", "Portieris"),
    ("kubewarden", "Kubewarden"),
    ("jspolicy", "jsPolicy"),
    ("polaris", "Polaris"),
    ("k-rail", "k-rail"),
    ("opa-", "OPA"),
    ("openpolicyagent", "OPA"),
];

/// The webhooks of a configuration.
pub(super) fn of(identity: &Identity, body: &Body<'_>) -> Vec<WebhookFacts> {
    let at = At(body.root());
    at.items(&Path::root(), "webhooks").map(|(path, webhook)| one(identity, body, path, webhook)).collect()
}

fn one(identity: &Identity, body: &Body<'_>, path: Path, at: At<'_>) -> WebhookFacts {
    let name = at.text("name").unwrap_or_default().to_owned();
    let service = at.text("clientConfig.service.name").unwrap_or_default();
    let engine = ENGINES.iter().find(|(word, _)| {
        [&*identity.name, &*name, service].iter().any(|text| text.to_ascii_lowercase().contains(word))
    });
    // `SetDefaults_ValidatingWebhook` in `pkg/apis/admissionregistration/{v1,v1beta1}/defaults.go`.
    let unset = if &*identity.version == "v1beta1" { "Ignore" } else { "Fail" };
    let decoded = body.decode::<LabelSelector>(&path.key("namespaceSelector"));
    let selector = match decoded {
        None => Ok(LabelSelector::default()),
        Some(decoded) => decoded.map(|decoded| decoded.value),
    };
    let sees_pods = at.items(&path, "rules").any(|(_, rule)| sees_pods(rule));
    WebhookFacts {
        of_engine: engine.map(|(_, engine)| *engine),
        fails_open: at.text("failurePolicy").unwrap_or(unset) == "Ignore",
        timeout: at.value("timeoutSeconds").and_then(Value::as_i64).unwrap_or(10),
        url: at.text("clientConfig.url").map(str::to_owned),
        service_namespace: at.text("clientConfig.service.namespace").map(str::to_owned),
        sees_pods,
        is_narrowed: at.value("matchConditions").is_some_and(|conditions| conditions.items().len() > 0)
            || at.value("objectSelector").is_some_and(|selector| selector.entries().next().is_some()),
        is_opt_in: selector.as_ref().is_ok_and(is_opt_in),
        namespaces: selector.and_then(|selector| Selector::new(&selector).map_err(|error| error.to_string())),
        path,
        name,
    }
}

fn sees_pods(rule: At<'_>) -> bool {
    let has = |keys: &'static str, of: &[&str]| rule.texts(keys).any(|text| of.contains(&text));
    has("apiGroups", &["", "*"])
        && has("operations", &["CREATE", "*"])
        && has("resources", &["pods", "*", "*/*", "pods/*"])
}

/// Whether a namespace without labels of its own is never selected: some label has to be there.
fn is_opt_in(selector: &LabelSelector) -> bool {
    let own = |key: &str| key != NAMESPACE_NAME_LABEL;
    let labels = selector.match_labels.iter().flatten().any(|(key, _)| own(key));
    let expressions = selector.match_expressions.iter().flatten();
    labels
        || expressions
            .into_iter()
            .any(|wanted| own(&wanted.key) && matches!(wanted.operator.as_str(), "In" | "Exists"))
}
