//! Bootstrap tokens in kubeadm's configurations: what a machine shows to join the cluster.

use watertight_model::Object;
use watertight_syntax::{Path, Value};

use super::kubeadm::{init_configurations, is_kubeadm};
use super::setting::parse_seconds;

/// A token of `bootstrapTokens`. Its value is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapToken {
    /// Its place.
    pub path: Path,
    /// Whether it is good until somebody deletes it. Without `ttl` it is good for a day
    /// (`SetDefaults_BootstrapToken`, `cmd/kubeadm/app/apis/bootstraptoken/v1/defaults.go`).
    pub is_endless: bool,
    /// Whether it is the one that kubeadm prints as an example, which everybody knows
    /// (`PlaceholderToken`, `cmd/kubeadm/app/util/config/common.go`).
    pub is_known: bool,
}

const EXAMPLE: &str = "abcdef.0123456789abcdef";

impl BootstrapToken {
    /// The tokens that an object gives the cluster. Nothing for an object without a configuration for
    /// `kubeadm init`.
    #[must_use]
    pub fn all(object: &Object) -> Vec<Self> {
        let Some(Ok(body)) = is_kubeadm(object.identity()).then(|| object.body()) else { return Vec::new() };
        let mut all = Vec::new();
        for (at, init) in init_configurations(object.identity(), body.root()) {
            let list = at.key("bootstrapTokens");
            for (index, token) in init.get("bootstrapTokens").into_iter().flat_map(Value::items).enumerate() {
                let text = |key: &str| token.get(key).and_then(Value::as_str);
                let is_endless = text("ttl").and_then(parse_seconds) == Some(0)
                    && text("expires").is_none_or(str::is_empty);
                let is_known = text("token") == Some(EXAMPLE);
                all.push(Self { path: list.index(index), is_endless, is_known });
            }
        }
        all
    }
}
