//! The target `podsecurity`: pods, labels and configurations of any shape.

use std::collections::BTreeMap;

use watertight_podsecurity::{
    Admission, Configuration, Labels, Level, LevelVersion, NamespacePolicy, PodManifest, Request, Standards,
    Version,
};

/// JSON to verdicts: the quick answer, the words and the fields agree in every version; the admission
/// plugin refuses a pod exactly when the enforced policy forbids it.
pub fn podsecurity(bytes: &[u8]) {
    if let Ok(configuration) = serde_json::from_slice::<Configuration>(bytes) {
        assert!(
            !configuration.exemptions.usernames.contains(&String::new()),
            "a user without a name is exempt"
        );
    }
    labels(bytes);
    let Ok(manifest) = serde_json::from_slice::<PodManifest>(bytes) else { return };
    let admission = Admission::default();
    let standards = Standards::default();
    for pod in [manifest.pod(), manifest.pod().as_written()] {
        for version in (0..=Standards::NEWEST).map(Version::Minor).chain([Version::Latest]) {
            for level in Level::ALL {
                let wanted = LevelVersion { level, version };
                let policy = standards.policy(wanted);
                let verdict = policy.evaluate(pod);
                let offences = policy.offences(pod);
                assert_eq!(policy.allows(pod), verdict.allowed(), "{wanted}: the quick answer differs");
                assert_eq!(offences.is_empty(), verdict.allowed(), "{wanted}: the fields differ");
                assert_eq!(
                    verdict.detail().is_empty(),
                    verdict.allowed(),
                    "{wanted}: a verdict says nothing"
                );
                assert!(offences.iter().all(|(_, offence)| offence.path().count() > 1), "{wanted}: no path");
                let labels = BTreeMap::from([
                    (Labels::ENFORCE.level.to_owned(), level.to_string()),
                    (Labels::ENFORCE.version.to_owned(), version.to_string()),
                ]);
                let request =
                    Request { namespace: "n", labels: &labels, user: "u", resource: "pods", name: "p" };
                assert_eq!(admission.pod(request, pod).allowed(), verdict.allowed(), "{wanted}");
                assert!(admission.controller(request, pod).allowed(), "{wanted}: a template is refused");
            }
        }
        let level = standards.strictest(pod, Version::Latest);
        assert!(standards.policy(LevelVersion { level, version: Version::Latest }).allows(pod));
    }
}

/// Labels from lines: what cannot be read closes `enforce` and is told.
fn labels(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let modes = [Labels::ENFORCE, Labels::AUDIT, Labels::WARN];
    let keys = modes.iter().flat_map(|labels| [labels.level, labels.version]);
    let labels: BTreeMap<String, String> =
        keys.zip(text.lines()).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let (policy, invalid) = NamespacePolicy::from_labels(&labels, &NamespacePolicy::default());
    let readable = |label: &str| invalid.iter().all(|invalid| invalid.label != label);
    if !readable(Labels::ENFORCE.level) {
        assert_eq!(policy.enforce.level, Level::Restricted, "what cannot be read closes");
    }
    for (key, value) in &labels {
        let level = modes.iter().any(|labels| labels.level == key);
        let read = if level { value.parse::<Level>().is_ok() } else { value.parse::<Version>().is_ok() };
        assert_eq!(read, readable(key), "{key}");
    }
}
