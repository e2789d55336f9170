//! Rust source reduced to what rules ask about: code without comments and texts, and the paths it names.

/// The source with comments, string and character literals blanked; line breaks stay.
pub(super) fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => comment_end(bytes, at),
            b'"' => text_end(bytes, at + 1),
            b'r' if !after_word(bytes, at) && raw_hashes(bytes, at).is_some() => raw_end(bytes, at),
            b'\'' => character_end(source, at),
            _ => at,
        };
        if end > at {
            let blanked = &bytes[at..end.min(bytes.len())];
            out.extend(blanked.iter().filter(|&&byte| byte == b'\n').map(|_| '\n'));
            out.push(' ');
            at = end;
        } else {
            // Only whole characters are copied; what is outside literals is ASCII but for names.
            let rest = source[at..].chars().next().unwrap_or(' ');
            out.push(rest);
            at += rest.len_utf8();
        }
    }
    out
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |length| at + length)
}

fn comment_end(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut here) = (0usize, at);
    while here < bytes.len() {
        if bytes[here..].starts_with(b"/*") {
            depth += 1;
            here += 2;
        } else if bytes[here..].starts_with(b"*/") {
            depth -= 1;
            here += 2;
            if depth == 0 {
                return here;
            }
        } else {
            here += 1;
        }
    }
    here
}

fn text_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

fn after_word(bytes: &[u8], at: usize) -> bool {
    // `br"…"` is a raw text too; any other word before the `r` makes it part of a name.
    let before = at.checked_sub(1).map(|before| bytes[before]);
    before.is_some_and(|byte| (byte.is_ascii_alphanumeric() || byte == b'_') && byte != b'b')
}

fn raw_hashes(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at + 1..].iter().take_while(|&&byte| byte == b'#').count();
    (bytes.get(at + 1 + hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_end(bytes: &[u8], at: usize) -> usize {
    let hashes = raw_hashes(bytes, at).unwrap_or_default();
    let close = [b"\"".as_slice(), "#".repeat(hashes).as_bytes()].concat();
    let begin = at + 2 + hashes;
    let found = bytes[begin.min(bytes.len())..].windows(close.len()).position(|window| window == close);
    found.map_or(bytes.len(), |length| begin + length + close.len())
}

/// The end of a character literal; a lifetime gives its own start back.
fn character_end(source: &str, at: usize) -> usize {
    let mut rest = source[at + 1..].char_indices();
    match (rest.next(), rest.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            let after = at + 1 + escaped + 1;
            source[after..].find('\'').map_or(source.len(), |length| after + length + 1)
        }
        (Some(_), Some((close, '\''))) => at + 1 + close + 1,
        _ => at,
    }
}

/// What stands before the tests of a file: tests are a module at its end.
pub(super) fn before_tests(code: &str) -> &str {
    let tests = code.find("#[cfg(test)]\nmod tests {");
    &code[..tests.unwrap_or(code.len())]
}

/// Every path that code names, with its line from 1; grouped imports are spelled out.
pub(super) fn paths(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // Prefixes of the groups that are open, and of the path being read.
    let mut groups: Vec<String> = Vec::new();
    let mut path = String::new();
    let mut importing = false;
    let mut line = 1;
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let word: usize =
            rest.chars().take_while(|&c| c.is_alphanumeric() || c == '_').map(char::len_utf8).sum();
        let length = if word > 0 { word } else { first.len_utf8() };
        let (token, after) = rest.split_at(length);
        rest = after;
        match token {
            _ if word > 0 => {
                if !path.is_empty() && !path.ends_with("::") {
                    found.push((line, std::mem::take(&mut path)));
                }
                if token == "use" {
                    importing = true;
                    path.clear();
                } else {
                    if path.is_empty()
                        && let Some(prefix) = groups.last()
                    {
                        path.clone_from(prefix);
                    }
                    path.push_str(token);
                }
            }
            ":" if rest.starts_with(':') => {
                rest = &rest[1..];
                if !path.is_empty() {
                    path.push_str("::");
                }
            }
            "{" if importing => groups.push(std::mem::take(&mut path)),
            "\n" | " " | "\t" => line += usize::from(token == "\n"),
            _ => {
                if !path.is_empty() {
                    found.push((line, std::mem::take(&mut path)));
                }
                if importing && token == "}" {
                    groups.pop();
                }
                if token == ";" {
                    importing = false;
                    groups.clear();
                }
            }
        }
    }
    if !path.is_empty() {
        found.push((line, path));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(source: &str) -> Vec<String> {
        paths(&code_only(source)).into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn comments_and_texts_are_no_code() {
        let source = "a // std::fs\n/* std::env /* x */ y */ b \"std::fs \\\" q\" r#\"std::\"fs\"# 'x' '\\'' '\"' c<'a> d";
        assert_eq!(named(source), ["a", "b", "c", "a", "d"]);
        assert_eq!(code_only("\"a\nb\"\nc").lines().count(), 3);
    }

    #[test]
    fn imports_are_spelled_out() {
        let found = named("use std::{fs, io::{self, Read as _}, time::Duration};\nstd :: env::var(\"x\")");
        for path in ["std::fs", "std::io::self", "std::io::Read", "std::time::Duration", "std::env::var"] {
            assert!(found.iter().any(|name| name == path), "{path} in {found:?}");
        }
        assert_eq!(paths("a;\n\nstd::fs::read"), [(1, "a".to_owned()), (3, "std::fs::read".to_owned())]);
    }
}
