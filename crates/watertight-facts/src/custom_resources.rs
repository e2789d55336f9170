//! The resources that CustomResourceDefinitions in view declare.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinitionNames;
use watertight_model::{GroupKind, Object, Snapshot};
use watertight_syntax::Path;

/// Declares a resource.
pub const CUSTOM_RESOURCE_DEFINITION: GroupKind =
    GroupKind { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition" };

/// A resource that a CustomResourceDefinition declares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomResource {
    /// Its API group.
    pub group: String,
    /// Its name in plural, as rules write it.
    pub resource: String,
    /// Its kind.
    pub kind: String,
    /// Its name in singular, empty when none is given.
    pub singular: String,
    /// Its short names.
    pub short_names: Vec<String>,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
}

/// What the definitions in view declare, sorted. One that cannot be read declares nothing.
#[must_use]
pub fn custom_resources(snapshot: &Snapshot) -> Vec<CustomResource> {
    let definitions = snapshot.of_kind(CUSTOM_RESOURCE_DEFINITION.kind).iter();
    let objects = definitions.map(|&id| snapshot.object(id));
    let mut resources: Vec<_> = objects
        .filter(|object| CUSTOM_RESOURCE_DEFINITION.is(object.identity()))
        .filter_map(custom_resource)
        .collect();
    resources.sort();
    resources.dedup();
    resources
}

fn custom_resource(object: &Object) -> Option<CustomResource> {
    let body = object.body().ok()?;
    let text = |path: &'static str| body.root().at(&Path::root().at(path))?.as_str().map(str::to_owned);
    let names = body.decode::<CustomResourceDefinitionNames>(&Path::root().at("spec.names"))?.ok()?.value;
    Some(CustomResource {
        group: text("spec.group")?,
        resource: Some(names.plural).filter(|plural| !plural.is_empty())?,
        kind: names.kind,
        singular: names.singular.unwrap_or_default(),
        short_names: names.short_names.unwrap_or_default(),
        namespaced: text("spec.scope")? == "Namespaced",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use watertight_syntax::Limits;

    #[test]
    fn definitions_declare_resources() {
        let text = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {kind: Shop, plural: shops, singular: shop, shortNames: [sh]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: broken.example.com}
spec: {group: example.com, names: [1]}
";
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("a.yaml", text);
        let resources = custom_resources(&builder.finish());
        assert_eq!(resources.len(), 1);
        assert_eq!((resources[0].resource.as_str(), resources[0].namespaced), ("shops", false));
        assert_eq!(resources[0].short_names, ["sh"]);
    }
}
