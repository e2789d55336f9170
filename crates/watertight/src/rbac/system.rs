//! Which subjects and bindings are Kubernetes' own: those of its default policy, implied or live.

use std::collections::{BTreeMap, BTreeSet};

use watertight_rbac::bootstrap::AccountOrigin;
use watertight_rbac::k8s_openapi::api::rbac::v1::Subject as Named;
use watertight_rbac::{BindingView, Policy, Subject, SubjectId, bootstrap};

use super::Scene;

/// Namespace (empty for the cluster) and name of a binding, kind, namespace and name of a subject.
type Bound = (String, String, String, String, String);

/// The default bindings of a version of Kubernetes.
pub struct System {
    bound: BTreeSet<Bound>,
    /// Namespace and name, and whether it is that of a controller.
    accounts: BTreeMap<(&'static str, &'static str), bool>,
}

impl System {
    /// Those of the version that a scene is judged by.
    pub fn of(scene: &Scene<'_>) -> Self {
        let minor = scene.world.settings().target.minor.into();
        let policy = bootstrap::policy(minor);
        let mut bound = BTreeSet::new();
        let mut add = |namespace: Option<&String>, name: Option<&String>, subjects: Option<&Vec<Named>>| {
            let text = |text: Option<&String>| text.cloned().unwrap_or_default();
            for subject in subjects.into_iter().flatten() {
                let home = text(subject.namespace.as_ref());
                bound.insert((text(namespace), text(name), subject.kind.clone(), home, subject.name.clone()));
            }
        };
        for binding in &policy.cluster_role_bindings {
            add(None, binding.metadata.name.as_ref(), binding.subjects.as_ref());
        }
        for binding in &policy.role_bindings {
            let metadata = &binding.metadata;
            add(metadata.namespace.as_ref(), metadata.name.as_ref(), binding.subjects.as_ref());
        }
        let accounts = bootstrap::service_accounts(minor);
        let accounts = accounts
            .iter()
            .map(|account| ((account.namespace, account.name), account.origin == AccountOrigin::Controller))
            .collect();
        Self { bound, accounts }
    }

    /// Whether Kubernetes' default policy binds a subject by this binding.
    pub fn binds(&self, binding: BindingView<'_>, subject: &Subject<'_>) -> bool {
        let (home, name) = match *subject {
            Subject::User(name) | Subject::Group(name) => ("", name),
            Subject::ServiceAccount { namespace, name } => (namespace, name),
        };
        let of = binding.namespace().unwrap_or_default();
        let texts = [of, binding.name(), subject.kind(), home, name].map(str::to_owned);
        self.bound.contains(&texts.into())
    }

    /// Whether a service account is that of a controller of kube-controller-manager.
    pub fn is_controller(&self, namespace: &str, name: &str) -> bool {
        self.accounts.get(&(namespace, name)) == Some(&true)
    }

    /// Whether a subject is Kubernetes' own, and nobody bound it to more.
    pub fn holds(&self, policy: &Policy, id: Option<SubjectId>, subject: &Subject<'_>) -> bool {
        let own = match *subject {
            Subject::User(name) | Subject::Group(name) => name.starts_with("system:"),
            Subject::ServiceAccount { namespace, name } => {
                self.accounts.contains_key(&(namespace, name))
                    || (name == "default" && bootstrap::system_namespaces().contains(&namespace))
            }
        };
        own && id
            .is_none_or(|id| policy.bindings_of(id).iter().all(|(binding, _)| self.binds(*binding, subject)))
    }
}
