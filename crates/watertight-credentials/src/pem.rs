//! Private keys in PEM and its relatives, on lines of their own or in one line with `\n` written out.

use memchr::memmem;

use crate::format::{Detection, Format};

/// Labels that end in this are private keys (RFC 7468 section 10, OpenSSH, PGP in RFC 9580 section 6.2).
const PRIVATE_KEY: &str = "PRIVATE KEY";
/// The longest label that is looked at, with its dashes.
const LABEL: usize = 64;

/// Adds the private keys of a text.
pub(crate) fn find(text: &str, found: &mut Vec<Detection>) {
    let mut from = 0;
    while let Some(at) = memmem::find(&text.as_bytes()[from..], b"-BEGIN ").map(|at| from + at) {
        from = at + 1;
        let Some((label, body)) = label_at(text, at) else { continue };
        let start = text[..=at].rfind(|c| c != '-').map_or(0, |before| before + char_length(text, before));
        let end = memmem::find(&text.as_bytes()[body..], b"-END ").map(|end| body + end);
        let key = &text[body..end.unwrap_or(text.len())];
        // The line of the end belongs to it.
        let end = end.map_or(text.len(), |end| text[end..].find('\n').map_or(text.len(), |line| end + line));
        if holds_a_key(key) {
            found.push(Detection::of_form(format_of(label), start..end));
        }
        from = end.max(body);
    }
    putty(text, found);
}

fn char_length(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// The label of a private key whose `-BEGIN ` stands at a place, and where its body begins.
fn label_at(text: &str, at: usize) -> Option<(&str, usize)> {
    let start = at + "-BEGIN ".len();
    let bytes = text.as_bytes();
    let line = &bytes[start..bytes.len().min(start + LABEL)];
    let length = line.iter().position(|byte| !matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' '))?;
    let label = &text[start..start + length];
    let is_private = label.ends_with(PRIVATE_KEY) || label == "PGP PRIVATE KEY BLOCK";
    let dashes = line[length..].iter().take_while(|&&byte| byte == b'-').count();
    (is_private && dashes >= 3).then_some((label, start + length + dashes))
}

fn format_of(label: &str) -> Format {
    match label {
        "ENCRYPTED PRIVATE KEY" => Format::part("an encrypted private key"),
        "OPENSSH PRIVATE KEY" => Format::whole("an OpenSSH private key"),
        "PGP PRIVATE KEY BLOCK" => Format::whole("a PGP private key"),
        _ if label.starts_with("ENCRYPTED") => Format::part("an encrypted private key"),
        _ => Format::whole("a private key"),
    }
}

/// Whether something that can be a key stands there, and not a hint that one is to be put in.
fn holds_a_key(body: &str) -> bool {
    let body = body.replace("\\r", "").replace("\\n", "");
    let body = body.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\\' | ',' | '-'));
    let hint = ['<', '{', '$', '[', '.', '…', '#'].iter().any(|&mark| body.starts_with(mark));
    !body.is_empty() && !hint && body.bytes().take(3).all(|byte| byte.is_ascii_alphanumeric())
}

/// The file of PuTTY, whose key is the lines after `Private-Lines:`.
fn putty(text: &str, found: &mut Vec<Detection>) {
    let Some(at) = memmem::find(text.as_bytes(), b"PuTTY-User-Key-File-") else { return };
    if memmem::find(&text.as_bytes()[at..], b"Private-Lines: ").is_some() {
        found.push(Detection::of_form(Format::whole("a PuTTY private key"), at..text.len()));
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
    fn keys_are_found_and_certificates_are_not() {
        for label in ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "ED25519 "] {
            let key = format!("-----BEGIN {label}PRIVATE KEY-----\nMIIEvQ\n-----END {label}PRIVATE KEY-----");
            assert_eq!(of(&format!("é a\n{key}\nb")), [key.as_str()]);
            let line = key.replace('\n', "\\n");
            assert_eq!(of(&format!("k=\"{line}\"")).len(), 1);
        }
        assert_eq!(of("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQVYB\n").len(), 1);
        assert_eq!(of("---BEGIN OPENSSH PRIVATE KEY---\nxxxxx\n---END  OPENSSH PRIVATE KEY---").len(), 1);
        for none in [
            "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----\nMIIC\n-----END PUBLIC KEY-----",
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n<your key>\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n{{ .Values.key }}\n-----END PRIVATE KEY-----",
            "a file that has `BEGIN PRIVATE KEY`",
            "-BEGIN ",
        ] {
            assert!(of(none).is_empty(), "{none}");
        }
    }
}
