//! Sizes against events that are written anew, and counts.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{LogLimits, Rule, Stages, read_log};

fn event(level: Level) -> Value {
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": level.as_str(), "auditID": "a",
        "stage": "ResponseComplete", "requestURI": "/api/v1/namespaces/shop/pods", "verb": "create",
        "user": {"username": "alice", "groups": ["system:authenticated"]},
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web"},
        "responseStatus": {"metadata": {}, "code": 201},
        "requestObject": {"metadata": {"name": "web"}, "spec": {"x": "{\""}},
        "responseObject": {
            "metadata": {"name": "web", "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:x": {}}}]},
        },
    })
}

/// What the API server would write of it at another level.
fn at(mut event: Value, level: Level, omit_managed_fields: bool) -> Value {
    let map = event.as_object_mut().unwrap();
    map.insert("level".into(), level.as_str().into());
    if level < Level::Request {
        map.remove("requestObject");
    }
    if level < Level::RequestResponse {
        map.remove("responseObject");
    }
    if omit_managed_fields {
        for body in ["requestObject", "responseObject"] {
            if let Some(metadata) = map.get_mut(body).and_then(|body| body["metadata"].as_object_mut()) {
                metadata.remove("managedFields");
            }
        }
    }
    event
}

fn rule(level: Level) -> Rule {
    Rule { level, ..Rule::default() }
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy { rules, ..Policy::default() }
}

fn simulate(policy: &Policy, against: Option<&Policy>, log: &str) -> Simulated {
    let mut simulation = Simulation::new(policy, against);
    let tally = read_log(log.as_bytes(), &LogLimits::default(), |logged| simulation.add(logged));
    assert!(tally.is_complete(), "{tally:?}");
    simulation.finish()
}

fn total(level: Level, omit_managed_fields: bool, log: &str) -> Volume {
    let policy = Policy { omit_managed_fields, ..policy(vec![rule(level)]) };
    simulate(&policy, None, log).total.after
}

#[test]
fn sizes_are_what_would_be_written() {
    for own in [Level::Metadata, Level::Request, Level::RequestResponse] {
        let logged = at(event(Level::RequestResponse), own, false);
        for log in [logged.to_string(), serde_json::to_string_pretty(&logged).unwrap()] {
            for (wanted, omit) in Level::ALL.into_iter().flat_map(|level| [(level, false), (level, true)]) {
                let volume = total(wanted, omit, &log);
                if wanted == Level::None {
                    assert_eq!(volume, Volume::default());
                    continue;
                }
                // What is known is what the log holds of it.
                let expected = at(at(logged.clone(), wanted, omit), wanted.min(own), omit);
                let word = |level: Level| level.as_str().len();
                let bytes = expected.to_string().len() + 1 + word(wanted) - word(wanted.min(own));
                let bytes = bytes as u64;
                let unknown_size = u64::from(wanted > own);
                assert_eq!(
                    volume,
                    Volume { events: 1, bytes, unknown_size },
                    "{own} to {wanted}, omit {omit}"
                );
            }
        }
    }
}

#[test]
fn some_sizes_are_known_at_every_level() {
    let known = |change: &dyn Fn(&mut Value)| {
        let mut logged = at(event(Level::RequestResponse), Level::Metadata, false);
        change(&mut logged);
        [Level::Request, Level::RequestResponse]
            .map(|level| total(level, false, &logged.to_string()).unknown_size == 0)
    };
    assert_eq!(known(&|_| ()), [false, false]);
    assert_eq!(known(&|e| e["stage"] = json!("RequestReceived")), [true, true]);
    assert_eq!(known(&|e| e["verb"] = json!("get")), [true, false]);
    assert_eq!(known(&|e| e["verb"] = json!("watch")), [true, true]);
    assert_eq!(known(&|e| e["objectRef"]["subresource"] = json!("exec")), [true, true]);
    assert_eq!(
        known(&|e| e["annotations"] = json!({"authorization.k8s.io/decision": "forbid"})),
        [true, false]
    );
    let url = |path: &'static str, code: i32| {
        known(&move |e| {
            e["objectRef"] = Value::Null;
            e["requestURI"] = json!(path);
            e["verb"] = json!("get");
            e["responseStatus"]["code"] = json!(code);
        })
    };
    assert_eq!(url("/healthz?verbose", 200), [true, true]);
    assert_eq!(url("/healthz", 403), [true, false], "the refusal is an object");
    assert_eq!(url("/apis", 200), [true, false], "discovery answers with objects");
}

#[test]
fn truncated_events_have_an_unknown_size() {
    let mut logged = at(event(Level::RequestResponse), Level::RequestResponse, false);
    logged["annotations"] = json!({"audit.k8s.io/truncated": "true"});
    for body in ["requestObject", "responseObject"] {
        logged.as_object_mut().unwrap().remove(body);
    }
    assert_eq!(total(Level::Metadata, false, &logged.to_string()).unknown_size, 0);
    assert_eq!(total(Level::Request, false, &logged.to_string()).unknown_size, 1);
}

#[test]
fn counts_by_level_rule_and_user() {
    let mut other = event(Level::Metadata);
    other["user"]["username"] = json!("bob");
    other["verb"] = json!("get");
    let mut arrived = event(Level::Metadata);
    arrived["stage"] = json!("RequestReceived");
    let log = format!("{}\n{other}\n{arrived}\n", event(Level::Request));
    let drop_reads = Rule { verbs: vec!["get".into()], ..rule(Level::None) };
    let early = Rule {
        users: vec!["alice".into()],
        omit_stages: Stages::EMPTY.with(Stage::RequestReceived),
        ..rule(Level::Metadata)
    };
    let found = simulate(&policy(vec![drop_reads, early]), None, &log);
    assert_eq!((found.events, found.total.before.events, found.total.after.events), (3, 3, 1));
    assert_eq!((found.dropped_by_level, found.dropped_by_stage, found.unmatched), (1, 1, 0));
    assert_eq!(
        found.rules.iter().map(|rule| (rule.decided, rule.kept.events)).collect::<Vec<_>>(),
        [(1, 0), (2, 1)]
    );
    assert_eq!(found.levels[&Level::Metadata].before.events, 2);
    assert_eq!(found.levels[&Level::Request].before.events, 1);
    assert_eq!(found.users["bob"].after.events, 0);
    assert_eq!(found.users["alice"].before.events, 2);
    assert_eq!(found.unseen_arrivals, 0);

    let found = simulate(&policy(vec![]), None, &log);
    assert_eq!((found.unmatched, found.total.after), (3, Volume::default()));
}

#[test]
fn what_the_log_does_not_show_is_told() {
    let log = event(Level::Metadata).to_string();
    assert_eq!(simulate(&policy(vec![rule(Level::Metadata)]), None, &log).unseen_arrivals, 1);
    let mut omitting = event(Level::RequestResponse);
    omitting["responseObject"]["metadata"]["managedFields"] = Value::Null;
    let everything = policy(vec![rule(Level::RequestResponse)]);
    assert!(!simulate(&everything, None, &event(Level::RequestResponse).to_string()).managed_fields_unseen);
    omitting["responseObject"]["metadata"] = json!({});
    assert!(simulate(&everything, None, &omitting.to_string()).managed_fields_unseen);
}

#[test]
fn against_another_policy() {
    let log = event(Level::RequestResponse).to_string();
    let (less, more) = (policy(vec![rule(Level::Metadata)]), policy(vec![rule(Level::RequestResponse)]));
    let found = simulate(&less, Some(&more), &log);
    assert_eq!(found.total.before.bytes, log.len() as u64 + 1);
    assert_eq!(found.total.after, total(Level::Metadata, false, &log));
    let back = simulate(&more, Some(&less), &log);
    assert_eq!((back.total.before, back.total.after), (found.total.after, found.total.before));
}

#[test]
fn users_are_bounded() {
    let line = event(Level::Metadata).to_string();
    let log: String =
        (0..MOST_USERS + 5).map(|n| line.replace("alice", &format!("user-{n}")) + "\n").collect();
    let found = simulate(&policy(vec![rule(Level::Metadata)]), None, &log);
    assert_eq!((found.users.len(), found.further_users.after.events), (MOST_USERS, 5));
}

proptest! {
    /// What is kept and what is dropped is everything; levels, rules and users add up to the total.
    #[test]
    fn everything_adds_up(picks in prop::collection::vec((0..4usize, 0..3usize, 0..3usize), 1..30), levels in prop::collection::vec(0..4usize, 1..4)) {
        let mut log = String::new();
        for (stage, level, user) in picks {
            let level = Level::ALL[level + 1];
            let mut logged = at(event(Level::RequestResponse), level, false);
            logged["stage"] = json!(Stage::ALL[stage].as_str());
            logged["user"]["username"] = json!(["alice", "bob", ""][user]);
            log += &(logged.to_string() + "\n");
        }
        let users = ["alice", "bob", ""];
        let rules = levels.iter().enumerate().map(|(index, &level)| Rule {
            users: vec![users[index].to_owned()],
            ..rule(Level::ALL[level])
        });
        let policy = Policy { omit_stages: Stages::EMPTY.with(Stage::Panic), ..policy(rules.collect()) };
        let found = simulate(&policy, None, &log);
        prop_assert_eq!(found.total.after.events + found.dropped_by_level + found.dropped_by_stage, found.events);
        prop_assert_eq!(found.total.before.bytes, log.len() as u64);
        let kept = |volumes: Vec<Volume>| volumes.iter().fold((0, 0), |(e, b), v| (e + v.events, b + v.bytes));
        let all = (found.total.after.events, found.total.after.bytes);
        prop_assert_eq!(kept(found.levels.values().map(|c| c.after).collect()), all);
        prop_assert_eq!(kept(found.rules.iter().map(|r| r.kept).collect()), all);
        prop_assert_eq!(kept(found.users.values().map(|c| c.after).collect()), all);
        prop_assert_eq!(found.rules.iter().map(|r| r.decided).sum::<u64>() + found.unmatched, found.events);
    }
}
