//! Whether a value is a literal in force: not a placeholder, not a reference to where the secret is,
//! not a file's path, not a flag.
//!
//! A default that everybody knows (`changeme`, `password`, `admin`) is in force all the same. Start
//! reading at [`is_literal`].

use crate::encoded;
use crate::names::{self, Looks};

/// Whether a value is a secret written out, and looks as its name demands.
pub(crate) fn is_literal(value: &str, looks: Looks) -> bool {
    let value = value.trim();
    if value.is_empty() || is_placeholder(value) || is_reference(value) || is_public(value) {
        return false;
    }
    if is_switch(value) || is_path(value) || is_address(value) {
        return false;
    }
    match looks {
        Looks::Any => true,
        Looks::Secret => looks_the_part(value),
        Looks::Login => is_login(value),
    }
}

/// Whether somebody is meant to fill it in: nothing would work with it.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let fills = |c: char| matches!(c, 'x' | 'X' | '*' | '.' | '-' | '?' | '#' | '_' | '•' | '…' | ' ');
    if value.chars().all(fills) {
        return true;
    }
    if value.starts_with('<') && value.ends_with('>') && !value.contains('\n') {
        return true;
    }
    if value.starts_with('[') && value.ends_with(']') && value.contains(|c: char| c.is_alphabetic()) {
        return true;
    }
    let cuts_a_hole = |word: &str| value.contains(word);
    ["xxxx", "XXXX", "goes here", "placeholder", "PLACEHOLDER", "redacted", "REDACTED"]
        .into_iter()
        .any(cuts_a_hole)
        || is_key_to_be_put_in(value)
        || is_instruction(value)
        || names_itself(value)
}

/// The first and last line of a private key around a hint.
fn is_key_to_be_put_in(value: &str) -> bool {
    let body = value.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
    body.is_some_and(|(label, body)| {
        label.ends_with("PRIVATE KEY") && body.trim_start().starts_with(['<', '.', '[', '{', '$', '-'])
    })
}

/// Words that tell the reader to put something else here.
fn is_instruction(value: &str) -> bool {
    if value.len() > 80 {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let second = words.next();
    match first {
        "your" | "insert" | "redacted" | "placeholder" | "todo" | "tbd" | "fixme" | "masked" | "hidden" => {
            true
        }
        "replace" | "fill" | "enter" | "put" | "set" | "add" | "provide" | "paste" => second.is_some(),
        "example" | "dummy" | "sample" | "fake" => second.is_none_or(|word| STEMS.contains(&word)),
        "my" | "some" | "the" | "a" => second == Some("secret") && words.next() == Some("here"),
        "replaceme" | "fillme" => true,
        _ => first.starts_with("your") && STEMS.iter().any(|stem| first[4..].contains(stem)),
    }
}

const STEMS: [&str; 6] = ["password", "secret", "token", "key", "pass", "credential"];

/// `DB_PASSWORD` as the value of `password`: the name of the thing in capitals stands for it.
fn names_itself(value: &str) -> bool {
    let capitals = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    capitals && names::says(value).is_some()
}

/// Whether it says where the secret is instead of being it, or is filled in by somebody else.
pub(crate) fn is_reference(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    is_template(value) || is_encrypted(value) || POINTERS.iter().any(|scheme| starts_with(value, scheme))
}

/// Whether something is put in before it is used: a variable, a template.
pub(crate) fn is_template(value: &str) -> bool {
    let value = value.trim();
    let pairs = [("{{", "}}"), ("${", "}"), ("$(", ")"), ("#{", "}"), ("<%", "%>"), ("%(", ")"), ("@{", "}")];
    let holds = |(open, close): (&str, &str)| {
        value.find(open).is_some_and(|at| value[at + open.len()..].contains(close))
    };
    if pairs.into_iter().any(holds) || value.starts_with("$((") {
        return true;
    }
    // The verbs of printf.
    if matches!(value, "%s" | "%v" | "%d" | "%q") {
        return true;
    }
    let enclosed = |mark: char| {
        let inner = value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        inner.is_some_and(|inner| inner.len() > 1 && is_identifier(inner))
    };
    let braced = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let variable = value.strip_prefix('$').is_some_and(|name| {
        is_identifier(name.trim_start_matches("env:")) && name.bytes().any(|byte| byte.is_ascii_alphabetic())
    });
    variable || enclosed('%') || enclosed('@') || enclosed('_') || braced.is_some_and(is_identifier)
}

/// Whether a shell puts something in: `$(openssl rand …`, of which the word ends at the bracket, and `$$NAME`,
/// which is `$NAME` when Kubernetes is done with it (`expansion.Expand`, third_party/forked/golang/expansion).
pub(crate) fn is_computed(value: &str) -> bool {
    let value = value.strip_prefix('$').filter(|rest| rest.starts_with('$')).unwrap_or(value);
    value.contains("$(") || value.starts_with('`') || is_template(value)
}

/// Whether it is ciphertext that a tool decrypts: SOPS, Sealed Secrets, eyaml, Ansible, Jasypt.
pub(crate) fn is_encrypted(value: &str) -> bool {
    let value = value.trim();
    let sealed = value.len() >= 200 && value.starts_with("Ag") && value.bytes().all(is_base64);
    sealed
        || (value.starts_with("ENC[") && value.ends_with(']'))
        || (value.starts_with("ENC(") && value.ends_with(')'))
        || value.starts_with("$ANSIBLE_VAULT;")
        || value.starts_with("-----BEGIN AGE ENCRYPTED FILE-----")
        || value.starts_with("-----BEGIN PGP MESSAGE-----")
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n')
}

/// What references to stores of secrets begin with.
const POINTERS: &[&str] = &[
    "vault:",
    ">>vault:",
    "ref+",
    "secretref+",
    "op://",
    "ssm:",
    "ssm-parameter:",
    "awssm",
    "aws-sm:",
    "arn:aws",
    "secretsmanager:",
    "gcp:",
    "gcpsm",
    "gcp-secret",
    "sm://",
    "projects/",
    "azurekeyvault",
    "akv",
    "@microsoft.keyvault",
    "keyvault:",
    "keyvault/",
    "file:",
    "env:",
    "secret://",
    "secret:",
    "secrets.",
    "k8s:",
    "kubernetes:",
    "conjur",
    "bao:",
    "doppler:",
    "infisical",
    "exec:",
    "valuefrom",
    "keeper://",
    "keychain:",
    "urn:",
    "container:",
];

fn starts_with(value: &str, start: &str) -> bool {
    value.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Whether everybody may have it: public keys, certificates, digests.
pub(crate) fn is_public(value: &str) -> bool {
    let value = value.trim();
    const PUBLIC: &[&str] = &[
        "-----BEGIN CERTIFICATE",
        "-----BEGIN TRUSTED CERTIFICATE",
        "-----BEGIN PUBLIC KEY",
        "-----BEGIN RSA PUBLIC KEY",
        "-----BEGIN EC PUBLIC KEY",
        "-----BEGIN PGP PUBLIC KEY",
        "-----BEGIN SSH2 PUBLIC KEY",
        "-----BEGIN X509 CRL",
        "-----BEGIN DH PARAMETERS",
        "ssh-rsa ",
        "ssh-ed25519 ",
        "ssh-dss ",
        "ecdsa-sha2-",
        "sk-ssh-",
        "sk-ecdsa-",
        "age1",
        "sha256:",
        "sha512:",
        "sha256-",
        "sha384-",
        "sha512-",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR",
        "LS0tLS1CRUdJTiBQVUJMSUM",
    ];
    PUBLIC.iter().any(|start| value.starts_with(start))
}

/// Words and numbers that switch something or say that there is nothing.
fn is_switch(value: &str) -> bool {
    const SWITCHES: &[&str] = &[
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "none",
        "null",
        "nil",
        "~",
        "undefined",
        "disabled",
        "enabled",
        "optional",
        "required",
        "always",
        "never",
        "auto",
        "n/a",
        "prompt",
        "ask",
        "[]",
        "{}",
        "\"\"",
        "''",
        "string",
        "str",
        "object",
        "boolean",
        "integer",
    ];
    let lower = value.to_ascii_lowercase();
    SWITCHES.contains(&lower.trim_end_matches(','))
}

/// Whether it names a file: from the root, from here, from home, on a drive, or several folders deep.
fn is_path(value: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '\\' | ':' | '~' | '*');
    if !value.chars().all(plain) {
        return false;
    }
    let from = ["./", "../", "~/", "\\\\"].iter().any(|start| value.starts_with(start))
        || (value.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            && [":\\", ":/"].iter().any(|drive| value.get(1..3) == Some(drive)));
    if from {
        return true;
    }
    let parts: Vec<&str> = value.trim_start_matches('/').split('/').collect();
    let is_name = |part: &&str| part.len() < 64 && !is_random(part);
    let named = parts.iter().all(is_name);
    let has_end = value.rsplit('/').next().is_some_and(|last| {
        last.rsplit_once('.').is_some_and(|(stem, end)| {
            !stem.is_empty() && (2..=5).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_lowercase())
        })
    });
    if value.starts_with('/') {
        return named;
    }
    // Base64 has slashes too, and capitals.
    let lower = !value.bytes().any(|byte| byte.is_ascii_uppercase());
    named && (lower && parts.len() > 2 || (parts.len() > 1 && has_end))
}

/// Capitals, small letters and digits mixed: no name that somebody gave to a file.
fn is_random(part: &str) -> bool {
    let has = |test: fn(&u8) -> bool| part.as_bytes().iter().any(test);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    mixed && (part.len() >= 24 || part.len() >= 16 && has(u8::is_ascii_digit))
}

/// Whether it is a URL: what is secret in one is found by itself.
fn is_address(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.len() < 32
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'.' || b == b'-')
    })
}

/// Whether a value can be a secret where its name may also speak of names and kinds of secrets:
/// nothing with blanks (a description), no number, no word for a kind of token, no name of an object.
fn looks_the_part(value: &str) -> bool {
    if value.contains(char::is_whitespace) {
        // `Bearer x` and `Basic x` have a form of their own.
        return false;
    }
    if value.len() < 4
        || value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b','))
    {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    const KINDS: &[&str] = &[
        "jwt",
        "bearer",
        "basic",
        "oauth",
        "oauth2",
        "oidc",
        "openid",
        "saml",
        "ldap",
        "digest",
        "negotiate",
        "kerberos",
        "secret",
        "token",
        "password",
        "apikey",
        "api-key",
        "api_key",
        "key",
        "file",
        "vault",
        "kubernetes",
        "default",
        "header",
        "cookie",
        "query",
        "include",
        "omit",
        "same-origin",
        "x-api-key",
        "authorization",
        "x-auth-token",
        "access_token",
        "id_token",
        "refresh_token",
        "client_credentials",
        "iam",
        "mtls",
        "custom",
        "internal",
        "anonymous",
        "access-token",
        "session",
        "hs256",
        "rs256",
        "es256",
    ];
    !KINDS.contains(&lower.as_str()) && !names_an_object(value) && !is_key_of_secret(value)
}

/// A user and a password, as they are or in base64.
fn is_login(value: &str) -> bool {
    let pair = |text: &str| {
        text.split_once(':').is_some_and(|(user, password)| {
            !user.is_empty() && !password.contains(char::is_whitespace) && is_literal(password, Looks::Any)
        })
    };
    pair(value) || encoded::decode_text(value).as_deref().is_some_and(pair)
}

/// A name of Kubernetes that says that it names a secret or a certificate: `db-credentials`,
/// `cert-manager/webhook-tls`.
fn names_an_object(value: &str) -> bool {
    let valid = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
            && part.as_bytes()[0].is_ascii_alphanumeric()
    };
    let (namespace, name) = value.split_once('/').unwrap_or(("any", value));
    if !valid(namespace) || !valid(name) {
        return false;
    }
    const OBJECT_WORDS: &[&str] = &[
        "auth",
        "ca",
        "cert",
        "certificate",
        "certs",
        "config",
        "cred",
        "credential",
        "credentials",
        "creds",
        "key",
        "keys",
        "password",
        "passwords",
        "secret",
        "secrets",
        "ssl",
        "tls",
        "token",
        "tokens",
    ];
    let named = name.split(['-', '.']).any(|word| OBJECT_WORDS.contains(&word));
    name.contains('-') && named || (value.contains('/') && !name.bytes().any(|b| b.is_ascii_digit()))
}

/// Whether an object of Kubernetes can have the name, with or without its namespace before it
/// (`IsDNS1123Subdomain` in `k8s.io/apimachinery/pkg/util/validation`).
pub(crate) fn can_name_an_object(value: &str) -> bool {
    let (namespace, name) = value.split_once('/').unwrap_or(("any", value));
    [namespace, name].iter().all(|part| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !part.is_empty()
            && part.len() <= 253
            && part.bytes().all(|byte| inner(byte) || matches!(byte, b'-' | b'.'))
            && part.as_bytes().first().copied().is_some_and(inner)
            && part.as_bytes().last().copied().is_some_and(inner)
    })
}

/// The name of a key within a Secret, or of an environment variable: `client_secret`, `DB_PASSWORD`,
/// `tls.key`.
fn is_key_of_secret(value: &str) -> bool {
    let letters = value.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.'));
    letters && value.contains(['_', '-', '.']) && names::says(value).is_some()
}

/// A word that can name a variable: letters, digits and `_ . : - [ ]`, beginning with no digit.
fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && !text.as_bytes()[0].is_ascii_digit()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b':' | b'[' | b']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_force_and_what_is_not() {
        for value in [
            "hunter2",
            "changeme",
            "change_me",
            "password",
            "admin",
            "abc123",
            "s3cr3t!",
            "123456",
            "pa$$word",
            "P@ss/word1",
            "correct horse battery staple",
            "letmein",
            "p",
            "$6$rounds",
            "x8/9=dGVzdA==",
        ] {
            assert!(is_literal(value, Looks::Any), "{value}");
        }
        for value in [
            "abc123",
            "supersecret",
            "0123456789abcdef0123456789abcdef",
            "cGFzc3dvcmQ=",
            "abcdef.0123456789abcdef",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "6f1ed002-ab5d-4f4d-8c5c-1a2b3c4d5e6f",
            "changeme",
        ] {
            assert!(is_literal(value, Looks::Secret), "{value}");
        }
        for value in [
            "",
            " ",
            "<your-password>",
            "${VAR}",
            "$(VAR)",
            "$VAR",
            "$env:VAR",
            "{{ .Values.x }}",
            "REPLACE_ME",
            "replace-me",
            "xxx",
            "XXXXXXXX",
            "***",
            "...",
            "true",
            "False",
            "none",
            "null",
            "/etc/secrets/password",
            "vault:secret/data/x#k",
            "ref+awssecrets://x",
            "ENC[AES256_GCM,data:x,type:str]",
            "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            "op://vault/item/field",
            "%DB_PASS%",
            "@password@",
            "__PASSWORD__",
            "your-password-here",
            "YOUR_PASSWORD",
            "yourpassword",
            "PASSWORD",
            "DB_PASSWORD",
            "my/secret/file/path",
            "config/secret.yaml",
            "~/x",
            "C:\\secrets\\x",
            "https://vault.example.com/x",
            "-----BEGIN CERTIFICATE-----\nMII",
            "ssh-rsa AAAA",
            "sha256:abc",
            "[redacted]",
            "REDACTED",
            "todo: set",
            "#{ENV}",
            "**access token goes here**",
            "change-me-placeholder",
            "p-XXXX",
            "-----BEGIN PRIVATE KEY-----\n<your-key>\n-----END PRIVATE KEY-----",
            "<%= x %>",
            "pre-${X}-post",
            "file:/x",
            "string",
        ] {
            assert!(!is_literal(value, Looks::Any), "{value}");
        }
        for value in [
            "jwt",
            "JWT",
            "Bearer",
            "my-secret",
            "db-credentials",
            "cert-manager/webhook-tls",
            "3600",
            "1.5",
            "Hello from the environment",
            "client_secret",
            "tls.key",
            "webhook-server-cert",
        ] {
            assert!(!is_literal(value, Looks::Secret), "{value}");
        }
    }

    #[test]
    fn a_login_is_a_pair() {
        for value in ["admin:hunter2", "YWRtaW46aHVudGVyMg=="] {
            assert!(is_literal(value, Looks::Login), "{value}");
        }
        for value in ["basic", "public_v2", "db-credentials", "include", "admin:$PASSWORD", "note: see there"]
        {
            assert!(!is_literal(value, Looks::Login), "{value}");
        }
    }
}
