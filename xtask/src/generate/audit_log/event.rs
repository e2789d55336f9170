//! What the API server writes of one request: an event for each stage that the policy keeps.
//!
//! Follows `WithAudit` of `pkg/endpoints/filters/audit.go` and `pkg/audit/request.go`.

use serde_json::{Map, Value, json};
use watertight_audit::{Decision, Identity, Level, Policy, Stage, Target as AuditTarget};

use super::bodies;
use super::request::{End, Request, Target};
use super::world::Ruling;
use crate::generate::random::Random;

/// An event and the moment at which it is written, in microseconds since 1970.
pub(super) type Written = (u64, Value);

/// The events of a request that arrives at this moment.
pub(super) fn of(
    request: &Request,
    ruling: &Ruling,
    policy: &Policy,
    arrived: u64,
    random: &mut Random,
) -> Vec<Written> {
    let id = random.uid();
    let decision = policy.evaluate(&asked(request));
    if decision.level == Level::None {
        return Vec::new();
    }
    let mut event = received(request, &decision, &id, arrived);
    let mut written = Vec::new();
    let mut write = |event: &Map<String, Value>, stage: Stage, moment: u64| {
        if !decision.omit_stages.contains(stage) {
            let mut event = event.clone();
            event.insert("stage".to_owned(), json!(stage.as_str()));
            event.insert("stageTimestamp".to_owned(), json!(timestamp(moment)));
            written.push((moment, Value::Object(event)));
        }
    };
    write(&event, Stage::RequestReceived, arrived);
    rule(&mut event, request, ruling);
    let refused = !matches!(ruling, Ruling::Allow(_));
    let answer = arrived + if refused { 400 } else { request.duration.min(30_000) };
    let end = arrived + if refused { 450 } else { request.duration };
    if request.end == End::Panic && !refused {
        event.insert("responseStatus".to_owned(), json!({
            "metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
            "message": "APIServer panic'd: runtime error: invalid memory address or nil pointer dereference"
        }));
        write(&event, Stage::Panic, end);
        return written;
    }
    respond(&mut event, request, ruling, &decision, random);
    if request.is_long() && !refused {
        write(&event, Stage::ResponseStarted, answer);
    }
    if end - arrived > 500_000 && !request.is_long() {
        annotate(&mut event, "apiserver.latency.k8s.io/total", &format!("{}ms", (end - arrived) / 1000));
    }
    write(&event, Stage::ResponseComplete, end);
    written
}

/// What is known when the request arrives.
fn received(request: &Request, decision: &Decision, id: &str, arrived: u64) -> Map<String, Value> {
    let event = json!({
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": decision.level.as_str(),
        "auditID": id,
        "requestURI": request.uri(),
        "verb": request.verb,
        "user": request.actor.json(),
        "sourceIPs": [request.actor.address],
        "userAgent": request.actor.agent,
        "requestReceivedTimestamp": timestamp(arrived),
    });
    let Value::Object(mut event) = event else { return Map::new() };
    if let Target::Resource { group, version, resource, subresource, namespace, name } = &request.target {
        let fields = [
            ("resource", resource),
            ("namespace", namespace),
            ("name", name),
            ("apiGroup", group),
            ("apiVersion", version),
            ("subresource", subresource),
        ];
        let set = fields.into_iter().filter(|(_, value)| !value.is_empty());
        event.insert(
            "objectRef".to_owned(),
            Value::Object(set.map(|(key, value)| (key.to_owned(), json!(value))).collect()),
        );
    }
    event
}

/// What authorization leaves behind. An impersonation that is refused leaves nothing: the filter
/// stands before the one that annotates (`pkg/endpoints/filters/impersonation`).
fn rule(event: &mut Map<String, Value>, request: &Request, ruling: &Ruling) {
    let (decision, reason) = match ruling {
        Ruling::Allow(reason) => ("allow", reason),
        Ruling::Forbid(reason) => ("forbid", reason),
        Ruling::NoImpersonation => return,
    };
    if let Some(user) = &request.acting_as {
        event.insert("impersonatedUser".to_owned(), user.json());
    }
    annotate(event, "authorization.k8s.io/decision", decision);
    annotate(event, "authorization.k8s.io/reason", reason);
    let makes_pods = matches!(&request.target, Target::Resource { resource, subresource, .. }
        if resource == "pods" && subresource.is_empty() && request.verb == "create");
    if makes_pods && decision == "allow" {
        annotate(event, "pod-security.kubernetes.io/enforce-policy", "baseline:latest");
    }
}

fn annotate(event: &mut Map<String, Value>, key: &str, value: &str) {
    let annotations = event.entry("annotations").or_insert_with(|| json!({}));
    annotations[key] = json!(value);
}

/// The answer: its status, and the bodies that the level lets through.
fn respond(
    event: &mut Map<String, Value>,
    request: &Request,
    ruling: &Ruling,
    decision: &Decision,
    random: &mut Random,
) {
    let failure = match (ruling, request.end) {
        (Ruling::Allow(_), End::NotFound) => Some(failed(request, "NotFound", 404, "not found")),
        (Ruling::Allow(_), End::Conflict) => Some(failed(
            request,
            "Conflict",
            409,
            "the object has been modified; please apply your changes to the latest version and try again",
        )),
        (Ruling::Allow(_), End::Well | End::Panic) => None,
        (Ruling::Forbid(_) | Ruling::NoImpersonation, _) => Some(forbidden(request, ruling)),
    };
    if let Some(status) = failure {
        if decision.level == Level::RequestResponse && matches!(request.target, Target::Resource { .. }) {
            let mut body = status.clone();
            body["kind"] = json!("Status");
            body["apiVersion"] = json!("v1");
            event.insert("responseObject".to_owned(), body);
        }
        event.insert("responseStatus".to_owned(), status);
        return;
    }
    let code = match (request.verb.as_str(), &request.target) {
        (_, Target::Resource { subresource, .. }) if subresource == "exec" => 101,
        ("create", _) => 201,
        _ => 200,
    };
    event.insert("responseStatus".to_owned(), json!({"metadata": {}, "code": code}));
    if !request.body_name.is_empty()
        && let Some(object) = event.get_mut("objectRef")
    {
        object["name"] = json!(request.body_name);
    }
    let kept =
        |body: Value| if decision.omit_managed_fields { bodies::without_managed_fields(body) } else { body };
    // The bodies are made whatever the level, so that another policy changes nothing else.
    let (asked, answered) = (bodies::of_request(request, random), bodies::of_response(request, random));
    if decision.level >= Level::Request
        && let Some(body) = asked
    {
        event.insert("requestObject".to_owned(), kept(body));
    }
    if decision.level >= Level::RequestResponse
        && let Some(body) = answered
    {
        event.insert("responseObject".to_owned(), kept(body));
    }
}

/// The status of a request that was let in and came to nothing.
fn failed(request: &Request, reason: &str, code: u16, why: &str) -> Value {
    let Target::Resource { group, resource, name, .. } = &request.target else { return json!({}) };
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!("{resource} \"{name}\" {why}"),
        "reason": reason,
        "details": details(name, group, resource),
        "code": code
    })
}

/// The details of a status. Go leaves out what is empty.
fn details(name: &str, group: &str, kind: &str) -> Value {
    let fields = [("name", name), ("group", group), ("kind", kind)];
    let set = fields.into_iter().filter(|(_, value)| !value.is_empty());
    Value::Object(set.map(|(key, value)| (key.to_owned(), json!(value))).collect())
}

/// The status of a refusal, in the words of `forbiddenMessage`
/// (`pkg/endpoints/handlers/responsewriters/errors.go`).
fn forbidden(request: &Request, ruling: &Ruling) -> Value {
    let actor = match (ruling, &request.acting_as) {
        (Ruling::Forbid(_), Some(wanted)) => wanted,
        _ => &request.actor,
    };
    let why = match ruling {
        Ruling::Forbid(reason) if !reason.is_empty() => format!(": {reason}"),
        _ => String::new(),
    };
    let (what, details) = match (ruling, &request.target, &request.acting_as) {
        (Ruling::NoImpersonation, _, Some(wanted)) => (
            format!("cannot impersonate resource \"users\" in API group \"\" at the cluster scope{why}"),
            details(&wanted.name, "", "users"),
        ),
        (_, Target::Path(path), _) => (format!("cannot {} path \"{path}\"{why}", request.verb), json!({})),
        (_, Target::Resource { group, resource, subresource, namespace, name, .. }, _) => {
            let full =
                if subresource.is_empty() { resource.clone() } else { format!("{resource}/{subresource}") };
            let place = if namespace.is_empty() {
                "at the cluster scope".to_owned()
            } else {
                format!("in the namespace \"{namespace}\"")
            };
            let verb = &request.verb;
            (
                format!("cannot {verb} resource \"{full}\" in API group \"{group}\" {place}{why}"),
                details(name, group, resource),
            )
        }
    };
    let subject = match (&request.target, details["kind"].as_str(), details["name"].as_str()) {
        (Target::Path(_), None, _) => "forbidden".to_owned(),
        (_, Some(kind), Some(name)) if !name.is_empty() => format!("{kind} \"{name}\" is forbidden"),
        (_, kind, _) => format!("{} is forbidden", kind.unwrap_or_default()),
    };
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!("{subject}: User \"{}\" {what}", actor.name),
        "reason": "Forbidden",
        "details": details,
        "code": 403
    })
}

/// The request as an audit policy is asked about it.
fn asked(request: &Request) -> watertight_audit::Request<'_> {
    let target = match &request.target {
        Target::Path(path) => AuditTarget::NonResource { path },
        Target::Resource { group, resource, subresource, namespace, name, .. } => {
            AuditTarget::Resource { api_group: group, resource, subresource, namespace, name }
        }
    };
    let groups = request.actor.groups.iter().map(|group| group.as_str().into()).collect::<Vec<_>>();
    let user = Identity { name: &request.actor.name, groups: groups.into() };
    watertight_audit::Request { user: Some(user), verb: &request.verb, target }
}

/// A moment as RFC 3339 with microseconds, in UTC.
pub(super) fn timestamp(micros: u64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days to a date of the civil calendar, counted in eras of 400 years that begin in March.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{fraction:06}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}
