//! What may be shown of a tool's own words.
//!
//! Tools quote what they could not use: `invalid literal source hunter2`, `parsing "hunter2": invalid
//! syntax`, a whole patch. So a word is shown only when it cannot be a value: when it is one of the words
//! that the tools use themselves, a path that is there, or nothing that stands in a value of what was
//! rendered. In double quotes, where Go programs put what they speak of, only the first two and known
//! names are shown. Start reading at [`Words::told`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most text that is looked through for values, in bytes. Above it, only words of the tools are shown.
const MOST: usize = 16 << 20;

/// Longest message shown, in characters.
const LONGEST: usize = 400;

/// What is known of the values of an input.
#[derive(Default)]
pub(super) struct Words {
    values: BTreeSet<String>,
    names: BTreeSet<String>,
    seen: usize,
}

/// Where paths in a message may begin, and how the folder is shown.
pub(super) struct Roots<'a> {
    /// The folder that the tool ran for, canonical.
    pub(super) folder: &'a Path,
    /// The folder's name as people know it.
    pub(super) shown: &'a str,
    /// A first segment that stands for the folder: helm begins paths with the chart's name.
    pub(super) alias: Option<&'a str>,
}

impl Words {
    /// Looks through a text that was rendered.
    pub(super) fn text(&mut self, text: &str) {
        self.seen += text.len();
        if self.seen > MOST {
            return;
        }
        for line in text.lines() {
            // What stands before the first colon or equals sign is a key, mostly.
            let value = match line.split_once([':', '=']) {
                Some((key, value)) if !key.trim().contains(' ') => value,
                _ => line,
            };
            self.values.extend(runs(value).filter(|run| run.len() > 2).map(str::to_owned));
        }
    }

    /// Looks through a file; one that cannot be read as text is not looked through, and so nothing but
    /// words of the tools is shown.
    pub(super) fn file(&mut self, path: &Path) {
        match std::fs::read(path) {
            // Of an archive or a picture the pieces that are text are looked through.
            Ok(bytes) => self.text(&String::from_utf8_lossy(&bytes)),
            Err(_) => self.seen = MOST + 1,
        }
    }

    /// Takes what a chart's template is there to say: the texts of `required` and `fail`, and the names of
    /// values. Both are the chart's own, whatever they are given.
    pub(super) fn template(&mut self, text: &str) {
        for call in ["required", "fail"] {
            for (at, _) in text.match_indices(call) {
                let rest = text[at + call.len()..].trim_start_matches([' ', '\t', '(']);
                let rest = rest.strip_prefix("printf").map_or(rest, str::trim_start);
                if let Some(said) = literal(rest) {
                    self.name(said);
                }
            }
        }
        for (at, values) in text.match_indices(".Values.") {
            let rest = &text[at + values.len()..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"._".contains(c));
            self.name(&rest[..end.unwrap_or(rest.len())]);
        }
    }

    /// Takes a name that may be shown: of a chart, a folder, a file.
    pub(super) fn name(&mut self, name: &str) {
        self.names.extend(runs(name).map(str::to_owned));
    }

    /// A tool's message, as far as it may be shown; of a long one the beginning and the end.
    pub(super) fn told(&self, message: &str, roots: &Roots<'_>) -> String {
        let lines = message.lines().map(plain).filter(|line| {
            let lower = line.to_ascii_lowercase();
            !line.is_empty() && !lower.starts_with("# warning") && !lower.starts_with("warning")
        });
        let lines: Vec<&str> = lines.collect();
        // What went wrong stands at the beginning and at the end: between them tools quote what they read.
        let (first, last) = match lines.len() {
            0..=3 => (&lines[..], None),
            _ => (&lines[..2], lines.last()),
        };
        let mut told = String::new();
        let mut quoted = false;
        for line in first.iter().chain(last) {
            for word in line.split_whitespace() {
                if !told.is_empty() {
                    told.push(' ');
                }
                self.word(word, &mut quoted, roots, &mut told);
            }
        }
        shortened(told)
    }

    /// A word is shown whole or not at all: a part of a value tells of the rest.
    fn word(&self, word: &str, quoted: &mut bool, roots: &Roots<'_>, told: &mut String) {
        let core = word.trim_matches(|c: char| "'\"`,;:()[]{}<>\\".contains(c));
        let at = word.find(core).unwrap_or_default();
        let (before, after) = (&word[..at], &word[at + core.len()..]);
        let turns = |text: &str| text.matches('"').count() % 2 == 1;
        told.push_str(before);
        *quoted ^= turns(before);
        let is_expression = core.trim_start_matches('$').starts_with(".Values")
            && core.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._$".contains(&byte));
        match roots.path(core) {
            Some(path) => told.push_str(&path),
            None if is_expression || runs(core).all(|run| self.shows(run, *quoted)) => told.push_str(core),
            None => told.push('…'),
        }
        *quoted ^= turns(core);
        told.push_str(after);
        *quoted ^= turns(after);
    }

    fn shows(&self, piece: &str, quoted: bool) -> bool {
        let own = || TOOL_WORDS.split_whitespace().any(|word| word.eq_ignore_ascii_case(piece));
        let number = piece.len() <= 3 && piece.bytes().all(|byte| byte.is_ascii_digit());
        number
            || self.names.contains(piece)
            || own()
            || !quoted && self.seen <= MOST && !self.values.contains(piece)
    }
}

/// A line without what klog puts before and around it: time and process number are of one run only.
fn plain(line: &str) -> &str {
    let line = line.trim();
    let header = line.starts_with(['E', 'W', 'I', 'F'])
        && line.get(1..5).is_some_and(|date| date.bytes().all(|b| b.is_ascii_digit()));
    let line = if header { line.split_once("] ").map_or(line, |(_, rest)| rest) } else { line };
    let line = line.strip_prefix("\"command failed\" ").unwrap_or(line);
    match line.strip_prefix("err=") {
        Some(line) => {
            let line = line.strip_prefix(['"', '<']).unwrap_or(line);
            line.strip_suffix('"').unwrap_or(line).trim()
        }
        None if line == ">" => "",
        None => line,
    }
}

/// A text without its middle when it is too long: errors are wrapped, and the cause stands last.
fn shortened(told: String) -> String {
    if told.chars().count() <= LONGEST {
        return told;
    }
    let words: Vec<&str> = told.split(' ').collect();
    let up_to = |words: &mut dyn Iterator<Item = &str>| {
        let mut left = LONGEST / 2;
        words
            .take_while(|word| {
                let length = word.chars().count() + 1;
                let fits = length <= left;
                left = left.saturating_sub(length);
                fits
            })
            .count()
    };
    let head = up_to(&mut words.iter().copied());
    let tail = up_to(&mut words.iter().rev().copied());
    format!("{} … {}", words[..head].join(" "), words[words.len() - tail..].join(" "))
}

/// The text of a literal of Go's templates at the beginning of `text`, its escapes as they are written.
fn literal(text: &str) -> Option<&str> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.split_once('`').map(|(said, _)| said);
    }
    let quoted = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = quoted.find(|c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some(&quoted[..end])
}

fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty())
}

impl Roots<'_> {
    /// A path of the input as it is shown, with `:line:column` where it has them.
    fn path(&self, word: &str) -> Option<String> {
        if !word.contains(['/', '.']) || word.starts_with('-') {
            return None;
        }
        let numbers = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == ':');
        let name = if word[numbers.len()..].starts_with(':') { numbers } else { word };
        let place = &word[name.len()..];
        let path = Path::new(name);
        let below = match path.strip_prefix(self.folder) {
            Ok(below) => below.to_owned(),
            Err(_) if path.is_absolute() => {
                // A base beside the overlay: shown from the overlay on.
                return path
                    .exists()
                    .then(|| format!("{}{place}", lexical(self.shown, &relative(self.folder, path))));
            }
            Err(_) => match self.alias.and_then(|alias| path.strip_prefix(alias).ok()) {
                Some(below) => below.to_owned(),
                None => path.to_owned(),
            },
        };
        self.folder.join(&below).exists().then(|| format!("{}{place}", lexical(self.shown, &below)))
    }
}

/// The way from one canonical folder to a path.
pub(super) fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(shared).map(|_| Path::new(".."));
    up.chain(to.components().skip(shared).map(|part| Path::new(part.as_os_str()))).collect()
}

/// A path below a folder as it is shown, with `..` taken away where it can be.
pub(super) fn lexical(folder: &str, below: &Path) -> String {
    use std::path::Component;
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in Path::new(folder).components().chain(below.components()) {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            (part, _) => parts.push(part),
        }
    }
    let path: PathBuf = parts.iter().collect();
    let text = path.to_string_lossy();
    // As the walk of a folder names the files in it: with `./` when that is how the folder was named.
    match Path::new(folder).components().next() {
        _ if text.is_empty() => ".".to_owned(),
        Some(Component::CurDir) if !text.starts_with("..") => format!("./{text}"),
        _ => text.into_owned(),
    }
}

/// Words that helm, kustomize, kubectl, Go and the system use in messages. Whether one of them is also a
/// value cannot be told from the message.
const TOOL_WORDS: &str = "a accumulating accumulation add already ambiguous an and annotations any apiVersion apply \
array at be because before boolean builtin but by bytes call called calling can cannot chart charts child command \
component components config configmap configMapGenerator configuration configuring containing contains content \
contents converting could count create cycle data deadline decode decoding denied dependencies dependency detected \
did directory do document does duplicate empty end env envs err error evaluating evalsymlink exceeded executing \
execution exec exist existing exists expected expecting expression fail failed failing failure field fields file \
files find flag for format found from function function generator generators get got greater has have helm http id \
ids illegal image images in include index input install int integer interface invalid is it its json key keys kind \
Kubernetes kubeVersion kustomization kustomize label labels least length less line lines list literal load loading \
lookup make malformed map mapping match matches merge message metadata missing more multiple must name names \
namespace negative newer nil no node not null number object objects of on only open operation option or out output \
parse parsing patch patches path paths permission please plugin pointer positive prefix process processing range \
read refers reference release remove render rendering replace required requires resolve resource resources root \
run running schema secret secretGenerator security sequence should so source sources spec string such suffix syntax \
tag target template templates text than that the there this timeout to token too transformer trouble try type types \
unable undefined unexpected unknown unmarshal unmarshaling unsupported up use used using valid validate validation \
value values version want was when which with without wrong yaml yml you";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(input: &str, message: &str) -> String {
        let mut words = Words::default();
        words.text(input);
        words.name("shop");
        let roots = Roots { folder: Path::new("/nowhere"), shown: "shop", alias: Some("shop") };
        words.told(message, &roots)
    }

    #[test]
    fn values_are_not_repeated() {
        let input = "secretGenerator:\n- name: s\n  literals: [hunter2-long.token]\n";
        for (message, expected) in [
            (
                "Error: loading KV pairs: literal sources [hunter2-long.token]: invalid literal source hunter2-long.token, expected key=value",
                "Error: loading KV pairs: literal sources […]: invalid literal source …, expected key=value",
            ),
            ("Error: chart \"shop\" is broken", "Error: chart \"shop\" is broken"),
            // Derived from a value, so that it stands nowhere.
            (
                "strconv.Atoi: parsing \"swordfish\": invalid syntax",
                "strconv.Atoi: parsing \"…\": invalid syntax",
            ),
            (
                "executing at <.Values.image.tag>: nil pointer",
                "executing at <.Values.image.tag>: nil pointer",
            ),
        ] {
            assert_eq!(told(input, message), expected);
        }
    }

    #[test]
    fn a_chart_may_say_what_it_is_written_to_say() {
        let template = "- -addr={{ required \"'lokiAddress' must be set\" .Values.lokiAddress }}\n\
            {{ fail (printf \"no \\\"%s\\\" in realm\" $x) }}{{ required `gate closed` .Values.a.door }}";
        let mut words = Words::default();
        words.text(template);
        words.text("lokiAddress: hunter2\npin: 'no realm'\n");
        words.template(template);
        let roots = Roots { folder: Path::new("/nowhere"), shown: "shop", alias: None };
        let told = |message: &str| words.told(message, &roots);
        assert_eq!(told("Error: 'lokiAddress' must be set"), "Error: 'lokiAddress' must be set");
        assert_eq!(
            told("no \"hunter2\" in realm; gate closed: door"),
            "no \"…\" in realm; gate closed: door"
        );
        assert_eq!(told("hunter2 pin"), "… pin");
    }

    #[test]
    fn what_is_of_one_run_only_is_left_out() {
        let message = "# Warning: 'bases' is deprecated.\nE1125 00:44:05.243805    3908 run.go:72] \"command failed\" err=\"no such file\"\n";
        assert_eq!(told("", message), "no such file");
        let message =
            "E1125 00:44:05.316316    3918 run.go:72] \"command failed\" err=<\n\ttrouble at line 3\n >\n";
        assert_eq!(told("", message), "trouble at line 3");
        let long = told("", &format!("begin {}end", "word ".repeat(500)));
        assert!(long.chars().count() <= LONGEST + 3, "{long}");
        assert!(
            long.starts_with("begin word") && long.contains(" … ") && long.ends_with("word end"),
            "{long}"
        );
        let quoting = "trouble with config: `\n\tA:\n\t- b\n\t- c\n\t`: no such file\n";
        assert_eq!(told("", quoting), "trouble with config: ` A: `: no such file");
    }

    #[test]
    fn paths_are_shown_from_where_people_stand() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("overlays/prod")).unwrap();
        std::fs::create_dir_all(root.join("base")).unwrap();
        std::fs::write(root.join("base/d.yaml"), "a: base\n").unwrap();
        let prod = root.join("overlays/prod");
        let roots = Roots { folder: &prod, shown: "k/overlays/prod", alias: None };
        let mut words = Words::default();
        words.file(&root.join("base/d.yaml"));
        let message = format!("Error: open '{}/base/d.yaml:3:1': no such base", root.display());
        assert_eq!(words.told(&message, &roots), "Error: open 'k/base/d.yaml:3:1': no such …");
        assert_eq!(lexical(".", Path::new("../base")), "../base");
        assert_eq!(lexical("o/prod", Path::new("../../base")), "base");
        assert_eq!(lexical("./o/prod", Path::new("../../base")), "./base");
    }
}
