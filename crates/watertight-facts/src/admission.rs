//! What is asked before an object is let in: policies, their bindings, webhooks.
//!
//! Start reading at [`AdmissionFacts`].

mod kyverno;
mod pattern;
mod policies;
mod signer;
mod text;
mod webhook;

use watertight_model::{GroupKind, Object, ObjectId};
use watertight_syntax::Path;

use crate::object_facts::ObjectFacts;
use crate::world::View;

pub use policies::BindingFacts;
pub use webhook::WebhookFacts;

/// Asks a webhook whether objects are let in.
pub const VALIDATING_WEBHOOKS: GroupKind =
    GroupKind { group: "admissionregistration.k8s.io", kind: "ValidatingWebhookConfiguration" };
/// Lets a webhook change objects on their way in.
pub const MUTATING_WEBHOOKS: GroupKind =
    GroupKind { group: "admissionregistration.k8s.io", kind: "MutatingWebhookConfiguration" };
/// Kubernetes' own policy in CEL.
pub const ADMISSION_POLICY: GroupKind =
    GroupKind { group: "admissionregistration.k8s.io", kind: "ValidatingAdmissionPolicy" };
/// Puts a policy in CEL into force.
pub const ADMISSION_POLICY_BINDING: GroupKind =
    GroupKind { group: "admissionregistration.k8s.io", kind: "ValidatingAdmissionPolicyBinding" };

/// Who decides by a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// ValidatingAdmissionPolicy, in the API server itself.
    BuiltIn,
    /// Kyverno.
    Kyverno,
    /// Gatekeeper.
    Gatekeeper,
    /// Kubewarden.
    Kubewarden,
    /// jsPolicy.
    JsPolicy,
    /// policy-controller of Sigstore.
    PolicyController,
    /// OpenShift's container runtime.
    OpenShift,
}

impl Engine {
    /// As people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BuiltIn => "ValidatingAdmissionPolicy",
            Self::Kyverno => "Kyverno",
            Self::Gatekeeper => "Gatekeeper",
            Self::Kubewarden => "Kubewarden",
            Self::JsPolicy => "jsPolicy",
            Self::PolicyController => "policy-controller",
            Self::OpenShift => "OpenShift",
        }
    }
}

/// What an object says of admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdmissionFacts {
    /// A policy.
    Policy(PolicyFacts),
    /// A binding of a policy in CEL.
    Binding(BindingFacts),
    /// Webhooks.
    Webhooks(Vec<WebhookFacts>),
}

/// What a policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFacts {
    /// Who decides by it.
    pub engine: Engine,
    /// Whether it, or a rule of it, refuses what violates it.
    pub refuses: bool,
    /// Where it says that a violation is only reported, and what it does instead.
    pub only_reports: Vec<(Path, String)>,
    /// Whether it verifies signatures or attestations of images.
    pub verifies_images: bool,
    /// What it lets pass of signatures.
    pub loose: Vec<Loose>,
    /// Where it says that requests go on when the engine does not answer.
    pub fails_open: Option<Path>,
    /// Fields that a pattern asks for only where they are set, though a pod without them is as weak.
    pub passes_unset: Vec<Path>,
}

/// Something that a verification of images lets pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose {
    /// Where it says so, or would say better.
    pub path: Path,
    /// What.
    pub what: Looseness,
}

/// What a verification of images lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looseness {
    /// Identities of any issuer.
    AnyIssuer,
    /// Any identity of the issuer.
    AnySubject,
    /// Images without a signature that were not verified.
    NotRequired,
    /// The tag stays in the object, and may lead to another image by the time it is pulled.
    TagStays,
    /// Images that are named by a tag alone.
    TagAccepted,
    /// Everything: the authority is met whatever the image.
    AlwaysPasses,
}

impl PolicyFacts {
    fn of(engine: Engine) -> Self {
        Self {
            engine,
            refuses: false,
            only_reports: Vec::new(),
            verifies_images: false,
            loose: Vec::new(),
            fails_open: None,
            passes_unset: Vec::new(),
        }
    }

    /// Takes in what a rule does about a violation; nothing written is `Audit`.
    fn acts(&mut self, action: Option<&str>, at: Path) {
        if action.is_some_and(|action| action.eq_ignore_ascii_case("enforce")) {
            self.refuses = true;
        } else {
            let said = (at, action.unwrap_or("Audit").to_owned());
            if !self.only_reports.contains(&said) {
                self.only_reports.push(said);
            }
        }
    }
}

/// Whether an object may say something of admission, by its group alone.
pub(crate) fn may_say(object: &Object) -> bool {
    const GROUPS: [&str; 9] = [
        "admissionregistration.k8s.io",
        "config.openshift.io",
        "constraints.gatekeeper.sh",
        "kyverno.io",
        "policies.kubewarden.io",
        "policies.kyverno.io",
        "policy.jspolicy.com",
        "policy.sigstore.dev",
        "templates.gatekeeper.sh",
    ];
    GROUPS.contains(&&*object.identity().group)
}

/// The facts of such an object.
pub(crate) fn facts(object: &Object) -> ObjectFacts {
    let body = match object.body() {
        Ok(body) => body,
        Err(error) => return ObjectFacts::Unreadable(error.message),
    };
    let identity = object.identity();
    let facts = if [VALIDATING_WEBHOOKS, MUTATING_WEBHOOKS].iter().any(|kind| kind.is(identity)) {
        Some(AdmissionFacts::Webhooks(webhook::of(identity, &body)))
    } else if let Some(policy) = kyverno::of(identity, body.root()) {
        Some(AdmissionFacts::Policy(policy))
    } else {
        policies::of(identity, body.root())
    };
    facts.map_or(ObjectFacts::Other, |facts| ObjectFacts::Admission(Box::new(facts)))
}

impl<'w> View<'w> {
    /// What an object says of admission; `None` when it says nothing, or could not be read.
    #[must_use]
    pub fn admission(self, id: ObjectId) -> Option<&'w AdmissionFacts> {
        if let ObjectFacts::Admission(facts) = self.world().facts(id) { Some(facts) } else { None }
    }

    /// Everything that is said of admission, in the order read: of whatever engine, so that it needs no
    /// declaration.
    pub fn admission_objects(self) -> impl Iterator<Item = (ObjectId, &'w AdmissionFacts)> {
        self.world().admission_objects().iter().filter_map(move |&id| Some((id, self.admission(id)?)))
    }
}
