use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use watertight_audit::{Event, Level, Stage};
use watertight_rbac::{Action, PolicyBuilder, UserInfo};

use super::applications::TEAMS;
use super::bodies::FAKE_SECRET;
use super::request::Request;
use super::traffic::{MIX, Source, Traffic};
use super::world::{Ruling, World};
use super::{Log, decode, events, line, objects, write_lines};

fn bytes(seed: u64, count: usize, garbage: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = write_lines(&mut bytes, events(seed, count), seed, garbage).unwrap();
    assert_eq!(written, count as u64);
    bytes
}

fn text<'a>(event: &'a Value, key: &str) -> &'a str {
    event[key].as_str().unwrap_or_default()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(bytes(7, 2000, 5), bytes(7, 2000, 5));
    assert_ne!(bytes(7, 2000, 0), bytes(8, 2000, 0));
    assert_eq!(objects(&World::of(7)), objects(&World::of(7)));
    // The first events do not depend on how many are asked for.
    assert!(bytes(7, 3000, 0).starts_with(&bytes(7, 2000, 0)));
}

/// Every line is read by the reader of audit logs, says nothing that it does not know, and holds what an
/// event of the log backend always holds.
#[test]
fn every_event_is_whole() {
    for event in events(3, 5000) {
        let line = line(&event);
        assert!(line.is_ascii() && !line.contains(['\n', '&', '<', '>']), "{line}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), event, "a line says what the event says");
        let read = Event::from_json(&line).unwrap();
        assert_eq!(read.unknown_fields, 0, "{line}");
        assert!(read.level > Level::None && !read.audit_id.is_empty() && !read.request_uri.is_empty());
        assert!(!read.verb.is_empty() && !read.user.username.is_empty() && !read.user.groups.is_empty());
        assert!(!read.user_agent.is_empty() && read.source_ips.len() == 1, "{line}");
        let stamps = [&read.request_received_timestamp, &read.stage_timestamp];
        assert!(stamps.iter().all(|stamp| stamp.len() == "2026-09-01T06:00:00.000000Z".len()), "{line}");
        assert!(stamps[0] <= stamps[1], "{line}");
        assert_eq!(read.response_status.is_none(), read.stage == Stage::RequestReceived, "{line}");
        assert_eq!(read.object_ref.is_some(), read.request_uri.starts_with("/api"), "{line}");
        let refused = read.response_status.as_ref().is_some_and(|status| status.code == 403);
        let decided = read.annotation("authorization.k8s.io/decision");
        match decided {
            Some(decision) => assert_eq!(decision == "forbid", refused, "{line}"),
            None => assert!(read.stage == Stage::RequestReceived || refused, "{line}"),
        }
    }
}

/// Stages of one request share its id, come in their order, and the log is in the order of time.
#[test]
fn stages_belong_together() {
    let mut stages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut last = String::new();
    for event in events(4, 60_000) {
        let stamp = text(&event, "stageTimestamp").to_owned();
        assert!(last <= stamp, "{last} before {stamp}");
        last = stamp;
        stages.entry(text(&event, "auditID").to_owned()).or_default().push(text(&event, "stage").to_owned());
    }
    let kinds: BTreeSet<String> = stages.values().map(|stages| stages.join(" ")).collect();
    for wanted in [
        "ResponseComplete",
        "RequestReceived ResponseComplete",
        "RequestReceived ResponseStarted ResponseComplete",
        "RequestReceived ResponseStarted",
    ] {
        assert!(kinds.contains(wanted), "{kinds:?}");
    }
    assert!(kinds.iter().any(|kind| kind.ends_with("Panic")), "{kinds:?}");
    assert!(kinds.iter().all(|kind| !kind.contains("Complete ") && !kind.contains("Panic ")), "{kinds:?}");
}

/// The proportions that the module promises, within what chance allows.
#[test]
fn proportions_are_as_documented() {
    assert_eq!(MIX.iter().map(|(weight, _)| weight).sum::<u64>(), 1000);
    let (world, count) = (World::of(5), 40_000);
    let mut traffic = Traffic::new(5, &world);
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let (mut refused, mut strangers, mut dry, mut impersonated, mut applications) =
        (0, 0, 0, 0, BTreeMap::new());
    for _ in 0..count {
        let (source, request) = traffic.next(&world);
        *seen.entry(format!("{source:?}")).or_default() += 1;
        strangers += u64::from(source == Source::Stranger);
        refused += u64::from(!matches!(world.rule(&request), Ruling::Allow(_)));
        dry += u64::from(request.dry_run);
        impersonated += u64::from(request.acting_as.is_some());
        if source == Source::Application {
            *applications.entry(request.actor.name.clone()).or_default() += 1_u64;
        }
    }
    for &(weight, source) in MIX {
        let (expected, found) = (weight * count / 1000, seen[&format!("{source:?}")]);
        assert!(found.abs_diff(expected) * 100 < expected * 20 + 4000, "{source:?}: {found} of {expected}");
    }
    assert!(refused >= strangers * 9 / 10, "{refused} refused of {strangers} that should be");
    assert!(refused * 1000 < count * 20, "{refused} refused: too many for a working cluster");
    assert!((20..600).contains(&dry) && (40..600).contains(&impersonated), "{dry} {impersonated}");
    assert!(applications.len() >= 40, "{} applications", applications.len());
    let mut busiest: Vec<u64> = applications.into_values().collect();
    busiest.sort_unstable_by(|a, b| b.cmp(a));
    let first: u64 = busiest.iter().take(10).sum();
    assert!(first * 2 > busiest.iter().sum(), "ten applications make more than half of the requests");
}

/// Everything that the log should have, it has.
#[test]
fn the_log_holds_all_kinds_of_requests() {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut note = |what: &'static str, there: bool| {
        if there {
            found.insert(what);
        }
    };
    for event in events(6, 60_000) {
        let uri = text(&event, "requestURI");
        let subresource = event["objectRef"]["subresource"].as_str().unwrap_or_default();
        let reason = event["annotations"]["authorization.k8s.io/reason"].as_str().unwrap_or_default();
        let user = event["user"]["username"].as_str().unwrap_or_default();
        for kind in ["exec", "log", "status", "scale", "token", "eviction", "binding"] {
            note(kind, subresource == kind);
        }
        note("path", uri.starts_with("/livez") || uri.starts_with("/metrics"));
        note("openapi", uri.starts_with("/openapi"));
        note(
            "selected",
            uri.contains("fieldSelector=metadata.name%3D") && event["objectRef"]["name"].is_string(),
        );
        note("deletecollection", text(&event, "verb") == "deletecollection");
        note("dry run", uri.contains("dryRun=All"));
        note("impersonation", event["impersonatedUser"]["username"].is_string());
        note("cluster binding", reason.starts_with("RBAC: allowed by ClusterRoleBinding \""));
        note("role binding", reason.starts_with("RBAC: allowed by RoleBinding \""));
        note("node refused", reason.starts_with("no relationship found between node"));
        note("masters", user == "kubernetes-admin");
        note("node", user.starts_with("system:node:"));
        note("anonymous", user == "system:anonymous");
        note("no impersonation", event["annotations"].is_null() && event["responseStatus"]["code"] == 403);
        note("secret", event["responseObject"].to_string().contains(FAKE_SECRET));
        note("not found", event["responseStatus"]["code"] == 404);
        note("conflict", event["responseStatus"]["code"] == 409);
        note(
            "impersonated write",
            event["impersonatedUser"].is_object() && event["responseStatus"]["code"] == 201,
        );
        note("managed fields", event["requestObject"]["metadata"]["managedFields"].is_array());
    }
    let wanted = [
        "exec",
        "log",
        "status",
        "scale",
        "token",
        "eviction",
        "binding",
        "path",
        "openapi",
        "selected",
        "deletecollection",
        "dry run",
        "impersonation",
        "cluster binding",
        "node refused",
        "masters",
        "node",
        "anonymous",
        "no impersonation",
        "secret",
        "managed fields",
        "not found",
        "conflict",
        "impersonated write",
        "role binding",
    ];
    let missing: Vec<_> = wanted.iter().filter(|what| !found.contains(**what)).collect();
    assert!(missing.is_empty(), "not in the log: {missing:?}");
}

/// What the log says that RBAC allowed, RBAC allows, read back from the written events and the written
/// objects alone; and what it says that nobody allowed, it does not.
#[test]
fn reasons_hold_for_the_objects() {
    let world = World::of(9);
    let mut builder = PolicyBuilder::new().aggregate(true);
    world.objects.cluster_roles.iter().for_each(|object| builder.cluster_role(object, 0));
    world.objects.cluster_role_bindings.iter().for_each(|object| builder.cluster_role_binding(object, 0));
    world.objects.roles.iter().for_each(|object| builder.role(object, 0));
    world.objects.role_bindings.iter().for_each(|object| builder.role_binding(object, 0));
    let policy = builder.build();
    let mut compared = 0;
    for event in events(9, 20_000) {
        let line = line(&event);
        let read = Event::from_json(&line).unwrap();
        let Some(reason) = read.annotation("authorization.k8s.io/reason") else { continue };
        let by_rbac = reason.strip_prefix("RBAC: allowed by ");
        let forbidden = read.annotation("authorization.k8s.io/decision") == Some("forbid");
        if by_rbac.is_none() && !forbidden {
            continue;
        }
        let user = read.impersonated_user.as_ref().unwrap_or(&read.user);
        let user = UserInfo::new(&*user.username, user.groups.iter().map(ToString::to_string));
        let path = read.request_uri.split('?').next().unwrap_or_default();
        let action = match &read.object_ref {
            None => Action::path(&read.verb, path),
            Some(object) => {
                // The name of a new object is in the log and was not in the URL.
                let name =
                    if path.contains(&*object.name) || path != read.request_uri { &*object.name } else { "" };
                let name = if read.verb == "create" && object.subresource.is_empty() { "" } else { name };
                Action::on(&read.verb, &object.api_group, &object.resource)
                    .in_namespace(&object.namespace)
                    .named(name)
                    .subresource(&object.subresource)
            }
        };
        assert_eq!(policy.authorize(&user, &action).reason().as_deref(), by_rbac, "{line}");
        compared += 1;
    }
    assert!(compared > 4000, "{compared} events were compared");
}

/// What an application does is within what it may, and it may more than it does.
#[test]
fn applications_may_more_than_they_do() {
    let world = World::of(1);
    assert!(world.applications.len() >= 40);
    let mut traffic = Traffic::new(1, &world);
    for _ in 0..20_000 {
        let (source, request) = traffic.next(&world);
        assert_ne!(request.uri(), "", "{request:?}");
        if source == Source::Application {
            assert!(matches!(world.rule(&request), Ruling::Allow(_)), "{request:?}");
            assert!(request.verb != "delete" || !request.uri().contains("/leases"), "{request:?}");
        }
    }
    for team in TEAMS {
        let account = format!("system:serviceaccount:{team}:worker");
        let worker = world.applications.iter().find(|running| running.actor.name == account).unwrap();
        let lease = "coordination.k8s.io/v1";
        let never = Request::on(&worker.actor, "delete", lease, "leases", team, "worker-leader");
        assert!(matches!(world.rule(&never), Ruling::Allow(_)), "{team}");
        let elsewhere = Request::on(&worker.actor, "delete", lease, "leases", "kube-system", "worker-leader");
        assert!(matches!(world.rule(&elsewhere), Ruling::Forbid(_)), "{team}");
    }
}

#[test]
fn garbage_is_where_it_was_asked_for() {
    let whole = |bytes: &[u8]| {
        let lines = std::str::from_utf8(bytes).unwrap().lines();
        lines.filter(|line| serde_json::from_str::<Value>(line).is_ok()).count()
    };
    assert_eq!(whole(&bytes(2, 2000, 0)), 2000);
    let spoiled = 2000 - whole(&bytes(2, 2000, 10));
    assert!((150..260).contains(&spoiled), "{spoiled}");
}

/// The policy decides what is written: nothing, a level, a stage, managed fields.
#[test]
fn the_policy_decides_what_is_written() {
    let policy = |rules: &str| {
        let text = format!(r#"{{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":{rules}}}"#);
        decode(&serde_json::from_str(&text).unwrap()).unwrap()
    };
    let lines = |rules: &str, count: usize| {
        let mut out = Vec::new();
        let written = write_lines(&mut out, Log::new(2, policy(rules)).take(count), 2, 0).unwrap();
        (written, String::from_utf8(out).unwrap())
    };
    let (_, text) = lines(r#"[{"level":"Metadata","omitStages":["RequestReceived"]}]"#, 500);
    assert!(!text.contains("requestObject") && !text.contains("RequestReceived"));
    let (_, text) = lines(r#"[{"level":"RequestResponse","omitManagedFields":true}]"#, 500);
    assert!(text.contains("responseObject") && !text.contains("managedFields"));
    let (_, text) = lines(r#"[{"level":"Request","verbs":["delete"]}]"#, 50);
    assert!(text.lines().all(|line| line.contains(r#""verb":"delete""#)), "{text}");
    assert_eq!(lines(r#"[{"level":"None"}]"#, 5).0, 0, "a log of nothing ends");
}

#[test]
fn moments_are_dates() {
    assert_eq!(super::event::timestamp(0), "1970-01-01T00:00:00.000000Z");
    assert_eq!(super::event::timestamp(951_782_400_000_001), "2000-02-29T00:00:00.000001Z");
    assert_eq!(super::event::timestamp(super::BEGIN), "2026-09-01T06:00:00.000000Z");
}
