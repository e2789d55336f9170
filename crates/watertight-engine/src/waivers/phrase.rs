//! What a waiver says in one line: `needs the node's network (owner: platform, until: 2027-01-31)`.

use watertight_model::Date;

use crate::suggest::nearest;

/// A reason, and the terms in parentheses behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    pub(super) reason: String,
    pub(super) owner: Option<String>,
    pub(super) until: Option<Date>,
}

const TERMS: [&str; 2] = ["owner", "until"];

impl Phrase {
    /// Reads it.
    ///
    /// # Errors
    /// What is missing or wrong, and what to write.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (reason, terms) = match text.trim().strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
            // Other parentheses belong to the reason.
            Some((reason, terms)) if meant(key_of(terms).0).is_some() => (reason, Some(terms)),
            _ => (text, None),
        };
        let mut phrase = Self { reason: reason.trim().to_owned(), owner: None, until: None };
        for term in terms.into_iter().flat_map(|terms| terms.split(',')) {
            phrase.term(term)?;
        }
        // What is left when only a name was there says nothing.
        if !phrase.reason.contains(char::is_alphanumeric) {
            return Err("a waiver without a reason: say why it is let be".to_owned());
        }
        Ok(phrase)
    }

    fn term(&mut self, term: &str) -> Result<(), String> {
        let (key, value) = key_of(term);
        match key {
            "owner" if value.is_empty() => return Err("`owner` names nobody".to_owned()),
            "owner" => self.owner = Some(value.to_owned()),
            "until" => {
                let date = value.parse().map_err(|why| format!("`until` is no day: {why}"))?;
                self.until = Some(date);
            }
            other => {
                return Err(match meant(other) {
                    Some(near) => format!("unknown term in parentheses: did you mean `{near}`?"),
                    None => "unknown term in parentheses: `owner: WHO` and `until: YYYY-MM-DD` are known"
                        .to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// `owner: me`, or `owner=me`, which needs no quotes in an annotation.
fn key_of(term: &str) -> (&str, &str) {
    let first = term.split(',').next().unwrap_or_default();
    match first.find([':', '=']) {
        Some(at) => (first[..at].trim(), first[at + 1..].trim()),
        None => (first.trim(), ""),
    }
}

/// The term that was meant.
fn meant(key: &str) -> Option<&'static str> {
    match key {
        "expires" | "expiry" | "exp" | "expiration" => Some("until"),
        "by" | "who" => Some("owner"),
        _ => nearest(key, TERMS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_stand_behind_the_reason() {
        let read = |text: &str| {
            let phrase = Phrase::read(text).unwrap();
            (
                phrase.reason,
                phrase.owner.unwrap_or_default(),
                phrase.until.map(|d| d.to_string()).unwrap_or_default(),
            )
        };
        let all =
            |reason: &str, owner: &str, until: &str| (reason.to_owned(), owner.to_owned(), until.to_owned());
        assert_eq!(read("why not"), all("why not", "", ""));
        assert_eq!(read(" needs it (owner: a b, until: 2027-01-31) "), all("needs it", "a b", "2027-01-31"));
        assert_eq!(read("needs it (see the wiki)"), all("needs it (see the wiki)", "", ""));
        assert_eq!(read("needs it (a: b)"), all("needs it (a: b)", "", ""));
        assert_eq!(read("x (owner=a b, until=2027-01-31)"), all("x", "a b", "2027-01-31"));
        assert_eq!(read("a (b) c (until: 2027-01-31)"), all("a (b) c", "", "2027-01-31"));
    }

    #[test]
    fn what_is_wrong_is_said_and_not_quoted() {
        for (text, said) in [
            ("", "without a reason"),
            ("-- :", "without a reason"),
            ("(owner: me)", "without a reason"),
            ("x (until: C4N4RY)", "`until` is no day"),
            ("x (until: 2027-02-30)", "there is no such day"),
            ("x (owner:)", "names nobody"),
            ("x (onwer: me)", "did you mean `owner`"),
            ("x (expires: 2027-01-01)", "did you mean `until`"),
            ("x (by: me)", "did you mean `owner`"),
            ("x (owner: me, C4N4RY)", "are known"),
        ] {
            let error = Phrase::read(text).unwrap_err();
            assert!(error.contains(said) && !error.contains("C4N4RY"), "{text}: {error}");
        }
    }
}
