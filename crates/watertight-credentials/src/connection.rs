//! Passwords in URLs, in `Authorization` headers, in signed links; hashes of passwords.

use memchr::memmem;

use crate::encoded;
use crate::format::{Detection, Format};
use crate::names::Looks;
use crate::runs::{Alphabet, Runs};
use crate::values;

/// The longest authority of a URL that is looked at, in bytes.
const AUTHORITY: usize = 1024;

/// Adds what a text has of them.
pub(crate) fn find(text: &str, found: &mut Vec<Detection>) {
    urls(text, found);
    webhooks(text, found);
    signed_links(text, found);
    authorization(text, found);
    hashes(text, found);
}

/// `scheme://user:password@host`. A user without a password is no secret.
fn urls(text: &str, found: &mut Vec<Detection>) {
    for at in memmem::find_iter(text.as_bytes(), b"://") {
        let has_scheme = at > 0 && text.as_bytes()[at - 1].is_ascii_alphanumeric();
        let start = at + 3;
        if has_scheme && let Some(password) = password_in(text, start) {
            found.push(Detection::of_form(Format::whole("a password in a URL"), password));
        }
    }
}

/// The password of an authority `user:password@host` that begins at a place.
fn password_in(text: &str, start: usize) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(start + AUTHORITY);
    let is_end = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>')
    };
    let length = bytes[start..limit].iter().position(is_end).unwrap_or(limit - start);
    let authority = &bytes[start..start + length];
    let at = authority.iter().rposition(|&byte| byte == b'@')?;
    let colon = authority[..at].iter().position(|&byte| byte == b':')?;
    let host = authority
        .get(at + 1)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'[' | b'$' | b'{' | b'%' | b'('));
    let password = start + colon + 1..start + at;
    let value = text.get(password.clone())?;
    // The user part and the password of examples: `user:pass@`.
    let is_example = matches!(value, "pass" | "password" | "passwd" | "pwd" | "PASS")
        && matches!(&authority[..colon], b"user" | b"username" | b"USER" | b"name" | b"login");
    (host && !is_example && values::is_literal(value, Looks::Any)).then_some(password)
}

/// An image reference with a login before the registry: `user:password@registry/image`. For fields
/// that hold image references only, where there is no scheme to tell it.
pub(crate) fn login_in_image(image: &str) -> Option<Detection> {
    let (login, rest) = image.split_once('@')?;
    let digest = rest.starts_with("sha256:") || rest.starts_with("sha512:");
    let password = login.find(':').map(|colon| colon + 1..login.len())?;
    let one_part = !login.contains('/') && rest.contains('/');
    let literal = values::is_literal(&image[password.clone()], Looks::Any);
    (!digest && one_part && literal)
        .then(|| Detection::of_form(Format::whole("a password in an image reference"), password))
}

/// Addresses that let anybody who knows them post: the secret is the path.
const WEBHOOKS: &[(&str, &str)] = &[
    ("hooks.slack.com/services/T", "a Slack webhook"),
    ("hooks.slack.com/workflows/T", "a Slack webhook"),
    ("discord.com/api/webhooks/", "a Discord webhook"),
    ("discordapp.com/api/webhooks/", "a Discord webhook"),
    ("webhook.office.com/webhookb2/", "a Teams webhook"),
    ("outlook.office.com/webhook/", "a Teams webhook"),
    ("chat.googleapis.com/v1/spaces/", "a Google Chat webhook"),
    ("hooks.zapier.com/hooks/catch/", "a Zapier webhook"),
];

fn webhooks(text: &str, found: &mut Vec<Detection>) {
    // Every one of them has it.
    if memmem::find(text.as_bytes(), b".com/").is_none() {
        return;
    }
    for (start, said) in WEBHOOKS {
        for at in memmem::find_iter(text.as_bytes(), start.as_bytes()) {
            let path = at + start.len();
            let is_part = |byte: u8| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'/' | b'_' | b'-' | b'@' | b'?' | b'=' | b'&' | b'%')
            };
            let length = text.as_bytes()[path..].iter().take_while(|&&byte| is_part(byte)).count();
            let body = &text[path..path + length];
            let varied = body
                .bytes()
                .filter(u8::is_ascii_alphanumeric)
                .collect::<std::collections::BTreeSet<u8>>()
                .len()
                > 4;
            let is_token = *said != "a Google Chat webhook" || body.contains("token=");
            if length >= 16 && varied && is_token && body.contains('/') {
                found.push(Detection::of_form(Format::whole(said), path..path + length));
            }
        }
    }
}

/// The signature of an Azure link (`sig=` beside `sv=` or `se=`), and of an AWS or Google one.
fn signed_links(text: &str, found: &mut Vec<Detection>) {
    if memchr::memchr(b'=', text.as_bytes()).is_none() {
        return;
    }
    let mut runs = Runs::new(text);
    for at in memmem::find_iter(text.as_bytes(), b"sig=") {
        let before = at.checked_sub(1).map(|before| text.as_bytes()[before]);
        let start = at + 4;
        let bytes = text.as_bytes();
        let length = bytes[start..]
            .iter()
            .take(200)
            .take_while(|&&byte| Alphabet::Base64.has(byte) || byte == b'%')
            .count();
        let near = floor(text, at.saturating_sub(400))..floor(text, (start + length + 400).min(text.len()));
        let others = &text[near];
        let is_azure = ["sv=", "se=", "sp="].iter().filter(|other| others.contains(**other)).count() >= 2;
        if matches!(before, None | Some(b'?' | b'&' | b';' | b'"' | b'\'')) && is_azure && length >= 20 {
            found.push(Detection::of_form(
                Format::whole("an Azure shared access signature"),
                start..start + length,
            ));
        }
    }
    for (name, said) in
        [("X-Amz-Signature=", "a signed AWS link"), ("X-Goog-Signature=", "a signed Google link")]
    {
        for at in memmem::find_iter(text.as_bytes(), name.as_bytes()) {
            let start = at + name.len();
            let end = runs.end(Alphabet::Hex, start);
            if end - start >= 32 {
                found.push(Detection::of_form(Format::part(said), start..end));
            }
        }
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// `Authorization: Bearer x` and `Basic base64(user:password)`.
fn authorization(text: &str, found: &mut Vec<Detection>) {
    let bytes = text.as_bytes();
    if memchr::memchr(b' ', bytes).is_none() {
        return;
    }
    let mut runs = Runs::new(text);
    for at in memmem::find_iter(bytes, b"Basic ") {
        let start = at + "Basic ".len();
        let end = runs.end(Alphabet::Base64, start);
        let login = text.get(start..end).filter(|word| word.len() >= 6).and_then(encoded::decode_text);
        let password = login.as_deref().and_then(|login| login.split_once(':')).map(|(_, password)| password);
        if password.is_some_and(|password| values::is_literal(password, Looks::Any)) {
            let said = Format::whole("a user and a password");
            found.push(Detection { is_encoded: true, ..Detection::of_form(said, start..end) });
        }
    }
    for word in [&b"Bearer "[..], b"bearer ", b"Token ", b"token "] {
        for at in memmem::find_iter(bytes, word) {
            let start = at + word.len();
            let end = runs.end(Alphabet::Base64, start);
            let is_header = bytes[at.saturating_sub(24)..at].to_ascii_lowercase();
            let is_header = memmem::find(&is_header, b"authorization").is_some();
            let token = text.get(start..end).unwrap_or_default();
            if is_header && token.len() >= 8 && values::is_literal(token, Looks::Secret) {
                found.push(Detection::of_form(Format::whole("a bearer token"), start..end));
            }
        }
    }
}

/// The token of a header whose name is known: `Authorization` with the value `Bearer x`.
pub(crate) fn of_header(name: &str, value: &str) -> Option<Detection> {
    if !name.to_ascii_lowercase().ends_with("authorization") {
        return None;
    }
    let (scheme, token) = value.trim_start().split_once(' ')?;
    let bearer = ["bearer", "token", "apikey"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let start = value.len() - token.len();
    (bearer && values::is_literal(token, Looks::Secret))
        .then(|| Detection::of_form(Format::whole("a bearer token"), start..value.len()))
}

/// Hashes of passwords as crypt(3), Apache and Argon2 write them.
fn hashes(text: &str, found: &mut Vec<Detection>) {
    const HASHES: &[(&str, usize)] = &[
        ("$2a$", 53),
        ("$2b$", 53),
        ("$2y$", 53),
        ("$apr1$", 20),
        ("$1$", 20),
        ("$5$", 40),
        ("$6$", 60),
        ("$y$", 40),
        ("$argon2id$", 40),
        ("$argon2i$", 40),
        ("{SSHA}", 24),
        ("{SHA}", 24),
    ];
    let bytes = text.as_bytes();
    for at in memchr::memchr2_iter(b'$', b'{', bytes) {
        let Some((mark, least)) = HASHES.iter().find(|(mark, _)| bytes[at..].starts_with(mark.as_bytes()))
        else {
            continue;
        };
        let start = at + mark.len();
        let is_part = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'$' | b'+' | b'=' | b',')
        };
        let length = bytes[start..].iter().take(512).take_while(|&&byte| is_part(byte)).count();
        if length >= *least {
            found.push(Detection::of_form(Format::hash("the hash of a password"), at..start + length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        find(text, &mut found);
        found.into_iter().map(|one| &text[one.span]).collect()
    }

    #[test]
    fn passwords_in_urls() {
        for (text, expected) in [
            ("postgres://app:hunter2@db:5432/x", &["hunter2"][..]),
            ("redis://:hunter2@cache:6379", &["hunter2"]),
            ("https://oauth2:glpat@git.example.com/x.git", &["glpat"]),
            ("amqp://guest:guest@mq", &["guest"]),
            ("a http://u:p@h/ and http://v:q@h", &["p", "q"]),
            ("mongodb://u:p@a:1,b:2/x", &["p"]),
            ("postgres://app:$(PASS)@db", &[]),
            ("postgres://app:${PASS}@db", &[]),
            ("postgres://app:{{ .Values.pass }}@db", &[]),
            ("postgres://app:%s@db", &[]),
            ("postgres://app:<password>@db", &[]),
            ("postgres://app:PASSWORD@db", &[]),
            ("postgres://user:password@db", &[]),
            ("postgres://app@db", &[]),
            ("http://host:80/a@b", &[]),
            ("http://host:80/?x=a:b@c", &[]),
            ("://", &[]),
            ("x://:@", &[]),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn headers_webhooks_links_and_hashes() {
        assert_eq!(of("Authorization: Basic YWRtaW46aHVudGVyMg=="), ["YWRtaW46aHVudGVyMg=="]);
        assert_eq!(of("Authorization: Bearer abcdef0123456789"), ["abcdef0123456789"]);
        assert_eq!(of("Basic authentication and a Bearer authentication0"), [""; 0]);
        assert_eq!(of("https://hooks.slack.com/services/T00000000/B00000000/xyzABC1234567890abcd").len(), 1);
        assert!(
            of("https://hooks.slack.com/services/TXXXXXXXX/BXXXXXXXX/XXXXXXXXXXXXXXXXXXXXXXXX").is_empty()
        );
        assert_eq!(
            of("https://a.blob.core.windows.net/c?sv=2020&se=2030&sp=r&sig=abcdefghijklmnopqrst%3D").len(),
            1
        );
        assert!(of("?sig=abcdefghijklmnopqrst").is_empty());
        assert_eq!(of("admin:$2y$05$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQ").len(), 1);
        assert!(of("echo $1$2 $6$x").is_empty());
    }

    #[test]
    fn logins_in_image_references() {
        assert!(login_in_image("user:hunter2@registry.example.com/app:1").is_some());
        for none in ["app@sha256:0", "registry:5000/app@sha256:0", "app:1", "user@registry/app", "a:$(P)@r/x"]
        {
            assert!(login_in_image(none).is_none(), "{none}");
        }
    }
}
