//! Who may have signed an image: the parts that policies of Kyverno and policy-controller share.

use watertight_syntax::Path;

use super::text::At;
use super::{Loose, Looseness};

/// What is loose about the identities of keyless signatures at a value with `issuer`, `subject` and their
/// regular expressions. Anyone can have such a signature made: the issuer and the subject are all there is.
pub(super) fn identity(at: At<'_>, path: &Path, found: &mut Vec<Loose>) {
    for (plain, pattern, what) in [
        ("issuer", ["issuerRegExp", "issuerRegex"], Looseness::AnyIssuer),
        ("subject", ["subjectRegExp", "subjectRegex"], Looseness::AnySubject),
    ] {
        let written = [plain, pattern[0], pattern[1]].into_iter().find_map(|key| Some((key, at.text(key)?)));
        let written = written.filter(|(_, text)| !text.is_empty());
        let is_any = match written {
            None => true,
            Some((key, text)) if key == plain => text.trim_matches('*').is_empty(),
            Some((_, text)) => is_any_pattern(text),
        };
        if is_any {
            let path = path.key(written.map_or(plain, |(key, _)| key));
            found.push(Loose { path, what });
        }
    }
}

/// Whether a regular expression lets everything pass.
fn is_any_pattern(text: &str) -> bool {
    let bare = text.trim_start_matches('^').trim_end_matches('$');
    matches!(bare, "" | ".*" | ".+" | "(.*)" | "(.+)" | "*")
}
