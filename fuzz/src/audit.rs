//! Audit policies and logs.

use watertight_audit::{
    Decoded, Identity, Level, LogLimits, Policy, Request, Simulation, Target, compact_len, lint, read_log,
};

/// Bytes as a policy and as a log: nothing panics; what is decided follows from the rules; every
/// event and every byte of a log is counted somewhere, whatever the limits.
pub fn audit(bytes: &[u8]) {
    let decoded = serde_json::from_slice(bytes).ok().and_then(|value| Policy::decode(&value).ok());
    if let Some(decoded) = &decoded {
        policy(decoded);
    }
    let everything = Policy { rules: vec![rule(Level::RequestResponse)], ..Policy::default() };
    let policy = decoded.map_or(everything, |decoded| decoded.policy);
    for limits in [LogLimits::default(), LogLimits { event_bytes: 64, places: 3 }] {
        log(bytes, &policy, &limits);
    }
}

fn rule(level: Level) -> watertight_audit::Rule {
    watertight_audit::Rule { level, ..watertight_audit::Rule::default() }
}

fn policy(decoded: &Decoded) {
    let policy = &decoded.policy;
    assert!(!policy.rules.is_empty(), "a policy without rules was taken");
    // Asking about rules multiplies the words of their lists.
    let words: usize = policy.rules.iter().map(|rule| rule.verbs.len() + rule.resources.len()).sum();
    if policy.rules.len() < 20 && words < 50 {
        for finding in lint(decoded) {
            assert!(!finding.message.is_empty() && !finding.remedy.is_empty(), "a finding says nothing");
        }
    }
    let user = Some(Identity { name: "alice", groups: vec!["system:authenticated".into()].into() });
    for target in [
        Target::NonResource { path: "/healthz" },
        Target::Resource { api_group: "", resource: "pods", subresource: "log", namespace: "a", name: "b" },
    ] {
        let request = Request { user: user.clone(), verb: "get", target };
        let (decision, before) = policy.explain(&request);
        assert_eq!(decision, policy.evaluate(&request), "explaining decides otherwise");
        assert_eq!(decision.rule.unwrap_or(policy.rules.len()), before.len(), "a rule before was not asked");
    }
}

fn log(bytes: &[u8], policy: &Policy, limits: &LogLimits) {
    let mut simulation = Simulation::new(policy, None);
    let mut size = 0;
    let tally = read_log(bytes, limits, |logged| {
        size += logged.bytes;
        for body in [logged.event.request_object, logged.event.response_object].into_iter().flatten() {
            assert!(compact_len(body) <= body.len() as u64, "a text grew");
        }
        simulation.add(logged);
    });
    let found = simulation.finish();
    assert_eq!(found.events, tally.events, "an event was lost");
    assert_eq!(found.total.before.bytes, size, "a size was lost");
    let dropped = found.dropped_by_level + found.dropped_by_stage;
    assert_eq!(found.total.after.events + dropped, found.events, "an event is neither kept nor dropped");
    assert!(tally.places.len() <= limits.places && tally.places.len() as u64 <= tally.unread_total());
}
