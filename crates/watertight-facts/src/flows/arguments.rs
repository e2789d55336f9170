//! The arguments of containers, with their variables replaced.

use watertight_model::ObjectId;
use watertight_syntax::Path;

use super::Place;
use super::names::{Hint, hint};

/// A name with its value, and where it stands.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) place: Place,
    pub(super) what: String,
}

/// The words of a command, of lists that follow each other: flags with their values, and scripts. `of` is what they are.
pub(super) fn arguments(
    lists: &[(Path, Option<&[String]>)],
    of: &str,
    object: ObjectId,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> (Vec<Pair>, Vec<Pair>) {
    let (mut flags, mut scripts) = (Vec::new(), Vec::new());
    let words = lists.iter().flat_map(|(at, list)| {
        list.unwrap_or_default().iter().enumerate().map(|(index, word)| (at.index(index), word))
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
            let what = format!("the script in {of}");
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

/// Flags with the short names of a host and its port as programs that call others take them, `-h db -p 5432`, under their
/// long names; `is_host` is whether a word is somebody to call. Of several hosts none is told from a port for certain.
pub(super) fn in_full(mut flags: Vec<Pair>, is_host: &dyn Fn(&str) -> bool) -> Vec<Pair> {
    let of = |flags: &[Pair], names: [&str; 2], is: &dyn Fn(&str) -> bool| {
        let found = flags.iter().enumerate();
        let found = found.filter(|(_, flag)| names.contains(&flag.name.as_str()) && is(flag.value.trim()));
        found.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
    let (hosts, ports) = (of(&flags, ["-h", "-H"], is_host), of(&flags, ["-p", "-P"], &is_port));
    if let ([host], [port]) = (hosts.as_slice(), ports.as_slice()) {
        "--host".clone_into(&mut flags[*host].name);
        "--port".clone_into(&mut flags[*port].name);
    }
    flags
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
