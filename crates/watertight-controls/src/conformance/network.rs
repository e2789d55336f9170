//! Where a label about the network contradicts Kubernetes or Cilium: each a predicate on the policies in view,
//! with its source. Never the name of a case.

use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, NETWORK_POLICY, NetworkObject, NetworkPolicy, SERVICE};
use watertight_model::Object;

use super::Judged;

/// One reason for which a label about the network is not followed.
struct Disagreement {
    why: &'static str,
    rules: &'static [&'static str],
    /// Whether the label says pass and we speak; else it says fail and we are silent.
    we_speak: bool,
    met: fn(&Judged<'_>) -> bool,
}

static DISAGREEMENTS: &[Disagreement] = &[
    Disagreement {
        why: "a section without entries cuts nobody off (Rule.Sanitize, pkg/policy/api/rule_validation.go in Cilium)",
        rules: &["ensure_network_policy_configured_in_labels"],
        we_speak: true,
        met: |judged| {
            let of_cilium = |object: &&Object| &*object.identity().group == "cilium.io";
            let empty = |object: &Object| {
                object.body().is_ok_and(|body| {
                    let sections = ["ingress", "egress"].map(|field| {
                        body.root()
                            .get("spec")
                            .and_then(|spec| spec.get(field))
                            .map(|list| list.items().len())
                    });
                    sections.iter().flatten().count() > 0
                        && sections.iter().flatten().all(|count| *count == 0)
                })
            };
            objects(judged).filter(of_cilium).any(empty)
        },
    },
    Disagreement {
        why: "a direction that a policy governs without rules is closed, which is no lack of a policy \
              (NetworkPolicySpec.ingress and .egress, networking/v1/types.go)",
        rules: &["missingNetworkPolicy"],
        we_speak: false,
        met: |judged| {
            let closed = |policy: &NetworkPolicy| {
                Direction::BOTH.iter().any(|direction| policy.rules(*direction).is_some_and(<[_]>::is_empty))
            };
            policies(judged).any(closed)
        },
    },
    Disagreement {
        why: "without a backend protocol the balancer passes bytes on, and TLS ends in the pod \
              (buildListener, pkg/providers/v1/aws.go in cloud-provider-aws)",
        rules: &["ensure-https-loadbalancers-encrypted-with-tls-aws"],
        we_speak: false,
        met: |judged| {
            let at = Path::root().at("metadata.annotations").key(AWS_BACKEND_PROTOCOL);
            let services = objects(judged).filter(|object| SERVICE.is(object.identity()));
            services.filter_map(|object| object.body().ok()).all(|body| body.root().at(&at).is_none())
        },
    },
    Disagreement {
        why: "before 0.49.1, and in 1.0.0, ingress-nginx does not know `allow-snippet-annotations` \
              (Changelog.md of 1.0.1 and 0.49.1, kubernetes/ingress-nginx)",
        rules: &["CVE-2021-25742"],
        we_speak: true,
        met: |judged| judged.findings.iter().all(|finding| finding.message.contains("has no switch")),
    },
];

const AWS_BACKEND_PROTOCOL: &str = "service.beta.kubernetes.io/aws-load-balancer-backend-protocol";

fn objects<'j>(judged: &'j Judged<'_>) -> impl Iterator<Item = &'j Object> {
    judged.snapshot().objects().map(|(_, object)| object)
}

fn policies<'j>(judged: &'j Judged<'_>) -> impl Iterator<Item = &'j NetworkPolicy> {
    let view = View::new(judged.world, &[NETWORK_POLICY]);
    view.objects(NETWORK_POLICY).filter_map(move |(id, _)| match &view.network_facts(id)?.object {
        NetworkObject::Policy(policy) => Some(policy),
        _ => None,
    })
}

/// Why the verdicts differ.
pub(super) fn explain(judged: &Judged<'_>) -> Option<&'static str> {
    let applies = |entry: &&Disagreement| {
        entry.rules.contains(&judged.case.rule.as_str())
            && entry.we_speak == judged.speaks()
            && (entry.met)(judged)
    };
    DISAGREEMENTS.iter().find(applies).map(|entry| entry.why)
}

/// A disagreement explains what it is about, and nothing that is merely near.
#[test]
fn only_what_is_meant_is_explained() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: a}}, spec: {containers: [{name: c, image: c}]}}";
    let cilium = |spec: &str| {
        format!(
            "{pod}\n---\n{{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {{name: a}}, spec: {{endpointSelector: {{}}, {spec}}}}}"
        )
    };
    let policy = |namespace: &str, spec: &str| {
        format!(
            "{namespace}\n---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: a}}, spec: {spec}}}"
        )
    };
    let aws = "ensure-https-loadbalancers-encrypted-with-tls-aws";
    let balancer = |annotations: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: a, annotations: {annotations}}}, spec: {{type: LoadBalancer, ports: [{{port: 443}}]}}}}"
        )
    };
    let nginx =
        |version: &str| pod.replace("image: c", &format!("image: 'ingress-nginx/controller:v{version}'"));
    let labels = "ensure_network_policy_configured_in_labels";
    for (rule, fails, control, text, is_explained) in [
        (labels, false, "pod-not-isolated", cilium("ingress: [], egress: []"), true),
        (labels, false, "pod-not-isolated", cilium("ingress: [{}]"), false),
        (aws, true, "load-balancer-without-tls", balancer("{}"), true),
        (
            aws,
            true,
            "load-balancer-without-tls",
            balancer("{service.beta.kubernetes.io/aws-load-balancer-backend-protocol: tcp}"),
            false,
        ),
        ("CVE-2021-25742", false, "snippets-on-by-default", nginx("0.48.0"), true),
        ("CVE-2021-25742", false, "snippets-on-by-default", nginx("1.8.0"), false),
        (
            "missingNetworkPolicy",
            true,
            "pod-not-isolated",
            policy(pod, "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}]}"),
            true,
        ),
        (
            "missingNetworkPolicy",
            true,
            "pod-not-isolated",
            policy(pod, "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}"),
            false,
        ),
    ] {
        let case = super::Case::of_text(rule, fails, &text);
        let rows = super::crosswalk::read(&format!("rule\tcontrols\tnote\n{rule}\t{control}\t")).unwrap();
        let snapshot = case.snapshot();
        let world = watertight_facts::World::new(&snapshot, &case.settings);
        let judged = Judged::of(&case, &rows[0], &world);
        assert_ne!(judged.speaks(), fails, "{rule}: no disagreement\n{text}");
        assert_eq!(explain(&judged).is_some(), is_explained, "{rule}\n{text}");
    }
}
