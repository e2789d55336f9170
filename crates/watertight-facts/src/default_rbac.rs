//! Which RBAC objects in view are Kubernetes' own: a dump of a cluster holds them, and nobody wrote them.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::Metadata;
use k8s_openapi::api::rbac::v1::{PolicyRule, Subject};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use watertight_model::ObjectId;
use watertight_rbac::bootstrap::{Distribution, NEWEST, OLDEST, is_name, policy_of};
use watertight_rbac::{BindingView, RoleView, covers};

/// Kind, namespace (empty for cluster scope) and name.
type Key = (&'static str, String, String);
/// A subject by kind, namespace and name.
type Who = (String, String, String);

/// The bindings of an installer that hold no more than they must: kubeadm's, by which a node that joins
/// reads who the cluster is (`cmd/kubeadm/app/phases/bootstraptoken/clusterinfo`) and the owner of
/// `admin.conf` is let in (`cmd/kubeadm/app/phases/kubeconfig`).
const KUBEADM: [(&str, &str, &str, &str, &str); 2] = [
    ("RoleBinding", "kube-public", "kubeadm:bootstrap-signer-clusterinfo", "User", "system:anonymous"),
    ("ClusterRoleBinding", "", "kubeadm:cluster-admins", "Group", "kubeadm:cluster-admins"),
];

/// The default objects of every version and distribution that is known, together: a cluster may be of
/// another one than the target.
struct Defaults {
    /// With the role and the subjects.
    bindings: BTreeMap<Key, (String, BTreeSet<Who>)>,
    roles: BTreeMap<Key, Vec<PolicyRule>>,
}

impl Defaults {
    fn new() -> Self {
        let mut defaults = Self { bindings: BTreeMap::new(), roles: BTreeMap::new() };
        let of = |distribution| (OLDEST..=NEWEST).map(move |minor| policy_of(distribution, minor));
        for policy in [Distribution::Kubernetes, Distribution::OpenShift].into_iter().flat_map(of) {
            for binding in policy.cluster_role_bindings {
                let key = key("ClusterRoleBinding", &binding);
                defaults.binding(key, binding.role_ref.name, binding.subjects);
            }
            for binding in policy.role_bindings {
                let key = key("RoleBinding", &binding);
                defaults.binding(key, binding.role_ref.name, binding.subjects);
            }
            for role in policy.cluster_roles {
                let rules = defaults.roles.entry(key("ClusterRole", &role)).or_default();
                rules.extend(role.rules.unwrap_or_default());
            }
            for role in policy.roles {
                let rules = defaults.roles.entry(key("Role", &role)).or_default();
                rules.extend(role.rules.unwrap_or_default());
            }
        }
        defaults
    }

    fn binding(&mut self, key: Key, role: String, subjects: Option<Vec<Subject>>) {
        let (_, own) = self.bindings.entry(key).or_insert((role, BTreeSet::new()));
        let who = |subject: Subject| (subject.kind, subject.namespace.unwrap_or_default(), subject.name);
        own.extend(subjects.unwrap_or_default().into_iter().map(who));
    }

    fn has_binding(&self, binding: BindingView<'_>) -> bool {
        let here = binding.namespace().unwrap_or_default();
        let mut subjects = binding.subjects();
        if let Some((.., kind, name)) =
            KUBEADM.iter().find(|known| (known.0, known.1, known.2) == (binding.kind(), here, binding.name()))
        {
            return subjects.all(|subject| (subject.kind, subject.name) == (*kind, *name));
        }
        let key = (binding.kind(), here.to_owned(), binding.name().to_owned());
        self.bindings.get(&key).is_some_and(|(role, own)| {
            role == binding.role_name()
                && subjects.all(|subject| {
                    let namespace = subject.namespace.unwrap_or_default();
                    own.contains(&(subject.kind.to_owned(), namespace.to_owned(), subject.name.to_owned()))
                })
        })
    }

    /// A role that gathers others holds what users give it, so only its name is compared.
    fn has_role(&self, role: RoleView<'_>) -> bool {
        let namespace = role.namespace().unwrap_or_default().to_owned();
        let own = self.roles.get(&(role.kind(), namespace, role.name().to_owned()));
        own.is_some_and(|own| role.aggregates() || covers(own, role.rules()).all())
    }
}

fn key<T: Metadata<Ty = ObjectMeta>>(kind: &'static str, object: &T) -> Key {
    let metadata = object.metadata();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    (kind, text(&metadata.namespace), text(&metadata.name))
}

/// Whether a default object can have this name. Saves most manifests the tables.
pub(crate) fn may_be_default(name: &str) -> bool {
    is_name(name) || KUBEADM.iter().any(|known| known.2 == name)
}

/// The objects that grant no more than the default ones of their name.
pub(crate) fn default_objects<'p>(
    bindings: impl Iterator<Item = (ObjectId, BindingView<'p>)>,
    roles: impl Iterator<Item = (ObjectId, RoleView<'p>)>,
) -> BTreeSet<ObjectId> {
    let defaults = Defaults::new();
    let bindings = bindings.filter(|(_, binding)| defaults.has_binding(*binding)).map(|(id, _)| id);
    let roles = roles.filter(|(_, role)| defaults.has_role(*role)).map(|(id, _)| id);
    bindings.chain(roles).collect()
}

#[cfg(test)]
mod tests {
    use watertight_model::Snapshot;
    use watertight_syntax::Limits;

    use crate::{Settings, World};

    #[test]
    fn every_default_object_may_be_one() {
        let defaults = super::Defaults::new();
        let mut names = defaults.bindings.keys().chain(defaults.roles.keys()).map(|(.., name)| name);
        assert!(names.all(|name| super::may_be_default(name)));
    }

    #[test]
    fn what_a_cluster_has_from_its_start_is_known_and_more_is_not() {
        let mut builder = Snapshot::builder(Limits::default());
        let binding = |name: &str, subjects: &str| {
            format!(
                "kind: ClusterRoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {{name: '{name}'}}\n\
                 roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}\n\
                 subjects: [{subjects}]\n"
            )
        };
        let role = |name: &str, rules: &str| {
            format!(
                "kind: ClusterRole\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {{name: '{name}'}}\nrules: {rules}\n"
            )
        };
        let masters = "{kind: Group, name: 'system:masters'}";
        let nodes = "[{apiGroups: [''], resources: [certificatesigningrequests], verbs: [create]}]";
        builder.text(
            "a.yaml",
            [
                binding("cluster-admin", masters),
                binding("other", masters),
                role("system:discovery", "[{nonResourceURLs: [/version], verbs: [get]}]"),
                role("system:node-bootstrapper", nodes),
            ]
            .join("---\n"),
        );
        builder.text("b.yaml", binding("cluster-admin", &format!("{masters}, {{kind: User, name: eve}}")));
        let (snapshot, settings) = (builder.finish(), Settings::default());
        let world = World::new(&snapshot, &settings);
        let is_default: Vec<bool> =
            snapshot.objects().map(|(id, _)| world.identities().is_default(id)).collect();
        assert_eq!(is_default, [true, false, true, false, false]);
    }
}
