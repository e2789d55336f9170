//! Where a finding stands, as formats for continuous integration want it: a file as the repository names
//! it, and a region in it.

use watertight_model::{Finding, Gap, Identity, Object, Standing};
use watertight_syntax::{Path, Position};

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
    /// For what a tool rendered: what it was made of, in brackets with a blank before. Where it stands in its
    /// template is not known, and so it is shown at the template's first line.
    pub(crate) rendered: String,
}

impl<'r> At<'r> {
    /// The place of a finding.
    pub(crate) fn of(report: &'r Report<'_>, finding: &Finding) -> Self {
        let owner = finding.object.map(|id| report.snapshot.object(id));
        let Some(shown) = finding.shown(report.snapshot) else {
            return Self { owner, ..Self::line(report.anchor(), 1) };
        };
        let shown_by = (finding.shown_by != finding.object).then_some(shown);
        let place = shown.place(&finding.path);
        let at = match &shown.origin().standing {
            Standing::Recorded(_) | Standing::Rendered(_) => Self::of_object(report, shown),
            Standing::Read | Standing::Implied => {
                let (start, end) = (place.position, place.source.position(place.span.end));
                Self {
                    column: Some(start.column),
                    end_column: same_line(start, end).then_some(end.column),
                    ..Self::line(report.root.name(&place.source.name()), start.line)
                }
            }
        };
        let is_rendered = shown.origin().rendered().is_some();
        let rendered = if is_rendered { shown.beside(&place) } else { String::new() };
        Self { owner, shown_by, rendered, ..at }
    }

    /// The place of an object: its first line.
    pub(crate) fn of_object(report: &'r Report<'_>, object: &'r Object) -> Self {
        let line = match &object.origin().standing {
            Standing::Recorded(recorded) if recorded.rendered.is_none() => recorded.line,
            Standing::Recorded(_) | Standing::Rendered(_) => 1,
            Standing::Read | Standing::Implied => object.place(&Path::root()).position.line,
        };
        Self { owner: Some(object), ..Self::line(report.root.name(&object.origin().name()), line) }
    }

    fn line(file: FileName, line: u32) -> Self {
        Self {
            owner: None,
            shown_by: None,
            file,
            line,
            column: None,
            end_column: None,
            rendered: String::new(),
        }
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
    of_text(report, &gap.what)
}

/// The file and line that a text names, as [`of_gap`] finds them.
pub(crate) fn of_text(report: &Report<'_>, text: &str) -> Option<(FileName, u32)> {
    let (file, line) = gap_place(text)?;
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
        let rendered = "Pod web .spec at c/templates/web.yaml (line 2 as rendered by helm from c)";
        assert_eq!(gap_place(rendered), Some(("c/templates/web.yaml", 1)));
        assert_eq!(gap_place("a/image.yaml"), Some(("a/image.yaml", 1)));
        assert_eq!(gap_place("-:2"), Some(("-", 2)));
        assert_eq!(gap_place("the roles of the cluster"), None);
    }
}
