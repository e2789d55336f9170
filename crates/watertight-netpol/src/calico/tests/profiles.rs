//! Profiles.

use super::*;
use crate::selector::Truth;

fn read_profile(name: &str, value: Value) -> (Option<Policy>, Vec<Problem>) {
    profile(&Context::default(), name, 3, &serde_json::from_value(value).unwrap())
}

#[test]
fn profiles_are_asked_last() {
    let allow = json!([{"action": "Allow"}]);
    let (found, problems) =
        read_profile("kns.shop", json!({"ingress": allow, "egress": [], "labelsToApply": {"pcns.a": "b"}}));
    let found = found.unwrap();
    assert_eq!((problems, &found.subject), (vec![], &pods_of("shop", Selector::EVERYTHING)));
    let sides = [&found.ingress, &found.egress].map(|side| side.as_ref().unwrap());
    assert_eq!(sides.map(|side| (side.isolates, side.rules.len())), [(Truth::Yes, 1), (Truth::Yes, 0)]);

    let (account, problems) = read_profile("ksa.shop.a.b", json!({"egress": allow}));
    let account = account.unwrap();
    assert_eq!((problems, account.ingress.is_none()), (vec![], true));
    assert_eq!(account.egress.as_ref().unwrap().isolates, Truth::No);
    let wanted = Endpoints::Accounts {
        namespaces: Namespaces::Named("shop".into()),
        names: vec!["a.b".into()],
        labels: Selector::EVERYTHING,
    };
    assert_eq!(account.subject, wanted);

    let mut tiers = Tiers::default();
    assert_eq!(tiers.add("zz", &TierSpec::default()), []);
    let place = |policy: &Policy| (policy.tier.clone(), policy.position);
    assert!(tiers.get("zz").unwrap().0 < found.tier && place(&found) < place(&account));
}

#[test]
fn profiles_that_say_nothing_are_no_policies() {
    assert_eq!(read_profile("ksa.shop.web", json!({"labelsToApply": {"pcsa.a": "b"}})), (None, vec![]));
    let (found, problems) = read_profile("mine", json!({}));
    assert_eq!((found, paths(&problems, Effect::WithoutEffect)), (None, vec!["spec"]));
}

#[test]
fn what_is_not_modelled_in_profiles_is_told() {
    for (value, wanted, open) in [
        (json!({"labelsToApply": {"role": "db"}}), "spec.labelsToApply", false),
        (json!({"ingress": [{"action": "Pass"}]}), "spec.ingress", true),
        (json!({"ingres": []}), "spec.ingres", true),
    ] {
        let (found, problems) = read_profile("kns.shop", value.clone());
        assert_eq!(paths(&problems, Effect::NotModelled), [wanted], "{value}");
        assert_eq!(matches!(found.unwrap().subject, Endpoints::All(_)), open, "{value}");
    }
}
