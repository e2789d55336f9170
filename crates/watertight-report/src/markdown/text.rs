//! Text from outside in Markdown.
//!
//! Escaping is not enough: GitHub makes links of addresses, mentions, issue numbers and commits after Markdown was
//! read. In code it does not, so what is not harmless is shown as code.

use crate::style::Clean;

/// A code span that holds any text. Line breaks and other control characters are shown as escapes.
pub(super) fn code(text: &str) -> String {
    let text = Clean(text).to_string();
    if text.trim().is_empty() {
        return "` `".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A span that begins or ends with a backtick needs a blank, which is taken off again; so does one that would
    // lose blanks of its own.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A block of code that holds any text. `text` ends with a line break and holds no other control characters.
pub(super) fn fence(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{text}{fence}\n")
}

/// Text between HTML tags.
pub(super) fn html(text: &str) -> String {
    Clean(text).to_string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A sentence of ours that may quote something between backticks. The quotes become code; when what is around them
/// is not plainly harmless, somebody else's text left its quotes, and the whole becomes code.
pub(super) fn message(text: &str) -> String {
    let clean = Clean(text).to_string();
    let parts: Vec<&str> = clean.split('`').collect();
    let outside = parts.iter().step_by(2);
    let whole = parts.len() % 2 == 1 && outside.clone().all(|part| is_harmless(part));
    let quoted = parts.iter().skip(1).step_by(2).all(|part| !part.trim().is_empty());
    if whole && quoted { clean.clone() } else { code(text) }
}

/// Whether text means only itself to Markdown and to what GitHub makes of it. A number in brackets is an index.
fn is_harmless(text: &str) -> bool {
    if let Some((before, rest)) = text.split_once('[') {
        let Some((index, after)) = rest.split_once(']') else { return false };
        let is_index = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        return is_index && !after.starts_with('(') && is_harmless(before) && is_harmless(after);
    }
    let plain = |character: char| character.is_alphanumeric() || " ,;.:'()/-=?%…—–·\"".contains(character);
    text.chars().all(plain)
        && !text.contains("//")
        && text.split(|c: char| !c.is_alphanumeric() && c != '-').all(is_word)
}

/// A word that is no address (`www.`), issue (`GH-1`) or commit (seven hexadecimal digits or more).
fn is_word(word: &str) -> bool {
    let commit = word.len() >= 7
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.bytes().any(|byte| byte.is_ascii_digit());
    !commit && !word.eq_ignore_ascii_case("www") && !word.to_ascii_uppercase().starts_with("GH-")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_any_text() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(code("a\nb"), "`a\\u{a}b`");
        assert_eq!(code(""), "` `");
        assert_eq!(fence("a ``` b\n"), "````text\na ``` b\n````\n");
    }

    #[test]
    fn messages_keep_our_quotes_and_nothing_of_others() {
        let same = [
            "container `web` runs privileged",
            "port `8080` (of 3) is open: close it, please.",
            "by rules[1] of `web`",
        ];
        for text in same {
            assert_eq!(message(text), text);
        }
        for text in [
            "container `a` @octocat `b` runs",
            "see http://evil.example now",
            "see www.evil.example now",
            "fixes GH-12",
            "fixes #12",
            "commit 0123abcdef",
            "![x](y)",
            "a <b>c</b>",
            "a [1](http:x) b",
            "a ` alone",
            "a `` empty",
            "*bold* _it_",
        ] {
            assert!(message(text).starts_with('`'), "{text}: {}", message(text));
        }
        assert_eq!(html("<a href='x'>&"), "&lt;a href='x'&gt;&amp;");
    }
}
