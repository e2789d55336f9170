//! Roles for people and for everybody (`policy.go`): `cluster-admin`, `admin`, `edit`, `view` and what
//! they aggregate, discovery, and what any service account may read.

use super::Distribution::OpenShift;
use super::table::Subject::Group;
use super::table::{Binding, READ, READ_WRITE, Role, WRITE, aggregated, binding, role, rule, urls};

pub(super) const ROLES: &[Role] = &[
    aggregated("admin", "admin"),
    role("cluster-admin", &[rule("*", "*", "*"), urls("*", "*")]),
    aggregated("edit", "edit").aggregates_to("admin"),
    role(
        "system:aggregate-to-admin",
        &[
            rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
            rule(READ_WRITE, "rbac.authorization.k8s.io", "rolebindings roles"),
        ],
    )
    .aggregates_to("admin"),
    role(
        "system:aggregate-to-edit",
        &[
            rule(READ, "core", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
            rule("impersonate", "core", "serviceaccounts"),
            rule(WRITE, "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
            rule("create", "core", "pods/eviction"),
            rule(
                WRITE,
                "core",
                "configmaps events persistentvolumeclaims replicationcontrollers \
                 replicationcontrollers/scale secrets serviceaccounts services services/proxy",
            )
            .before(35),
            // Kubernetes took it away in 1.22 (CVE-2021-25740), the fork later.
            rule(WRITE, "core", "endpoints").before(34).only(OpenShift),
            rule(
                WRITE,
                "core",
                "configmaps persistentvolumeclaims replicationcontrollers \
                 replicationcontrollers/scale secrets serviceaccounts services services/proxy",
            )
            .since(35),
            rule("create", "core", "serviceaccounts/token"),
            rule(WRITE, "core events.k8s.io", "events").since(35),
            rule(
                WRITE,
                "apps",
                "daemonsets deployments deployments/rollback deployments/scale replicasets \
                 replicasets/scale statefulsets statefulsets/scale",
            ),
            rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
            rule(WRITE, "batch", "cronjobs jobs"),
            rule(
                WRITE,
                "extensions",
                "daemonsets deployments deployments/rollback deployments/scale ingresses \
                 networkpolicies replicasets replicasets/scale replicationcontrollers/scale",
            ),
            rule(WRITE, "policy", "poddisruptionbudgets"),
            rule(WRITE, "networking.k8s.io", "ingresses networkpolicies"),
            rule(READ_WRITE, "coordination.k8s.io", "leases"),
            rule(WRITE, "resource.k8s.io", "resourceclaims resourceclaimtemplates").since(34),
        ],
    )
    .aggregates_to("edit"),
    role(
        "system:aggregate-to-view",
        &[
            rule(
                READ,
                "core",
                "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods \
                 replicationcontrollers replicationcontrollers/scale serviceaccounts services \
                 services/status",
            ),
            rule(
                READ,
                "core",
                "bindings events limitranges namespaces/status pods/log pods/status \
                 replicationcontrollers/status resourcequotas resourcequotas/status",
            )
            .before(35),
            rule(
                READ,
                "core",
                "bindings limitranges namespaces/status pods/log pods/status \
                 replicationcontrollers/status resourcequotas resourcequotas/status",
            )
            .since(35),
            rule(READ, "core", "namespaces"),
            rule(READ, "core events.k8s.io", "events").since(35),
            rule(READ, "discovery.k8s.io", "endpointslices"),
            rule(
                READ,
                "apps",
                "controllerrevisions daemonsets daemonsets/status deployments deployments/scale \
                 deployments/status replicasets replicasets/scale replicasets/status statefulsets \
                 statefulsets/scale statefulsets/status",
            ),
            rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
            rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
            rule(
                READ,
                "extensions",
                "daemonsets daemonsets/status deployments deployments/scale deployments/status \
                 ingresses ingresses/status networkpolicies replicasets replicasets/scale \
                 replicasets/status replicationcontrollers/scale",
            ),
            rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
            rule(READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
            rule(READ, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates")
                .since(34),
        ],
    )
    .aggregates_to("view"),
    role(
        "system:auth-delegator",
        &[
            rule("create", "authentication.k8s.io", "tokenreviews"),
            rule("create", "authorization.k8s.io", "subjectaccessreviews"),
        ],
    ),
    role(
        "system:basic-user",
        &[
            rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
            rule("create", "authentication.k8s.io", "selfsubjectreviews"),
        ],
    ),
    role(
        "system:discovery",
        &[urls(
            "get",
            "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/",
        )],
    ),
    role(
        "system:monitoring",
        &[
            urls("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*")
                .before(36),
            urls(
                "get",
                "/flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* \
                 /statusz",
            )
            .since(36),
            rule("get", "core", "nodes/metrics").since(34),
        ],
    ),
    role("system:openshift:public-info-viewer", &[urls("get", "/.well-known /.well-known/*")])
        .only(OpenShift),
    role("system:public-info-viewer", &[urls("get", "/healthz /livez /readyz /version /version/")]),
    role(
        "system:service-account-issuer-discovery",
        &[urls(
            "get",
            "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks \
             /openid/v1/jwks/",
        )],
    ),
    aggregated("view", "view").aggregates_to("edit"),
    // On by default, as the gate ClusterTrustBundle, since 1.37 (pull request 139437).
    role(
        "system:cluster-trust-bundle-discovery",
        &[rule(READ, "certificates.k8s.io", "clustertrustbundles")],
    )
    .since(37),
];

pub(super) const BINDINGS: &[Binding] = &[
    binding("cluster-admin", &[Group("system:masters")]),
    binding("system:basic-user", &[Group("system:authenticated")]),
    binding("system:cluster-trust-bundle-discovery", &[Group("system:serviceaccounts")]).since(37),
    binding("system:discovery", &[Group("system:authenticated")]),
    binding("system:monitoring", &[Group("system:monitoring")]),
    binding(
        "system:openshift:public-info-viewer",
        &[Group("system:authenticated"), Group("system:unauthenticated")],
    )
    .only(OpenShift),
    binding("system:public-info-viewer", &[Group("system:authenticated"), Group("system:unauthenticated")]),
    binding("system:service-account-issuer-discovery", &[Group("system:serviceaccounts")]),
];
