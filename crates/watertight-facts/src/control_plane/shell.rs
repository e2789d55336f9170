//! The one command of a shell script that runs a component, where the script says it exactly.
//!
//! Read are scripts of simple commands: words, quotes, redirections, `exec`, assignments before a
//! command, separated by lines, `;` or `&&`. A word with a `$` is not known. Anything
//! else (pipes, backticks, loops, functions, here-documents) makes the script unreadable, which is said.

/// A word of a script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ScriptWord {
    pub(super) text: String,
    /// Where in the text the first part stands that the shell fills in.
    pub(super) unknown_from: Option<usize>,
}

/// The simple commands of a script; `None` when it is more than that.
pub(super) fn commands(script: &str) -> Option<Vec<Vec<ScriptWord>>> {
    let mut reader = Reader { chars: script.chars().peekable(), commands: Vec::new(), command: Vec::new() };
    reader.read()?;
    Some(reader.commands)
}

struct Reader<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    commands: Vec<Vec<ScriptWord>>,
    command: Vec<ScriptWord>,
}

/// Words that begin what is no simple command.
const COMPOUND: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "!",
];

impl Reader<'_> {
    fn read(&mut self) -> Option<()> {
        while let Some(&next) = self.chars.peek() {
            match next {
                ' ' | '\t' | '\r' => {
                    self.chars.next();
                }
                '\n' | ';' => {
                    self.chars.next();
                    self.end()?;
                }
                '&' => {
                    self.chars.next();
                    // A command in the background may not be the one that stays.
                    self.chars.next_if_eq(&'&')?;
                    self.end()?;
                }
                '#' => while self.chars.next_if(|&next| next != '\n').is_some() {},
                '>' => self.redirection()?,
                '|' | '<' | '(' | ')' => return None,
                _ => {
                    let word = self.word()?;
                    // `2>&1`: the number belongs to the redirection.
                    let digits = !word.text.is_empty() && word.text.bytes().all(|byte| byte.is_ascii_digit());
                    if digits && self.chars.peek() == Some(&'>') {
                        self.redirection()?;
                    } else {
                        self.command.push(word);
                    }
                }
            }
        }
        self.end()
    }

    fn end(&mut self) -> Option<()> {
        let mut words = std::mem::take(&mut self.command);
        let assignments = words.iter().take_while(|word| is_assignment(&word.text)).count();
        words.drain(..assignments);
        if words.first().is_some_and(|word| word.text == "exec") {
            words.remove(0);
        }
        if words.first().is_some_and(|word| COMPOUND.contains(&word.text.as_str())) {
            return None;
        }
        if !words.is_empty() {
            self.commands.push(words);
        }
        Some(())
    }

    fn redirection(&mut self) -> Option<()> {
        while self.chars.next_if(|&next| matches!(next, '>' | '&')).is_some() {}
        while self.chars.next_if(|&next| matches!(next, ' ' | '\t')).is_some() {}
        self.word().map(drop)
    }

    fn word(&mut self) -> Option<ScriptWord> {
        let mut word = ScriptWord::default();
        while let Some(&next) = self.chars.peek() {
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                _ => {}
            }
            self.chars.next();
            match next {
                '\'' => loop {
                    match self.chars.next()? {
                        '\'' => break,
                        inner => word.text.push(inner),
                    }
                },
                '"' => loop {
                    match self.chars.next()? {
                        '"' => break,
                        '\\' => match self.chars.next()? {
                            '\n' => {}
                            inner @ ('"' | '\\' | '$' | '`') => word.text.push(inner),
                            inner => word.text.extend(['\\', inner]),
                        },
                        '`' => return None,
                        inner => word.push(inner),
                    }
                    // `$(` runs another command inside the quotes.
                    if word.text.ends_with('$') && self.chars.peek() == Some(&'(') {
                        self.substitution()?;
                    }
                },
                '`' => return None,
                '\\' => match self.chars.next()? {
                    '\n' => {}
                    inner => word.text.push(inner),
                },
                _ => word.push(next),
            }
            // `$(` runs another command inside the word.
            if next == '$' && self.chars.peek() == Some(&'(') {
                self.substitution()?;
            }
        }
        Some(word)
    }

    /// Passes over `(…)` of a command substitution; its text is not known anyway.
    fn substitution(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            match self.chars.next()? {
                '(' => depth += 1,
                ')' if depth == 1 => return Some(()),
                ')' => depth -= 1,
                _ => {}
            }
        }
    }
}

impl ScriptWord {
    fn push(&mut self, character: char) {
        if character == '$' {
            self.unknown_from.get_or_insert(self.text.len());
        }
        self.text.push(character);
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
