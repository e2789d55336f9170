use watertight_credentials::{Content, content};
use watertight_engine::prelude::*;
use watertight_model::content_before;
use watertight_syntax::{Segment, Value};

use super::SECRET;

control! {
    /// The file looks encrypted and is committed as such, and one of its values is in the clear: whoever
    /// reads the repository has it. It happens when a value is added without `sops`, or when the rule of
    /// `.sops.yaml` does not cover the field.
    ///
    /// Values of a Secret, and of other kinds those under the keys of `encrypted_regex`, have to be
    /// ciphertext. Keys with the suffix `unencrypted_suffix`, or matched by `unencrypted_regex`, are left
    /// alone on purpose.
    ///
    /// ## Remedy
    /// Change the value, and encrypt the file again: `sops --encrypt --in-place FILE`, with
    /// `encrypted_regex: ^(data|stringData)$` in `.sops.yaml`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: db}
    /// stringData:
    ///   user: ENC[AES256_GCM,data:c2hvcA==,iv:aXY=,tag:dGFn,type:str]
    ///   password: hunter2
    /// sops:
    ///   encrypted_regex: ^(data|stringData)$
    ///   version: 3.9.0
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: db}
    /// data:
    ///   settings: plain
    /// sops: {encrypted_regex: ^(data)$, version: 3.9.0}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: db}
    /// stringData:
    ///   user_unencrypted: shop
    ///   password: ENC[AES256_GCM,data:c2hvcA==,iv:aXY=,tag:dGFn,type:str]
    ///   empty: ""
    /// sops: {version: 3.9.0}
    /// ```
    pub static SOPS_VALUE_UNENCRYPTED = {
        title: "value in a SOPS file is not encrypted",
        severity: Severity::High,
        layer: Layer::Secrets,
        maps: &[Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Ok(body) = object.object().body() else { return };
    let root = body.root();
    let Some(sops) = root.get("sops").filter(|sops| sops.get("version").is_some() || sops.get("mac").is_some())
    else {
        return out.not_applicable();
    };
    let rule = match Rule::of(sops) {
        Ok(rule) => rule,
        Err(field) => return out.unknown(format!("the pattern of `sops.{field}` is not one that can be read here")),
    };
    let is_secret = SECRET.is(object.identity());
    let mut walk = Walk { rule, is_secret, trail: Vec::new(), out };
    for (key, value) in root.entries().filter(|(key, _)| *key != "sops") {
        walk.below(key, value, is_secret && matches!(key, "data" | "stringData"));
    }
}

/// What of the file is meant to be encrypted (`shouldBeEncrypted` in `sops.go` of `getsops/sops`).
struct Rule {
    encrypted: Option<Pattern>,
    unencrypted: Option<Pattern>,
    encrypted_suffix: Option<String>,
    unencrypted_suffix: Option<String>,
}

impl Rule {
    /// The rule; the name of the field when its pattern cannot be read.
    fn of(sops: Value<'_>) -> Result<Self, &'static str> {
        let text = |field| sops.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let pattern = |field| text(field).map(|text| Pattern::of(text).ok_or(field)).transpose();
        let (encrypted, unencrypted) = (pattern("encrypted_regex")?, pattern("unencrypted_regex")?);
        let encrypted_suffix = text("encrypted_suffix").map(str::to_owned);
        let suffix = text("unencrypted_suffix").map(str::to_owned);
        let has_other = encrypted.is_some() || unencrypted.is_some() || encrypted_suffix.is_some();
        let default = || (!has_other).then(|| "_unencrypted".to_owned());
        Ok(Self { encrypted, unencrypted, encrypted_suffix, unencrypted_suffix: suffix.or_else(default) })
    }

    /// Whether a key says that what is below is in the clear on purpose.
    fn leaves(&self, key: &str) -> bool {
        self.unencrypted_suffix.as_ref().is_some_and(|suffix| key.ends_with(suffix.as_str()))
            || self.unencrypted.as_ref().is_some_and(|pattern| pattern.matches(key))
    }

    /// Whether a key says that what is below is to be encrypted.
    fn covers(&self, key: &str) -> bool {
        self.encrypted.as_ref().is_some_and(|pattern| pattern.matches(key))
            || self.encrypted_suffix.as_ref().is_some_and(|suffix| key.ends_with(suffix.as_str()))
    }
}

/// A pattern of words, which is what these fields hold: `^(data|stringData)$`.
struct Pattern {
    words: Vec<String>,
    from_start: bool,
    to_end: bool,
}

impl Pattern {
    fn of(text: &str) -> Option<Self> {
        let (from_start, rest) = text.strip_prefix('^').map_or((false, text), |rest| (true, rest));
        let (to_end, rest) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
        let grouped = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let inner = grouped.map_or(rest, |inner| inner.strip_prefix("?:").unwrap_or(inner));
        // `^a|b$` binds otherwise than `^(a|b)$`.
        if grouped.is_none() && inner.contains('|') && (from_start || to_end) {
            return None;
        }
        let word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let words: Vec<String> = inner.split('|').map(str::to_owned).collect();
        words.iter().all(|one| word(one)).then_some(Self { words, from_start, to_end })
    }

    fn matches(&self, key: &str) -> bool {
        self.words.iter().any(|word| match (self.from_start, self.to_end) {
            (true, true) => key == word,
            (true, false) => key.starts_with(word.as_str()),
            (false, true) => key.ends_with(word.as_str()),
            (false, false) => key.contains(word.as_str()),
        })
    }
}

struct Walk<'o, 's> {
    rule: Rule,
    is_secret: bool,
    trail: Vec<Segment>,
    out: &'o mut Sink<'s>,
}

impl Walk<'_, '_> {
    /// Everything below a key; `meant` when a key above says that it is to be encrypted.
    fn below(&mut self, key: &str, value: Value<'_>, meant: bool) {
        if self.rule.leaves(key) {
            return;
        }
        self.trail.push(Segment::Key(key.to_owned().into()));
        let meant = meant || self.rule.covers(key);
        self.value(key, value, meant);
        self.trail.pop();
    }

    fn value(&mut self, key: &str, value: Value<'_>, meant: bool) {
        for (key, child) in value.entries() {
            self.below(key, child, meant);
        }
        for (index, child) in value.items().enumerate() {
            self.trail.push(Segment::Index(index));
            self.value(key, child, meant);
            self.trail.pop();
        }
        let Some(text) = value.as_str().filter(|_| meant) else { return };
        let is_blanked = self.is_secret && matches!(&self.trail[0], Segment::Key(top) if top == "data" || top == "stringData");
        let content = if is_blanked { content_before(value) } else { content(key, text) };
        if matches!(content, Content::Secret | Content::Configuration) {
            let path: Path = self.trail.iter().cloned().collect();
            let message = format!("`{key}` stands in the clear in a file that SOPS encrypts");
            let finding = self.out.fail(path, message);
            if !is_blanked {
                finding.severity(Severity::Medium);
            }
        }
    }
}
