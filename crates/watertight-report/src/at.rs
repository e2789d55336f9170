//! Where a finding stands, as formats for continuous integration want it: a file as the repository names
//! it, and a region in it.

use watertight_model::{Finding, Gap, Identity, Object, Standing};
use watertight_syntax::Position;

use crate::Report;
use crate::root::FileName;

/// The place of a finding.
pub(crate) struct At<'r> {
    /// The object that it belongs to; nothing when it belongs to the cluster.
    pub(crate) owner: Option<&'r Object>,
    /// The instance that shows it, when that is another object.
    pub(crate) shown_by: Option<&'r Object>,
    /// The file. Of an object of a snapshot file, the file that it was recorded from; of what belongs to no
    /// file, the first that was scanned ([`Report::anchor`]).
    pub(crate) file: FileName,
    /// The first character; only the line counts when the column is nothing.
    pub(crate) line: u32,
    /// In characters, from 1.
    pub(crate) column: Option<u32>,
    /// The character behind the last one, when it is on the same line.
    pub(crate) end_column: Option<u32>,
}

impl<'r> At<'r> {
    /// The place of a finding.
    pub(crate) fn of(report: &'r Report<'_>, finding: &Finding) -> Self {
        let owner = finding.object.map(|id| report.snapshot.object(id));
        let Some(shown) = finding.shown(report.snapshot) else {
            let (file, line) = (report.anchor(), 1);
            return Self { owner, shown_by: None, file, line, column: None, end_column: None };
        };
        let shown_by = (finding.shown_by != finding.object).then_some(shown);
        let (file, line, column, end_column) = match &shown.origin().standing {
            Standing::Recorded(recorded) => {
                let line = recorded.rendered.as_ref().map_or(recorded.line, |_| 1);
                (report.root.name(&recorded.file), line, None, None)
            }
            // Its line in the template is not known.
            Standing::Rendered(_) => (report.root.name(&shown.origin().name()), 1, None, None),
            Standing::Read | Standing::Implied => {
                let place = shown.place(&finding.path);
                let (start, end) = (place.position, place.source.position(place.span.end));
                (
                    report.root.name(&place.source.name()),
                    start.line,
                    Some(start.column),
                    same_line(start, end).then_some(end.column),
                )
            }
        };
        Self { owner, shown_by, file, line, column, end_column }
    }

    /// The place of an object: its first line.
    pub(crate) fn of_object(report: &'r Report<'_>, object: &'r Object) -> Self {
        let (file, line) = match &object.origin().standing {
            Standing::Recorded(recorded) => {
                let line = recorded.rendered.as_ref().map_or(recorded.line, |_| 1);
                (report.root.name(&recorded.file), line)
            }
            Standing::Rendered(_) => (report.root.name(&object.origin().name()), 1),
            Standing::Read | Standing::Implied => {
                let place = object.place(&watertight_syntax::Path::root());
                (report.root.name(&place.source.name()), object.position_in_file(&place).line)
            }
        };
        Self { owner: Some(object), shown_by: None, file, line, column: None, end_column: None }
    }

    /// Who stands here.
    pub(crate) fn stands(&self) -> Identity {
        self.shown_by.or(self.owner).map_or_else(Identity::cluster, |object| object.identity().clone())
    }

    /// Who it belongs to, in words.
    pub(crate) fn who(&self) -> String {
        self.owner.map_or_else(|| Identity::cluster().to_string(), |owner| owner.identity().to_string())
    }
}

fn same_line(start: Position, end: Position) -> bool {
    start.line == end.line && start.column < end.column
}

/// The file and line that a gap names: its `what` is a file, `FILE:LINE`, `FILE:LINE:COLUMN`, or ends in
/// ` at FILE:LINE`, or ` at FILE (line 3 as rendered by …)`. Nothing when it speaks of no file.
pub(crate) fn of_gap(report: &Report<'_>, gap: &Gap) -> Option<(FileName, u32)> {
    let (file, line) = gap_place(&gap.what)?;
    Some((report.root.name(file), line))
}

fn gap_place(what: &str) -> Option<(&str, u32)> {
    // A line of rendered text is none of the file's.
    if let Some((_, at)) = what.rsplit_once(" at ")
        && let Some((file, _)) = at.split_once(" (line ")
    {
        return Some((file, 1));
    }
    let number = |text: &str| text.parse::<u32>().ok().filter(|&number| number > 0);
    let numbered = |text| {
        let (before, last) = str::rsplit_once(text, ':')?;
        Some((before, number(last)?))
    };
    match numbered(what) {
        Some((before, last)) => {
            let (place, line) = numbered(before).unwrap_or((before, last));
            Some((place.rsplit_once(" at ").map_or(place, |(_, file)| file), line))
        }
        None => {
            let is_name = !what.contains(char::is_whitespace) && what.contains(['/', '.']);
            is_name.then_some((what, 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::gap_place;

    #[test]
    fn gaps_tell_their_place() {
        assert_eq!(gap_place("a b/web.yaml:3"), Some(("a b/web.yaml", 3)));
        assert_eq!(gap_place("web.yaml:3:14"), Some(("web.yaml", 3)));
        assert_eq!(gap_place("Pod shop/web .spec.x at a/web.yaml:7"), Some(("a/web.yaml", 7)));
        assert_eq!(
            gap_place("Pod web .spec at c/templates/a.yaml (line 3 as rendered by helm from c)"),
            Some(("c/templates/a.yaml", 1))
        );
        assert_eq!(gap_place("a/image.yaml"), Some(("a/image.yaml", 1)));
        assert_eq!(gap_place("-:2"), Some(("-", 2)));
        assert_eq!(gap_place("the roles of the cluster"), None);
    }
}
