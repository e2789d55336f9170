//! Who may do what: the RBAC objects of a snapshot as one [`Policy`].
//!
//! Start reading at [`Identities`]. What it means is decided in `watertight-rbac`; this module reads the
//! objects and keeps the way back to them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use k8s_openapi::api::rbac::v1::{
    AggregationRule, ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::de::DeserializeOwned;
use watertight_model::{Gap, GroupKind, Identity, Namespace, ObjectId, Snapshot};
use watertight_rbac::{BindingId, BindingView, Ineffective, Policy, PolicyBuilder, RoleId, RoleView};
use watertight_syntax::Path;

use crate::default_rbac::{default_objects, may_be_default};

const GROUP: &str = "rbac.authorization.k8s.io";
/// A role of a namespace.
pub const ROLE: GroupKind = GroupKind { group: GROUP, kind: "Role" };
/// A role of the cluster.
pub const CLUSTER_ROLE: GroupKind = GroupKind { group: GROUP, kind: "ClusterRole" };
/// Grants a role in a namespace.
pub const ROLE_BINDING: GroupKind = GroupKind { group: GROUP, kind: "RoleBinding" };
/// Grants a role everywhere.
pub const CLUSTER_ROLE_BINDING: GroupKind = GroupKind { group: GROUP, kind: "ClusterRoleBinding" };
/// What a control reads that asks who may do what.
pub const RBAC: [GroupKind; 4] = [ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING];

/// Stands for the namespace of objects that name none, where a text is needed. A namespace can be called
/// so, but nobody does; the joins of [`Namespace::Unspecified`] are those of a namespace of its own.
pub const UNSPECIFIED_NAMESPACE: &str = "watertight--unspecified-namespace";

/// The name of a namespace in the policy.
#[must_use]
pub fn namespace_in_policy(namespace: &Namespace) -> &str {
    match namespace {
        Namespace::Named(name) => name,
        Namespace::Unspecified => UNSPECIFIED_NAMESPACE,
        Namespace::Cluster => "",
    }
}

/// Roles and bindings of a snapshot, ready for questions.
///
/// Roles of one identity that stand in several texts (overlays, a chart rendered twice) count as one
/// with the rules of all: what any of them grants may be granted. Rules of aggregated cluster roles are
/// computed, unless a look at a cluster listed them all.
#[derive(Debug)]
pub struct Identities {
    policy: Policy,
    /// The binding of an object, by its number.
    bindings: BTreeMap<ObjectId, BindingId>,
    roles: BTreeMap<ObjectId, RoleId>,
    /// Made when first asked for: most manifests hold none of Kubernetes' own objects.
    defaults: OnceLock<BTreeSet<ObjectId>>,
    /// By object; made when first asked for.
    without_effect: OnceLock<BTreeMap<ObjectId, Vec<Ineffective>>>,
}

impl Identities {
    /// Reads the RBAC objects. What could not be read is handed to `gap`.
    pub(crate) fn of(snapshot: &Snapshot, gap: &mut dyn FnMut(Gap)) -> Self {
        let live = snapshot.is_listed(CLUSTER_ROLE.group, CLUSTER_ROLE.kind);
        let mut builder = PolicyBuilder::new().aggregate(!live);
        let mut reader = Reader { snapshot, gap };
        for (role, tag) in reader.roles() {
            builder.role(&role, tag);
        }
        for (role, tag) in reader.cluster_roles() {
            builder.cluster_role(&role, tag);
        }
        reader.bindings(&mut builder);
        let bindings = [ROLE_BINDING, CLUSTER_ROLE_BINDING].map(|kind| reader.of_kind(kind)).concat();
        let roles = [ROLE, CLUSTER_ROLE].map(|kind| reader.of_kind(kind)).concat();
        let policy = builder.build();
        let by_tag: BTreeMap<u32, BindingId> =
            policy.bindings().map(|binding| (binding.tag(), binding.id())).collect();
        let bindings = bindings.into_iter().filter_map(|id| Some((id, *by_tag.get(&id.0)?))).collect();
        // Several objects of one identity are one role.
        let role = |id: ObjectId| {
            let identity = snapshot.object(id).identity();
            let found = match identity.namespace {
                Namespace::Cluster => policy.cluster_role(&identity.name),
                _ => policy.role_named(namespace_in_policy(&identity.namespace), &identity.name),
            };
            found.map(|role| (id, role.id()))
        };
        let roles = roles.into_iter().filter_map(role).collect();
        Self { policy, bindings, roles, defaults: OnceLock::new(), without_effect: OnceLock::new() }
    }

    /// Whether a role or binding is one of Kubernetes' own and grants no more than that: a dump of a
    /// cluster holds them.
    #[must_use]
    pub fn is_default(&self, object: ObjectId) -> bool {
        let name = self.binding(object).map(BindingView::name).or(self.role(object).map(RoleView::name));
        if !name.is_some_and(may_be_default) {
            return false;
        }
        let defaults = self.defaults.get_or_init(|| {
            let bindings = self.bindings.iter().map(|(&object, &id)| (object, self.policy.binding(id)));
            let roles = self.roles.iter().map(|(&object, &id)| (object, self.policy.role(id)));
            default_objects(bindings, roles)
        });
        defaults.contains(&object)
    }

    /// What a role or binding grants without effect. Of custom resources it is not known whether they
    /// have namespaces, so nothing is said of their scope.
    #[must_use]
    pub fn without_effect(&self, object: ObjectId) -> &[Ineffective] {
        let all = self.without_effect.get_or_init(|| {
            let mut all: BTreeMap<ObjectId, Vec<Ineffective>> = BTreeMap::new();
            for found in self.policy.without_effect(|_, _| None) {
                all.entry(ObjectId(found.tag)).or_default().push(found);
            }
            all
        });
        all.get(&object).map_or(&[], Vec::as_slice)
    }

    /// What answers questions. Its tags are numbers of objects; its namespaces are those of
    /// [`namespace_in_policy`].
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The binding that an object is.
    #[must_use]
    pub fn binding(&self, object: ObjectId) -> Option<BindingView<'_>> {
        self.bindings.get(&object).map(|&id| self.policy.binding(id))
    }

    /// The role that an object is; for one of several with its identity, what they are together.
    #[must_use]
    pub fn role(&self, object: ObjectId) -> Option<RoleView<'_>> {
        self.roles.get(&object).map(|&id| self.policy.role(id))
    }
}

/// The parts of RBAC objects that matter, typed. Whole objects are not decoded: `metadata` of a dump is
/// longer than the rest.
struct Reader<'s, 'g> {
    snapshot: &'s Snapshot,
    gap: &'g mut dyn FnMut(Gap),
}

impl Reader<'_, '_> {
    /// By identity: which of several bindings is named first must not depend on the order of files.
    fn of_kind(&self, kind: GroupKind) -> Vec<ObjectId> {
        let identity = |id: &ObjectId| self.snapshot.object(*id).identity();
        let ids = self.snapshot.of_kind(kind.kind).iter().copied();
        let mut ids: Vec<ObjectId> = ids.filter(|id| kind.is(identity(id))).collect();
        ids.sort_by(|one, other| identity(one).cmp(identity(other)));
        ids
    }

    fn roles(&mut self) -> Vec<(Role, u32)> {
        let mut roles: BTreeMap<(String, String), (Role, u32)> = BTreeMap::new();
        for id in self.of_kind(ROLE) {
            let identity = self.snapshot.object(id).identity();
            let rules: Vec<PolicyRule> = self.part(id, "rules");
            let key = (namespace_in_policy(&identity.namespace).to_owned(), identity.name.to_string());
            match roles.entry(key) {
                Entry::Vacant(place) => {
                    let role = Role { metadata: metadata(identity, BTreeMap::new()), rules: Some(rules) };
                    place.insert((role, id.0));
                }
                Entry::Occupied(mut place) => {
                    unite(place.get_mut().0.rules.get_or_insert_default(), rules);
                }
            }
        }
        roles.into_values().collect()
    }

    fn cluster_roles(&mut self) -> Vec<(ClusterRole, u32)> {
        let mut roles: BTreeMap<String, (ClusterRole, u32)> = BTreeMap::new();
        for id in self.of_kind(CLUSTER_ROLE) {
            let identity = self.snapshot.object(id).identity();
            let rules: Vec<PolicyRule> = self.part(id, "rules");
            let labels: BTreeMap<String, String> = self.part(id, "metadata.labels");
            let aggregation: Option<AggregationRule> = self.part(id, "aggregationRule");
            let name = identity.name.to_string();
            match roles.entry(name) {
                Entry::Vacant(place) => {
                    let role = ClusterRole {
                        metadata: metadata(identity, labels),
                        rules: Some(rules),
                        aggregation_rule: aggregation,
                    };
                    place.insert((role, id.0));
                }
                Entry::Occupied(mut place) => {
                    let (role, _) = place.get_mut();
                    unite(role.rules.get_or_insert_default(), rules);
                    role.metadata.labels.get_or_insert_default().extend(labels);
                    role.aggregation_rule = role.aggregation_rule.take().or(aggregation);
                }
            }
        }
        roles.into_values().collect()
    }

    fn bindings(&mut self, builder: &mut PolicyBuilder) {
        for id in self.of_kind(CLUSTER_ROLE_BINDING) {
            let metadata = metadata(self.snapshot.object(id).identity(), BTreeMap::new());
            let (role_ref, subjects) = (self.role_ref(id), self.part(id, "subjects"));
            builder.cluster_role_binding(&ClusterRoleBinding { metadata, role_ref, subjects }, id.0);
        }
        for id in self.of_kind(ROLE_BINDING) {
            let metadata = metadata(self.snapshot.object(id).identity(), BTreeMap::new());
            let subjects: Option<Vec<Subject>> = self.part(id, "subjects");
            let role_ref = self.role_ref(id);
            builder.role_binding(&RoleBinding { metadata, role_ref, subjects }, id.0);
        }
    }

    fn role_ref(&mut self, id: ObjectId) -> RoleRef {
        self.part(id, "roleRef")
    }

    /// A part of an object, typed; its default when it is not there. Fields that do not fit are left out
    /// and become gaps.
    fn part<T: DeserializeOwned + Default>(&mut self, id: ObjectId, path: &'static str) -> T {
        let object = self.snapshot.object(id);
        let path = Path::root().at(path);
        let decoded = match object.body() {
            Ok(body) => body.decode::<T>(&path),
            Err(error) => Some(Err(error.message)),
        };
        match decoded {
            None => T::default(),
            Some(Ok(read)) => {
                for (path, why) in read.left_out {
                    let why = format!(
                        "{why}; the field was left out and the rest judged (the API server refuses the object)"
                    );
                    (self.gap)(Gap::in_object(object, &path, &why));
                }
                read.value
            }
            Some(Err(why)) => {
                (self.gap)(Gap::in_object(object, &path, &why));
                T::default()
            }
        }
    }
}

fn metadata(identity: &Identity, labels: BTreeMap<String, String>) -> ObjectMeta {
    let namespace = Some(namespace_in_policy(&identity.namespace)).filter(|name| !name.is_empty());
    ObjectMeta {
        name: Some(identity.name.to_string()),
        namespace: namespace.map(str::to_owned),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

/// Adds the rules that are not there yet.
fn unite(rules: &mut Vec<PolicyRule>, more: Vec<PolicyRule>) {
    for rule in more {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
}
