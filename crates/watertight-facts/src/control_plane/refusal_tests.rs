//! What the API server refuses, with odd cases of each kind of file.

use watertight_model::{ObjectId, Snapshot};
use watertight_syntax::Limits;

use super::{Encryption, ProviderKind, refusals};

fn read(kind: &str, body: &str) -> Snapshot {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.yaml", format!("apiVersion: apiserver.config.k8s.io/v1\nkind: {kind}\n{body}"));
    builder.finish()
}

/// The places at which a file is refused, in order.
fn places(kind: &str, body: &str) -> Vec<String> {
    let snapshot = read(kind, body);
    let all = refusals(snapshot.object(ObjectId(0))).unwrap();
    all.into_iter().map(|(path, _)| path.to_string()).collect()
}

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="; // 32 bytes

#[test]
fn encryption_files_that_are_refused() {
    let kms = "{kms: {apiVersion: v2, name: a, endpoint: 'unix:///a'}}";
    let secretbox = format!("{{secretbox: {{keys: [{{name: a, secret: {KEY}}}]}}}}");
    for (body, expected) in [
        (format!("resources: [{{resources: [secrets], providers: [{kms}]}}]"), &[][..]),
        (format!("resources: [{{resources: [secrets], providers: [{secretbox}, {{identity: {{}}}}]}}]"), &[]),
        (format!("resources: [{{resources: ['*.apps', '*.', secrets.example.com], providers: [{kms}]}}]"), &[]),
        (String::new(), &[".resources"]),
        ("resources: {}".to_owned(), &[".resources"]),
        ("resources: [{}]".to_owned(), &[".resources[0].resources", ".resources[0].providers"]),
        ("resources: [hello]".to_owned(), &[".resources[0].resources", ".resources[0].providers"]),
        (format!("resources: [{{resources: [Secrets], providers: [{kms}]}}]"), &[".resources[0].resources[0]"]),
        (format!("resources: [{{resources: ['*'], providers: [{kms}]}}]"), &[".resources[0].resources[0]"]),
        (format!("resources: [{{resources: ['secrets.*'], providers: [{kms}]}}]"), &[".resources[0].resources[0]"]),
        (format!("resources: [{{resources: [events.events.k8s.io], providers: [{kms}]}}]"), &[".resources[0].resources[0]"]),
        (format!("resources: [{{resources: [secrets, secrets], providers: [{kms}]}}]"), &[".resources[0].resources[1]"]),
        (format!("resources: [{{resources: [secrets, '*.'], providers: [{kms}]}}]"), &[".resources[0].resources[1]"]),
        (format!("resources: [{{resources: ['*.*', a.apps], providers: [{kms}]}}]"), &[".resources[0].resources[1]"]),
        (format!("resources: [{{resources: ['*.*'], providers: [{kms}]}}, {{resources: [secrets], providers: [{kms}]}}]"), &[".resources[1].resources[0]"]),
        (format!("resources: [{{resources: [secrets], providers: [{kms}]}}, {{resources: ['*.*'], providers: [{kms}]}}]"), &[]),
        // Named again in a later rule: its providers are added, the first still writes.
        (format!("resources: [{{resources: [secrets], providers: [{kms}]}}, {{resources: [secrets], providers: [{secretbox}]}}]"), &[]),
        ("resources: [{resources: [secrets], providers: [{}]}]".to_owned(), &[".resources[0].providers[0]"]),
        ("resources: [{resources: [secrets], providers: [{rot13: {}}]}]".to_owned(), &[".resources[0].providers[0]"]),
        ("resources: [{resources: [secrets], providers: [{identity: {}, aescbc: {keys: []}}]}]".to_owned(), &[".resources[0].providers[0]"]),
        ("resources: [{resources: [secrets], providers: [{aescbc: {}}]}]".to_owned(), &[".resources[0].providers[0].aescbc.keys"]),
        ("resources: [{resources: [secrets], providers: [{secretbox: {keys: [{name: a, secret: c2hvcnQ=}]}}]}]".to_owned(), &[".resources[0].providers[0].secretbox.keys[0].secret"]),
        ("resources: [{resources: [secrets], providers: [{aesgcm: {keys: [{name: a, secret: 'no base64!'}]}}]}]".to_owned(), &[]),
        ("resources: [{resources: [secrets], providers: [{aesgcm: {keys: [{name: a, secret: 'nobase64!'}]}}]}]".to_owned(), &[".resources[0].providers[0].aesgcm.keys[0].secret"]),
        ("resources: [{resources: [secrets], providers: [{aescbc: {keys: [{name: a, secret: <key>}]}}]}]".to_owned(), &[]),
        ("resources: [{resources: [secrets], providers: [{aescbc: {keys: [{name: a, secret: 12345}]}}]}]".to_owned(), &[".resources[0].providers[0].aescbc.keys[0].secret"]),
        ("resources: [{resources: [secrets], providers: [{kms: {endpoint: 'tcp://a', apiVersion: v3}}]}]".to_owned(), &[".resources[0].providers[0].kms.name", ".resources[0].providers[0].kms.endpoint", ".resources[0].providers[0].kms.apiVersion"]),
    ] {
        assert_eq!(places("EncryptionConfiguration", &body), expected, "{body}");
    }
}

#[test]
fn a_rule_that_names_a_resource_goes_before_one_for_all() {
    let writer = |body: &str| {
        let snapshot = read("EncryptionConfiguration", body);
        let encryption = Encryption::of(snapshot.object(ObjectId(0))).unwrap();
        encryption.deciding("secrets", "").and_then(|rule| rule.writer()).map(|writer| writer.kind)
    };
    let kms = "{kms: {apiVersion: v2, name: a, endpoint: 'unix:///a'}}";
    let identity = "{identity: {}}";
    let rule =
        |resource: &str, provider: &str| format!("{{resources: ['{resource}'], providers: [{provider}]}}");
    for (rules, expected) in [
        (vec![rule("secrets", identity), rule("*.*", kms)], Some(ProviderKind::Identity)),
        (vec![rule("*.", kms), rule("*.*", identity)], Some(ProviderKind::KmsV2)),
        (vec![rule("*.apps", kms), rule("*.*", identity)], Some(ProviderKind::Identity)),
        (vec![rule("secrets.apps", kms)], None),
        (vec![rule("secrets", kms), rule("secrets", identity)], Some(ProviderKind::KmsV2)),
        (vec![rule("configmaps", kms)], None),
        (vec![], None),
    ] {
        let body = format!("resources: [{}]\n", rules.join(", "));
        assert_eq!(writer(&body), expected, "{body}");
    }
}

#[test]
fn authentication_files_that_are_refused() {
    let mappings = "claimMappings: {username: {claim: sub, prefix: ''}}";
    let issuer = |fields: &str| format!("jwt: [{{issuer: {{{fields}}}, {mappings}}}]");
    for (body, expected) in [
        (String::new(), &[][..]),
        ("jwt: []\nanonymous: {enabled: true}".to_owned(), &[]),
        (issuer("url: 'https://a', audiences: [x]"), &[]),
        (issuer("url: 'https://a', audiences: [x, y], audienceMatchPolicy: MatchAny"), &[]),
        (issuer("url: 'https://a', audiences: [x, y]"), &[".jwt[0].issuer.audienceMatchPolicy"]),
        (issuer("url: 'http://a', audiences: [x]"), &[".jwt[0].issuer.url"]),
        (issuer("url: 'https://u:p@a', audiences: [x]"), &[".jwt[0].issuer.url"]),
        (issuer("url: 'https://a?b', audiences: [x]"), &[".jwt[0].issuer.url"]),
        (issuer("audiences: [x]"), &[".jwt[0].issuer.url"]),
        (issuer("url: 'https://a', discoveryURL: 'http://b', audiences: [x]"), &[".jwt[0].issuer.discoveryURL"]),
        (issuer("url: 'https://a'"), &[".jwt[0].issuer.audiences"]),
        (issuer("url: 5, audiences: {}"), &[".jwt[0].issuer.url", ".jwt[0].issuer.audiences"]),
        (format!("jwt: [{{{mappings}}}]"), &[".jwt[0].issuer.url", ".jwt[0].issuer.audiences"]),
        ("jwt: [{issuer: {url: 'https://a', audiences: [x]}}]".to_owned(), &[".jwt[0].claimMappings.username"]),
        ("jwt: [{issuer: {url: 'https://a', audiences: [x]}, claimMappings: {username: {claim: sub}}}]".to_owned(), &[".jwt[0].claimMappings.username"]),
        ("jwt: [{issuer: {url: 'https://a', audiences: [x]}, claimMappings: {username: {expression: claims.sub}}}]".to_owned(), &[]),
        (
            format!("jwt: [{{issuer: {{url: 'https://a', audiences: [x]}}, {mappings}, claimValidationRules: [{{claim: a, requiredValue: b}}, {{}}, {{claim: a, expression: b}}]}}]"),
            &[".jwt[0].claimValidationRules[1]", ".jwt[0].claimValidationRules[2]"],
        ),
        ("anonymous: {enabled: false, conditions: [{path: /livez}]}".to_owned(), &[".anonymous.conditions"]),
    ] {
        assert_eq!(places("AuthenticationConfiguration", &body), expected, "{body}");
    }
    let twice =
        format!("jwt: [{0}, {0}]", format!("{{issuer: {{url: 'https://a', audiences: [x]}}, {mappings}}}"));
    assert_eq!(places("AuthenticationConfiguration", &twice), [".jwt[1].issuer.url"]);
}

#[test]
fn authorization_files_that_are_refused() {
    let webhook = |fields: &str| format!("authorizers: [{{type: Webhook, name: w, webhook: {{{fields}}}}}]");
    let whole = "timeout: 3s, subjectAccessReviewVersion: v1, failurePolicy: Deny, connectionInfo: {type: InClusterConfig}";
    for (body, expected) in [
        ("authorizers: [{type: Node, name: x}, {type: RBAC, name: r}]".to_owned(), &[][..]),
        (webhook(whole), &[]),
        ("authorizers: []".to_owned(), &[".authorizers"]),
        ("authorizers: {type: RBAC}".to_owned(), &[".authorizers"]),
        (
            "authorizers: [{name: x}, {type: rbac, name: r}]".to_owned(),
            &[".authorizers[0].type", ".authorizers[1].type"],
        ),
        ("authorizers: [{type: RBAC, name: x}, {type: RBAC, name: m}]".to_owned(), &[".authorizers[1].type"]),
        ("authorizers: [{type: RBAC, name: x}, {type: Node, name: x}]".to_owned(), &[".authorizers[1].name"]),
        ("authorizers: [{type: RBAC}]".to_owned(), &[".authorizers[0].name"]),
        ("authorizers: [{type: Webhook, name: x}]".to_owned(), &[".authorizers[0].webhook"]),
        (
            format!("authorizers: [{{type: RBAC, name: x, webhook: {{{whole}}}}}]"),
            &[".authorizers[0].webhook"],
        ),
        (webhook(&whole.replace("Deny", "Ignore")), &[".authorizers[0].webhook.failurePolicy"]),
        (webhook(&whole.replace("timeout: 3s, ", "")), &[".authorizers[0].webhook.timeout"]),
        (
            webhook(&whole.replace("InClusterConfig", "KubeConfigFile")),
            &[".authorizers[0].webhook.connectionInfo"],
        ),
        (
            webhook(&format!("{whole}, matchConditions: [{{expression: 'true'}}]")),
            &[".authorizers[0].webhook.matchConditionSubjectAccessReviewVersion"],
        ),
    ] {
        assert_eq!(places("AuthorizationConfiguration", &body), expected, "{body}");
    }
}

#[test]
fn versions_that_do_not_exist_and_other_kinds() {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.yaml", "apiVersion: apiserver.config.k8s.io/v9\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [{identity: {}}]}]\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    let snapshot = builder.finish();
    let all = refusals(snapshot.object(ObjectId(0))).unwrap();
    assert_eq!(all[0].0.to_string(), ".apiVersion");
    assert!(refusals(snapshot.object(ObjectId(1))).is_none());
}
