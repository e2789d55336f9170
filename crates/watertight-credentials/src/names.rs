//! Whether a name (of a key, a variable, a flag) says that its value is a secret.
//!
//! A name is a noun phrase: its last word says what the value is. `db_password` is a password,
//! `password_policy` is a policy, `TOKEN_FILE` is a file. Start reading at [`says`].

use crate::format::Format;

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) format: Format,
    /// What the value has to look like.
    pub(crate) looks: Looks,
}

/// What a value has to look like to be the secret that its name speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// Like anything: the name is used for nothing else.
    Any,
    /// Like a secret: the word is used for names and kinds of secrets too (`token: jwt`,
    /// `secret: my-secret`).
    Secret,
    /// Like a user and a password: the word is used for much else (`auth: basic`).
    Login,
}

/// The longest name that is looked at, in bytes.
pub(crate) const LONGEST: usize = 128;
/// The words from the end that decide.
const WORDS: usize = 8;

const PASSWORD: Format = Format::whole("a password");
/// What a place for passwords says that has no name of its own.
pub(crate) const A_PASSWORD: Said = Said { format: PASSWORD, looks: Looks::Any };
const SECRET: Format = Format::whole("a secret");
const TOKEN: Format = Format::whole("a token");
const KEY: Format = Format::whole("a secret key");
const API_KEY: Format = Format::whole("an API key");
const ACCESS_KEY: Format = Format::whole("an access key");
const CREDENTIALS: Format = Format::whole("credentials");

/// What a name says of its value; `None` when it says nothing of a secret.
pub(crate) fn says(name: &str) -> Option<Said> {
    if name.len() > LONGEST || !has_a_stem(name) {
        return None;
    }
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(|word| without_number(word)).collect();
    words.retain(|word| !word.is_empty());
    while words.len() > 1 && words.last().is_some_and(|word| NEUTRAL.contains(word)) {
        words.pop();
    }
    let (head, above) = words.split_last()?;
    if above.iter().any(|word| ABOUT.contains(word)) {
        return None;
    }
    of_head(head, above)
}

/// Whether a name speaks of a secret and says no more of what it is.
pub(crate) fn speaks_of_secret(name: &str) -> bool {
    says(name).is_some_and(|said| said.format == SECRET || said.format == CREDENTIALS)
}

fn of_head(head: &str, above: &[&str]) -> Option<Said> {
    let before = above.last().copied().unwrap_or_default();
    let strong = |format| Some(Said { format, looks: Looks::Any });
    let weak = |format| Some(Said { format, looks: Looks::Secret });
    let login = Some(Said { format: CREDENTIALS, looks: Looks::Login });
    match head {
        "pwd" => strong(PASSWORD),
        "pass" if !PROXIES.contains(&before) => strong(PASSWORD),
        "masterauth" => strong(PASSWORD),
        "auth" if matches!(before, "redis" | "master" | "sentinel") => strong(PASSWORD),
        "auth" if matches!(before, "basic" | "http" | "registry" | "docker" | "npm") || above.is_empty() => {
            login
        }
        "authorization" if above.is_empty() || before == "proxy" => login,
        "credential" | "credentials" | "creds" => login,
        "pat" if !above.is_empty() => weak(TOKEN),
        "base" if above.ends_with(&["secret", "key"]) => strong(KEY),
        "key" if matches!(before, "api" | "apikey") => weak(API_KEY),
        "key" if before == "access" && above.iter().rev().nth(1) != Some(&"secret") => weak(ACCESS_KEY),
        "key" if KEYS.contains(&before) => weak(KEY),
        _ if ends_with_any(
            head,
            &["password", "passwd", "passphrase", "passwort", "storepass", "keypass"],
        ) || matches!(
            head,
            "requirepass" | "userpass" | "dbpass" | "rootpass" | "passcode" | "pswd"
        ) =>
        {
            strong(PASSWORD)
        }
        _ if ends_with_any(head, &["clientsecret", "appsecret", "secretaccesskey", "sharedsecret"]) => {
            strong(SECRET)
        }
        _ if head.ends_with("secret") && !(head == "secret" && OBJECTS.contains(&before)) => {
            (!head.ends_with("pullsecret")).then_some(Said { format: SECRET, looks: Looks::Secret })
        }
        _ if head.ends_with("token") && !(head == "token" && CURSORS.contains(&before)) => weak(TOKEN),
        _ if ends_with_any(head, &["apikey"]) => weak(API_KEY),
        _ if ends_with_any(head, &ONE_WORD_KEYS) => weak(KEY),
        _ => None,
    }
}

/// A quick look, since most names are of nothing secret.
fn has_a_stem(name: &str) -> bool {
    let bytes = name.as_bytes();
    let has = |stem: &str| bytes.windows(stem.len()).any(|part| part.eq_ignore_ascii_case(stem.as_bytes()));
    STEMS.iter().any(|stem| has(stem))
}

const STEMS: [&str; 9] = ["pass", "pwd", "secret", "token", "key", "cred", "auth", "pat", "pswd"];

/// Words behind the noun that change nothing: `KEY_CONTENT`, `password.value`, `TOKEN_PROD`.
const NEUTRAL: &[&str] = &[
    "b64",
    "base64",
    "content",
    "contents",
    "current",
    "data",
    "default",
    "dev",
    "encoded",
    "initial",
    "literal",
    "new",
    "old",
    "plain",
    "plaintext",
    "previous",
    "primary",
    "prod",
    "production",
    "qa",
    "raw",
    "secondary",
    "stage",
    "staging",
    "text",
    "uat",
    "value",
];

/// Words that make the value a question about a secret, or many of something.
const ABOUT: &[&str] = &[
    "allow",
    "automount",
    "count",
    "create",
    "disable",
    "disabled",
    "enable",
    "enabled",
    "existing",
    "expired",
    "external",
    "generate",
    "has",
    "ignore",
    "invalid",
    "is",
    "max",
    "min",
    "missing",
    "mount",
    "no",
    "num",
    "per",
    "public",
    "require",
    "requires",
    "show",
    "skip",
    "use",
    "with",
    "without",
];

/// nginx' directives that end in `pass`.
const PROXIES: &[&str] = &["fastcgi", "grpc", "memcached", "proxy", "scgi", "uwsgi", "by", "low", "high"];

/// What stands before `secret` where the value names a Secret object.
const OBJECTS: &[&str] = &[
    "ca",
    "cert",
    "certificate",
    "certs",
    "docker",
    "existing",
    "image",
    "kubernetes",
    "k8s",
    "pull",
    "registry",
    "ssl",
    "tls",
];

/// What stands before `token` where it is no credential: places in a list, marks of a language model.
const CURSORS: &[&str] = &[
    "account",
    "bos",
    "cancellation",
    "continuation",
    "continue",
    "csrf",
    "end",
    "eos",
    "mask",
    "next",
    "pad",
    "page",
    "pagination",
    "sep",
    "start",
    "stop",
    "unk",
    "xsrf",
];

/// What stands before `key` where the key opens something.
const KEYS: &[&str] = &[
    "access",
    "account",
    "admin",
    "aes",
    "anthropic",
    "app",
    "application",
    "auth",
    "authentication",
    "aws",
    "azure",
    "batch",
    "cipher",
    "cli",
    "client",
    "consumer",
    "cookie",
    "crypto",
    "datadog",
    "dd",
    "decryption",
    "deploy",
    "encrypt",
    "encryption",
    "gcp",
    "gpg",
    "hmac",
    "ingest",
    "ingestion",
    "integration",
    "jwt",
    "licence",
    "license",
    "mailgun",
    "master",
    "openai",
    "pgp",
    "private",
    "relic",
    "root",
    "rsa",
    "secret",
    "sendgrid",
    "server",
    "service",
    "session",
    "shared",
    "sign",
    "signing",
    "ssh",
    "ssl",
    "storage",
    "stripe",
    "subscription",
    "tls",
    "token",
    "twilio",
    "webhook",
    "write",
];

/// The same in one word.
const ONE_WORD_KEYS: [&str; 10] = [
    "accesskey",
    "accountkey",
    "authkey",
    "encryptionkey",
    "licensekey",
    "masterkey",
    "privatekey",
    "secretkey",
    "signingkey",
    "storagekey",
];

fn ends_with_any(word: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| word.ends_with(end))
}

fn without_number(word: &str) -> &str {
    let short = word.trim_end_matches(|c: char| c.is_ascii_digit());
    // `b64` is a word, `password2` is a word with a number.
    if matches!(word, "b64" | "base64" | "k8s") { word } else { short }
}

/// The last words of a name, in lower case: `DB_PASSWORD`, `dbPassword`, `db-password`, `db.password`
/// and `DBPassword` all have two.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1);
        let rises = before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        let ends_acronym =
            before.is_some_and(char::is_uppercase) && after.is_some_and(|after| after.is_lowercase());
        if c.is_uppercase() && (rises || ends_acronym) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        word.extend(c.to_lowercase());
    }
    words.extend((!word.is_empty()).then_some(word));
    let first = words.len().saturating_sub(WORDS);
    words.split_off(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_decides() {
        for name in [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "DBPassword",
            "spring.datasource.password",
            "db-password",
            "password1",
            "PASSWORD_2",
            "MYSQL_ROOT_PASSWORD",
            "mysqlpassword",
            "SMTP_PASS",
            "requirepass",
            "pwd",
            "passphrase",
            "client_secret",
            "clientSecret",
            "GITHUB_TOKEN",
            "_authToken",
            "API_KEY",
            "apiKey",
            "apikey",
            "X-API-KEY",
            "APIKey",
            "AWS_SECRET_ACCESS_KEY",
            "SECRET_KEY_BASE",
            "OCI_CLI_KEY_CONTENT",
            "AZURE_BATCH_KEY",
            "private_key",
            "PASSWORD_PROD",
            "DD_APP_KEY",
            "NEW_RELIC_LICENSE_KEY",
            "JWT_SECRET",
            "secret",
            "GITHUB_PAT",
            "credentials",
            "REDIS_AUTH",
            "signingKey",
            "client-key-data",
            "admin.password",
            "AccountKey",
            "SharedAccessKey",
        ] {
            assert!(says(name).is_some(), "{name}");
        }
        for name in [
            "",
            "name",
            "PASSWORD_FILE",
            "passwordPath",
            "SECRET_NAME",
            "secretName",
            "tokenReviewer",
            "PASSWORD_POLICY",
            "TOKEN_TTL",
            "tokenExpirySeconds",
            "PASSWORD_LENGTH",
            "PASSWORD_ENABLED",
            "TOKEN_URL",
            "key",
            "keys",
            "publicKey",
            "PUBLIC_KEY",
            "partition_key",
            "proxy_pass",
            "bypass",
            "imagePullSecret",
            "tls-secret",
            "next_token",
            "tokens",
            "MAX_TOKENS",
            "usePassword",
            "secretKeyRef",
            "passwordSecretRef",
            "monkey",
            "author",
            "authority",
            "AUTH_TYPE",
            "compass",
            "path",
            "pattern",
            "secrets",
            "keyring",
            "accessKeyId",
            "API_KEY_NAME",
            "KEY",
            "AUTH_MODE",
            "password_hash",
            "existingSecret",
            "enable_password",
            "serviceAccountToken",
        ] {
            assert!(says(name).is_none(), "{name}");
        }
    }
}
