//! The arguments of containers, with their variables replaced.

use watertight_model::ObjectId;

use super::Place;
use super::names::{Hint, hint};
use crate::container::Container;

/// A name with its value, and where it stands.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) place: Place,
    pub(super) what: String,
}

/// The arguments of a container: flags with their values, and scripts.
pub(super) fn arguments(
    container: Container<'_>,
    object: ObjectId,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> (Vec<Pair>, Vec<Pair>) {
    let (mut flags, mut scripts) = (Vec::new(), Vec::new());
    let spec = container.spec();
    let lists = [("command", spec.command.as_deref()), ("args", spec.args.as_deref())];
    let words = lists.into_iter().flat_map(|(key, list)| {
        let at = container.path().key(key);
        list.unwrap_or_default().iter().enumerate().map(move |(index, word)| (at.index(index), word))
    });
    let mut flag_before: Option<String> = None;
    for (path, word) in words {
        let word = expanded(word, lookup);
        let place = Place::Object(object, path);
        let before = flag_before.take();
        // `--dsn "host=db port=5432"` is no script.
        let is_value = before.as_deref().is_some_and(|flag| matches!(hint(flag), Hint::Host | Hint::Peer));
        if word.contains(char::is_whitespace) && !word.starts_with('-') && !is_value {
            let value = expanded_by_shell(&word, lookup);
            let what = "the script in the arguments".to_owned();
            scripts.push(Pair { name: String::new(), value, place, what });
        } else if let Some((name, value)) =
            word.split_once('=').filter(|(name, _)| !is_value && !name.contains("://"))
        {
            let what = format!("the argument `{name}`");
            flags.push(Pair { name: name.to_owned(), value: value.to_owned(), place, what });
        } else if word.starts_with('-') {
            flag_before = Some(word);
        } else {
            let what =
                before.as_ref().map_or("an argument".to_owned(), |flag| format!("the argument `{flag}`"));
            flags.push(Pair { name: before.unwrap_or_default(), value: word, place, what });
        }
    }
    (flags, scripts)
}

/// A text with `$(NAME)` replaced; `$$` stands for `$`, and what is not known stays
/// (`third_party/forked/golang/expansion/expand.go`).
pub(super) fn expanded(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        done.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('$') {
            done.push('$');
            rest = after;
        } else if let Some((name, after)) = after.strip_prefix('(').and_then(|after| after.split_once(')')) {
            match lookup(name) {
                Some(value) => done.push_str(&value),
                None => done.push_str(&rest[at..rest.len() - after.len()]),
            }
            rest = after;
        } else {
            done.push('$');
            rest = after;
        }
    }
    done.push_str(rest);
    done
}

/// A text with `$NAME` and `${NAME}` replaced where the variable is known.
fn expanded_by_shell(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        done.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let inner = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, after) = inner.unwrap_or((&after[..end], &after[end..]));
        match lookup(name) {
            Some(value) => done.push_str(&value),
            None => done.push_str(&rest[at..rest.len() - after.len()]),
        }
        rest = after;
    }
    done.push_str(rest);
    done
}
