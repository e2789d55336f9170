//! What each component does when it is not told: one table, by version, with its upstream source.
//!
//! A row is a flag. For the components with a configuration file it also names the field that stands
//! for the flag there, and the default of the field, which may differ: a kubelet without a file answers
//! anonymous requests, one with a file does not.

use super::Component;

/// What the value of a flag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no, as `strconv.ParseBool` reads it. The value may be left out, and is then yes.
    Bool,
    /// A text; when given several times, the last holds.
    Text,
    /// Texts separated by commas; when given several times, all of them (`StringSlice`).
    List,
    /// A whole number.
    Number,
    /// A duration as Go writes it: `1m30s`.
    Duration,
    /// `Name=true`, separated by commas; when given several times, all of them.
    Gates,
}

/// A flag of a component.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The component.
    pub component: Component,
    /// Its name without dashes.
    pub flag: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// The default since each minor version, ascending. Empty is the zero value of the kind.
    pub defaults: &'static [(u16, &'static str)],
    /// What kubeadm passes when it is not told otherwise.
    pub kubeadm: Option<&'static str>,
    /// The field of the component's configuration file, keys separated by dots, and its default there.
    pub field: Option<(&'static str, &'static str)>,
    /// What kubeadm sets the field to when it is not written.
    pub kubeadm_field: Option<&'static str>,
    /// Where upstream says so: file and function.
    pub source: &'static str,
}

impl Row {
    /// The component's own default in a minor version.
    #[must_use]
    pub fn default_in(&self, minor: u16) -> &'static str {
        let known = self.defaults.iter().rev().find(|(since, _)| *since <= minor);
        known.map_or("", |(_, value)| value)
    }

    const fn passed(mut self, value: &'static str) -> Self {
        self.kubeadm = Some(value);
        self
    }

    const fn field(mut self, path: &'static str, default: &'static str) -> Self {
        self.field = Some((path, default));
        self
    }

    const fn set_by_kubeadm(mut self, value: &'static str) -> Self {
        self.kubeadm_field = Some(value);
        self
    }
}

/// The row of a flag, when it is one that is known.
#[must_use]
pub fn row(component: Component, flag: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.component == component && row.flag == flag)
}

const fn flag(
    component: Component,
    kind: Kind,
    flag: &'static str,
    defaults: &'static [(u16, &'static str)],
    source: &'static str,
) -> Row {
    Row { component, flag, kind, defaults, kubeadm: None, field: None, kubeadm_field: None, source }
}

use Component::{ApiServer, ControllerManager, Etcd, Kubelet, Proxy, Scheduler};
use Kind::{Bool, Duration, Gates, List, Number, Text};

const YES: &[(u16, &str)] = &[(0, "true")];
const NO: &[(u16, &str)] = &[(0, "false")];
const NONE: &[(u16, &str)] = &[];
/// A file that kubeadm writes. Only that there is one matters.
const PKI: &str = "/etc/kubernetes/pki";

// Compared with the sources of 1.32.10, 1.36.2 and 1.37.0-beta.0, of etcd 3.6.8 and of kubeadm 1.36.2.
const AUTHENTICATION: &str =
    "pkg/kubeapiserver/options/authentication.go, BuiltInAuthenticationOptions.WithAll";
const HEADERS: &str =
    "k8s.io/apiserver/pkg/server/options/authentication.go, RequestHeaderAuthenticationOptions";
const AUTHORIZATION: &str =
    "pkg/kubeapiserver/options/authorization.go, BuiltInAuthorizationOptions.Complete";
const ADMISSION: &str = "k8s.io/apiserver/pkg/server/options/admission.go, NewAdmissionOptions; \
     pkg/kubeapiserver/options/plugins.go, DefaultOffAdmissionPlugins";
const ADMISSION_CONTROL: &str = "pkg/kubeapiserver/options/admission.go, AdmissionOptions.ApplyTo";
const AUDIT: &str = "k8s.io/apiserver/pkg/server/options/audit.go, NewAuditOptions";
const STORAGE: &str = "k8s.io/apiserver/pkg/server/options/etcd.go, NewEtcdOptions";
const SERVING: &str = "k8s.io/apiserver/pkg/server/options/serving.go, NewSecureServingOptions";
const SERVING_API: &str = "pkg/kubeapiserver/options/serving.go, NewSecureServingOptions";
const FEATURES: &str = "k8s.io/apiserver/pkg/server/options/feature.go, NewFeatureOptions; \
     k8s.io/apiserver/pkg/server/config.go, NewConfig";
const RUN: &str = "k8s.io/apiserver/pkg/server/options/server_run_options.go, NewServerRunOptionsForComponent; \
     k8s.io/apiserver/pkg/server/config.go, NewConfig";
const GATES: &str = "k8s.io/component-base/compatibility/registry.go, componentGlobalsRegistry.AddFlags";
const SERVER: &str = "cmd/kube-apiserver/app/options/options.go, NewServerRunOptions and Flags";
const GONE: &str = "cmd/kube-apiserver/app/options/options.go up to 1.23, removed in 1.24";
const GONE_BESIDE: &str = "cmd/kube-controller-manager and cmd/kube-scheduler, app/options/options.go up to 1.23, \
     removed in 1.24";
const DEBUGGING: &str = "k8s.io/controller-manager/options/debugging.go, DebuggingOptions.AddFlags; \
     k8s.io/component-base/config/v1alpha1/defaults.go, RecommendedDebuggingConfiguration";
const ACCOUNTS: &str =
    "cmd/kube-controller-manager/app/options/serviceaccountcontroller.go, SAControllerOptions.AddFlags";
const POD_GC: &str =
    "pkg/controller/podgc/config/v1alpha1/defaults.go, RecommendedDefaultPodGCControllerConfiguration";
const SHARED: &str = "k8s.io/cloud-provider/options/kubecloudshared.go, KubeCloudSharedOptions.AddFlags; \
     k8s.io/cloud-provider/config/v1alpha1/defaults.go, SetDefaults_KubeCloudSharedConfiguration";
const SCHEDULING: &str = "cmd/kube-scheduler/app/options/options.go, Options.initFlags";
const SCHEDULING_DEBUG: &str = "cmd/kube-scheduler/app/options/deprecated.go, DeprecatedOptions.AddFlags; \
     pkg/scheduler/apis/config/v1/defaults.go, SetDefaults_KubeSchedulerConfiguration";
const ETCD: &str = "go.etcd.io/etcd/server/v3/embed/config.go, NewConfig and Config.AddFlags";
const ETCD_FILE: &str = "go.etcd.io/etcd/server/v3/etcdmain/config.go, newConfig";
/// Four fields have another default as flags (`applyLegacyDefaults`); all else is the file's.
const KUBELET: &str = "cmd/kubelet/app/options/options.go, NewKubeletConfiguration and applyLegacyDefaults; \
     pkg/kubelet/apis/config/v1beta1/defaults.go, SetDefaults_KubeletConfiguration";
const KUBELET_FLAGS: &str = "cmd/kubelet/app/options/options.go, KubeletFlags.AddFlags";
const PROXY: &str = "cmd/kube-proxy/app/options.go, Options.AddFlags; \
     pkg/proxy/apis/config/v1alpha1/defaults.go, SetDefaults_KubeProxyConfiguration";

/// Every flag that something is said about.
#[rustfmt::skip]
pub static TABLE: &[Row] = &[
    flag(ApiServer, Bool, "anonymous-auth", YES, AUTHENTICATION),
    flag(ApiServer, Text, "authentication-config", NONE, AUTHENTICATION),
    flag(ApiServer, Text, "authentication-token-webhook-config-file", NONE, AUTHENTICATION),
    flag(ApiServer, Text, "client-ca-file", NONE, AUTHENTICATION).passed(PKI),
    flag(ApiServer, Bool, "enable-bootstrap-token-auth", NO, AUTHENTICATION).passed("true"),
    flag(ApiServer, Text, "oidc-issuer-url", NONE, AUTHENTICATION),
    flag(ApiServer, Text, "requestheader-client-ca-file", NONE, HEADERS).passed(PKI),
    flag(ApiServer, Bool, "service-account-extend-token-expiration", YES, AUTHENTICATION),
    flag(ApiServer, List, "service-account-key-file", NONE, AUTHENTICATION).passed(PKI),
    flag(ApiServer, Bool, "service-account-lookup", YES, AUTHENTICATION),
    flag(ApiServer, Text, "token-auth-file", NONE, AUTHENTICATION),
    flag(ApiServer, Text, "authorization-config", NONE, AUTHORIZATION),
    flag(ApiServer, List, "authorization-mode", &[(0, "AlwaysAllow")], AUTHORIZATION).passed("Node,RBAC"),
    // Deprecated and still there: what it lists is on, all else is off.
    flag(ApiServer, List, "admission-control", NONE, ADMISSION_CONTROL),
    flag(ApiServer, Text, "admission-control-config-file", NONE, ADMISSION),
    flag(ApiServer, List, "disable-admission-plugins", NONE, ADMISSION),
    flag(ApiServer, List, "enable-admission-plugins", NONE, ADMISSION).passed("NodeRestriction"),
    // 0 is without bound for age and number, and 100 MB for the size (`gopkg.in/natefinch/lumberjack.v2`).
    flag(ApiServer, Number, "audit-log-maxage", &[(0, "0"), (36, "366")], AUDIT),
    flag(ApiServer, Number, "audit-log-maxbackup", &[(0, "0"), (36, "100")], AUDIT),
    flag(ApiServer, Number, "audit-log-maxsize", &[(0, "0"), (36, "100")], AUDIT),
    flag(ApiServer, Text, "audit-log-path", NONE, AUDIT),
    flag(ApiServer, Text, "audit-policy-file", NONE, AUDIT),
    flag(ApiServer, Text, "audit-webhook-config-file", NONE, AUDIT),
    flag(ApiServer, Text, "encryption-provider-config", NONE, STORAGE),
    flag(ApiServer, Text, "etcd-cafile", NONE, STORAGE).passed(PKI),
    flag(ApiServer, Text, "etcd-certfile", NONE, STORAGE).passed(PKI),
    flag(ApiServer, Text, "etcd-keyfile", NONE, STORAGE).passed(PKI),
    flag(ApiServer, List, "etcd-servers", NONE, STORAGE).passed("https://127.0.0.1:2379"),
    flag(ApiServer, Text, "debug-socket-path", NONE, FEATURES),
    flag(ApiServer, Bool, "profiling", YES, FEATURES),
    flag(ApiServer, Duration, "request-timeout", &[(0, "1m0s")], RUN),
    flag(ApiServer, Gates, "feature-gates", NONE, GATES),
    flag(ApiServer, Bool, "allow-privileged", NO, SERVER).passed("true"),
    flag(ApiServer, Text, "kubelet-certificate-authority", NONE, SERVER),
    flag(ApiServer, Text, "kubelet-client-certificate", NONE, SERVER).passed(PKI),
    flag(ApiServer, Text, "kubelet-client-key", NONE, SERVER).passed(PKI),
    flag(ApiServer, Number, "secure-port", &[(0, "6443")], SERVING_API).passed("6443"),
    flag(ApiServer, Text, "service-account-signing-endpoint", NONE, SERVER),
    flag(ApiServer, Text, "tls-cert-file", NONE, SERVING).passed(PKI),
    flag(ApiServer, Text, "tls-private-key-file", NONE, SERVING).passed(PKI),
    flag(ApiServer, List, "tls-cipher-suites", NONE, SERVING),
    flag(ApiServer, Text, "tls-min-version", NONE, SERVING),
    flag(ApiServer, Number, "insecure-port", NONE, GONE),
    flag(ApiServer, Text, "insecure-bind-address", NONE, GONE),

    flag(ControllerManager, Text, "bind-address", &[(0, "0.0.0.0")], SERVING).passed("127.0.0.1"),
    flag(ControllerManager, Gates, "feature-gates", NONE, GATES),
    flag(ControllerManager, Number, "port", NONE, GONE_BESIDE),
    flag(ControllerManager, Bool, "profiling", YES, DEBUGGING),
    flag(ControllerManager, Text, "root-ca-file", NONE, ACCOUNTS).passed(PKI),
    flag(ControllerManager, Text, "service-account-private-key-file", NONE, ACCOUNTS).passed(PKI),
    flag(ControllerManager, Number, "terminated-pod-gc-threshold", &[(0, "12500")], POD_GC),
    flag(ControllerManager, List, "tls-cipher-suites", NONE, SERVING),
    flag(ControllerManager, Text, "tls-min-version", NONE, SERVING),
    flag(ControllerManager, Bool, "use-service-account-credentials", NO, SHARED).passed("true"),

    flag(Scheduler, Text, "bind-address", &[(0, "0.0.0.0")], SERVING).passed("127.0.0.1"),
    flag(Scheduler, Text, "config", NONE, SCHEDULING),
    flag(Scheduler, Gates, "feature-gates", NONE, GATES),
    flag(Scheduler, Number, "port", NONE, GONE_BESIDE),
    // The flag is without effect beside a configuration file.
    flag(Scheduler, Bool, "profiling", YES, SCHEDULING_DEBUG).field("enableProfiling", "true"),
    flag(Scheduler, List, "tls-cipher-suites", NONE, SERVING),
    flag(Scheduler, Text, "tls-min-version", NONE, SERVING),

    flag(Etcd, Bool, "auto-tls", NO, ETCD),
    flag(Etcd, Text, "cert-file", NONE, ETCD).passed(PKI),
    flag(Etcd, List, "cipher-suites", NONE, ETCD),
    flag(Etcd, Bool, "client-cert-auth", NO, ETCD).passed("true"),
    flag(Etcd, Text, "config-file", NONE, ETCD_FILE),
    flag(Etcd, Bool, "enable-pprof", NO, ETCD),
    flag(Etcd, Text, "key-file", NONE, ETCD).passed(PKI),
    flag(Etcd, List, "listen-client-urls", &[(0, "http://localhost:2379")], ETCD).passed("https://127.0.0.1:2379"),
    flag(Etcd, List, "listen-metrics-urls", NONE, ETCD).passed("http://127.0.0.1:2381"),
    flag(Etcd, List, "listen-peer-urls", &[(0, "http://localhost:2380")], ETCD).passed("https://127.0.0.1:2380"),
    flag(Etcd, Bool, "peer-auto-tls", NO, ETCD),
    flag(Etcd, Text, "peer-cert-file", NONE, ETCD).passed(PKI),
    flag(Etcd, Bool, "peer-client-cert-auth", NO, ETCD).passed("true"),
    flag(Etcd, Text, "peer-key-file", NONE, ETCD).passed(PKI),
    flag(Etcd, Text, "peer-trusted-ca-file", NONE, ETCD).passed(PKI),
    flag(Etcd, Text, "trusted-ca-file", NONE, ETCD).passed(PKI),

    flag(Kubelet, List, "allowed-unsafe-sysctls", NONE, KUBELET).field("allowedUnsafeSysctls", ""),
    flag(Kubelet, Bool, "anonymous-auth", YES, KUBELET).field("authentication.anonymous.enabled", "false"),
    flag(Kubelet, Bool, "authentication-token-webhook", NO, KUBELET)
        .field("authentication.webhook.enabled", "true"),
    flag(Kubelet, Text, "authorization-mode", &[(0, "AlwaysAllow")], KUBELET).field("authorization.mode", "Webhook"),
    flag(Kubelet, Text, "client-ca-file", NONE, KUBELET)
        .field("authentication.x509.clientCAFile", "")
        .set_by_kubeadm(PKI),
    flag(Kubelet, Text, "config", NONE, KUBELET_FLAGS),
    flag(Kubelet, Text, "config-dir", NONE, KUBELET_FLAGS),
    flag(Kubelet, Bool, "enable-debugging-handlers", YES, KUBELET).field("enableDebuggingHandlers", "true"),
    flag(Kubelet, Number, "event-qps", &[(0, "5"), (27, "50")], KUBELET).field("eventRecordQPS", "50"),
    flag(Kubelet, Gates, "feature-gates", NONE, KUBELET).field("featureGates", ""),
    flag(Kubelet, Text, "hostname-override", NONE, KUBELET_FLAGS),
    flag(Kubelet, Bool, "make-iptables-util-chains", YES, KUBELET).field("makeIPTablesUtilChains", "true"),
    flag(Kubelet, Number, "pod-max-pids", &[(0, "-1")], KUBELET).field("podPidsLimit", "-1"),
    flag(Kubelet, Bool, "protect-kernel-defaults", NO, KUBELET).field("protectKernelDefaults", "false"),
    flag(Kubelet, Number, "read-only-port", &[(0, "10255")], KUBELET).field("readOnlyPort", "0"),
    // kubeadm sets it to true whatever is written: the field cannot tell unset from false.
    flag(Kubelet, Bool, "rotate-certificates", NO, KUBELET)
        .field("rotateCertificates", "false")
        .set_by_kubeadm("true"),
    flag(Kubelet, Bool, "rotate-server-certificates", NO, KUBELET).field("serverTLSBootstrap", "false"),
    flag(Kubelet, Bool, "seccomp-default", NO, KUBELET).field("seccompDefault", "false"),
    flag(Kubelet, Duration, "streaming-connection-idle-timeout", &[(0, "4h0m0s")], KUBELET)
        .field("streamingConnectionIdleTimeout", "4h0m0s"),
    flag(Kubelet, Text, "tls-cert-file", NONE, KUBELET).field("tlsCertFile", ""),
    flag(Kubelet, List, "tls-cipher-suites", NONE, KUBELET).field("tlsCipherSuites", ""),
    flag(Kubelet, Text, "tls-min-version", NONE, KUBELET).field("tlsMinVersion", ""),
    flag(Kubelet, Text, "tls-private-key-file", NONE, KUBELET).field("tlsPrivateKeyFile", ""),

    flag(Proxy, Text, "config", NONE, PROXY),
    flag(Proxy, Text, "metrics-bind-address", &[(0, "127.0.0.1:10249")], PROXY)
        .field("metricsBindAddress", "127.0.0.1:10249"),
    flag(Proxy, Bool, "profiling", NO, PROXY).field("enableProfiling", "false"),
];
