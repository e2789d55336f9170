//! Controllers that act for whoever writes their custom resources: how they are found in view.
//!
//! A controller is known by the image of its workload, or by the service account that its own manifests give it. One
//! that is not in view draws nothing: nobody knows whether it is there, and what its account may do.

use std::collections::BTreeSet;

use watertight_facts::{ImageRef, Workload};
use watertight_model::{GroupKind, Namespace, ObjectId};
use watertight_syntax::Value;

use crate::build::Pen;
use crate::evidence::Fact;
use crate::grants::Granted;
use crate::nginx;
use crate::scene::{Load, Scene};
use crate::thing::{Every, Name, Names, Scope, Thing};

/// A controller that acts for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Controller {
    /// The GitHub Actions Runner Controller.
    ActionsRunner,
    /// Argo CD's application controller.
    ArgoCd,
    /// Argo Rollouts.
    ArgoRollouts,
    /// Argo Workflows.
    ArgoWorkflows,
    /// cert-manager.
    CertManager,
    /// Crossplane itself.
    Crossplane,
    /// Crossplane's provider of objects of Kubernetes.
    CrossplaneKubernetes,
    /// Crossplane's provider of Helm releases.
    CrossplaneHelm,
    /// External Secrets.
    ExternalSecrets,
    /// Fleet's agent.
    Fleet,
    /// Flink's operator.
    Flink,
    /// Flux's controller of `HelmRelease`.
    FluxHelm,
    /// Flux's controller of `Kustomization`.
    FluxKustomize,
    /// ingress-nginx.
    IngressNginx,
    /// JobSet.
    JobSet,
    /// Karpenter on AWS.
    Karpenter,
    /// KEDA.
    Keda,
    /// Knative Serving.
    Knative,
    /// KubeVirt.
    KubeVirt,
    /// Kubeflow's training operator.
    Kubeflow,
    /// Kyverno, where requests are admitted.
    KyvernoAdmission,
    /// Kyverno, where objects are generated and changed later.
    KyvernoBackground,
    /// The Operator Lifecycle Manager.
    Olm,
    /// The OpenTelemetry operator.
    OpenTelemetry,
    /// The Prometheus operator.
    Prometheus,
    /// KubeRay.
    Ray,
    /// The Spark operator.
    Spark,
    /// Tekton Pipelines.
    Tekton,
    /// Velero.
    Velero,
    /// Volcano.
    Volcano,
}

/// How a controller is told.
struct Known {
    controller: Controller,
    /// Ends of the repositories of its images, whole parts of them.
    images: &'static [&'static str],
    /// Where an image has several commands: what its command line or a name of its workload says.
    says: &'static str,
    /// The service accounts of its own manifests: namespace, empty for whichever, and name.
    accounts: &'static [(&'static str, &'static str)],
    /// The flags that name the namespaces that it looks at.
    flags: &'static [&'static str],
    /// Whether it looks at its own namespace alone unless a flag says more.
    at_home: bool,
}

const fn known(controller: Controller, images: &'static [&'static str]) -> Known {
    Known { controller, images, says: "", accounts: &[], flags: &[], at_home: false }
}

impl Known {
    const fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    const fn accounts(self, accounts: &'static [(&'static str, &'static str)]) -> Self {
        Self { accounts, ..self }
    }

    const fn flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }

    const fn at_home(self) -> Self {
        Self { at_home: true, ..self }
    }
}

/// Upstream: the manifests and charts that each project releases.
static KNOWN: &[Known] = &[
    known(
        Controller::ActionsRunner,
        &["gha-runner-scale-set-controller", "summerwind/actions-runner-controller"],
    )
    .flags(&["watch-single-namespace", "watch-namespace"]),
    known(Controller::ArgoCd, &["argoproj/argocd", "argocd", "openshift-gitops-1/argocd-rhel8"])
        .says("application-controller")
        .accounts(&[
            ("", "argocd-application-controller"),
            ("", "openshift-gitops-argocd-application-controller"),
        ])
        .flags(&["application-namespaces"])
        .at_home(),
    known(Controller::ArgoRollouts, &["argoproj/argo-rollouts", "argo-rollouts"])
        .accounts(&[("", "argo-rollouts")])
        .flags(&["namespaced", "namespace"]),
    known(Controller::ArgoWorkflows, &["argoproj/workflow-controller", "workflow-controller"])
        .accounts(&[("argo", "argo"), ("", "argo-workflows-workflow-controller")])
        .flags(&["managed-namespace", "namespaced"]),
    known(Controller::CertManager, &["jetstack/cert-manager-controller", "cert-manager-controller"])
        .accounts(&[("", "cert-manager")])
        .flags(&["namespace"]),
    known(Controller::Crossplane, &["crossplane/crossplane", "upbound/crossplane"])
        .says("core")
        .accounts(&[("", "crossplane")]),
    known(Controller::CrossplaneKubernetes, &["provider-kubernetes", "provider-kubernetes-controller"]),
    known(Controller::CrossplaneHelm, &["provider-helm", "provider-helm-controller"]),
    known(Controller::ExternalSecrets, &["external-secrets/external-secrets", "external-secrets"])
        .accounts(&[("", "external-secrets")])
        .flags(&["namespace"]),
    known(Controller::Fleet, &["rancher/fleet-agent", "fleet-agent"]).accounts(&[("", "fleet-agent")]),
    known(Controller::Flink, &["apache/flink-kubernetes-operator", "flink-kubernetes-operator"]),
    known(Controller::FluxHelm, &["fluxcd/helm-controller"])
        .accounts(&[("flux-system", "helm-controller")])
        .flags(&["watch-all-namespaces"]),
    known(Controller::FluxKustomize, &["fluxcd/kustomize-controller", "kustomize-controller"])
        .accounts(&[("", "kustomize-controller")])
        .flags(&["watch-all-namespaces"]),
    known(Controller::IngressNginx, nginx::IMAGES).flags(&["watch-namespace"]),
    known(Controller::JobSet, &["jobset/jobset", "jobset"]).accounts(&[("", "jobset-controller-manager")]),
    known(Controller::Karpenter, &["karpenter/controller", "karpenter/karpenter"])
        .accounts(&[("", "karpenter")]),
    known(Controller::Keda, &["kedacore/keda", "keda"]).accounts(&[("", "keda-operator")]),
    known(Controller::Knative, &["knative.dev/serving/cmd/controller", "serving/cmd/controller"])
        .accounts(&[("knative-serving", "controller")]),
    known(Controller::KubeVirt, &["kubevirt/virt-controller", "virt-controller"])
        .accounts(&[("", "kubevirt-controller")]),
    known(Controller::Kubeflow, &["kubeflow/training-operator", "kubeflow/training-v1/training-operator"])
        .accounts(&[("", "training-operator")])
        .flags(&["namespace"]),
    known(Controller::KyvernoAdmission, &["kyverno/kyverno"])
        .accounts(&[("", "kyverno-admission-controller"), ("kyverno", "kyverno-service-account")]),
    known(Controller::KyvernoBackground, &["kyverno/background-controller"])
        .accounts(&[("", "kyverno-background-controller")]),
    known(Controller::Olm, &["operator-framework/olm", "olm"])
        .says("olm")
        .accounts(&[("", "olm-operator-serviceaccount")]),
    known(
        Controller::OpenTelemetry,
        &["opentelemetry-operator/opentelemetry-operator", "opentelemetry-operator"],
    ),
    known(Controller::Prometheus, &["prometheus-operator/prometheus-operator", "prometheus-operator"])
        .accounts(&[("", "prometheus-operator")])
        .flags(&["namespaces"]),
    known(Controller::Ray, &["kuberay/operator", "rayproject/kuberay-operator"])
        .accounts(&[("", "kuberay-operator")])
        .flags(&["watch-namespace"]),
    known(Controller::Spark, &["kubeflow/spark-operator", "spark-operator", "spark-operator/controller"])
        .accounts(&[("", "spark-operator-controller")])
        .flags(&["namespaces"]),
    known(Controller::Tekton, &["tektoncd/pipeline/cmd/controller", "pipeline/cmd/controller"])
        .accounts(&[("", "tekton-pipelines-controller")])
        .flags(&["namespace"]),
    known(Controller::Velero, &["velero/velero", "velero"])
        .accounts(&[("velero", "velero"), ("", "velero-server")])
        .at_home(),
    known(Controller::Volcano, &["volcanosh/vc-controller-manager", "vc-controller-manager"])
        .accounts(&[("", "volcano-controllers")]),
];

/// The namespaces that a controller looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watches {
    /// All.
    Everywhere,
    /// These.
    These(BTreeSet<Name>),
}

/// A controller in view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deputy {
    /// Which.
    pub controller: Controller,
    /// Its namespace.
    pub namespace: Name,
    /// Its service account.
    pub account: Name,
    /// Where it looks.
    pub watches: Watches,
    /// Where it looks for what objects without a namespace speak of: its own namespace, or
    /// `--cluster-resource-namespace`.
    pub home: Name,
    /// Whether it acts as an account of the object's namespace where the object names none: `--default-service-account`.
    pub impersonates: bool,
    /// Its workload and container, by place; of one that is told by its account alone nothing is known of these.
    pub runs: Option<Thing>,
    /// The field that names its image.
    pub image: Option<Fact>,
    /// What ingress-nginx takes.
    pub nginx: Option<nginx::Nginx>,
}

impl Deputy {
    /// Whether it looks at objects in a namespace.
    #[must_use]
    pub fn looks_at(&self, namespace: Name) -> bool {
        match &self.watches {
            Watches::Everywhere => true,
            Watches::These(names) => names.contains(&namespace),
        }
    }

    /// Whether it takes what somebody may write in a scope.
    #[must_use]
    pub fn takes(&self, scope: Scope) -> bool {
        match scope {
            Scope::Everywhere => true,
            Scope::In(namespace) => self.looks_at(namespace),
        }
    }

    /// Its account.
    #[must_use]
    pub fn thing(&self) -> Thing {
        Thing::Account(self.namespace, self.account)
    }
}

/// Adds the controllers among the containers of one template of a workload.
pub(crate) fn recognise(load: &mut Load, place: u32, workload: Workload<'_>, names: &mut Names) {
    for container in workload.containers() {
        let Some(image) = container.image() else { continue };
        let words: Vec<&str> = {
            let spec = container.spec();
            spec.command.iter().flatten().chain(spec.args.iter().flatten()).map(String::as_str).collect()
        };
        for known in KNOWN.iter().filter(|known| known.images.iter().any(|end| ends_with(&image, end))) {
            let name = names.text(load.name);
            let said = [name, container.name(), names.text(load.account)];
            if !said.iter().chain(&words).any(|word| word.contains(known.says)) {
                continue;
            }
            let at = names.find(container.name());
            let at = (0u32..).zip(&load.containers).find(|(_, own)| Some(own.name) == at).map(|(at, _)| at);
            let runs = at.map_or(Thing::Workload(place), |at| Thing::Container(place, at));
            let home = value_of(&words, "cluster-resource-namespace")
                .filter(|home| !home.is_empty() && !home.contains('$'))
                .map_or(load.namespace, |home| names.add(home));
            let watches = match watches(known, load.namespace, &words, names) {
                Watches::These(found) if known.controller == Controller::ArgoCd => {
                    applications(workload, found, names)
                }
                watches => watches,
            };
            let deputy = Deputy {
                controller: known.controller,
                namespace: load.namespace,
                account: load.account,
                watches,
                home,
                impersonates: value_of(&words, "default-service-account")
                    .is_some_and(|value| !value.is_empty()),
                runs: Some(runs),
                image: Some(Fact::Field(workload.id(), container.path().key("image"))),
                nginx: (known.controller == Controller::IngressNginx)
                    .then(|| nginx::Nginx::of(workload, &image, &words))
                    .flatten(),
            };
            if !load.deputies.contains(&deputy) {
                load.deputies.push(deputy);
            }
        }
    }
}

/// Whether the last parts of a repository are these.
fn ends_with(image: &ImageRef<'_>, end: &str) -> bool {
    let repository = image.repository;
    repository.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        // Releases of Tekton and Knative carry the digest of their path: `controller-10a3e3…`.
        || repository.rsplit_once('-').is_some_and(|(own, hash)| {
            hash.len() == 32
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
                && own.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
}

/// The value of a flag: `--flag=value`, `--flag value`, or empty for `--flag` alone.
pub(crate) fn value_of<'w>(words: &[&'w str], flag: &str) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| {
        let rest = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?.strip_prefix(flag)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value),
            None if rest.is_empty() => {
                Some(words.get(at + 1).copied().filter(|next| !next.starts_with('-')).unwrap_or_default())
            }
            None => None,
        }
    })
}

fn watches(known: &Known, own: Name, words: &[&str], names: &mut Names) -> Watches {
    let mut found: BTreeSet<Name> = BTreeSet::new();
    let mut said = false;
    // Where there is a switch, names count with it alone (`cmd/workflow-controller/main.go` of argoproj/argo-workflows).
    let is_off = |flag| value_of(words, flag).is_none_or(|value| value == "false");
    if known.flags.contains(&"namespaced") && is_off("namespaced") {
        return Watches::Everywhere;
    }
    for flag in known.flags {
        let Some(value) = value_of(words, flag) else { continue };
        let value = value.trim_matches(['"', '\'']);
        match value {
            // A switch: its own namespace alone, or that of the next flag.
            "" | "true" if *flag == "namespaced" => said = true,
            "false" if *flag == "watch-all-namespaces" => said = true,
            "" | "true" | "false" => {}
            // What is filled in, and patterns, may be anything.
            _ if value.contains(['$', '*', '/', '?', '[']) => return Watches::Everywhere,
            _ => {
                let listed = value.split(',').map(str::trim).filter(|name| !name.is_empty());
                found.extend(listed.map(|name| names.add(name)));
                said = true;
            }
        }
    }
    if known.at_home || (said && found.is_empty()) {
        found.insert(own);
    }
    if said || known.at_home { Watches::These(found) } else { Watches::Everywhere }
}

/// Argo CD takes applications of other namespaces when `application.namespaces` says so
/// (`docs/operator-manual/app-any-namespace.md`).
fn applications(workload: Workload<'_>, mut found: BTreeSet<Name>, names: &mut Names) -> Watches {
    let own = &workload.identity().namespace;
    let said = config_map_value(workload, own, "argocd-cmd-params-cm", "application.namespaces").flatten();
    for name in said.iter().flat_map(|said| said.split(',')).map(str::trim).filter(|name| !name.is_empty()) {
        if name.contains(['*', '/', '?', '[']) {
            return Watches::Everywhere;
        }
        found.insert(names.add(name));
    }
    Watches::These(found)
}

/// What a ConfigMap says; `None` when it is not in view.
pub(crate) fn config_map_value(
    workload: Workload<'_>,
    namespace: &Namespace,
    name: &str,
    key: &str,
) -> Option<Option<String>> {
    const CONFIG_MAP: GroupKind = GroupKind::core("ConfigMap");
    let snapshot = workload.view().snapshot();
    let is_it = |id: &&ObjectId| {
        let identity = snapshot.object(**id).identity();
        CONFIG_MAP.is(identity) && identity.namespace == *namespace && &*identity.name == name
    };
    let id = *snapshot.of_kind(CONFIG_MAP.kind).iter().find(is_it)?;
    let body = snapshot.object(id).body().ok()?;
    let value = body.root().get("data").and_then(|data| data.get(key)).and_then(Value::as_str);
    Some(value.map(str::to_owned))
}

/// Leads to the accounts of controllers that look where somebody may write.
pub(crate) fn to_accounts(
    granted: &Granted,
    scene: &Scene<'_>,
    kinds: &[Controller],
    note: Option<&str>,
    pen: &mut Pen<'_>,
) {
    for own in scene.deputies_of(kinds).filter(|own| own.takes(granted.scope)) {
        pen.edge(granted.from, own.thing(), [], note);
    }
}

/// Leads to the accounts that controllers of Flux act as: their own, or one of the object's namespace.
pub(crate) fn by_flux(
    granted: &Granted,
    scene: &Scene<'_>,
    kinds: &[Controller],
    note: Option<&str>,
    pen: &mut Pen<'_>,
) {
    for own in scene.deputies_of(kinds).filter(|own| own.takes(granted.scope)) {
        if own.impersonates && is_admin(granted, pen) {
            continue;
        }
        let to = if own.impersonates { Thing::All(Every::Accounts, granted.scope) } else { own.thing() };
        pen.edge(granted.from, to, [], note);
    }
}

/// Whether it is whoever may do everything in a namespace, which all accounts, Secrets and pods of it are implied by.
pub(crate) fn is_admin(granted: &Granted, pen: &Pen<'_>) -> bool {
    matches!(pen.drawing.things[granted.from.index()], Thing::All(Every::Admin, _))
}

/// Leads to all of some kinds in the namespaces where somebody may write and controllers look.
pub(crate) fn to_namespaces(
    granted: &Granted,
    scene: &Scene<'_>,
    kinds: &[Controller],
    everies: &[Every],
    pen: &mut Pen<'_>,
) {
    if is_admin(granted, pen) {
        return;
    }
    let mut scopes: BTreeSet<Scope> = BTreeSet::new();
    for own in scene.deputies_of(kinds).filter(|own| own.takes(granted.scope)) {
        match (&own.watches, granted.scope) {
            (Watches::Everywhere, scope) | (_, scope @ Scope::In(_)) => {
                scopes.insert(scope);
            }
            (Watches::These(names), Scope::Everywhere) => {
                scopes.extend(names.iter().map(|name| Scope::In(*name)));
            }
        }
    }
    for scope in scopes {
        for every in everies {
            pen.given(granted.from, Thing::All(*every, scope));
        }
    }
}

impl Scene<'_> {
    /// Adds the controllers of workloads, and of accounts whose workload is not in view.
    pub(crate) fn add_deputies(&mut self, names: &mut Names) {
        let mut found: Vec<Deputy> = Vec::new();
        for load in self.workloads.iter().filter(|load| !load.refused) {
            for own in &load.deputies {
                let mut own = own.clone();
                // With one container the workload stands for it.
                if let Some(Thing::Container(place, _)) = own.runs
                    && !load.is_divided()
                {
                    own.runs = Some(Thing::Workload(place));
                }
                found.push(own);
            }
        }
        let by_workload: BTreeSet<Controller> = found.iter().map(|own| own.controller).collect();
        for known in KNOWN.iter().filter(|known| !by_workload.contains(&known.controller)) {
            for &(home, account) in known.accounts {
                let Some(name) = names.find(account) else { continue };
                let matching = self.accounts.keys().filter(|(namespace, own)| {
                    *own == name && (home.is_empty() || names.text(*namespace) == home)
                });
                for &(namespace, account) in matching {
                    let watches = match known.at_home {
                        true => Watches::These([namespace].into()),
                        false => Watches::Everywhere,
                    };
                    found.push(Deputy {
                        controller: known.controller,
                        namespace,
                        account,
                        watches,
                        home: namespace,
                        impersonates: false,
                        runs: None,
                        image: None,
                        nginx: None,
                    });
                }
            }
        }
        self.deputies = found;
    }

    /// Whether a controller of some kinds is in view.
    #[must_use]
    pub fn has_deputy(&self, kinds: &[Controller]) -> bool {
        self.deputies.iter().any(|own| kinds.contains(&own.controller))
    }

    /// The controllers in view of some kinds.
    pub fn deputies_of(&self, kinds: &[Controller]) -> impl Iterator<Item = &Deputy> {
        self.deputies.iter().filter(move |own| kinds.contains(&own.controller))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_whole_parts_of_its_repository() {
        for (text, end, wanted) in [
            ("quay.io/argoproj/argocd:v3.1.0", "argoproj/argocd", true),
            ("registry.example.com/mirror/argoproj/argocd:v3", "argoproj/argocd", true),
            ("quay.io/notargoproj/argocd", "argoproj/argocd", false),
            (
                "ghcr.io/tektoncd/pipeline/controller-10a3e32792f33651396d02b6855a6e36:v1",
                "pipeline/controller",
                true,
            ),
            ("ghcr.io/tektoncd/pipeline/controller-extra:v1", "pipeline/controller", false),
        ] {
            assert_eq!(ends_with(&ImageRef::parse(text), end), wanted, "{text}");
        }
    }

    #[test]
    fn a_flag_has_its_value_behind_it_or_after_it() {
        let words = ["controller", "--namespaced", "--managed-namespace", "shop", "--other=1"];
        assert_eq!(value_of(&words, "namespaced"), Some(""));
        assert_eq!(value_of(&words, "managed-namespace"), Some("shop"));
        assert_eq!(value_of(&words, "other"), Some("1"));
        assert_eq!(value_of(&words, "namespace"), None);
    }
}
