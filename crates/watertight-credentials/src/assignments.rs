//! `name = value` in configuration text of whatever syntax: properties, environment files, INI, TOML,
//! YAML, JSON, XML, SQL, shell.
//!
//! No syntax is parsed: the text is read line by line for a name that says "secret", a sign, and a
//! value; so it works in a file of any kind, and in half a file. Comments are passed over: what stands
//! there is not in force. Start reading at [`find`].

use std::ops::Range;

use crate::format::Detection;
use crate::names::{self, Said};
use crate::values;

/// Adds the secrets that a text assigns to names.
pub(crate) fn find(text: &str, found: &mut Vec<Detection>) {
    let mut pending: Option<Pending> = None;
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if !is_comment(line) {
            let scan = Scan { text, line: start..start + line.trim_end_matches(['\n', '\r']).len() };
            scan.line(number, &mut pending, found);
        }
        start += line.len();
    }
}

/// A name that was given as a value (`name: DB_PASSWORD`); the value may follow (`value: x`).
struct Pending {
    said: Said,
    name: Range<usize>,
    line: usize,
}

/// The longest value that is looked at, in bytes; what is longer has a form of its own.
const LONGEST: usize = 1024;
/// Lines between `name:` and `value:` of one item.
const NEAR: usize = 2;

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["#", ";", "//", "--", "<!--", "* ", "/*"].iter().any(|mark| line.starts_with(mark))
        // A flag in a script begins with dashes too, and a registry in `.npmrc` with slashes.
        && !(line.starts_with("//") && line.contains(":_"))
        && !(line.starts_with("--") && line[2..].starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// One line, as a part of its text.
struct Scan<'t> {
    text: &'t str,
    line: Range<usize>,
}

/// The sign between a name and its value.
#[derive(PartialEq)]
enum Sign {
    /// `=`, with or without blanks.
    Equals,
    /// `:`, followed by a blank or by a quote.
    Colon,
    /// The end of an XML tag: the value goes on to the next tag.
    Tag,
    /// A blank, where the name's syntax is such: `requirepass x`, `PASSWORD 'x'`.
    Blank,
}

impl Scan<'_> {
    fn line(&self, number: usize, pending: &mut Option<Pending>, found: &mut Vec<Detection>) {
        let bytes = self.text.as_bytes();
        let mut at = self.line.start;
        while at < self.line.end {
            if !is_name_byte(bytes[at]) {
                at += 1;
                continue;
            }
            let name = self.name_at(at);
            at = name.end;
            let Some((sign, value_at)) = self.sign_after(&name) else { continue };
            let word = &self.text[name.clone()];
            let said = match names::says(word) {
                Some(said) => Some((said, name.clone())),
                None if sign == Sign::Blank => Some((names::A_PASSWORD, name.clone())),
                None => self.paired(word, number, pending),
            };
            if said.is_none() && !is_naming(word) {
                continue;
            }
            let value = self.value_at(value_at, &sign, &name);
            if is_naming(word)
                && let Some(said) = names::says(&self.text[value.clone()])
            {
                *pending = Some(Pending { said, name: value.clone(), line: number });
                at = value.end.max(at);
                continue;
            }
            let Some((said, name)) = said else { continue };
            if self.is_assigned(&value, &sign, said) {
                at = value.end.max(at);
                found.push(Detection::of_name(said.format, value, Some(name)));
            }
        }
    }

    fn paired(
        &self,
        word: &str,
        number: usize,
        pending: &mut Option<Pending>,
    ) -> Option<(Said, Range<usize>)> {
        let is_value = matches!(word, "value" | "Value" | "defaultValue" | "val");
        let near = |pending: &mut Pending| number - pending.line <= NEAR;
        if is_value { pending.take_if(near).map(|pending| (pending.said, pending.name)) } else { None }
    }

    fn name_at(&self, at: usize) -> Range<usize> {
        let rest = &self.text.as_bytes()[at..self.line.end];
        let length = rest.iter().position(|&byte| !is_name_byte(byte)).unwrap_or(rest.len());
        at..at + length
    }

    /// The sign after a name and where its value begins; `None` when the name is no key here.
    fn sign_after(&self, name: &Range<usize>) -> Option<(Sign, usize)> {
        let bytes = self.text.as_bytes();
        let before = name.start.checked_sub(1).filter(|&at| at >= self.line.start).map(|at| bytes[at]);
        let quote = bytes
            .get(name.end)
            .copied()
            .filter(|&byte| matches!(byte, b'"' | b'\'') && before == Some(byte) && name.end < self.line.end);
        let mut at = name.end + usize::from(quote.is_some());
        // `\"name\": \"value\"`: JSON in a string.
        if quote.is_none() && before == Some(b'"') && bytes[at..self.line.end].starts_with(b"\\\"") {
            at += 2;
        }
        let after_name = at;
        at = self.skip_blanks(at);
        let rest = &bytes[at..self.line.end];
        // Not `$x`, not `${x}`, not `.x`, not `-x`: those are read as a part of the name, or are uses.
        let is_use = matches!(before, Some(b'$' | b'@' | b'%'))
            || quote.is_none() && before == Some(b'{') && self.is_use(name);
        if is_use {
            return None;
        }
        match rest {
            [b'=', b'=' | b'~', ..] => None,
            [b'=', b'>', ..] | [b':', b'=', ..] => Some((Sign::Equals, self.skip_blanks(at + 2))),
            [b'=', ..] => Some((Sign::Equals, self.skip_blanks(at + 1))),
            [b':', b' ' | b'"' | b'\'' | b'\\', ..] if self.begins_key(name, before, quote.is_some()) => {
                Some((Sign::Colon, self.skip_blanks(at + 1)))
            }
            [b':', ..] if quote.is_some() => Some((Sign::Colon, self.skip_blanks(at + 1))),
            [b'>', ..] if before == Some(b'<') => Some((Sign::Tag, at + 1)),
            _ if at > after_name && self.takes_blank(name, rest) => Some((Sign::Blank, at)),
            _ => None,
        }
    }

    /// Whether `{name` is a reference (`${name}`, `{{name`).
    fn is_use(&self, name: &Range<usize>) -> bool {
        let before = name.start.checked_sub(2).map(|at| self.text.as_bytes()[at]);
        matches!(before, Some(b'$' | b'{' | b'#'))
    }

    /// Whether a name before a colon is a key and no word of a sentence: it begins the line or an item,
    /// or stands in quotes or in a map.
    fn begins_key(&self, name: &Range<usize>, before: Option<u8>, is_quoted: bool) -> bool {
        let lead = self.lead(name);
        is_quoted
            || lead.trim_start_matches([' ', '\t', '-', '?']).is_empty()
            || matches!(before, Some(b'{' | b'[' | b',' | b'(' | b'"'))
            || lead.trim_end().ends_with([',', '{', '('])
    }

    /// Names whose value follows a blank: Redis' directives, `.netrc`, and quoted passwords in SQL.
    fn takes_blank(&self, name: &Range<usize>, rest: &[u8]) -> bool {
        let word = &self.text[name.clone()];
        let lead = self.lead(name);
        let begins = lead.trim().is_empty();
        let by =
            word.eq_ignore_ascii_case("by") && lead.to_ascii_lowercase().trim_end().ends_with("identified");
        let sql = matches!(rest, [b'\'', ..]) && (word.eq_ignore_ascii_case("password") || by);
        let netrc = word == "password" && lead.contains("login ");
        (begins && matches!(word, "requirepass" | "masterauth")) || sql || netrc
    }

    /// What stands before a name on its line, as far as it matters.
    fn lead(&self, name: &Range<usize>) -> &str {
        let mut start = name.start.saturating_sub(names::LONGEST).max(self.line.start);
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        &self.text[start..name.start]
    }

    fn skip_blanks(&self, mut at: usize) -> usize {
        while at < self.line.end && matches!(self.text.as_bytes()[at], b' ' | b'\t') {
            at += 1;
        }
        at
    }

    /// The value that begins at a place, without its quotes.
    fn value_at(&self, at: usize, sign: &Sign, name: &Range<usize>) -> Range<usize> {
        let bytes = &self.text.as_bytes()[..self.limit(at)];
        if *sign == Sign::Tag {
            let length = bytes[at..].iter().position(|&byte| byte == b'<').unwrap_or(bytes.len() - at);
            return self.trimmed(at..at + length);
        }
        let escaped = bytes[at..].starts_with(b"\\\"");
        let quote = if escaped { Some(b'"') } else { bytes.get(at).copied() };
        if let Some(quote @ (b'"' | b'\'' | b'`')) = quote {
            let start = at + 1 + usize::from(escaped);
            return start..self.quote_end(start, quote, escaped);
        }
        let in_flow = self.lead(name).trim_end().ends_with(['"', '\'', '{', '[', ',']);
        let tight = *sign == Sign::Equals && bytes[at - 1] == b'=' && bytes[name.end] == b'=';
        let is_end = |at: usize| match bytes[at] {
            b'\\' if bytes.get(at + 1) == Some(&b'n') => true,
            b',' | b'}' | b']' if in_flow => true,
            b';' | b'&' | b'|' if tight => true,
            b' ' | b'\t' if tight || *sign == Sign::Blank => true,
            b'#' => matches!(bytes[at - 1], b' ' | b'\t'),
            _ => false,
        };
        let end = (at..bytes.len()).find(|&at| is_end(at)).unwrap_or(bytes.len());
        self.trimmed(at..end)
    }

    fn quote_end(&self, start: usize, quote: u8, is_escaped: bool) -> usize {
        let bytes = &self.text.as_bytes()[..self.limit(start)];
        let mut at = start.min(bytes.len());
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if is_escaped && bytes.get(at + 1) == Some(&b'"') => return at,
                b'\\' if !is_escaped => at += 1,
                byte if byte == quote => return at,
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }

    /// Where a value that begins at a place is cut off at the latest.
    fn limit(&self, at: usize) -> usize {
        let mut limit = self.line.end.min(at + LONGEST);
        while !self.text.is_char_boundary(limit) {
            limit -= 1;
        }
        limit
    }

    fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        let value = &self.text[span.clone()];
        let start = span.start + (value.len() - value.trim_start().len());
        start..start + value.trim().trim_end_matches([',', ';']).len()
    }

    /// Whether a value is a literal secret here, and no expression of a program.
    fn is_assigned(&self, value: &Range<usize>, sign: &Sign, said: Said) -> bool {
        let text = &self.text[value.clone()];
        if text.is_empty() || values::is_computed(text) || !values::is_literal(text, said.looks) {
            return false;
        }
        let before = self.text.as_bytes()[value.start - 1];
        if matches!(before, b'"' | b'\'' | b'`') {
            return true;
        }
        // Without quotes a text with blanks is a sentence, and a map, a list or a call is no text.
        let opens = text.starts_with(['{', '[', '|', '>', '&', '*', '!', '<', '$', '(', '@', '%', '`']);
        !opens && !is_expression(text) && (!text.contains(char::is_whitespace) || *sign == Sign::Tag)
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Keys whose value is a name.
fn is_naming(word: &str) -> bool {
    matches!(word, "name" | "key" | "Name" | "Key")
}

/// `getenv(…)`, `config.password`, `os.environ[…]`: what a program computes.
fn is_expression(text: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    };
    let head = text.split(['(', '[']).next().unwrap_or_default();
    let is_call = head.len() < text.len() && head.split('.').all(word);
    is_call || (text.contains('.') && text.split('.').all(word))
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
    fn every_syntax_of_configuration() {
        for text in [
            "password=hunter2",
            "password = hunter2",
            "a=1\nspring.datasource.password=hunter2\nb=2",
            "password: hunter2",
            "  - password: hunter2",
            "auth:\n  admin_password: hunter2 # why",
            "{\"user\":\"u\",\"password\":\"hunter2\",\"x\":1}",
            "\"password\": \"hunter2\",",
            "{\\\"password\\\": \\\"hunter2\\\"}",
            "export DB_PASSWORD='hunter2'",
            "DB_PASSWORD=hunter2 ./run",
            "a; PASSWORD=hunter2; b",
            "[x]\npassword = \"hunter2\"  # comment",
            "<password>hunter2</password>",
            "<user password=\"hunter2\"/>",
            "<property name=\"db.password\" value=\"hunter2\"/>",
            "<name>db.password</name>\n<value>hunter2</value>",
            "- name: DB_PASSWORD\n  value: hunter2",
            "Server=x;User Id=sa;Password=hunter2;Encrypt=true",
            "requirepass hunter2",
            "CREATE USER 'a' IDENTIFIED BY 'hunter2';",
            "ALTER ROLE a WITH PASSWORD 'hunter2';",
            "machine h login u password hunter2",
            "https://h/?password=hunter2&x=1",
            "{user: u, password: hunter2, x: 1}",
            "password => hunter2",
            "//registry/:_password=hunter2",
            "mysql --password=hunter2 -e x",
        ] {
            assert_eq!(of(text), ["hunter2"], "{text}");
        }
        assert_eq!(
            of("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0a2V5==;X=1"),
            ["c2VjcmV0a2V5=="]
        );
    }

    #[test]
    fn what_only_looks_like_it() {
        for text in [
            "# password = hunter2",
            "; admin_password = admin",
            "// password: hunter2",
            "password:",
            "password: |",
            "password: {a: b}",
            "password: ${PASSWORD}",
            "password = os.environ[\"X\"]",
            "password = get_password()",
            "password = config.password",
            "if password == 'hunter2'",
            "password: string",
            "Enter the password: and go on",
            "the token: it is used to",
            "location / { proxy_pass http://backend; }",
            "password_file = /etc/x",
            "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      key: password",
            "- name: DB_PASSWORD\n  a: b\n  c: d\n  value: far",
            "tokens: 5",
            "\"token\": \"\",",
            "echo $password",
            "CLIENT_SECRET=\"$(cat \"${TOKEN}\")\" \\\n  run",
            "secretName: x-tls",
            "SELECT name ORDER BY 'x'",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }
}
