//! `PodSecurityConfiguration` from the text of a file.

use serde::Deserialize;
use watertight_podsecurity::Configuration;
use watertight_syntax::{Limits, Value, yaml};

/// Reads a `PodSecurityConfiguration`, or an `AdmissionConfiguration` that holds one for the plugin
/// `PodSecurity`, in YAML or JSON. An empty text is the default, as for the API server.
///
/// # Errors
/// In words for whoever wrote the file: what is no YAML, which field is wrong, what is missing.
pub fn configuration(text: &str) -> Result<Configuration, String> {
    let mut documents = Vec::new();
    for parsed in yaml::parse(&text.into(), &Limits::default()) {
        match parsed.document {
            Ok(Some(document)) => documents.push(document),
            Ok(None) => {}
            Err(error) => return Err(error.message),
        }
    }
    let document = match &documents[..] {
        [] => return Ok(Configuration::default()),
        [document] => document,
        _ => return Err(format!("expected one document, found {}", documents.len())),
    };
    if let Some(duplicate) = document.duplicates().first() {
        let key = document.value(duplicate.key).as_str().unwrap_or_default();
        return Err(format!("the key `{key}` stands twice in one map"));
    }
    let root = document.root();
    let is_admission = root.get("kind").and_then(Value::as_str) == Some("AdmissionConfiguration");
    let of_plugin = if is_admission { plugin(root)? } else { root };
    Configuration::deserialize(of_plugin.to_json()).map_err(|error| error.to_string())
}

/// The configuration of the plugin among those of all plugins (`AdmissionConfiguration` in
/// `staging/src/k8s.io/apiserver/pkg/apis/apiserver/v1/types.go`).
fn plugin(root: Value<'_>) -> Result<Value<'_>, String> {
    let mut plugins = root.get("plugins").into_iter().flat_map(Value::items);
    let own = plugins
        .find(|plugin| plugin.get("name").and_then(Value::as_str) == Some("PodSecurity"))
        .ok_or("the AdmissionConfiguration configures no plugin `PodSecurity`")?;
    match (own.get("configuration"), own.get("path").and_then(Value::as_str)) {
        (Some(configuration), _) if !configuration.is_null() => Ok(configuration),
        (_, Some(path)) => Err(format!("the plugin `PodSecurity` is configured in `{path}`: name that file")),
        _ => Err("the plugin `PodSecurity` has no `configuration`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n\
        defaults: {enforce: baseline}\nexemptions: {namespaces: [kube-system]}\n";

    #[test]
    fn alone_or_among_other_plugins() {
        let read = configuration(OWN).unwrap();
        assert_eq!(read.defaults.enforce.to_string(), "baseline:latest");
        assert_eq!(read.exemptions.namespaces, ["kube-system"]);
        let indented = OWN.trim_end().replace('\n', "\n    ");
        let all = format!(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- name: Other\n\
             - name: PodSecurity\n  configuration:\n    {indented}\n"
        );
        assert_eq!(configuration(&all), Ok(read));
        assert_eq!(configuration(""), Ok(Configuration::default()));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, expected) in [
            ("kind: [", "unclosed bracket"),
            ("a: 1\n---\nb: 2\n", "expected one document, found 2"),
            ("kind: AdmissionConfiguration\nplugins: []\n", "no plugin `PodSecurity`"),
            (
                "kind: AdmissionConfiguration\nplugins: [{name: PodSecurity, path: psa.yaml}]\n",
                "name that file",
            ),
            ("kind: Pod\napiVersion: v1\n", "kind: \"Pod\" is not PodSecurityConfiguration"),
            (&OWN.replace("enforce: baseline", "enforce: Baseline"), "defaults.enforce: \"Baseline\""),
            (&OWN.replace("kind:", "kind: x\nkind:"), "stands twice"),
            (&OWN.replace("defaults", "default"), "unknown field `default`"),
        ] {
            let error = configuration(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
