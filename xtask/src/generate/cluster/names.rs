//! Words that names are made of, and the tables of what every cluster runs. All of it is invented.

/// Teams that own namespaces.
pub(super) const TEAMS: &[&str] = &[
    "accounts",
    "analytics",
    "billing",
    "booking",
    "cargo",
    "catalog",
    "checkout",
    "claims",
    "content",
    "customer",
    "delivery",
    "devices",
    "fraud",
    "freight",
    "fulfilment",
    "identity",
    "inventory",
    "ledger",
    "loyalty",
    "maps",
    "media",
    "messaging",
    "mobile",
    "orders",
    "partners",
    "payments",
    "payroll",
    "pricing",
    "procurement",
    "ranking",
    "reporting",
    "returns",
    "risk",
    "routing",
    "sales",
    "search",
    "shipping",
    "support",
    "tracking",
    "warehouse",
];

/// What a team calls one of several products.
pub(super) const PRODUCTS: &[&str] = &[
    "core", "edge", "batch", "portal", "stream", "sync", "legacy", "labs", "gateway", "insights", "archive",
    "events", "rules", "import", "export", "audit", "match", "planner", "quota", "registry",
];

/// What an application is about.
pub(super) const THINGS: &[&str] = &[
    "address",
    "alert",
    "basket",
    "calendar",
    "card",
    "carrier",
    "comment",
    "contract",
    "coupon",
    "currency",
    "discount",
    "document",
    "email",
    "event",
    "export",
    "feed",
    "file",
    "geo",
    "image",
    "import",
    "index",
    "invoice",
    "label",
    "manifest",
    "metadata",
    "notification",
    "offer",
    "order",
    "parcel",
    "payment",
    "pdf",
    "photo",
    "policy",
    "price",
    "product",
    "profile",
    "quote",
    "receipt",
    "refund",
    "report",
    "review",
    "route",
    "schedule",
    "session",
    "sku",
    "stock",
    "subscription",
    "tariff",
    "tax",
    "template",
    "ticket",
    "token",
    "translation",
    "user",
    "vendor",
    "video",
    "voucher",
    "webhook",
];

/// What an application does.
pub(super) const ROLES: &[&str] = &[
    "api",
    "worker",
    "web",
    "consumer",
    "gateway",
    "indexer",
    "scheduler",
    "exporter",
    "proxy",
    "sync",
    "renderer",
    "resolver",
    "backend",
    "bff",
    "cache",
    "dispatcher",
];

/// People with bindings of their own.
pub(super) const PEOPLE: &[&str] = &[
    "ada", "amir", "bea", "chen", "dana", "elif", "femi", "goran", "hana", "ines", "jonas", "kavya", "lena",
    "marek", "nia", "omar", "pilar", "quinn", "rosa", "sven", "tariq", "uma", "viktor", "wanda", "xin",
    "yara", "zoe",
];

/// Registries of images, the most used first.
pub(super) const REGISTRIES: &[&str] = &["registry.acme.example", "ghcr.io/acme", "mirror.acme.example/hub"];

/// Something that teams install as it comes.
pub(super) struct Popular {
    pub(super) name: &'static str,
    pub(super) image: &'static str,
    pub(super) tags: &'static [&'static str],
    pub(super) port: u16,
    /// Keeps data: a StatefulSet.
    pub(super) keeps: bool,
    /// The user that its image runs as.
    pub(super) user: u32,
}

/// What teams install as it comes, the most frequent first.
pub(super) const POPULAR: &[Popular] = &[
    Popular {
        name: "redis",
        image: "redis",
        tags: &["7.4.2", "7.2.7", "6.2"],
        port: 6379,
        keeps: true,
        user: 999,
    },
    Popular {
        name: "postgresql",
        image: "postgres",
        tags: &["16.4", "15.8"],
        port: 5432,
        keeps: true,
        user: 999,
    },
    Popular {
        name: "nginx",
        image: "nginx",
        tags: &["1.27.3", "latest"],
        port: 8080,
        keeps: false,
        user: 101,
    },
    Popular {
        name: "rabbitmq",
        image: "rabbitmq",
        tags: &["3.13", "4.0.5"],
        port: 5672,
        keeps: true,
        user: 999,
    },
    Popular {
        name: "memcached",
        image: "memcached",
        tags: &["1.6.34"],
        port: 11211,
        keeps: false,
        user: 11211,
    },
    Popular {
        name: "object-store",
        image: "object-store/server",
        tags: &["2026-01"],
        port: 9000,
        keeps: true,
        user: 1001,
    },
    Popular {
        name: "oauth-proxy",
        image: "oauth-proxy/oauth-proxy",
        tags: &["v7.8.1"],
        port: 4180,
        keeps: false,
        user: 65532,
    },
];

/// A component that a DaemonSet runs on every node.
pub(super) struct Agent {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    pub(super) image: &'static str,
    /// What it mounts of its node.
    pub(super) host_paths: &'static [&'static str],
    pub(super) host_network: bool,
    pub(super) host_pid: bool,
    pub(super) privileged: bool,
    pub(super) capabilities: &'static [&'static str],
    /// A port of the node.
    pub(super) port: Option<u16>,
}

/// What runs on every node, the most usual first: a small cluster has the first ones only.
pub(super) const AGENTS: &[Agent] = &[
    Agent {
        namespace: "kube-system",
        name: "kube-proxy",
        image: "registry.k8s.io/kube-proxy:v1.36.0",
        host_paths: &["/run/xtables.lock", "/lib/modules"],
        host_network: true,
        host_pid: false,
        privileged: true,
        capabilities: &[],
        port: None,
    },
    Agent {
        namespace: "kube-system",
        name: "network-agent",
        image: "quay.io/netfabric/agent:v1.17.2",
        host_paths: &["/sys/fs/bpf", "/opt/cni/bin", "/etc/cni/net.d"],
        host_network: true,
        host_pid: false,
        privileged: false,
        capabilities: &["NET_ADMIN", "SYS_MODULE", "SYS_ADMIN"],
        port: Some(9879),
    },
    Agent {
        namespace: "monitoring",
        name: "node-exporter",
        image: "quay.io/metrics/node-exporter:v1.9.0",
        host_paths: &["/proc", "/sys", "/"],
        host_network: true,
        host_pid: true,
        privileged: false,
        capabilities: &[],
        port: Some(9100),
    },
    Agent {
        namespace: "logging",
        name: "log-collector",
        image: "ghcr.io/acme/log-collector:3.2.4",
        host_paths: &["/var/log"],
        host_network: false,
        host_pid: false,
        privileged: false,
        capabilities: &[],
        port: None,
    },
    Agent {
        namespace: "kube-system",
        name: "csi-node",
        image: "registry.acme.example/storage/csi-node:v1.12.0",
        host_paths: &["/var/lib/kubelet", "/dev"],
        host_network: false,
        host_pid: false,
        privileged: false,
        capabilities: &["SYS_ADMIN"],
        port: None,
    },
];

/// What the kubelet of a control-plane node runs from files of its own.
pub(super) const CONTROL_PLANE: &[&str] =
    &["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// An operator: a controller with custom resources of its own and grants in the whole cluster.
pub(super) struct Operator {
    pub(super) name: &'static str,
    /// The API group of its custom resources.
    pub(super) group: &'static str,
    /// Their kinds, with the plural.
    pub(super) kinds: &'static [(&'static str, &'static str)],
    /// Whether it intercepts requests, and so writes its own webhook configuration.
    pub(super) webhooks: bool,
    /// Whether it hands out roles.
    pub(super) escalates: bool,
}

/// Operators, the most usual first.
pub(super) const OPERATORS: &[Operator] = &[
    Operator {
        name: "certificate-operator",
        group: "certificates.acme.example",
        kinds: &[("CertificateRequest", "certificaterequests"), ("Issuer", "issuers")],
        webhooks: true,
        escalates: false,
    },
    Operator {
        name: "metrics-operator",
        group: "metrics.acme.example",
        kinds: &[("Scrape", "scrapes"), ("AlertRule", "alertrules")],
        webhooks: true,
        escalates: false,
    },
    Operator {
        name: "gitops-controller",
        group: "gitops.acme.example",
        kinds: &[("Release", "releases"), ("Repository", "repositories")],
        webhooks: false,
        escalates: true,
    },
    Operator {
        name: "ingress-controller",
        group: "routes.acme.example",
        kinds: &[("Route", "routes")],
        webhooks: true,
        escalates: false,
    },
    Operator {
        name: "database-operator",
        group: "databases.acme.example",
        kinds: &[
            ("Database", "databases"),
            ("DatabaseUser", "databaseusers"),
            ("DatabaseBackup", "databasebackups"),
        ],
        webhooks: false,
        escalates: true,
    },
    Operator {
        name: "secret-sync",
        group: "secretsync.acme.example",
        kinds: &[("SyncedSecret", "syncedsecrets")],
        webhooks: true,
        escalates: false,
    },
    Operator {
        name: "backup-operator",
        group: "backups.acme.example",
        kinds: &[("Backup", "backups"), ("Restore", "restores")],
        webhooks: false,
        escalates: true,
    },
    Operator {
        name: "queue-operator",
        group: "queues.acme.example",
        kinds: &[("Queue", "queues"), ("Topic", "topics")],
        webhooks: false,
        escalates: false,
    },
    Operator {
        name: "mesh-control",
        group: "mesh.acme.example",
        kinds: &[("TrafficSplit", "trafficsplits"), ("MeshGateway", "meshgateways")],
        webhooks: true,
        escalates: false,
    },
    Operator {
        name: "policy-engine",
        group: "rules.acme.example",
        kinds: &[("ClusterRule", "clusterrules")],
        webhooks: true,
        escalates: true,
    },
    Operator {
        name: "autoscale-operator",
        group: "autoscale.acme.example",
        kinds: &[("ScaledTarget", "scaledtargets")],
        webhooks: false,
        escalates: false,
    },
    Operator {
        name: "tenant-operator",
        group: "tenants.acme.example",
        kinds: &[("Tenant", "tenants")],
        webhooks: true,
        escalates: true,
    },
];
