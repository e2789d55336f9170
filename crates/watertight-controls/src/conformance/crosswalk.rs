//! Reads the tables that say which outside rule is which control.

use watertight_engine::Control;

/// One row: a rule of the suite and the controls that together say the same.
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) controls: Vec<Mapped>,
}

/// A control of a row; with `control[word]`, only its findings whose message has the word.
pub(super) struct Mapped {
    pub(super) control: &'static Control,
    pub(super) word: Option<String>,
}

/// Columns: rule, controls separated by commas, note.
pub(super) fn read(table: &str) -> Result<Vec<Rule>, String> {
    let mut lines = table.lines();
    if lines.next() != Some("rule\tcontrols\tnote") {
        return Err("the first line must be `rule`, `controls`, `note`".to_owned());
    }
    let mut rules: Vec<Rule> = Vec::new();
    for line in lines {
        let [name, controls, _note] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("not three columns: {line}"));
        };
        if rules.last().is_some_and(|before| *before.name >= *name) {
            return Err(format!("`{name}` is not in order"));
        }
        let controls: Result<Vec<Mapped>, String> =
            controls.split(',').map(|control| mapped(name, control.trim())).collect();
        rules.push(Rule { name: name.to_owned(), controls: controls? });
    }
    Ok(rules)
}

fn mapped(rule: &str, text: &str) -> Result<Mapped, String> {
    let (name, word) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((name, word)) => (name, Some(word.to_owned())),
        None => (text, None),
    };
    let control = crate::named(name).ok_or_else(|| {
        format!(
            "`{rule}` is mapped to `{name}`, and there is no such control; see `watertight_controls::all`"
        )
    })?;
    Ok(Mapped { control, word })
}

#[test]
fn a_row_must_name_a_control() {
    let table = |controls: &str| format!("rule\tcontrols\tnote\nsome-rule\t{controls}\t");
    assert!(read(&table("privileged-container, may-run-as-root[root]")).is_ok());
    let error = read(&table("privileged-containers")).err();
    assert!(error.is_some_and(|message| message.contains("`privileged-containers`")));
}
