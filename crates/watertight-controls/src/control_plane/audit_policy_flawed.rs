use watertight_engine::prelude::*;
use watertight_audit::{FieldPath, Policy, Segment, Severity as AuditSeverity, lint};

control! {
    /// A rule that never matches, a body with secrets in the log, an exec or a binding that leaves no
    /// trace: the log is there and does not tell what is asked of it.
    ///
    /// `watertight audit lint` says more, and `watertight audit explain` which rule decides about a
    /// request.
    ///
    /// ## Remedy
    /// Follow the message; `watertight audit policy` writes a policy to start from.
    ///
    /// ```yaml,fail
    /// apiVersion: audit.k8s.io/v1
    /// kind: Policy
    /// rules:
    /// - level: Request
    ///   resources: [{group: "", resources: [deployments]}]  # they are in `apps`
    /// - level: Metadata
    /// ```
    /// ```yaml,fail
    /// apiVersion: audit.k8s.io/v1
    /// kind: Policy
    /// rules:
    /// - level: RequestResponse  # bodies of Secrets too
    /// ```
    /// ```yaml,fail
    /// apiVersion: audit.k8s.io/v1
    /// kind: Policy
    /// rules:
    /// - level: Everything
    /// ```
    /// ```yaml,pass
    /// apiVersion: audit.k8s.io/v1
    /// kind: Policy
    /// omitStages: [RequestReceived]
    /// rules:
    /// - level: Metadata
    ///   resources: [{group: "", resources: [secrets, configmaps, serviceaccounts/token]}, {group: authentication.k8s.io, resources: [tokenreviews]}]
    /// - level: RequestResponse
    ///   verbs: [create, update, patch, delete, deletecollection]
    /// - level: Metadata
    /// ```
    pub static AUDIT_POLICY_FLAWED = {
        title: "audit policy does not do what it should",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("3.2.2"), Mapping::Attack("T1070")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !AUDIT_POLICY.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else {
        return out.unknown("the policy cannot be opened");
    };
    let decoded = match Policy::decode(&body.root().to_json()) {
        Ok(decoded) => decoded,
        Err(invalid) => {
            for problem in &invalid.problems {
                let path = path(&problem.path);
                out.fail(path, "the API server does not start with this: it is not what a policy may hold");
            }
            return;
        }
    };
    for finding in lint(&decoded).into_iter().filter(|finding| finding.severity == AuditSeverity::High) {
        out.fail(path(&finding.path), finding.message).discriminator(finding.check.as_str());
    }
}

/// An audit policy.
const AUDIT_POLICY: GroupKind = GroupKind { group: "audit.k8s.io", kind: "Policy" };

/// The same path in the words of the object model.
fn path(field: &FieldPath) -> Path {
    field.segments().iter().fold(Path::root(), |path, segment| match segment {
        Segment::Key(key) => path.key(key.clone()),
        Segment::Index(index) => path.index(*index),
    })
}
