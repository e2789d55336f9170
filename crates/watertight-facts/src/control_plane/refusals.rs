//! Configuration files that the API server refuses: it does not start with them, or, when it runs already, goes on
//! with what it had. What they say is then not in force.
//!
//! Checked is what can be told from the file alone; expressions in CEL are not compiled.

use std::collections::BTreeSet;

use watertight_model::Object;
use watertight_syntax::{Path, Value};

use super::{AUTHENTICATION, AUTHORIZATION, Encryption};

/// Why the API server refuses an object that is one of its configuration files: where, and what is wrong. `None`
/// for any other object.
#[must_use]
pub fn refusals(object: &Object) -> Option<Vec<(Path, String)>> {
    let identity = object.identity();
    let own = [AUTHENTICATION, AUTHORIZATION].iter().any(|kind| kind.is(identity));
    let encryption = Encryption::of(object);
    if !own && encryption.is_none() {
        return None;
    }
    let mut all = Vec::new();
    let versions: &[&str] = match () {
        () if encryption.is_some() => &["v1"],
        () => &["v1", "v1alpha1", "v1beta1"],
    };
    if !versions.contains(&&*identity.version) {
        let why = format!("there is no version `{}` of it", identity.api_version());
        all.push((Path::root().key("apiVersion"), why));
    }
    let body = object.body().ok()?;
    match encryption {
        Some(encryption) => all.extend(encryption.refusals()),
        None if AUTHENTICATION.is(identity) => authentication(body.root(), &mut all),
        None => authorization(body.root(), &mut all),
    }
    Some(all)
}

fn text<'a>(of: Value<'a>, key: &str) -> &'a str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn is_there(of: Value<'_>, key: &str) -> bool {
    of.get(key).is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
}

/// `ValidateAuthenticationConfiguration`, `k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go`.
fn authentication(root: Value<'_>, all: &mut Vec<(Path, String)>) {
    let list = Path::root().key("jwt");
    let mut seen = BTreeSet::new();
    for (index, issuer) in root.get("jwt").into_iter().flat_map(Value::items).enumerate() {
        let at = list.index(index);
        let (of, place) = (issuer.get("issuer"), at.key("issuer"));
        let url = of.map(|issuer| text(issuer, "url")).unwrap_or_default();
        if !url.starts_with("https://") {
            all.push((place.key("url"), "the address of an issuer has to begin with `https://`".to_owned()));
        }
        if url.contains(['?', '#']) || url.split('/').nth(2).is_some_and(|host| host.contains('@')) {
            let why = "the address of an issuer has neither user nor query nor fragment";
            all.push((place.key("url"), why.to_owned()));
        }
        if !seen.insert(url) {
            all.push((place.key("url"), "the issuer is there twice".to_owned()));
        }
        let discovery = of.map(|issuer| text(issuer, "discoveryURL")).unwrap_or_default();
        if !discovery.is_empty() && !discovery.starts_with("https://") {
            all.push((place.key("discoveryURL"), "the address has to begin with `https://`".to_owned()));
        }
        let audiences = of.and_then(|issuer| issuer.get("audiences")).map_or(0, |list| list.items().len());
        if audiences == 0 {
            all.push((place.key("audiences"), "an issuer needs an audience".to_owned()));
        }
        if audiences > 1 && of.is_none_or(|issuer| text(issuer, "audienceMatchPolicy") != "MatchAny") {
            let why = "several audiences need `audienceMatchPolicy: MatchAny`";
            all.push((place.key("audienceMatchPolicy"), why.to_owned()));
        }
        for (rule, value) in issuer.get("claimValidationRules").into_iter().flat_map(Value::items).enumerate()
        {
            if is_there(value, "claim") == is_there(value, "expression") {
                let why = "a rule has either a claim or an expression";
                all.push((at.key("claimValidationRules").index(rule), why.to_owned()));
            }
        }
        let username = issuer.get("claimMappings").and_then(|mappings| mappings.get("username"));
        let place = at.key("claimMappings").key("username");
        match username {
            Some(name) if is_there(name, "claim") != is_there(name, "expression") => {
                if is_there(name, "claim") && name.get("prefix").is_none_or(Value::is_null) {
                    let why = "a claim needs a `prefix`, which may be empty";
                    all.push((place, why.to_owned()));
                }
            }
            _ => all.push((place, "a user's name comes from either a claim or an expression".to_owned())),
        }
    }
    let anonymous = root.get("anonymous").filter(|anonymous| !anonymous.is_null());
    let is_on = |anonymous: Value<'_>| anonymous.get("enabled").and_then(Value::as_bool) == Some(true);
    let conditions =
        |anonymous: Value<'_>| anonymous.get("conditions").is_some_and(|list| list.items().len() > 0);
    if anonymous.is_some_and(|anonymous| !is_on(anonymous) && conditions(anonymous)) {
        let why = "conditions need `enabled: true`";
        all.push((Path::root().key("anonymous").key("conditions"), why.to_owned()));
    }
}

/// `ValidateAuthorizationConfiguration`, in the same file.
fn authorization(root: Value<'_>, all: &mut Vec<(Path, String)>) {
    const KNOWN: [&str; 6] = ["ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"];
    let list = Path::root().key("authorizers");
    let items: Vec<Value<'_>> = root.get("authorizers").into_iter().flat_map(Value::items).collect();
    if items.is_empty() {
        all.push((list.clone(), "there is no authorizer".to_owned()));
    }
    let (mut types, mut names) = (BTreeSet::new(), BTreeSet::new());
    for (index, authorizer) in items.into_iter().enumerate() {
        let at = list.index(index);
        let (kind, name) = (text(authorizer, "type"), text(authorizer, "name"));
        if !KNOWN.contains(&kind) {
            all.push((at.key("type"), format!("the type has to be one of {}", KNOWN.join(", "))));
            continue;
        }
        if !types.insert(kind) && kind != "Webhook" {
            all.push((at.key("type"), format!("there is only one authorizer of type `{kind}`")));
        }
        if name.is_empty() || !names.insert(name) {
            all.push((at.key("name"), "each authorizer has a name of its own".to_owned()));
        }
        match authorizer.get("webhook").filter(|webhook| !webhook.is_null()) {
            Some(webhook) if kind == "Webhook" => self::webhook(webhook, &at.key("webhook"), all),
            Some(_) => all.push((at.key("webhook"), "only the type `Webhook` has one".to_owned())),
            None if kind == "Webhook" => {
                all.push((at.key("webhook"), "the type `Webhook` needs one".to_owned()));
            }
            None => {}
        }
    }
}

fn webhook(webhook: Value<'_>, at: &Path, all: &mut Vec<(Path, String)>) {
    // Durations have defaults (`SetDefaults_WebhookConfiguration`) but for the timeout.
    for (key, known) in [
        ("timeout", &[][..]),
        ("subjectAccessReviewVersion", &["v1", "v1beta1"]),
        ("failurePolicy", &["NoOpinion", "Deny"]),
    ] {
        let value = text(webhook, key);
        if value.is_empty() || !(known.is_empty() || known.contains(&value)) {
            let what = if known.is_empty() {
                "has to be given".to_owned()
            } else {
                format!("has to be one of {}", known.join(", "))
            };
            all.push((at.key(key), format!("`{key}` {what}")));
        }
    }
    let conditions = webhook.get("matchConditions").is_some_and(|list| list.items().len() > 0);
    if conditions && text(webhook, "matchConditionSubjectAccessReviewVersion") != "v1" {
        let key = "matchConditionSubjectAccessReviewVersion";
        all.push((at.key(key), format!("conditions need `{key}: v1`")));
    }
    let (info, place) = (webhook.get("connectionInfo"), at.key("connectionInfo"));
    let kind = info.map(|info| text(info, "type")).unwrap_or_default();
    match (kind, info.is_some_and(|info| is_there(info, "kubeConfigFile"))) {
        ("KubeConfigFile", true) | ("InClusterConfig", false) => {}
        _ => all
            .push((place, "it has to be `InClusterConfig`, or a `KubeConfigFile` with its path".to_owned())),
    }
}
