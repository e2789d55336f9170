//! Credentials in a command line: flags, variables set for one command, what known clients take, and
//! all of that again in a script that a shell is given.

use std::ops::Range;

use crate::format::{self, Detection, Format};
use crate::{by_form, names, values};

/// Credentials in the words of a command, each with the number of its word and its place in that word.
///
/// Words are what `command` and `args` of a container give together, in order. Flags are known by their
/// names (`--password x`, `--password=x`); a few clients by their own short ones (`mysql -px`). A word
/// with blanks in it is read as a script as well.
#[must_use]
pub fn in_command(words: &[&str]) -> Vec<(usize, Detection)> {
    let mut found: Vec<(usize, Detection)> = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let mut own = by_form(word);
        if is_script(word) {
            script(word, &mut own);
        }
        found.extend(own.into_iter().map(|one| (number, one)));
    }
    let spans: Vec<Word<'_>> = words.iter().map(|text| Word { text, at: 0 }).collect();
    simple(&spans, &mut |number, detection| found.push((number, detection)));
    let mut settled = Vec::with_capacity(found.len());
    for number in 0..words.len() {
        let own: Vec<Detection> = found.extract_if(.., |(of, _)| *of == number).map(|(_, one)| one).collect();
        settled.extend(format::settle(own).into_iter().map(|one| (number, one)));
    }
    settled
}

/// A word of a command, and where it stands in its text.
#[derive(Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    at: usize,
}

fn is_script(word: &str) -> bool {
    !word.starts_with('-') && word.trim().contains([' ', '\n', '\t', ';'])
}

/// The commands of a script: words as a shell splits them, between `;`, `|`, `&` and line breaks.
fn script(text: &str, found: &mut Vec<Detection>) {
    for command in commands(text) {
        simple(&command, &mut |number, mut detection| {
            let at = command[number].at;
            detection.span = detection.span.start + at..detection.span.end + at;
            detection.name = detection.name.map(|name| name.start + at..name.end + at);
            found.push(detection);
        });
    }
    crate::assignments::find(text, found);
}

fn commands(text: &str) -> Vec<Vec<Word<'_>>> {
    let bytes = text.as_bytes();
    let (mut commands, mut words) = (Vec::new(), Vec::new());
    // The words of commands that go on behind a substitution or a group.
    let mut around = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' | b'\\' => at += 1,
            b'(' => {
                around.push(std::mem::take(&mut words));
                at += 1;
            }
            b')' => {
                commands.push(std::mem::replace(&mut words, around.pop().unwrap_or_default()));
                at += 1;
            }
            b';' | b'|' | b'&' | b'\n' => {
                commands.push(std::mem::take(&mut words));
                at += 1;
            }
            b'#' => at = text[at..].find('\n').map_or(bytes.len(), |end| at + end),
            _ => {
                let end = word_end(bytes, at);
                words.push(unquoted(text, at..end));
                if text[at..end].ends_with("$(") {
                    around.push(std::mem::take(&mut words));
                }
                at = end;
            }
        }
    }
    commands.push(words);
    commands.extend(around);
    commands
}

/// Where a shell's word ends: quotes keep blanks together, and with `$(` a command begins within.
fn word_end(bytes: &[u8], mut at: usize) -> usize {
    let mut quote = None;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None, b'"' | b'\'') => quote = Some(bytes[at]),
            (Some(open), byte) if byte == open => quote = None,
            (_, b'\\') => at += 1,
            (None, b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b')') => break,
            (None, b'(') if at > 0 && bytes[at - 1] == b'$' => return at + 1,
            (None, b'(') => break,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

fn unquoted(text: &str, span: Range<usize>) -> Word<'_> {
    let word = text.get(span.clone()).unwrap_or_default();
    let quoted = word.len() >= 2
        && word.starts_with(['"', '\''])
        && word.ends_with(word.chars().next().unwrap_or_default());
    if quoted {
        Word { text: &word[1..word.len() - 1], at: span.start + 1 }
    } else {
        Word { text: word, at: span.start }
    }
}

/// One command without operators.
fn simple(words: &[Word<'_>], found: &mut impl FnMut(usize, Detection)) {
    for (number, word) in words.iter().enumerate() {
        if is_script(word.text) {
            continue;
        }
        if let Some((name, value)) = word.text.split_once('=') {
            if let Some(said) = flag_or_variable(name).and_then(names::says) {
                let start = name.len() + 1;
                found_if(said, value, start, Some(0..name.len()), number, found);
            }
        } else if let Some(said) = word.text.starts_with('-').then(|| names::says(word.text)).flatten()
            && let Some(next) = words.get(number + 1).filter(|next| !next.text.starts_with('-'))
        {
            found_if(said, next.text, 0, None, number + 1, found);
        }
    }
    clients(words, found);
}

/// `--password`, `-Dpassword`, `PASSWORD`; not a word of something else that happens to have an `=`.
fn flag_or_variable(name: &str) -> Option<&str> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    let name = name.rsplit_once(' ').map_or(name, |(_, last)| last);
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

fn found_if(
    said: names::Said,
    value: &str,
    start: usize,
    name: Option<Range<usize>>,
    number: usize,
    found: &mut impl FnMut(usize, Detection),
) {
    let quotes = value.len() - value.trim_start_matches(['"', '\'']).len();
    let inner = value.trim_matches(['"', '\'']);
    if !inner.is_empty() && !values::is_computed(inner) && values::is_literal(inner, said.looks) {
        let start = start + quotes;
        found(number, Detection::of_name(said.format, start..start + inner.len(), name));
    }
}

/// How a client is given a secret.
enum Takes {
    /// In the same word as a short flag: `-psecret`.
    Attached(&'static str),
    /// In the word after a flag: `-a secret`.
    Next(&'static str),
    /// In the word after a flag, behind a separator: `-u user:secret`.
    Login(&'static str, char),
    /// In the word at a position after a subcommand: `add_user u secret`.
    After(&'static str, usize),
}

use Takes::{After, Attached, Login, Next};

/// Clients whose flags do not say what they are by their names.
static CLIENTS: &[(&str, &[Takes])] = &[
    ("az", &[Next("-p")]),
    ("curl", &[Login("-u", ':'), Login("--user", ':'), Login("-U", ':'), Login("--proxy-user", ':')]),
    ("docker", &[Next("-p")]),
    ("helm", &[]),
    ("htpasswd", &[After("-b", 3), After("-bc", 3), After("-cb", 3), After("-nb", 2), After("-bn", 2)]),
    ("ldapadd", &[Next("-w")]),
    ("ldapmodify", &[Next("-w")]),
    ("ldapsearch", &[Next("-w")]),
    ("mariadb", &[Attached("-p")]),
    ("mariadb-admin", &[Attached("-p")]),
    ("mariadb-dump", &[Attached("-p")]),
    ("mongo", &[Next("-p")]),
    ("mongodump", &[Next("-p")]),
    ("mongorestore", &[Next("-p")]),
    ("mongosh", &[Next("-p")]),
    ("mysql", &[Attached("-p")]),
    ("mysqladmin", &[Attached("-p")]),
    ("mysqldump", &[Attached("-p")]),
    ("podman", &[Next("-p")]),
    ("rabbitmqctl", &[After("add_user", 2), After("change_password", 2)]),
    ("redis-cli", &[Next("-a"), Attached("-a")]),
    ("smbclient", &[Login("-U", '%')]),
    ("sqlcmd", &[Next("-P"), Attached("-P")]),
    ("sshpass", &[Next("-p"), Attached("-p")]),
    ("vault", &[After("login", 1)]),
    ("wget", &[]),
];

fn clients(words: &[Word<'_>], found: &mut impl FnMut(usize, Detection)) {
    let said = names::Said { format: Format::whole("a password"), looks: names::Looks::Any };
    // Variables may stand before the client, and a wrapper.
    for (number, word) in words.iter().enumerate().take(8) {
        let program = word.text.rsplit('/').next().unwrap_or_default();
        let Ok(client) = CLIENTS.binary_search_by_key(&program, |(name, _)| *name) else { continue };
        let rest = number + 1..words.len();
        for at in rest {
            for takes in CLIENTS[client].1 {
                taken(words, at, takes, said, found);
            }
        }
        return;
    }
}

fn taken(
    words: &[Word<'_>],
    at: usize,
    takes: &Takes,
    said: names::Said,
    found: &mut impl FnMut(usize, Detection),
) {
    let word = words[at].text;
    match takes {
        Attached(flag) => {
            if let Some(value) = word.strip_prefix(flag).filter(|value| !value.is_empty()) {
                found_if(said, value, flag.len(), None, at, found);
            }
        }
        Next(flag) if word == *flag => {
            if let Some(next) = words.get(at + 1).filter(|next| !next.text.starts_with('-')) {
                found_if(said, next.text, 0, None, at + 1, found);
            }
        }
        Login(flag, separator) => {
            let (number, login, start) = match word.strip_prefix(flag) {
                Some("") => match words.get(at + 1) {
                    Some(next) => (at + 1, next.text, 0),
                    None => return,
                },
                Some(attached) => (
                    at,
                    attached.trim_start_matches('='),
                    word.len() - attached.trim_start_matches('=').len(),
                ),
                None => return,
            };
            if let Some((user, password)) = login.split_once(*separator) {
                found_if(said, password, start + user.len() + separator.len_utf8(), None, number, found);
            }
        }
        After(word_before, distance) if word == *word_before => {
            if let Some(next) = words.get(at + distance).filter(|next| !next.text.starts_with('-')) {
                found_if(said, next.text, 0, None, at + distance, found);
            }
        }
        Next(_) | After(..) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'w>(words: &[&'w str]) -> Vec<&'w str> {
        in_command(words).into_iter().map(|(number, one)| &words[number][one.span]).collect()
    }

    #[test]
    fn clients_are_sorted() {
        assert!(CLIENTS.is_sorted_by_key(|(name, _)| *name));
    }

    #[test]
    fn flags_variables_clients_and_scripts() {
        for words in [
            &["server", "--password=hunter2"][..],
            &["server", "--password", "hunter2", "--x"],
            &["server", "-password", "hunter2"],
            &["java", "-Ddb.password=hunter2"],
            &["env", "DB_PASSWORD=hunter2", "run"],
            &["mysql", "-uroot", "-phunter2"],
            &["/usr/bin/mysqladmin", "-phunter2", "ping"],
            &["redis-cli", "-a", "hunter2", "ping"],
            &["redis-server", "--requirepass", "hunter2"],
            &["curl", "-u", "admin:hunter2", "http://x"],
            &["curl", "-uadmin:hunter2"],
            &["curl", "http://admin:hunter2@x/"],
            &["sh", "-c", "export DB_PASSWORD=hunter2 && run"],
            &["sh", "-c", "mysql -u root -phunter2 -e 'select 1'"],
            &["sh", "-c", "curl -u 'admin:hunter2' http://x | grep a"],
            &["bash", "-ec", "set -x\nPGPASSWORD=\"hunter2\" psql -h x\n"],
            &["sh", "-c", "server --password hunter2; sleep 1"],
            &["sh", "-c", "users=$(mysql -phunter2 -e 'select user from t')"],
            &["sshpass", "-p", "hunter2", "ssh", "x"],
            &["htpasswd", "-b", "/f", "admin", "hunter2"],
            &["ldapsearch", "-x", "-w", "hunter2"],
            &["sqlcmd", "-S", "localhost", "-P", "hunter2"],
        ] {
            assert_eq!(of(words), ["hunter2"], "{words:?}");
        }
        assert_eq!(
            of(&["kubeadm", "join", "--token", "abcdef.0123456789abcdef"]),
            ["abcdef.0123456789abcdef"]
        );
    }

    #[test]
    fn what_only_looks_like_it() {
        for words in [
            &["server", "--password=$(DB_PASSWORD)"][..],
            &["server", "--password", "--verbose"],
            &["server", "--password-file=/etc/x", "--secret-name=x", "--token-ttl=3600"],
            &["server", "--token-auth-file", "x"],
            &["mysql", "-p$MYSQL_PWD", "-p"],
            &["mysql", "-p\"${MYSQL_PWD}\""],
            &["nginx", "-p", "/etc/nginx"],
            &["cp", "-p", "a", "b"],
            &["sh", "-c", "mysqladmin ping -p$PASS"],
            &["sh", "-c", "cp -p hunter2 x"],
            &["curl", "-u", "admin:$PASS"],
            &["bash", "-c", "mysql -D $$DATABASE -p$$MYSQL_ROOT_PASSWORD -e 'SELECT 1'"],
            &["bash", "-c", "random_pass=$(openssl rand -base64 20)\nkubectl create secret generic x"],
            &["sh", "-c", "token=`cat /run/token`; api_key=\"$(cat /run/key)\" run"],
            &["sh", "-c", "export PASSWORD=${PASSWORD:-$(cat /run/p)}"],
            &["controller", "--tls-private-key-file=/x", "--webhook-secret=webhook-server-cert"],
            &["sh", "-c", "echo password: is needed"],
        ] {
            assert_eq!(of(words), [""; 0], "{words:?}");
        }
    }
}
