//! Where a label about the control plane contradicts the component: each a predicate on its command
//! line, with its source. Never the name of a case.

use watertight_facts::Container;
use watertight_facts::control_plane::INSECURE_CIPHER_SUITES;

use super::disagreements::{Differs, Disagreement};

const CIPHERS: &[&str] = &[
    "ensure-that-the-API-Server-only-makes-use-of-Strong-Cryptographic-Ciphers",
    "ensure-that-the-API-Server-only-makes-use-of-Strong-Cryptographic-Ciphers-cis1-10",
];
const MAX_AGE: &str = "ensure-that-the-api-server-audit-log-maxage-argument-is-set-to-30-or-as-appropriate";
const TIMEOUT: &str = "ensure-that-the-api-server-request-timeout-argument-is-set-as-appropriate";

/// What the rules about components get wrong.
pub(super) static DISAGREEMENTS: &[Disagreement] = &[
    Disagreement {
        why: "suites without forward secrecy and with 3DES are insecure \
              (InsecureCipherSuites, crypto/tls/cipher_suites.go)",
        rules: CIPHERS,
        differs: Differs::WeSpeak,
        met: |_, _, container| suites(container).any(|suite| INSECURE_CIPHER_SUITES.contains(&suite)),
    },
    Disagreement {
        why: "without a list Go's own holds, which has no insecure suite since Go 1.22 and so Kubernetes 1.30 \
              (defaultCipherSuites, crypto/tls/defaults.go)",
        rules: CIPHERS,
        differs: Differs::WeAreSilent,
        met: |_, _, container| suites(container).next().is_none(),
    },
    Disagreement {
        why: "without the flag nothing is removed for its age before 1.36, and after 366 days since \
              (NewAuditOptions, k8s.io/apiserver/pkg/server/options/audit.go)",
        rules: &[MAX_AGE],
        differs: Differs::WeAreSilent,
        met: |_, _, container| values(container, "audit-log-maxage").is_empty(),
    },
    Disagreement {
        why: "without `--audit-log-path` no log is written, so that none is kept \
              (AuditLogOptions.enabled, k8s.io/apiserver/pkg/server/options/audit.go)",
        rules: &[MAX_AGE],
        differs: Differs::WeAreSilent,
        met: |_, _, container| values(container, "audit-log-path").is_empty(),
    },
    Disagreement {
        why: "the rule asks somebody to look at the value, whatever it is; up to a minute is the default \
              (NewConfig, k8s.io/apiserver/pkg/server/config.go)",
        rules: &[TIMEOUT],
        differs: Differs::WeAreSilent,
        met: |_, _, container| {
            let seconds = values(container, "request-timeout").last().and_then(|text| text.strip_suffix('s'));
            seconds.and_then(|text| text.parse().ok()).is_some_and(|seconds: u32| seconds <= 60)
        },
    },
    Disagreement {
        why: "the gate is on by default since 1.12 (pkg/features/kube_features.go)",
        rules: &["ensure-that-the-controller-manager-RotateKubeletServerCertificate-argument-is-set-to-true"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| {
            values(container, "feature-gates")
                .iter()
                .all(|gates| !gates.contains("RotateKubeletServerCertificate"))
        },
    },
    Disagreement {
        why: "a receiver of audit events is a log too \
              (AuditOptions.ApplyTo, k8s.io/apiserver/pkg/server/options/audit.go)",
        rules: &["ensure-that-the-api-server-audit-log-path-argument-is-set"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| !values(container, "audit-webhook-config-file").is_empty(),
    },
];

/// The values that a container gives a flag as `--flag=value`, in order.
fn values<'c>(container: Container<'c>, flag: &str) -> Vec<&'c str> {
    let spec = container.spec();
    let words = spec.command.iter().chain(&spec.args).flatten();
    let value = |word: &'c String| word.strip_prefix("--")?.strip_prefix(flag)?.strip_prefix('=');
    words.filter_map(value).collect()
}

fn suites(container: Container<'_>) -> impl Iterator<Item = &str> {
    values(container, "tls-cipher-suites").into_iter().flat_map(|list| list.split(','))
}
