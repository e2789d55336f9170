//! Calico's language of selectors (`libcalico-go/lib/selector/tokenizer/tokenizer.go` and
//! `libcalico-go/lib/selector/parser/parser.go`).

use crate::selector::Selector;

/// `MaxLabelLength` in `tokenizer.go`.
const LONGEST_LABEL: usize = 512;

/// How deep parentheses may be. Calico has no such limit; its fields hold 1024 characters.
const DEEPEST: usize = 200;

/// What a selector says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// `all()`.
    All,
    /// `global()`: in a `namespaceSelector`, what has no namespace.
    Global,
    /// Something about one label.
    Label(Selector),
    /// The opposite.
    Not(Box<Expression>),
    /// All of these.
    And(Vec<Expression>),
    /// One of these.
    Or(Vec<Expression>),
}

/// Where a selector goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {why}")]
pub struct SyntaxError {
    /// The character, counted from 1.
    pub at: usize,
    /// What is wrong there.
    pub why: &'static str,
}

impl Expression {
    /// Reads a selector. An empty one selects everything.
    ///
    /// # Errors
    ///
    /// The first place at which Calico's parser would refuse it.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let error = |(at, why): Fault| SyntaxError { at: text[..at].chars().count() + 1, why };
        let tokens = tokens(text).map_err(error)?;
        let mut parser = Parser { tokens: &tokens, next: 0, depth: 0 };
        if parser.peek() == Token::End {
            return Ok(Self::All);
        }
        let expression = parser.any().map_err(error)?;
        match parser.peek() {
            Token::End => Ok(expression),
            _ => Err(error(parser.fault("`&&`, `||` or the end is expected"))),
        }
    }

    /// Whether `global()` occurs in it.
    #[must_use]
    pub fn has_global(&self) -> bool {
        match self {
            Self::Global => true,
            Self::All | Self::Label(_) => false,
            Self::Not(inner) => inner.has_global(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::has_global),
        }
    }
}

/// A byte, and what is wrong there.
type Fault = (usize, &'static str);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Label(&'a str),
    Text(&'a str),
    Has(&'a str),
    All,
    Global,
    LeftBrace,
    RightBrace,
    LeftParenthesis,
    RightParenthesis,
    Comma,
    Equal,
    NotEqual,
    In,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
    Not,
    And,
    Or,
    End,
}

const OPERATORS: &[(&[&str], Token<'static>)] = &[
    (&["contains"], Token::Contains),
    (&["starts", "with"], Token::StartsWith),
    (&["ends", "with"], Token::EndsWith),
    (&["not", "in"], Token::NotIn),
    (&["in"], Token::In),
];

const SYMBOLS: &[(&str, Token<'static>)] = &[
    ("(", Token::LeftParenthesis),
    (")", Token::RightParenthesis),
    ("{", Token::LeftBrace),
    ("}", Token::RightBrace),
    (",", Token::Comma),
    ("==", Token::Equal),
    ("!=", Token::NotEqual),
    ("!", Token::Not),
    ("&&", Token::And),
    ("||", Token::Or),
];

/// Only spaces and tabs: a line break is refused.
fn without_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

fn in_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-')
}

/// The label at the beginning, and what follows.
fn label(text: &str) -> Result<(&str, &str), &'static str> {
    let end = text.bytes().position(|byte| !in_label(byte)).unwrap_or(text.len());
    match end {
        0 => Err("a label, `has()`, `all()`, `global()`, `!` or `(` is expected"),
        _ if end > LONGEST_LABEL => Err("a label has at most 512 characters"),
        _ => Ok(text.split_at(end)),
    }
}

/// What follows an operator that is written as words. Between them blanks may be, or nothing.
fn after_words<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let mut rest = text;
    for word in words {
        rest = rest.strip_prefix(word)?;
        // Of one word, no blank is passed over: what follows at once must not go on with a word.
        if words.len() > 1 {
            rest = without_blanks(rest);
        }
    }
    let ends = rest.bytes().next().is_none_or(|byte| !in_label(byte));
    ends.then_some(rest)
}

fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, Fault> {
    let mut tokens: Vec<(usize, Token<'_>)> = Vec::new();
    let mut rest = without_blanks(text);
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let after_label = matches!(tokens.last(), Some((_, Token::Label(_))));
        let (token, left) = token(rest, after_label).map_err(|why| (at, why))?;
        tokens.push((at, token));
        rest = without_blanks(left);
    }
    tokens.push((text.len(), Token::End));
    Ok(tokens)
}

/// The token at the beginning, and what follows.
fn token(text: &str, after_label: bool) -> Result<(Token<'_>, &str), &'static str> {
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            let (value, rest) = rest.split_once(quote).ok_or("the closing quote is missing")?;
            return Ok((Token::Text(value), rest));
        }
    }
    for (symbol, token) in SYMBOLS {
        if let Some(rest) = text.strip_prefix(symbol) {
            return Ok((*token, rest));
        }
    }
    match text.as_bytes().first() {
        Some(b'=') => return Err("`==` is expected"),
        Some(b'&') => return Err("`&&` is expected"),
        Some(b'|') => return Err("`||` is expected"),
        _ => {}
    }
    if after_label {
        let operator = OPERATORS.iter().find_map(|(words, token)| Some((*token, after_words(text, words)?)));
        return operator.ok_or("an operator is expected after a label");
    }
    let closing = |rest: &'_ str| without_blanks(rest).strip_prefix(')').map(str::len);
    let close = |rest: &'_ str| closing(rest).ok_or("`)` is expected");
    let last = |length: usize| &text[text.len() - length..];
    if let Some(rest) = text.strip_prefix("has(") {
        let (key, rest) = label(without_blanks(rest)).map_err(|_| "a label is expected in `has()`")?;
        return Ok((Token::Has(key), last(close(rest)?)));
    }
    if let Some(rest) = text.strip_prefix("all(") {
        return Ok((Token::All, last(close(rest)?)));
    }
    if let Some(rest) = text.strip_prefix("global(") {
        return Ok((Token::Global, last(close(rest)?)));
    }
    label(text).map(|(key, rest)| (Token::Label(key), rest))
}

struct Parser<'t, 'a> {
    tokens: &'t [(usize, Token<'a>)],
    next: usize,
    depth: usize,
}

impl<'a> Parser<'_, 'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens.get(self.next).map_or(Token::End, |(_, token)| *token)
    }

    /// The next token. The end stays where it is.
    fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next += usize::from(token != Token::End);
        token
    }

    fn takes(&mut self, wanted: Token<'_>) -> bool {
        let found = self.peek() == wanted;
        self.next += usize::from(found);
        found
    }

    /// Something wrong with the next token.
    fn fault(&self, why: &'static str) -> Fault {
        (self.tokens.get(self.next).map_or(0, |(at, _)| *at), why)
    }

    fn any(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.all()?];
        while self.takes(Token::Or) {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Or(parts) })
    }

    fn all(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.operation()?];
        while self.takes(Token::And) {
            parts.push(self.operation()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::And(parts) })
    }

    fn operation(&mut self) -> Result<Expression, Fault> {
        let mut negated = false;
        while self.takes(Token::Not) {
            negated = !negated;
        }
        let found = match self.peek() {
            Token::Has(key) => Expression::Label(Selector::Has(key.to_owned())),
            Token::All => Expression::All,
            Token::Global => Expression::Global,
            Token::Label(key) => {
                self.next += 1;
                let found = self.comparison(key)?;
                return Ok(if negated { Expression::Not(Box::new(found)) } else { found });
            }
            Token::LeftParenthesis => self.parenthesis()?,
            _ => return Err(self.fault("a label, `has()`, `all()`, `global()`, `!` or `(` is expected")),
        };
        self.next += 1;
        Ok(if negated { Expression::Not(Box::new(found)) } else { found })
    }

    /// What is in parentheses; the closing one is left.
    fn parenthesis(&mut self) -> Result<Expression, Fault> {
        if self.depth == DEEPEST {
            return Err(self.fault("parentheses are nested too deep"));
        }
        self.depth += 1;
        self.next += 1;
        let found = self.any()?;
        self.depth -= 1;
        match self.peek() {
            Token::RightParenthesis => Ok(found),
            _ => Err(self.fault("`)` is expected")),
        }
    }

    fn comparison(&mut self, key: &str) -> Result<Expression, Fault> {
        let key = key.to_owned();
        let operator = self.take();
        let (selector, negated) = match operator {
            Token::Equal => (Selector::equals(key, self.text()?), false),
            Token::NotEqual => (Selector::equals(key, self.text()?), true),
            Token::Contains => (Selector::Contains(key, self.text()?), false),
            Token::StartsWith => (Selector::StartsWith(key, self.text()?), false),
            Token::EndsWith => (Selector::EndsWith(key, self.text()?), false),
            Token::In => (Selector::In(key, self.texts()?), false),
            Token::NotIn => (Selector::In(key, self.texts()?), true),
            other => {
                self.next -= usize::from(other != Token::End);
                return Err(self.fault("an operator is expected after a label"));
            }
        };
        let found = Expression::Label(selector);
        // These also hold where the label is absent (`LabelNeValueNode` in `ast.go`).
        Ok(if negated { Expression::Not(Box::new(found)) } else { found })
    }

    fn text(&mut self) -> Result<String, Fault> {
        match self.peek() {
            Token::Text(text) => {
                self.next += 1;
                Ok(text.to_owned())
            }
            _ => Err(self.fault("a text in quotes is expected")),
        }
    }

    /// A set: a comma may follow the last text.
    fn texts(&mut self) -> Result<Vec<String>, Fault> {
        if !self.takes(Token::LeftBrace) {
            return Err(self.fault("`{` is expected"));
        }
        let mut texts = Vec::new();
        while let Token::Text(_) = self.peek() {
            texts.push(self.text()?);
            if !self.takes(Token::Comma) {
                break;
            }
        }
        if !self.takes(Token::RightBrace) {
            return Err(self.fault("`}` is expected"));
        }
        Ok(texts)
    }
}
