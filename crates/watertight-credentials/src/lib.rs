//! Finds credentials in text.
//!
//! A text is a credential because of its *form* (a token of a known issuer, a private key, a password
//! in a URL) or because of its *name*: a literal stands where a name says that a secret belongs.
//! Randomness never decides: digests, certificates and identifiers are random too.
//!
//! Nothing here keeps, prints or compares what it finds: a [`Detection`] is a place and a kind. All of
//! it takes time proportional to the length of the text. The crate knows no Kubernetes; callers know
//! which fields have names. Start reading at [`in_text`], [`in_value`] and [`in_command`].

mod assignments;
mod command;
mod connection;
mod encoded;
mod format;
mod names;
mod pem;
mod runs;
mod tokens;
mod values;

use std::borrow::Cow;

pub use command::in_command;
pub use format::{Basis, Detection, Format, Strength};

/// The credentials that a text holds by their form, wherever they stand in it. A text that is base64 as
/// a whole is looked into.
#[must_use]
pub fn in_text(text: &str) -> Vec<Detection> {
    let found = format::settle(by_form(text));
    if found.is_empty() { encoded_in(text, by_form).into_iter().collect() } else { found }
}

/// The credentials that the value of a field holds: by their form, because the field's name says that
/// it is one, or because the value is configuration that assigns one to a name. Base64 is looked into.
///
/// `name` is the field's own: the key, the variable; not its path.
#[must_use]
pub fn in_value(name: &str, value: &str) -> Vec<Detection> {
    let found = written_out(name, value);
    if found.is_empty() {
        return encoded_in(value, |decoded| written_out("", decoded)).into_iter().collect();
    }
    found
}

/// The same of an annotation or a label, whose key may have a domain before its name. Where the key
/// speaks of a secret and the value can name a Secret object (`auth-secret: basic-auth`), it does.
#[must_use]
pub fn in_annotation(key: &str, value: &str) -> Vec<Detection> {
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    let mut found = in_value(name, value);
    let whole = trimmed(value);
    found.retain(|one| {
        let is_by_key = one.basis == Basis::Name && one.name.is_none() && one.span == whole;
        !(is_by_key && names::speaks_of_secret(name) && values::can_name_an_object(value.trim()))
    });
    found
}

/// The login in a reference to a container image, as in `user:password@registry/image`, and what it
/// holds by its form.
#[must_use]
pub fn in_image(image: &str) -> Vec<Detection> {
    let mut found = by_form(image);
    found.extend(connection::login_in_image(image));
    format::settle(found)
}

/// Whether a name (of a key, a variable, a flag) says that its value is a secret.
#[must_use]
pub fn names_a_secret(name: &str) -> bool {
    names::says(name).is_some()
}

/// What the value of a field that is meant for secrets is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Nothing.
    Empty,
    /// Somebody is meant to fill it in, or a tool does: `<password>`, `{{ .Values.password }}`.
    Placeholder,
    /// A pointer to where the secret is: `vault:secret/db#password`.
    Reference,
    /// Ciphertext of a tool that decrypts it before it is used.
    Encrypted,
    /// What everybody may have: a certificate, a public key.
    Public,
    /// Several lines of configuration in which nothing was recognised as a credential.
    Configuration,
    /// A secret, as far as anybody can tell.
    Secret,
}

/// What the value of a field that is meant for secrets is. `name` is the field's own.
#[must_use]
pub fn content(name: &str, value: &str) -> Content {
    let text = value.trim();
    if text.is_empty() {
        Content::Empty
    } else if values::is_encrypted(text) {
        Content::Encrypted
    } else if !in_value(name, text).is_empty() {
        Content::Secret
    } else if values::is_placeholder(text) || values::is_template(text) && !text.contains('\n') {
        Content::Placeholder
    } else if values::is_reference(text) && !text.contains('\n') {
        Content::Reference
    } else if values::is_public(text) {
        Content::Public
    } else if text.contains('\n') || text.starts_with(['{', '[', '<']) {
        Content::Configuration
    } else {
        Content::Secret
    }
}

/// Whether a value is what `kubeseal` makes: base64 of a key wrapped with RSA, its length before it
/// (`HybridEncrypt` in `pkg/crypto/crypto.go` of `bitnami-labs/sealed-secrets`). The values of its keys'
/// usual lengths begin with `Ag` or `AQ`; how much follows is not looked at.
#[must_use]
pub fn is_sealed(value: &str) -> bool {
    let value = value.trim();
    let starts = value.starts_with("Ag")
        || value.starts_with("AQ")
        || value.starts_with("AY")
        || value.starts_with("BA");
    starts
        && value.len() >= 16
        && value
            .trim_end_matches('.')
            .bytes()
            .all(|byte| runs::Alphabet::Base64.has(byte) || byte.is_ascii_whitespace())
}

/// The text of a value in base64; `None` when it encodes none.
#[must_use]
pub fn decoded(value: &str) -> Option<String> {
    encoded::decode(value.trim()).and_then(|bytes| String::from_utf8(bytes).ok())
}

/// What stands for a credential in a text that is shown.
pub const MASK: &str = "•••";

/// A text with the credentials that it holds by their form, and the logins of image references, replaced
/// by [`MASK`]; of tokens, the prefix that all of their format share is kept.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut found = in_text(text);
    if text.contains('@') {
        let word = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        for part in text.split(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | ',')) {
            found.extend(connection::login_in_image(part).map(|one| Detection {
                span: one.span.start + word(part)..one.span.end + word(part),
                ..one
            }));
        }
        found = format::settle(found);
    }
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for one in &found {
        shown.push_str(&text[at..one.span.start + one.public_prefix]);
        shown.push_str(MASK);
        at = one.span.end;
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

fn by_form(text: &str) -> Vec<Detection> {
    let mut found = Vec::new();
    tokens::find(text, &mut found);
    // All others have one of these in them.
    let bytes = text.as_bytes();
    if memchr::memchr3(b':', b' ', b'=', bytes).is_some()
        || memchr::memchr3(b'$', b'{', b'/', bytes).is_some()
    {
        pem::find(text, &mut found);
        connection::find(text, &mut found);
    }
    found
}

/// The worst that is found in the text that a value encodes, as one with the value.
fn encoded_in(value: &str, find: impl FnOnce(&str) -> Vec<Detection>) -> Option<Detection> {
    let span = trimmed(value);
    if span.len() < ENCODED {
        return None;
    }
    let found = find(&encoded::decode_text(value)?);
    let worst = found.into_iter().max_by_key(|one| (one.format.strength, one.basis == Basis::Form))?;
    Some(Detection { span, public_prefix: 0, name: None, is_encoded: true, ..worst })
}

/// The shortest base64 that is looked into, in bytes: what is worth finding is longer.
const ENCODED: usize = 24;

fn trimmed(value: &str) -> std::ops::Range<usize> {
    let start = value.len() - value.trim_start().len();
    start..start + value.trim().len()
}

/// Without looking into base64.
fn written_out(name: &str, value: &str) -> Vec<Detection> {
    let mut found = by_form(value);
    let span = trimmed(value);
    let said = names::says(name).filter(|_| !value.trim().contains('\n'));
    found.extend(connection::of_header(name, value));
    let literal = said.filter(|said| values::is_literal(value, said.looks));
    match literal {
        Some(said) if found.is_empty() => {
            let format = refined(said.format, name, value.trim());
            found.push(Detection::of_name(format, span, None));
        }
        Some(_) => {}
        None => assignments::find(value, &mut found),
    }
    format::settle(found)
}

/// A better name for what a name says, where the value has the length and the letters of a format that
/// has no prefix to tell it by.
fn refined(format: Format, name: &str, value: &str) -> Format {
    let lower = name.to_ascii_lowercase();
    let has = |word: &str| lower.contains(word);
    let base64 = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+'));
    let lowercase = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    match value.split_once('.') {
        Some((id, secret)) if id.len() == 6 && secret.len() == 16 && lowercase(id) && lowercase(secret) => {
            Format::whole("a Kubernetes bootstrap token")
        }
        _ if value.len() == 40 && base64 && (has("aws") || has("access")) => {
            Format::whole("an AWS secret access key")
        }
        _ => format,
    }
}

#[cfg(test)]
#[path = "lib_tests.rs"]
mod tests;
