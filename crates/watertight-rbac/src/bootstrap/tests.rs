//! What differs between versions and distributions, and whom the policy is for.

use std::collections::BTreeSet;

use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};

use super::{
    Account, AccountOrigin, Bootstrap, Distribution, IDENTITIES, NEWEST, OLDEST, policy, policy_of,
    service_accounts, system_namespaces,
};

fn role<'a>(policy: &'a Bootstrap, name: &str) -> Option<&'a ClusterRole> {
    policy.cluster_roles.iter().find(|role| role.metadata.name.as_deref() == Some(name))
}

fn has(words: Option<&Vec<String>>, word: &str) -> bool {
    words.is_some_and(|words| words.iter().any(|have| have == word))
}

/// Whether a rule of the ClusterRole says exactly this, without regard to names.
fn grants(minor: u32, name: &str, verb: &str, group: &str, resource: &str) -> bool {
    let policy = policy(minor);
    let says = |rule: &PolicyRule| {
        has(Some(&rule.verbs), verb)
            && has(rule.api_groups.as_ref(), group)
            && has(rule.resources.as_ref(), resource)
    };
    role(&policy, name).is_some_and(|role| role.rules.iter().flatten().any(says))
}

fn reads_url(minor: u32, name: &str, url: &str) -> bool {
    let policy = policy(minor);
    let rules = role(&policy, name).and_then(|role| role.rules.clone()).unwrap_or_default();
    rules.iter().any(|rule| has(rule.non_resource_urls.as_ref(), url))
}

/// Asserts that the grant is there from `since` on and not before.
fn begins(since: u32, name: &str, verb: &str, group: &str, resource: &str) {
    for minor in OLDEST..=NEWEST {
        let there = grants(minor, name, verb, group, resource);
        assert_eq!(there, minor >= since, "1.{minor}: {name} may {verb} {resource} of `{group}`");
    }
}

/// Asserts that the grant is there up to the version before `before`.
fn ends(before: u32, name: &str, verb: &str, group: &str, resource: &str) {
    for minor in OLDEST..=NEWEST {
        let there = grants(minor, name, verb, group, resource);
        assert_eq!(there, minor < before, "1.{minor}: {name} may {verb} {resource} of `{group}`");
    }
}

/// Asserts that role and binding of a controller are there from `since` on.
fn controller_begins(since: u32, account: &str) {
    let name = format!("system:controller:{account}");
    for minor in OLDEST..=NEWEST {
        let policy = policy(minor);
        assert_eq!(role(&policy, &name).is_some(), minor >= since, "1.{minor} {name}");
        let bound = policy.cluster_role_bindings.iter().any(|binding| {
            let subjects = binding.subjects.iter().flatten();
            binding.role_ref.name == name && subjects.into_iter().any(|subject| subject.name == account)
        });
        assert_eq!(bound, minor >= since, "1.{minor} {name}");
        let known = service_accounts(minor).iter().any(|known| known.name == account);
        assert_eq!(known, minor >= since, "1.{minor} {account}");
    }
}

/// The gates DynamicResourceAllocation and VolumeAttributesClass are on by default since 1.34, and so
/// is KubeletServiceAccountTokenForCredentialProviders; `system:monitoring` reads kubelets' metrics
/// (`policy.go`, `controller_policy.go`, `pkg/features/kube_features.go` of 1.34).
#[test]
fn added_in_1_34() {
    controller_begins(34, "resource-claim-controller");
    controller_begins(34, "volumeattributesclass-protection-controller");
    begins(34, "system:aggregate-to-edit", "create", "resource.k8s.io", "resourceclaims");
    begins(34, "system:aggregate-to-view", "get", "resource.k8s.io", "resourceclaimtemplates");
    begins(34, "system:kube-scheduler", "list", "resource.k8s.io", "resourceslices");
    begins(34, "system:kube-scheduler", "update", "", "pods/finalizers");
    begins(34, "system:node", "get", "", "serviceaccounts");
    begins(34, "system:node", "deletecollection", "resource.k8s.io", "resourceslices");
    begins(34, "system:monitoring", "get", "", "nodes/metrics");
}

/// Events of `events.k8s.io` joined those of the core group, and leader election does not lock
/// ConfigMaps any more (`viewRules`, `editRules`, `NodeRules` and `namespace_policy.go` of 1.35).
#[test]
fn changed_in_1_35() {
    begins(35, "system:aggregate-to-edit", "create", "events.k8s.io", "events");
    begins(35, "system:aggregate-to-view", "list", "events.k8s.io", "events");
    begins(35, "system:node", "create", "events.k8s.io", "events");
    for minor in OLDEST..=NEWEST {
        assert!(grants(minor, "system:aggregate-to-edit", "create", "", "events"), "1.{minor}");
        assert!(grants(minor, "system:aggregate-to-view", "list", "", "events"), "1.{minor}");
        let locks = policy(minor).roles.iter().any(|role| {
            role.metadata.name.as_deref() == Some("system::leader-locking-kube-scheduler")
                && role.rules.iter().flatten().any(|rule| has(rule.resources.as_ref(), "configmaps"))
        });
        assert_eq!(locks, minor < 35, "1.{minor}");
    }
}

/// DRADeviceTaints, DRAExtendedResource and DRAResourceClaimGranularStatusAuthorization are on by
/// default since 1.36, and so are ComponentFlagz and ComponentStatusz; the portworx volume plugin left
/// (`policy.go`, `controller_policy.go` of 1.36).
#[test]
fn changed_in_1_36() {
    controller_begins(36, "device-taint-eviction-controller");
    begins(36, "system:kube-scheduler", "create", "resource.k8s.io", "resourceclaims");
    begins(36, "system:kube-scheduler", "patch", "resource.k8s.io", "resourceclaims/binding");
    begins(36, "system:controller:pvc-protection-controller", "update", "", "persistentvolumeclaims/status");
    ends(36, "system:controller:expand-controller", "get", "", "services");
    ends(36, "system:controller:persistent-volume-binder", "get", "", "services");
    for minor in OLDEST..=NEWEST {
        assert_eq!(reads_url(minor, "system:monitoring", "/flagz"), minor >= 36, "1.{minor}");
        assert_eq!(reads_url(minor, "system:monitoring", "/statusz"), minor >= 36, "1.{minor}");
        assert!(reads_url(minor, "system:monitoring", "/metrics"), "1.{minor}");
    }
}

/// ClusterTrustBundle (pull request 139437), PodCertificateRequest (139579), StorageVersionMigrator
/// (138560) and DRADeviceTaintRules are on by default since 1.37; node-controller reads leases (138698).
#[test]
fn added_in_1_37() {
    controller_begins(37, "kube-apiserver-serving-clustertrustbundle-publisher");
    controller_begins(37, "podcertificaterequestcleaner");
    controller_begins(37, "storage-version-migrator-controller");
    begins(
        37,
        "system:cluster-trust-bundle-discovery",
        "watch",
        "certificates.k8s.io",
        "clustertrustbundles",
    );
    begins(37, "system:node", "get", "certificates.k8s.io", "clustertrustbundles");
    begins(37, "system:node", "create", "certificates.k8s.io", "podcertificaterequests");
    begins(37, "system:kube-scheduler", "list", "resource.k8s.io", "devicetaintrules");
    begins(37, "system:controller:node-controller", "get", "coordination.k8s.io", "leases");
    begins(37, "system:controller:storage-version-migrator-controller", "patch", "*", "*");
    let policy = policy(37);
    let discovery = policy
        .cluster_role_bindings
        .iter()
        .find(|binding| binding.metadata.name.as_deref() == Some("system:cluster-trust-bundle-discovery"));
    let subjects = discovery.and_then(|binding| binding.subjects.as_deref()).unwrap_or_default();
    assert_eq!(subjects.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["system:serviceaccounts"]);
}

/// Writing Endpoints left `edit` in 1.22 (CVE-2021-25740); what a gate adds that is off is not here.
#[test]
fn what_is_in_no_version() {
    for minor in OLDEST..=NEWEST {
        assert!(!grants(minor, "system:aggregate-to-edit", "create", "", "endpoints"), "1.{minor}");
        assert!(!grants(minor, "system:aggregate-to-view", "get", "scheduling.k8s.io", "podgroups"));
        assert!(!grants(minor, "system:aggregate-to-view", "get", "", "secrets"), "1.{minor}");
        let policy = policy(minor);
        for name in ["system:openshift:public-info-viewer", "system:node-admin", "kubeadm:get-nodes"] {
            assert!(role(&policy, name).is_none(), "1.{minor} {name}");
        }
    }
}

#[test]
fn the_fork_only_adds() {
    for minor in OLDEST..=NEWEST {
        let (own, fork) = (policy(minor), policy_of(Distribution::OpenShift, minor));
        assert_eq!(fork.cluster_roles.len(), own.cluster_roles.len() + 2, "1.{minor}");
        for role in &own.cluster_roles {
            let name = role.metadata.name.as_deref().unwrap();
            let forked = self::role(&fork, name).unwrap().rules.as_deref().unwrap_or_default();
            assert!(role.rules.iter().flatten().all(|rule| forked.contains(rule)), "1.{minor} {name}");
        }
        assert_eq!((own.roles, own.role_bindings), (fork.roles, fork.role_bindings));
    }
}

#[test]
fn unknown_versions_get_the_nearest() {
    assert_eq!(policy(0), policy(OLDEST));
    assert_eq!(policy(u32::MAX), policy(NEWEST));
    assert_eq!(policy(20).minor, OLDEST);
    assert_eq!(policy(36).minor, 36);
}

#[test]
fn every_binding_has_its_role_and_every_list_is_sorted() {
    for minor in OLDEST..=NEWEST {
        let policy = policy(minor);
        let names: Vec<_> = policy.cluster_roles.iter().map(|role| role.metadata.name.clone()).collect();
        assert!(names.is_sorted());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a name twice in 1.{minor}");
        for binding in &policy.cluster_role_bindings {
            assert!(names.contains(&Some(binding.role_ref.name.clone())), "{:?}", binding.metadata.name);
        }
        for binding in &policy.role_bindings {
            assert!(policy.roles.iter().any(|role| {
                role.metadata.namespace == binding.metadata.namespace
                    && role.metadata.name.as_ref() == Some(&binding.role_ref.name)
            }));
        }
    }
}

#[test]
fn accounts_of_the_control_plane() {
    let accounts = service_accounts(37);
    let origin = |namespace: &str, name: &str| {
        let found = accounts.iter().find(|account| (account.namespace, account.name) == (namespace, name));
        found.map(|account| account.origin)
    };
    assert_eq!(origin("kube-system", "job-controller"), Some(AccountOrigin::Controller));
    assert_eq!(origin("kube-system", "token-cleaner"), Some(AccountOrigin::Controller));
    assert_eq!(origin("kube-system", "kube-dns"), Some(AccountOrigin::NamedOnly));
    assert_eq!(origin("kube-system", "leader-election-controller"), Some(AccountOrigin::NamedOnly));
    assert_eq!(origin("kube-system", "service-ca-cert-publisher"), None);
    for namespace in system_namespaces() {
        assert_eq!(origin(namespace, "default"), Some(AccountOrigin::Namespace));
    }
    let names: BTreeSet<_> =
        accounts.iter().map(|Account { namespace, name, .. }| (namespace, name)).collect();
    assert_eq!(names.len(), accounts.len(), "an account twice");
    assert!(accounts.is_sorted());
}

/// Every user and group that a default binding names is explained.
#[test]
fn identities_cover_the_bindings() {
    let policy = policy(NEWEST);
    let cluster = policy.cluster_role_bindings.iter().flat_map(|binding| binding.subjects.iter().flatten());
    let namespaced = policy.role_bindings.iter().flat_map(|binding| binding.subjects.iter().flatten());
    for subject in cluster.chain(namespaced).filter(|subject| subject.kind != "ServiceAccount") {
        assert!(IDENTITIES.iter().any(|known| known.name == subject.name), "{}", subject.name);
    }
    assert!(IDENTITIES.is_sorted_by_key(|identity| (identity.kind, identity.name)));
}
