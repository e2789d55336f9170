//! Least privilege of generated logs: it allows what was allowed, and nothing in it is needless.

use watertight_audit::{Event, Stage};
use watertight_facts::observed::{Observed, Selection};
use watertight_rbac::{Generalize, Minimized, UserInfo, policy_of};

use super::{events, line};

fn observe(lines: &[String]) -> Observed<'static> {
    let mut observed = Observed::new(Selection::default(), None);
    for line in lines {
        observed.add(&Event::from_json(line).unwrap());
    }
    observed
}

/// Every role of a subject without one of its rules, in turn.
fn without_a_rule(minimized: &[Minimized]) -> Vec<Vec<Minimized>> {
    let mut all = Vec::new();
    for (number, subject) in minimized.iter().enumerate() {
        let rules = |rules: &Option<Vec<_>>| rules.as_ref().map_or(0, Vec::len);
        for (at, role) in subject.roles.iter().enumerate() {
            for rule in 0..rules(&role.rules) {
                let mut less = minimized.to_vec();
                less[number].roles[at].rules.as_mut().unwrap().remove(rule);
                all.push(less);
            }
        }
        for (at, role) in subject.cluster_roles.iter().enumerate() {
            for rule in 0..rules(&role.rules) {
                let mut less = minimized.to_vec();
                less[number].cluster_roles[at].rules.as_mut().unwrap().remove(rule);
                all.push(less);
            }
        }
    }
    all
}

#[test]
fn least_privilege_is_enough_and_no_more() {
    for seed in 1..4 {
        let lines: Vec<String> = events(seed, 1500).map(|event| line(&event)).collect();
        let observed = observe(&lines);
        let minimizer = observed.minimizer();
        let minimized = minimizer.minimize(&Generalize::default(), None);
        assert!(minimized.len() > 5, "seed {seed}: {} subjects", minimized.len());
        assert_eq!(minimizer.unproven(&minimized, None), [""; 0], "seed {seed}");
        for less in without_a_rule(&minimized) {
            assert!(!minimizer.unproven(&less, None).is_empty(), "seed {seed}: a rule is needless");
        }
        for wider in [
            Generalize { names: 0, ..Generalize::default() },
            Generalize { namespaces: 1, ..Generalize::default() },
            Generalize { names: 2, namespaces: 0, ..Generalize::default() },
        ] {
            assert_eq!(
                minimizer.unproven(&minimizer.minimize(&wider, None), None),
                [""; 0],
                "seed {seed}: {wider:?}"
            );
        }
    }
}

/// The same, asked without the code that made the roles: event by event.
#[test]
fn every_allowed_request_of_the_log_is_allowed() {
    let lines: Vec<String> = events(11, 6000).map(|event| line(&event)).collect();
    let observed = observe(&lines);
    let policy = policy_of(&observed.minimizer().minimize(&Generalize::default(), None));
    let outside: Vec<&str> = observed.outside().keys().map(|(user, _)| user.as_str()).collect();
    let (mut allowed, mut refused) = (0, 0);
    for line in &lines {
        let event = Event::from_json(line).unwrap();
        let acting = event.impersonated_user.as_ref().unwrap_or(&event.user);
        let dry = event.request_uri.contains("dryRun=");
        if event.stage == Stage::RequestReceived || dry || outside.contains(&acting.username.as_ref()) {
            continue;
        }
        let request = event.request();
        let action = match request.target {
            watertight_audit::Target::NonResource { path } => {
                watertight_rbac::Action::path(request.verb, path)
            }
            watertight_audit::Target::Resource { api_group, resource, subresource, namespace, name } => {
                watertight_rbac::Action::on(request.verb, api_group, resource)
                    .in_namespace(namespace)
                    .named(name)
                    .subresource(subresource)
            }
        };
        let user = UserInfo::new(acting.username.as_ref(), None::<String>);
        let granted = policy.authorize(&user, &action).allowed();
        match event.annotation("authorization.k8s.io/decision") {
            Some("allow") => {
                assert!(granted, "{line}");
                allowed += 1;
            }
            _ => refused += u64::from(!granted),
        }
    }
    assert!(allowed > 1000 && refused > 0, "{allowed} allowed, {refused} refused");
}
