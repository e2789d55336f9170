//! What is kept of a kubeconfig when it is read: names, places, and of credentials what they are.
//!
//! A kubeconfig is a Secret that says so nowhere. Before anything can open its body, every scalar that is not on
//! a short list is replaced by a word. Of a token the word says whether it expires; of a client certificate the
//! certificate itself is kept, which is public, and nothing that stands beside it in the same text, such as a
//! private key. The words travel with the body into snapshot files. Start reading at [`blank_kubeconfig`].

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use watertight_credentials::{Content, in_value};
use watertight_syntax::{Document, Kind, NodeId, Path, Value};

use crate::blanked::word_of;
use crate::{Identity, ObjectId, SnapshotBuilder, Standing};

/// The kind that a file which names none is taken for; kubectl does so too (`clientcmd.Load`).
pub(crate) const KIND: &str = "Config";

/// What stands in place of a value that was there.
const BLANKED: &str = "(blanked)";

/// What stands in place of one that was no text, and so is refused by kubectl where text belongs.
const NUMBER: &str = "(blanked: a number)";
const BOOLEAN: &str = "(blanked: a boolean)";

/// What a token's word begins with when it says of itself what it is.
const CLAIMS: &str = "(blanked: a token)";

/// Longest value that is looked into, in bytes.
const LONGEST: usize = 256 << 10;

/// Fields that hold no secret, from the root, with `*` for any item.
const KEPT: &[&str] = &[
    "apiVersion",
    "kind",
    "current-context",
    "contexts.*.name",
    "contexts.*.context.cluster",
    "contexts.*.context.user",
    "contexts.*.context.namespace",
    "clusters.*.name",
    "clusters.*.cluster.tls-server-name",
    "clusters.*.cluster.insecure-skip-tls-verify",
    "clusters.*.cluster.certificate-authority",
    "users.*.name",
    "users.*.user.client-certificate",
    "users.*.user.client-key",
    "users.*.user.tokenFile",
    "users.*.user.auth-provider.name",
    "users.*.user.exec.apiVersion",
    "users.*.user.exec.command",
    "users.*.user.exec.env.*.name",
];

/// Fields of a user that name a file which decides who logs in.
const FILES: [&str; 3] = ["client-certificate", "client-key", "tokenFile"];

/// Whether an object is a kubeconfig. No kind of the API is called so.
pub(crate) fn is_kubeconfig(identity: &Identity) -> bool {
    &*identity.kind == KIND && identity.group.is_empty()
}

/// Whether a map is a kubeconfig: by its type, or, when it has none, by its three lists.
pub(crate) fn is_kubeconfig_map(map: Value<'_>) -> bool {
    let text = |key| map.get(key).and_then(Value::as_str);
    let is_list = |key| map.get(key).is_some_and(|value| value.kind() == Kind::List);
    match (text("apiVersion"), text("kind")) {
        (Some("v1"), Some(KIND)) => true,
        (None, None) => LISTS.into_iter().all(is_list),
        _ => false,
    }
}

/// What every kubeconfig lists.
pub(crate) const LISTS: [&str; 3] = ["clusters", "contexts", "users"];

/// Replaces what may be secret in a kubeconfig.
pub(crate) fn blank_kubeconfig(document: &mut Document, root: NodeId) {
    let mut words = Vec::new();
    collect(document.value(root), "", &mut words);
    variables(document.value(root), &mut words);
    for (node, word) in words {
        document.replace(node, &word);
    }
}

fn collect(value: Value<'_>, path: &str, words: &mut Vec<(NodeId, String)>) {
    match value.kind() {
        Kind::Map => {
            for (key, child) in value.entries() {
                let below = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                collect(child, &below, words);
            }
        }
        Kind::List => value.items().for_each(|child| collect(child, &format!("{path}.*"), words)),
        Kind::Null => {}
        Kind::Bool | Kind::Number | Kind::String if KEPT.contains(&path) => {}
        Kind::Bool => words.push((value.id(), BOOLEAN.to_owned())),
        Kind::Number => words.push((value.id(), NUMBER.to_owned())),
        Kind::String => words.push((value.id(), word(path, value.as_str().unwrap_or_default()))),
    }
}

/// The variables of a plugin, whose name tells what their value is.
fn variables(root: Value<'_>, words: &mut Vec<(NodeId, String)>) {
    let users = root.get("users").into_iter().flat_map(Value::items);
    let plugins = users.filter_map(|user| user.get("user")?.get("exec"));
    let text = |value: Option<Value<'_>>| value.and_then(Value::as_str).map(str::to_owned);
    for variable in plugins.filter_map(|plugin| plugin.get("env")).flat_map(Value::items) {
        let (Some(value), name) = (variable.get("value"), text(variable.get("name")).unwrap_or_default())
        else {
            continue;
        };
        if let Some(written) = value.as_str() {
            let is_secret = !in_value(&name, written).is_empty();
            let content = match (written.is_empty(), is_secret) {
                (true, _) => Content::Empty,
                (_, true) => Content::Secret,
                _ => Content::Public,
            };
            words.push((value.id(), word_of(content, written).to_owned()));
        }
    }
}

fn word(path: &str, text: &str) -> String {
    match path {
        _ if text.is_empty() || is_word(text) => text.to_owned(),
        "users.*.user.token" => token_word(text),
        "users.*.user.client-certificate-data" => certificate_word(text),
        // Who answers is told by the scheme; user and password may stand before the host.
        "clusters.*.cluster.server" => server_word(text),
        "clusters.*.cluster.proxy-url" if has_password(text) => PROXY_PASSWORD.to_owned(),
        _ => BLANKED.to_owned(),
    }
}

/// A snapshot file holds words already.
fn is_word(text: &str) -> bool {
    [BLANKED, NUMBER, BOOLEAN, PROXY_PASSWORD].contains(&text)
        || text.starts_with(CLAIMS)
        || text.starts_with(CERTIFICATE)
        || text.starts_with(SERVER)
}

/// The type that a value of an opened kubeconfig had, with its article; nothing for text.
#[must_use]
pub fn kept_type(value: Value<'_>) -> Option<&'static str> {
    match value.as_str() {
        Some(NUMBER) => Some(Kind::Number.described()),
        Some(BOOLEAN) => Some(Kind::Bool.described()),
        Some(_) => None,
        None => Some(value.kind().described()),
    }
}

/// What is known of a token that was blanked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlankedToken {
    /// When it ends, in seconds after 1970; nothing when it does not say so or cannot be read.
    pub expires: Option<i64>,
    /// The service account that it stands for: `system:serviceaccount:NAMESPACE:NAME`.
    pub account: Option<String>,
}

impl BlankedToken {
    /// What a token of an opened kubeconfig was. `None` when there was none.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        let mut token = Self::default();
        for claim in word.strip_prefix(CLAIMS).unwrap_or_default().split_whitespace() {
            match claim.split_once('=') {
                Some(("exp", number)) => token.expires = number.parse().ok(),
                Some(("sub", account)) => token.account = Some(account.to_owned()),
                _ => {}
            }
        }
        (!word.is_empty()).then_some(token)
    }
}

/// The claims of a JSON Web Token that tell what it is (RFC 7519, section 4.1). The signature is what makes it
/// a credential.
fn token_word(text: &str) -> String {
    let Some(claims) = claims(text) else { return BLANKED.to_owned() };
    let mut word = CLAIMS.to_owned();
    if let Some(expires) = claims.get("exp").and_then(serde_json::Value::as_f64) {
        // Seconds of a float are whole enough; a date is made of them.
        word.push_str(&format!(" exp={expires:.0}"));
    }
    let subject = claims.get("sub").and_then(serde_json::Value::as_str).unwrap_or_default();
    let named = |c: char| c.is_ascii_alphanumeric() || "-.:".contains(c);
    if subject.starts_with("system:serviceaccount:") && subject.chars().all(named) {
        word.push_str(&format!(" sub={subject}"));
    }
    word
}

fn claims(token: &str) -> Option<serde_json::Value> {
    let mut parts = token.trim().split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if token.len() > LONGEST || parts.next().is_some() {
        return None;
    }
    let padded = format!("{payload}{}", "=".repeat((4 - payload.len() % 4) % 4));
    serde_json::from_slice(&URL_SAFE.decode(padded).ok()?).ok()
}

const CERTIFICATE: &str = "(certificate) ";

/// The first certificate of a text in base64 that holds PEM (RFC 7468): a TLS client shows that one as its own.
fn certificate_word(text: &str) -> String {
    match certificate_der(text) {
        Ok(der) => format!("{CERTIFICATE}{}", STANDARD.encode(der)),
        Err(why) => format!("{CERTIFICATE}! {why}"),
    }
}

fn certificate_der(text: &str) -> Result<Vec<u8>, &'static str> {
    if text.len() > LONGEST {
        return Err("it is larger than any certificate");
    }
    let decode = |text: &str| STANDARD.decode(text.split_ascii_whitespace().collect::<String>());
    let pem = decode(text).map_err(|_| "it is not base64")?;
    let pem = String::from_utf8(pem).map_err(|_| "it holds no certificate in PEM form")?;
    pem_der(&pem)
}

/// The first certificate of a text in PEM form.
fn pem_der(pem: &str) -> Result<Vec<u8>, &'static str> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let decode = |text: &str| STANDARD.decode(text.split_ascii_whitespace().collect::<String>());
    let (_, body) = pem.split_once(BEGIN).ok_or("it holds no certificate in PEM form")?;
    let (body, _) = body.split_once("-----END CERTIFICATE-----").ok_or("its certificate is cut off")?;
    // Headers stand before a blank line (`encoding/pem`).
    let body = body.rsplit_once("\n\n").map_or(body, |(_, body)| body);
    decode(body).map_err(|_| "its certificate is not base64")
}

/// The certificate of an opened kubeconfig, in DER form, or why it cannot be read. `None` when there was none.
#[must_use]
pub fn kept_certificate(word: &str) -> Option<Result<Vec<u8>, String>> {
    if word.is_empty() {
        return None;
    }
    let rest = word.strip_prefix(CERTIFICATE).unwrap_or_default();
    Some(match rest.strip_prefix("! ") {
        Some(why) => Err(why.to_owned()),
        None => STANDARD.decode(rest).map_err(|_| "it is not base64".to_owned()),
    })
}

/// What stands in place of a proxy whose address holds a password.
const PROXY_PASSWORD: &str = "(blanked: an address with a password)";

/// Whether an address has a user with a password before its host.
fn has_password(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.split_once(':').is_some_and(|(_, password)| !password.is_empty()))
}

/// Whether the proxy of a cluster of an opened kubeconfig was given with a password.
#[must_use]
pub fn kept_proxy_password(word: &str) -> bool {
    word == PROXY_PASSWORD
}

/// A file that a kubeconfig names and that decides who logs in with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The kubeconfig.
    pub object: ObjectId,
    /// The field that names it.
    pub path: Path,
    /// The folder that a relative path begins at: the kubeconfig's (`ResolveLocalPaths`,
    /// `k8s.io/client-go/tools/clientcmd/loader.go`).
    pub folder: PathBuf,
    /// The file, as it is written.
    pub file: String,
}

const FILE: &str = "(file) ";
const CONTENT: &str = "(content) ";

/// A file that an opened kubeconfig names: its path as it is written, and the word for its content when it was
/// among what was read.
#[must_use]
pub fn kept_file(word: &str) -> (&str, Option<&str>) {
    match word.strip_prefix(FILE).and_then(|rest| rest.rsplit_once(CONTENT)) {
        Some((file, content)) => (file.trim_end(), Some(content)),
        None => (word, None),
    }
}

impl SnapshotBuilder {
    /// The files that kubeconfigs name instead of what they hold. Those of kubeconfigs that stand in another
    /// object, or in a snapshot file, are files of other machines.
    #[must_use]
    pub fn named_files(&self) -> Vec<NamedFile> {
        let mut named = Vec::new();
        for (id, object) in self.read().objects() {
            let own = is_kubeconfig(object.identity()) && object.within().is_none();
            let Some(folder) =
                object.origin().folder().filter(|_| own && object.origin().standing == Standing::Read)
            else {
                continue;
            };
            let Ok(body) = object.body() else { continue };
            let users = body.root().get("users").into_iter().flat_map(Value::items).enumerate();
            for (index, user) in users {
                for field in FILES {
                    let file = user.get("user").and_then(|user| user.get(field)).and_then(Value::as_str);
                    let Some(file) = file.filter(|file| !file.is_empty() && kept_file(file).1.is_none())
                    else {
                        continue;
                    };
                    named.push(NamedFile {
                        object: id,
                        path: Path::root().at("users").index(index).key("user").key(field),
                        folder: folder.to_owned(),
                        file: file.to_owned(),
                    });
                }
            }
        }
        named
    }

    /// Takes in the content of such a file: what it is, and of a certificate the certificate.
    pub fn named_file(&mut self, named: &NamedFile, content: &str) {
        let field = named.path.to_string();
        let word = match (field.ends_with("tokenFile"), field.ends_with("client-key")) {
            (true, _) => token_word(content.trim()),
            (_, true) => BLANKED.to_owned(),
            _ => match pem_der(content) {
                Ok(der) => format!("{CERTIFICATE}{}", STANDARD.encode(der)),
                Err(why) => format!("{CERTIFICATE}! {why}"),
            },
        };
        if let Some(object) = self.object_mut(named.object) {
            object.replace(&named.path, &format!("{FILE}{} {CONTENT}{word}", named.file));
        }
    }
}

const SERVER: &str = "(server) ";

fn server_word(text: &str) -> String {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
    format!("{SERVER}{scheme}://{}", if plain { host } else { "" })
}

/// The server of a cluster of an opened kubeconfig, without user, password and path: `https://host:6443`.
#[must_use]
pub fn kept_server(word: &str) -> Option<&str> {
    word.strip_prefix(SERVER)
}

#[cfg(test)]
mod tests {
    use watertight_syntax::{Limits, yaml};

    use super::*;

    #[test]
    fn only_what_is_known_to_be_no_secret_is_kept() {
        let payload =
            STANDARD.encode(r#"{"exp": 1700000000, "sub": "system:serviceaccount:a:b", "x": "hunter2"}"#);
        let payload = payload.replace('+', "-").replace('/', "_");
        let key = STANDARD.encode("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
        let text = format!(
            "apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: 'https://me:hunter2@host:6443/hunter2', proxy-url: hunter2}}}}]
users:
- {{name: a, user: {{token: hunter2, password: hunter2, client-key-data: hunter2, x: [hunter2, {{y: 123456}}]}}}}
- {{name: b, user: {{token: a.{payload}.hunter2, client-certificate-data: {key}}}}}
- {{name: c, user: {{client-certificate-data: hunter2, exec: {{command: aws, args: [hunter2], env: [{{name: A, value: hunter2}}, {{name: A_PASSWORD, value: hunter2}}]}}}}}}
extensions: [{{name: hunter2}}]
"
        );
        let mut document = yaml::parse(&text.into(), &Limits::default()).remove(0).document.unwrap().unwrap();
        assert!(is_kubeconfig_map(document.root()));
        let root = document.root().id();
        blank_kubeconfig(&mut document, root);
        let all = document.root().to_json().to_string();
        assert!(!all.contains("hunter2") && !all.contains("123456") && !all.contains("PRIVATE"), "{all}");
        let at = |path: &str| document.root().at(&path.parse().unwrap()).unwrap().as_str().unwrap();
        assert_eq!(BlankedToken::of(at(".users[0].user.token")), Some(BlankedToken::default()));
        let token = BlankedToken::of(at(".users[1].user.token")).unwrap();
        assert_eq!(
            (token.expires, token.account.as_deref()),
            (Some(1_700_000_000), Some("system:serviceaccount:a:b"))
        );
        let certificate =
            |user: usize| kept_certificate(at(&format!(".users[{user}].user.client-certificate-data")));
        assert_eq!((certificate(1), certificate(2).unwrap().is_err()), (Some(Ok(vec![0x30, 0])), true));
        assert_eq!(kept_server(at(".clusters[0].cluster.server")), Some("https://host:6443"));
        let once = all;
        blank_kubeconfig(&mut document, root);
        assert_eq!(document.root().to_json().to_string(), once, "a snapshot file is read again");
    }
}
