//! When each built-in API version was deprecated and removed.
//!
//! It never speaks of custom resources, and it never asks a cluster what it serves: an answer is a
//! fact of upstream's source, and which release counts is the caller's to say. Start at
//! [`lifecycle`].
//!
//! Sources:
//!
//! - `zz_generated.prerelease-lifecycle.go` and `core/v1/lifecycle.go` of `k8s.io/api`,
//!   `k8s.io/kube-aggregator` and `k8s.io/apiextensions-apiserver`, the newest value of every branch
//!   from release-1.19 to 1.37.0-beta.0. A removal after 1.37 is upstream's plan of that day.
//! - `register.go` of the same branches: a type that was deleted before its planned removal left
//!   with the deletion, and a deprecation that would have come later never took effect.
//! - The changelogs, pull requests and the deprecation guide, for versions without lifecycle tags.
//!
//! Left out on purpose: kinds ending in `List` (they follow their items), and kinds that are only
//! messages to or from the API server (`AdmissionReview`, `ConversionReview`, `ImageReview`,
//! `APIGroupDiscovery`), because no API server ever served those as a resource.

/// What is known about one kind in one API version that was deprecated or removed at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiLifecycle {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version inside the group, such as `v1beta1`.
    pub version: &'static str,
    /// The kind, in the spelling of manifests.
    pub kind: &'static str,
    /// The minor version of Kubernetes 1.x that deprecated it; `None` where upstream never said so
    /// before it was gone, as with many alpha versions.
    pub deprecated_in: Option<u16>,
    /// The first minor version of Kubernetes 1.x whose API server does not serve it; `None` while
    /// no removal is planned.
    pub removed_in: Option<u16>,
    /// Where to move to; `None` if nothing takes its place.
    pub replacement: Option<Replacement>,
}

/// The API that takes the place of another one: the most stable one that 1.37 serves.
///
/// Upstream names the next step instead, which may itself be gone by now. Fields can differ from
/// those of the old version, so a manifest moves by more than its `apiVersion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replacement {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version inside the group.
    pub version: &'static str,
    /// The kind, which is usually the old one.
    pub kind: &'static str,
}

impl Replacement {
    /// `apps/v1`, or `v1` for the core group.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

impl ApiLifecycle {
    /// The order of [`TABLE`].
    fn key(&self) -> (&'static str, &'static str, &'static str) {
        (self.group, self.version, self.kind)
    }
}

/// Finds what is known about `kind` in `group/version`; the core group is the empty string.
///
/// `None` says that this version was never deprecated, or that it is no built-in API at all.
///
/// ```
/// # use watertight_facts::api_lifecycle::lifecycle;
/// let ingress = lifecycle("extensions", "v1beta1", "Ingress").expect("listed upstream");
/// assert_eq!(ingress.removed_in, Some(22));
/// assert_eq!(ingress.replacement.map(|to| to.group), Some("networking.k8s.io"));
/// ```
pub fn lifecycle(group: &str, version: &str, kind: &str) -> Option<&'static ApiLifecycle> {
    TABLE
        .binary_search_by(|row| row.key().cmp(&(group, version, kind)))
        .ok()
        .and_then(|index| TABLE.get(index))
}

/// Reads rows of `group version kind deprecated removed => replacement;`.
///
/// A dash stands for an unknown or absent minor version. The replacement names only what differs:
/// a version, a group and a version, or all three.
macro_rules! table {
    ($($group:literal $version:literal $kind:literal $deprecated:tt $removed:tt
       $(=> $($to:literal)+)?;)*) => {
        &[$(ApiLifecycle {
            group: $group,
            version: $version,
            kind: $kind,
            deprecated_in: table!(@minor $deprecated),
            removed_in: table!(@minor $removed),
            replacement: table!(@to $group, $kind $($(, $to)+)?),
        }),*]
    };
    (@minor -) => { None };
    (@minor $minor:literal) => { Some($minor) };
    (@to $group:literal, $kind:literal) => { None };
    (@to $group:literal, $kind:literal, $version:literal) => {
        Some(Replacement { group: $group, version: $version, kind: $kind })
    };
    (@to $old:literal, $kind:literal, $group:literal, $version:literal) => {
        Some(Replacement { group: $group, version: $version, kind: $kind })
    };
    (@to $old:literal, $old_kind:literal, $group:literal, $version:literal, $kind:literal) => {
        Some(Replacement { group: $group, version: $version, kind: $kind })
    };
}

/// Sorted by group, version and kind, as [`lifecycle`] searches it.
static TABLE: &[ApiLifecycle] = table! {
    // Neither has a planned removal: upstream only warns.
    "" "v1" "ComponentStatus" 19 -;
    "" "v1" "Endpoints" 33 - => "discovery.k8s.io" "v1" "EndpointSlice";
    "admissionregistration.k8s.io" "v1alpha1" "ExternalAdmissionHookConfiguration" - 9 => "admissionregistration.k8s.io" "v1" "ValidatingWebhookConfiguration";
    "admissionregistration.k8s.io" "v1alpha1" "InitializerConfiguration" - 14;
    "admissionregistration.k8s.io" "v1alpha1" "MutatingAdmissionPolicy" 35 38 => "v1";
    "admissionregistration.k8s.io" "v1alpha1" "MutatingAdmissionPolicyBinding" 35 38 => "v1";
    "admissionregistration.k8s.io" "v1alpha1" "ValidatingAdmissionPolicy" 29 32 => "v1";
    "admissionregistration.k8s.io" "v1alpha1" "ValidatingAdmissionPolicyBinding" 29 32 => "v1";
    "admissionregistration.k8s.io" "v1beta1" "MutatingAdmissionPolicy" 37 40 => "v1";
    "admissionregistration.k8s.io" "v1beta1" "MutatingAdmissionPolicyBinding" 37 40 => "v1";
    "admissionregistration.k8s.io" "v1beta1" "MutatingWebhookConfiguration" 16 22 => "v1";
    "admissionregistration.k8s.io" "v1beta1" "ValidatingAdmissionPolicy" 31 34 => "v1";
    "admissionregistration.k8s.io" "v1beta1" "ValidatingAdmissionPolicyBinding" 31 34 => "v1";
    "admissionregistration.k8s.io" "v1beta1" "ValidatingWebhookConfiguration" 16 22 => "v1";
    "apiextensions.k8s.io" "v1beta1" "CustomResourceDefinition" 16 22 => "v1";
    "apiregistration.k8s.io" "v1beta1" "APIService" 19 22 => "v1";
    // client-go of 1.5 has no PetSet any more.
    "apps" "v1alpha1" "PetSet" - 5 => "apps" "v1" "StatefulSet";
    "apps" "v1beta1" "ControllerRevision" 8 16 => "v1";
    "apps" "v1beta1" "Deployment" 8 16 => "v1";
    "apps" "v1beta1" "DeploymentRollback" 8 16;
    "apps" "v1beta1" "Scale" 8 16 => "autoscaling" "v1";
    "apps" "v1beta1" "StatefulSet" 8 16 => "v1";
    "apps" "v1beta2" "ControllerRevision" 9 16 => "v1";
    "apps" "v1beta2" "DaemonSet" 9 16 => "v1";
    "apps" "v1beta2" "Deployment" 9 16 => "v1";
    "apps" "v1beta2" "ReplicaSet" 9 16 => "v1";
    "apps" "v1beta2" "Scale" 9 16 => "autoscaling" "v1";
    "apps" "v1beta2" "StatefulSet" 9 16 => "v1";
    // kubernetes/api dropped the group for 1.19.
    "auditregistration.k8s.io" "v1alpha1" "AuditSink" - 19;
    "authentication.k8s.io" "v1alpha1" "SelfSubjectReview" 29 32 => "v1";
    "authentication.k8s.io" "v1beta1" "SelfSubjectReview" 30 33 => "v1";
    "authentication.k8s.io" "v1beta1" "TokenReview" 19 22 => "v1";
    "authorization.k8s.io" "v1beta1" "LocalSubjectAccessReview" 19 22 => "v1";
    "authorization.k8s.io" "v1beta1" "SelfSubjectAccessReview" 19 22 => "v1";
    "authorization.k8s.io" "v1beta1" "SelfSubjectRulesReview" 19 22 => "v1";
    "authorization.k8s.io" "v1beta1" "SubjectAccessReview" 19 22 => "v1";
    // In client-go of 1.6 and 1.7 only.
    "autoscaling" "v2alpha1" "HorizontalPodAutoscaler" - 8 => "v2";
    "autoscaling" "v2beta1" "HorizontalPodAutoscaler" 22 25 => "v2";
    "autoscaling" "v2beta2" "HorizontalPodAutoscaler" 23 26 => "v2";
    "batch" "v1beta1" "CronJob" 21 25 => "v1";
    // Documentation calls it deprecated from 1.8; the type left kubernetes/api for 1.21.
    "batch" "v2alpha1" "CronJob" 8 21 => "v1";
    "batch" "v2alpha1" "Job" - 6 => "v1";
    // Renamed in 1.5; kubernetes#49930 removed the old name.
    "batch" "v2alpha1" "ScheduledJob" 5 8 => "batch" "v1" "CronJob";
    // client-go of 1.6 knows only v1beta1.
    "certificates.k8s.io" "v1alpha1" "CertificateSigningRequest" - 6 => "v1";
    "certificates.k8s.io" "v1alpha1" "ClusterTrustBundle" 34 37 => "v1";
    "certificates.k8s.io" "v1alpha1" "PodCertificateRequest" - 35 => "v1";
    "certificates.k8s.io" "v1beta1" "CertificateSigningRequest" 19 22 => "v1";
    "certificates.k8s.io" "v1beta1" "ClusterTrustBundle" 37 40 => "v1";
    "certificates.k8s.io" "v1beta1" "PodCertificateRequest" 37 40 => "v1";
    "coordination.k8s.io" "v1alpha1" "LeaseCandidate" - 32 => "v1beta1";
    "coordination.k8s.io" "v1alpha2" "LeaseCandidate" 35 38 => "v1beta1";
    "coordination.k8s.io" "v1beta1" "Lease" 19 22 => "v1";
    "coordination.k8s.io" "v1beta1" "LeaseCandidate" 36 39;
    // Deleted when v1 arrived.
    "discovery.k8s.io" "v1alpha1" "EndpointSlice" - 21 => "v1";
    "discovery.k8s.io" "v1beta1" "EndpointSlice" 21 25 => "v1";
    "events.k8s.io" "v1beta1" "Event" 22 25 => "v1";
    "extensions" "v1beta1" "DaemonSet" 8 16 => "apps" "v1";
    "extensions" "v1beta1" "Deployment" 8 16 => "apps" "v1";
    "extensions" "v1beta1" "DeploymentRollback" 8 16;
    // HorizontalPodAutoscaler and Job are in client-go up to 1.5.
    "extensions" "v1beta1" "HorizontalPodAutoscaler" - 6 => "autoscaling" "v1";
    "extensions" "v1beta1" "Ingress" 14 22 => "networking.k8s.io" "v1";
    "extensions" "v1beta1" "Job" - 6 => "batch" "v1";
    "extensions" "v1beta1" "NetworkPolicy" 9 16 => "networking.k8s.io" "v1";
    "extensions" "v1beta1" "PodSecurityPolicy" 11 16;
    "extensions" "v1beta1" "ReplicaSet" 8 16 => "apps" "v1";
    "extensions" "v1beta1" "Scale" 2 16 => "autoscaling" "v1";
    // The type outlived the endpoint by one release.
    "extensions" "v1beta1" "ThirdPartyResource" 7 8 => "apiextensions.k8s.io" "v1" "CustomResourceDefinition";
    "flowcontrol.apiserver.k8s.io" "v1alpha1" "FlowSchema" 20 21 => "v1";
    "flowcontrol.apiserver.k8s.io" "v1alpha1" "PriorityLevelConfiguration" 20 21 => "v1";
    "flowcontrol.apiserver.k8s.io" "v1beta1" "FlowSchema" 23 26 => "v1";
    "flowcontrol.apiserver.k8s.io" "v1beta1" "PriorityLevelConfiguration" 23 26 => "v1";
    "flowcontrol.apiserver.k8s.io" "v1beta2" "FlowSchema" 26 29 => "v1";
    "flowcontrol.apiserver.k8s.io" "v1beta2" "PriorityLevelConfiguration" 26 29 => "v1";
    "flowcontrol.apiserver.k8s.io" "v1beta3" "FlowSchema" 29 32 => "v1";
    "flowcontrol.apiserver.k8s.io" "v1beta3" "PriorityLevelConfiguration" 29 32 => "v1";
    "networking.k8s.io" "v1alpha1" "ClusterCIDR" 28 29;
    "networking.k8s.io" "v1alpha1" "IPAddress" 30 33 => "v1";
    "networking.k8s.io" "v1alpha1" "ServiceCIDR" 30 33 => "v1";
    "networking.k8s.io" "v1beta1" "IPAddress" 34 37 => "v1";
    "networking.k8s.io" "v1beta1" "Ingress" 19 22 => "v1";
    "networking.k8s.io" "v1beta1" "IngressClass" 19 22 => "v1";
    "networking.k8s.io" "v1beta1" "ServiceCIDR" 34 37 => "v1";
    // kubernetes#103061, released with 1.24.
    "node.k8s.io" "v1alpha1" "RuntimeClass" - 24 => "v1";
    "node.k8s.io" "v1beta1" "RuntimeClass" 22 25 => "v1";
    // The clients of 1.5 use only v1beta1.
    "policy" "v1alpha1" "Eviction" - 5 => "v1";
    "policy" "v1alpha1" "PodDisruptionBudget" - 5 => "v1";
    "policy" "v1beta1" "Eviction" 22 25 => "v1";
    "policy" "v1beta1" "PodDisruptionBudget" 21 25 => "v1";
    "policy" "v1beta1" "PodSecurityPolicy" 21 25;
    // Announced for 1.22, removed by kubernetes#104248 in 1.23.
    "rbac.authorization.k8s.io" "v1alpha1" "ClusterRole" 17 23 => "v1";
    "rbac.authorization.k8s.io" "v1alpha1" "ClusterRoleBinding" 17 23 => "v1";
    "rbac.authorization.k8s.io" "v1alpha1" "Role" 17 23 => "v1";
    "rbac.authorization.k8s.io" "v1alpha1" "RoleBinding" 17 23 => "v1";
    "rbac.authorization.k8s.io" "v1beta1" "ClusterRole" 17 22 => "v1";
    "rbac.authorization.k8s.io" "v1beta1" "ClusterRoleBinding" 17 22 => "v1";
    "rbac.authorization.k8s.io" "v1beta1" "Role" 17 22 => "v1";
    "rbac.authorization.k8s.io" "v1beta1" "RoleBinding" 17 22 => "v1";
    "resource.k8s.io" "v1alpha1" "PodScheduling" - 27;
    "resource.k8s.io" "v1alpha1" "ResourceClaim" - 27 => "v1";
    "resource.k8s.io" "v1alpha1" "ResourceClaimTemplate" - 27 => "v1";
    "resource.k8s.io" "v1alpha1" "ResourceClass" - 27;
    "resource.k8s.io" "v1alpha2" "PodSchedulingContext" - 31;
    "resource.k8s.io" "v1alpha2" "ResourceClaim" - 31 => "v1";
    "resource.k8s.io" "v1alpha2" "ResourceClaimParameters" - 31;
    "resource.k8s.io" "v1alpha2" "ResourceClaimTemplate" - 31 => "v1";
    "resource.k8s.io" "v1alpha2" "ResourceClass" - 31;
    "resource.k8s.io" "v1alpha2" "ResourceClassParameters" - 31;
    "resource.k8s.io" "v1alpha2" "ResourceSlice" - 31 => "v1";
    "resource.k8s.io" "v1alpha3" "DeviceClass" - 34 => "v1";
    "resource.k8s.io" "v1alpha3" "DeviceTaintRule" 36 39 => "v1";
    "resource.k8s.io" "v1alpha3" "PodSchedulingContext" - 32;
    "resource.k8s.io" "v1alpha3" "ResourceClaim" - 34 => "v1";
    "resource.k8s.io" "v1alpha3" "ResourceClaimTemplate" - 34 => "v1";
    "resource.k8s.io" "v1alpha3" "ResourceSlice" - 34 => "v1";
    "resource.k8s.io" "v1beta1" "DeviceClass" 35 38 => "v1";
    "resource.k8s.io" "v1beta1" "ResourceClaim" 35 38 => "v1";
    "resource.k8s.io" "v1beta1" "ResourceClaimTemplate" 35 38 => "v1";
    "resource.k8s.io" "v1beta1" "ResourceSlice" 35 38 => "v1";
    "resource.k8s.io" "v1beta2" "DeviceClass" 36 39 => "v1";
    "resource.k8s.io" "v1beta2" "ResourceClaim" 36 39 => "v1";
    "resource.k8s.io" "v1beta2" "ResourceClaimTemplate" 36 39 => "v1";
    "resource.k8s.io" "v1beta2" "ResourceSlice" 36 39 => "v1";
    // kubernetes#104248 as well.
    "scheduling.k8s.io" "v1alpha1" "PriorityClass" 14 23 => "v1";
    // Each alpha of the workload API replaced the one before (kubernetes#136976, kubernetes#138572).
    "scheduling.k8s.io" "v1alpha1" "Workload" - 36 => "v1beta1";
    "scheduling.k8s.io" "v1alpha2" "PodGroup" - 37 => "v1beta1";
    "scheduling.k8s.io" "v1alpha2" "Workload" - 37 => "v1beta1";
    "scheduling.k8s.io" "v1beta1" "PriorityClass" 14 22 => "v1";
    // kubernetes/api dropped the group for 1.20.
    "settings.k8s.io" "v1alpha1" "PodPreset" - 20;
    "storage.k8s.io" "v1alpha1" "CSIStorageCapacity" 21 24 => "v1";
    "storage.k8s.io" "v1alpha1" "VolumeAttachment" 21 24 => "v1";
    "storage.k8s.io" "v1alpha1" "VolumeAttributesClass" 32 35 => "v1";
    "storage.k8s.io" "v1beta1" "CSIDriver" 19 22 => "v1";
    "storage.k8s.io" "v1beta1" "CSINode" 17 22 => "v1";
    "storage.k8s.io" "v1beta1" "CSIStorageCapacity" 24 27 => "v1";
    "storage.k8s.io" "v1beta1" "StorageClass" 19 22 => "v1";
    "storage.k8s.io" "v1beta1" "VolumeAttachment" 19 22 => "v1";
    "storage.k8s.io" "v1beta1" "VolumeAttributesClass" 34 37 => "v1";
    "storagemigration.k8s.io" "v1alpha1" "StorageVersionMigration" 33 35 => "v1";
    "storagemigration.k8s.io" "v1beta1" "StorageVersionMigration" 37 40 => "v1";
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The newest release whose served versions the table knows.
    const NEWEST: u16 = 37;

    fn dates(group: &str, version: &str, kind: &str) -> (Option<u16>, Option<u16>) {
        let row = lifecycle(group, version, kind).expect("a listed API");
        (row.deprecated_in, row.removed_in)
    }

    fn target(group: &str, version: &str, kind: &str) -> Option<(&'static str, &'static str)> {
        let row = lifecycle(group, version, kind).expect("a listed API");
        row.replacement.map(|to| (to.group, to.version))
    }

    #[test]
    fn is_sorted_and_unique() {
        assert!(TABLE.is_sorted_by(|a, b| a.key() < b.key()));
    }

    #[test]
    fn finds_every_row() {
        for row in TABLE {
            assert_eq!(lifecycle(row.group, row.version, row.kind), Some(row));
        }
    }

    #[test]
    fn removal_follows_deprecation() {
        for row in TABLE {
            assert!(row.deprecated_in.is_some() || row.removed_in.is_some(), "{row:?}");
            if let (Some(deprecated), Some(removed)) = (row.deprecated_in, row.removed_in) {
                assert!(removed > deprecated, "{row:?}");
            }
        }
    }

    #[test]
    fn replacements_are_still_served() {
        for row in TABLE {
            let Some(to) = row.replacement else { continue };
            assert_ne!(row.key(), (to.group, to.version, to.kind));
            let removed = lifecycle(to.group, to.version, to.kind).and_then(|next| next.removed_in);
            assert!(removed.is_none_or(|minor| minor > NEWEST), "{row:?}");
        }
    }

    #[test]
    fn nothing_is_deprecated_later_than_the_sources_reach() {
        for row in TABLE {
            assert!(row.deprecated_in.is_none_or(|minor| minor <= NEWEST), "{row:?}");
        }
    }

    #[test]
    fn dates_of_well_known_removals() {
        assert_eq!(dates("extensions", "v1beta1", "Deployment"), (Some(8), Some(16)));
        assert_eq!(dates("extensions", "v1beta1", "Ingress"), (Some(14), Some(22)));
        assert_eq!(dates("apps", "v1beta2", "StatefulSet"), (Some(9), Some(16)));
        assert_eq!(dates("rbac.authorization.k8s.io", "v1beta1", "Role"), (Some(17), Some(22)));
        assert_eq!(dates("batch", "v1beta1", "CronJob"), (Some(21), Some(25)));
        assert_eq!(dates("policy", "v1beta1", "PodSecurityPolicy"), (Some(21), Some(25)));
        assert_eq!(dates("flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema"), (Some(29), Some(32)));
        assert_eq!(dates("networking.k8s.io", "v1beta1", "IPAddress"), (Some(34), Some(37)));
    }

    #[test]
    fn dates_of_apis_that_stay_or_leave_later() {
        assert_eq!(dates("", "v1", "Endpoints"), (Some(33), None));
        assert_eq!(dates("", "v1", "ComponentStatus"), (Some(19), None));
        assert_eq!(dates("resource.k8s.io", "v1beta1", "ResourceClaim"), (Some(35), Some(38)));
    }

    #[test]
    fn alphas_leave_when_their_type_is_deleted() {
        assert_eq!(dates("resource.k8s.io", "v1alpha3", "ResourceClaim"), (None, Some(34)));
        assert_eq!(dates("settings.k8s.io", "v1alpha1", "PodPreset"), (None, Some(20)));
    }

    #[test]
    fn replacements_cross_groups_and_skip_removed_steps() {
        assert_eq!(target("", "v1", "Endpoints"), Some(("discovery.k8s.io", "v1")));
        assert_eq!(target("extensions", "v1beta1", "DaemonSet"), Some(("apps", "v1")));
        assert_eq!(
            target("flowcontrol.apiserver.k8s.io", "v1alpha1", "FlowSchema"),
            Some(("flowcontrol.apiserver.k8s.io", "v1"))
        );
        assert_eq!(target("extensions", "v1beta1", "PodSecurityPolicy"), None);
    }

    #[test]
    fn stays_silent_about_current_and_foreign_apis() {
        assert_eq!(lifecycle("apps", "v1", "Deployment"), None);
        assert_eq!(lifecycle("", "v1", "Pod"), None);
        assert_eq!(lifecycle("cert-manager.io", "v1alpha2", "Certificate"), None);
        assert_eq!(lifecycle("extensions", "v1beta1", "deployment"), None);
    }
}
