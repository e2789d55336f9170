//! Waivers that stand with the object: comments and annotations.

use watertight_facts::template_of;
use watertight_model::{Object, ObjectId, Snapshot, Standing, Waiver};
use watertight_syntax::{Path, Value};

use super::peers;
use super::phrase::Phrase;
use super::{Concerns, Reach, WaiverRule};
use crate::suggest::nearest;
use crate::{Catalogue, Remark};

/// What the annotation of a waiver begins with; the name of the control follows.
pub const ANNOTATION: &str = "watertight/waive.";

/// What the annotations of Watertight begin with.
const OURS: &str = "watertight/";

/// What a comment of Watertight begins with.
const COMMENT: &str = "watertight:";

/// Words by which annotations that matter are found in text that was not opened.
const WORDS: [&str; 6] =
    ["watertight/", "/skip", "kube-linter.io/", "kube-score/", "polaris.fairwinds.com/", "watertight\\/"];

/// Rules that stand in the text of objects, and what was wrong with some.
#[derive(Debug, Default)]
pub struct Marks {
    /// The rules.
    pub rules: Vec<WaiverRule>,
    /// What is written like a waiver and waives nothing.
    pub remarks: Vec<Remark>,
}

impl Marks {
    /// Reads the comments and annotations of a snapshot: those for Watertight, and with `peers` those for
    /// other tools.
    #[must_use]
    pub fn of(snapshot: &Snapshot, catalogue: &Catalogue, peers: bool) -> Self {
        let mut marks = Self::default();
        marks.comments(snapshot, catalogue, peers);
        for (id, object) in snapshot.objects() {
            if !object.is_implied() && object.may_mention(&WORDS) {
                marks.annotations(id, object, catalogue, peers);
            }
        }
        marks
    }

    fn comments(&mut self, snapshot: &Snapshot, catalogue: &Catalogue, peers: bool) {
        let speaks = |text: &str| text.starts_with(COMMENT) || (peers && peers::speaks(text));
        for comment in snapshot.comments(speaks) {
            let origin = snapshot.object(comment.object).origin();
            let given = format!("{}:{}", origin.name(), comment.line);
            let Some(text) = comment.text.strip_prefix(COMMENT) else {
                let reach = match comment.about {
                    Some(about) => {
                        Reach::Below { object: comment.object, path: about.path, line: about.line }
                    }
                    None => Reach::Object(comment.object),
                };
                for mark in peers::comment(&comment.text) {
                    self.peer(&mark, &given, comment.object, &reach, catalogue);
                }
                continue;
            };
            match sentence(text, catalogue) {
                Ok((concerns, phrase)) => match comment.about {
                    Some(about) => {
                        let reach =
                            Reach::Below { object: comment.object, path: about.path, line: about.line };
                        self.rules.push(rule(concerns, reach, phrase, given));
                    }
                    None => self.remark(given, "this waiver stands behind everything that it could speak of"),
                },
                Err(wrong) => self.remark(given, wrong),
            }
        }
    }

    fn annotations(&mut self, id: ObjectId, object: &Object, catalogue: &Catalogue, peers: bool) {
        let Ok(body) = object.body() else { return };
        let template = template_of(object.identity()).filter(|template| !template.path.is_empty());
        let above = [Some(Path::root()), template.map(|template| Path::root().at(template.path))];
        for above in above.into_iter().flatten() {
            let path = above.at("metadata.annotations");
            for (key, value) in body.root().at(&path).into_iter().flat_map(Value::entries) {
                let ours = key.starts_with(OURS);
                let marks = if peers { peers::annotation(key, value.as_str()) } else { Vec::new() };
                if !ours && marks.is_empty() {
                    continue;
                }
                let given = place(object, &path.key(key.to_owned()), key);
                if ours {
                    match annotation(key, value, catalogue) {
                        Ok((concerns, phrase)) => {
                            self.rules.push(rule(concerns, Reach::Object(id), phrase, given));
                        }
                        Err(wrong) => self.remark(given, wrong),
                    }
                    continue;
                }
                for mark in marks {
                    self.peer(&mark, &given, id, &Reach::Object(id), catalogue);
                }
            }
        }
    }

    /// A mark for another tool: a rule where it has a control of ours, and a remark where it has none.
    fn peer(&mut self, mark: &peers::Mark, given: &str, id: ObjectId, below: &Reach, catalogue: &Catalogue) {
        match mark.concerns(catalogue) {
            Ok(concerns) => {
                let reach = if mark.whole { Reach::Object(id) } else { below.clone() };
                let waiver = mark.waiver(given);
                self.rules.push(WaiverRule { concerns, reach, waiver, peer: true });
            }
            Err(why) => self.remark(given.to_owned(), why),
        }
    }

    fn remark(&mut self, place: String, message: impl Into<String>) {
        self.remarks.push(Remark { place, message: message.into() });
    }
}

fn rule(concerns: Concerns, reach: Reach, phrase: Phrase, given: String) -> WaiverRule {
    let Phrase { reason, owner, until } = phrase;
    WaiverRule { concerns, reach, waiver: Waiver { given, reason, owner, until }, peer: false }
}

/// Where an annotation stands: file and line where that can be seen, else the object.
fn place(object: &Object, path: &Path, key: &str) -> String {
    match object.origin().standing {
        Standing::Read => {
            format!("{}:{}", object.origin().name(), object.position_in_file(&object.place(path)).line)
        }
        _ => format!("annotation {key} of {}", object.identity()),
    }
}

/// ` waive CONTROL, CONTROL reason (owner: …, until: …)`.
fn sentence(text: &str, catalogue: &Catalogue) -> Result<(Concerns, Phrase), String> {
    const FORM: &str = "expected `watertight: waive CONTROL reason`";
    let (verb, mut rest) = word(text);
    if verb != "waive" {
        return Err(match nearest(verb, ["waive"]) {
            Some(near) => format!("{FORM}: did you mean `{near}`?"),
            None => FORM.to_owned(),
        });
    }
    let mut names = Vec::new();
    loop {
        let (name, after) = word(rest);
        names.extend(name.split(',').filter(|name| !name.is_empty()));
        // A comma with space around it also goes on with the names.
        let goes_on = name.ends_with(',') || after.trim_start().starts_with(',');
        rest = after.trim_start().strip_prefix(',').unwrap_or(after);
        if name.is_empty() || !goes_on {
            break;
        }
    }
    if names.is_empty() {
        return Err(format!("{FORM}: the control is missing"));
    }
    Ok((named(&names, catalogue)?, Phrase::read(rest)?))
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

fn named(names: &[&str], catalogue: &Catalogue) -> Result<Concerns, String> {
    if names == ["*"] {
        return Ok(Concerns::Any);
    }
    let choice = |name: &&str| {
        catalogue.choice(name).map_err(|help| format!("a waiver of a control that there is not: {help}"))
    };
    names.iter().map(choice).collect::<Result<_, _>>().map(Concerns::These)
}

fn annotation(key: &str, value: Value<'_>, catalogue: &Catalogue) -> Result<(Concerns, Phrase), String> {
    let Some(name) = key.strip_prefix(ANNOTATION) else {
        return Err(format!("an annotation that is not known: `{ANNOTATION}CONTROL: reason` is"));
    };
    let concerns = named(&[if name == "all" { "*" } else { name }], catalogue)?;
    let text = value.as_str().ok_or("the reason in an annotation is a text: put it in quotes")?;
    Ok((concerns, Phrase::read(text)?))
}
