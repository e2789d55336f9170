//! Whether ingress-nginx takes configuration from annotations, as the ConfigMap that it reads says.

use watertight_model::{Identity, Namespace};
use watertight_syntax::Value;

use super::NetworkObject;
use super::mesh::CONFIG_MAP;
use crate::world::View;

/// What a ConfigMap says about snippets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NginxConfig {
    /// `allow-snippet-annotations`, when it is said.
    pub snippets: Option<bool>,
}

/// Whether snippets are refused by the ConfigMap that a controller reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snippets {
    /// It says so.
    Refused,
    /// It does not, or the controller reads none.
    AsByDefault,
    /// It is not in view.
    OutOfView,
}

impl NginxConfig {
    /// Whether a ConfigMap may be that of an ingress-nginx, by its name.
    pub(super) fn is(identity: &Identity) -> bool {
        CONFIG_MAP.is(identity) && (identity.name.contains("nginx") || identity.name.contains("ingress"))
    }

    pub(super) fn of(root: Value<'_>) -> Self {
        let value = root.get("data").and_then(|data| data.get("allow-snippet-annotations"));
        // Texts as `strconv.ParseBool` takes them (internal/ingress/controller/template/configmap.go decodes weakly).
        let snippets = value.and_then(Value::as_str).and_then(|text| match text {
            "true" | "True" | "TRUE" | "t" | "T" | "1" => Some(true),
            "false" | "False" | "FALSE" | "f" | "F" | "0" => Some(false),
            _ => None,
        });
        Self { snippets }
    }
}

impl View<'_> {
    /// Whether the ConfigMap that a controller reads refuses snippets, by its namespace and name.
    ///
    /// # Panics
    /// When the control does not declare [`CONFIG_MAP`] among its `reads`.
    #[must_use]
    pub fn nginx_snippets(self, namespace: &Namespace, name: &str) -> Snippets {
        self.declared(CONFIG_MAP);
        let snapshot = self.snapshot();
        let is_it = |identity: &Identity| {
            CONFIG_MAP.is(identity) && identity.namespace == *namespace && &*identity.name == name
        };
        let mut maps = snapshot.of_kind(CONFIG_MAP.kind).iter().copied();
        let Some(id) = maps.find(|&id| is_it(snapshot.object(id).identity())) else {
            return match snapshot.is_complete(CONFIG_MAP.group, CONFIG_MAP.kind) {
                true => Snippets::AsByDefault,
                false => Snippets::OutOfView,
            };
        };
        match self.network_facts(id).map(|facts| &facts.object) {
            Some(NetworkObject::Nginx(NginxConfig { snippets: Some(false) })) => Snippets::Refused,
            // Of a name that says nothing of ingress-nginx, the text was not read.
            None => Snippets::OutOfView,
            Some(_) => Snippets::AsByDefault,
        }
    }
}
