//! What is known of objects that a tool rendered: helm from a chart, kustomize from an overlay.
//!
//! Nobody wrote the text that such an object stands in. Its lines are lines of the tool's output, and a
//! fix of it belongs into the template or the overlay. Start reading at [`Rendered`].

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use watertight_syntax::Position;

use crate::object::Standing;
use crate::{Added, Object, Origin, Place, SnapshotBuilder, Source};

/// The namespace that charts are rendered into when nobody names one. helm itself would take `default`, and
/// then nobody could tell an object that lies in `default` from one that goes wherever the release goes.
pub const RELEASE_NAMESPACE: &str = "release-namespace";

/// The tool that rendered an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Renderer {
    /// `helm template`.
    Helm,
    /// `kustomize build` or `kubectl kustomize`.
    Kustomize,
}

impl Renderer {
    /// The tool's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Helm => "helm",
            Self::Kustomize => "kustomize",
        }
    }
}

/// How an object was rendered, and from what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rendered {
    /// The tool.
    pub by: Renderer,
    /// The folder of the chart or overlay, as it was given or found.
    pub of: String,
    /// The file that it comes from (a chart's template, a resource of the overlay or of a base below it),
    /// where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// Says it behind a place: `rendered by helm from charts/shop`.
impl fmt::Display for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rendered by {} from {}", self.by.name(), self.of)
    }
}

/// A piece of a tool's output, with what is known of where it comes from.
pub struct RenderedPart {
    /// The file that its objects come from, where that is known: [`Rendered::from`].
    pub from: Option<String>,
    /// The file that it is shown under: `from`, or else the file that says what is rendered.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The text may hold secrets.
impl fmt::Debug for RenderedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedPart").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SnapshotBuilder {
    /// Reads every object of what a tool rendered from the folder `of`. The parts count as one text. What a
    /// chart puts out without a namespace goes into that of the release, as `helm install` has it.
    pub fn rendered(&mut self, by: Renderer, of: &str, parts: Vec<RenderedPart>) -> Added {
        let mut all = Added::default();
        self.count_text();
        let named = self.namespace.clone();
        if by == Renderer::Helm {
            self.namespace.get_or_insert_with(|| RELEASE_NAMESPACE.into());
        }
        for part in parts {
            let rendered = Rendered { by, of: of.to_owned(), from: part.from };
            let source = Arc::new(Source::new(part.name, part.text.into()));
            let added = self.source(&source, &Standing::Rendered(Box::new(rendered)));
            all.objects += added.objects;
            all.lists += added.lists;
            all.passed_over += added.passed_over;
            all.gaps += added.gaps;
            all.broken = all.broken.or(added.broken);
        }
        self.namespace = named;
        all
    }
}

impl Origin {
    /// How it was rendered, also before it was recorded in a snapshot file. `None` for what was read as it
    /// was written.
    #[must_use]
    pub fn rendered(&self) -> Option<&Rendered> {
        match &self.standing {
            Standing::Rendered(rendered) => Some(rendered),
            Standing::Recorded(recorded) => recorded.rendered.as_ref(),
            Standing::Read | Standing::Implied => None,
        }
    }

    /// The name of the text, with what it was rendered from: two overlays may put out what one file holds.
    #[must_use]
    pub fn distinct_name(&self) -> String {
        match self.rendered() {
            Some(rendered) => format!("{} ({rendered})", self.name()),
            None => self.name(),
        }
    }
}

impl Object {
    /// The position of a place within the file that it is shown under. Where an object that was rendered
    /// stands in its template is not known: then it is the beginning of that file.
    #[must_use]
    pub fn position_in_file(&self, place: &Place) -> Position {
        match self.origin().standing {
            Standing::Rendered(_) => Position { line: 1, column: 1 },
            _ => place.position,
        }
    }

    /// What has to be said beside a place, in brackets and with a blank before: where an object of a
    /// snapshot file was read, what an object was rendered from, and in which text of which other object it
    /// stands. Empty for all others.
    #[must_use]
    pub fn beside(&self, place: &Place) -> String {
        let standing = match &self.origin().standing {
            Standing::Recorded(recorded) => match &recorded.rendered {
                Some(rendered) => format!(" ({}, line {} as {rendered})", recorded.file, recorded.line),
                None => format!(" ({}:{})", recorded.file, recorded.line),
            },
            Standing::Rendered(rendered) => format!(" (line {} as {rendered})", place.position.line),
            Standing::Read | Standing::Implied => String::new(),
        };
        match self.within() {
            Some(within) => format!("{standing} ({within})"),
            None => standing,
        }
    }
}

#[cfg(test)]
mod tests {
    use watertight_syntax::{Limits, Path};

    use super::*;
    use crate::Snapshot;

    #[test]
    fn rendered_objects_say_so_also_from_a_snapshot_file() {
        let mut builder = Snapshot::builder(Limits::default());
        let pod = "\nkind: Pod\napiVersion: v1\nmetadata: {name: a}\n".to_owned();
        let part = RenderedPart {
            from: Some("c/templates/p.yaml".into()),
            name: "c/templates/p.yaml".into(),
            text: pod,
        };
        let added = builder.rendered(Renderer::Helm, "c", vec![part]);
        let snapshot = builder.finish();
        assert_eq!((added.objects, snapshot.texts()), (1, 1));
        let object = &snapshot.object(snapshot.of_kind("Pod")[0]);
        assert_eq!(object.identity().namespace.name(), Some(RELEASE_NAMESPACE));
        let place = object.place(&Path::root());
        assert_eq!(object.beside(&place), " (line 2 as rendered by helm from c)");
        assert_eq!(object.position_in_file(&place).line, 1);
        assert_eq!(object.origin().folder(), Some(std::path::Path::new("c")));
        let mut lines = Vec::new();
        snapshot.write_lines("1", &mut lines).unwrap();
        let mut builder = Snapshot::builder(Limits::default());
        builder.snapshot_file("c.wt", String::from_utf8(lines).unwrap()).unwrap();
        let again = builder.finish();
        let recorded = again.object(again.of_kind("Pod")[0]);
        assert_eq!(recorded.origin().rendered(), object.origin().rendered());
        let place = recorded.place(&Path::root());
        assert_eq!(recorded.beside(&place), " (c/templates/p.yaml, line 2 as rendered by helm from c)");
        assert_eq!(recorded.origin().folder(), object.origin().folder());
    }
}
