//! `AuthenticationConfiguration` and `AuthorizationConfiguration` of `apiserver.config.k8s.io`
//! (`k8s.io/apiserver/pkg/apis/apiserver/v1/types.go`).

use watertight_model::{KubernetesVersion, Object};
use watertight_syntax::{Path, Value};

/// Paths that tell whether the API server is well and nothing else.
const HEALTH: &[&str] = &["/healthz", "/livez", "/readyz"];

/// What an AuthenticationConfiguration says, as far as somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// Who may ask without saying who they are; `None` when the file leaves that to the flag.
    pub anonymous: Option<Anonymous>,
    /// How many issuers of tokens are trusted.
    pub issuers: usize,
}

/// The block `anonymous`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anonymous {
    /// Whether anonymous requests are answered.
    pub enabled: bool,
    /// The only paths for which they are; none means all.
    pub paths: Vec<String>,
}

impl Anonymous {
    /// The paths beside those that tell whether the API server is well. A path is compared as it is
    /// (`Authenticator.AuthenticateRequest`, `k8s.io/apiserver/pkg/authentication/request/anonymous`).
    pub fn beyond_health(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str).filter(|path| {
            !HEALTH.iter().any(|health| {
                path.strip_prefix(*health).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        })
    }

    /// Whether they are answered for more than health.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.enabled && (self.paths.is_empty() || self.beyond_health().next().is_some())
    }
}

impl Authentication {
    pub(super) fn of(root: Value<'_>) -> Self {
        let anonymous = root.get("anonymous").filter(|anonymous| !anonymous.is_null());
        Self {
            anonymous: anonymous.map(|anonymous| Anonymous {
                enabled: anonymous.get("enabled").and_then(Value::as_bool) == Some(true),
                paths: anonymous
                    .get("conditions")
                    .into_iter()
                    .flat_map(Value::items)
                    .filter_map(|condition| condition.get("path")?.as_str().map(str::to_owned))
                    .collect(),
            }),
            issuers: root.get("jwt").map_or(0, |jwt| jwt.items().len()),
        }
    }

    /// Whether the API server of a version reads the block `anonymous`: the gate
    /// `AnonymousAuthConfigurableEndpoints` is there since 1.31 and on since 1.32
    /// (`k8s.io/apiserver/pkg/features/kube_features.go`).
    #[must_use]
    pub fn knows_anonymous(target: KubernetesVersion) -> bool {
        target >= KubernetesVersion::new(31)
    }
}

/// One authorizer of an AuthorizationConfiguration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorizer {
    /// Its type: `Webhook`, `Node`, `RBAC`, …
    pub kind: String,
    /// Its place.
    pub path: Path,
}

impl Authorizer {
    /// The authorizers of an AuthorizationConfiguration, in order; `None` for another kind.
    #[must_use]
    pub fn all(object: &Object) -> Option<Vec<Self>> {
        let body = super::AUTHORIZATION.is(object.identity()).then(|| object.body().ok())??;
        let list = Path::root().key("authorizers");
        let authorizers = body.root().get("authorizers").into_iter().flat_map(Value::items).enumerate();
        let kind = |authorizer: Value<'_>| authorizer.get("type").and_then(Value::as_str).map(str::to_owned);
        Some(
            authorizers
                .map(|(index, authorizer)| Self {
                    kind: kind(authorizer).unwrap_or_default(),
                    path: list.index(index),
                })
                .collect(),
        )
    }
}
