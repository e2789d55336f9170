use std::collections::BTreeSet;

use watertight_facts::control_plane::Authentication;
use watertight_facts::kubeconfig::Kubeconfig;
use watertight_facts::{Settings, View};
use watertight_model::{Fix, GroupKind, Identity, Object, ObjectId, Severity};
use watertight_syntax::Path;

/// One object as a control of scope [`Check::Object`](crate::Check::Object) sees it.
#[derive(Debug, Clone, Copy)]
pub struct ObjectView<'w> {
    pub(crate) id: ObjectId,
    pub(crate) view: View<'w>,
}

impl<'w> ObjectView<'w> {
    /// The object.
    #[must_use]
    pub fn object(self) -> &'w Object {
        self.view.snapshot().object(self.id)
    }

    /// Who it is.
    #[must_use]
    pub fn identity(self) -> &'w Identity {
        self.object().identity()
    }

    /// What the user said.
    #[must_use]
    pub fn settings(self) -> &'w Settings {
        self.view.settings()
    }

    /// Its number in the snapshot.
    #[must_use]
    pub fn id(self) -> ObjectId {
        self.id
    }

    /// The world, as far as the control declares it.
    #[must_use]
    pub fn view(self) -> View<'w> {
        self.view
    }

    /// What it says, when it is a kubeconfig.
    #[must_use]
    pub fn kubeconfig(self) -> Option<&'w Kubeconfig> {
        self.view.kubeconfig(self.id)
    }

    /// What it says, when it is an AuthenticationConfiguration.
    #[must_use]
    pub fn authentication(self) -> Option<&'w Authentication> {
        self.view.authentication_of(self.id)
    }
}

/// What a control says of one subject before the engine makes a finding of it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(crate) path: Path,
    pub(crate) message: String,
    pub(crate) severity: Severity,
    pub(crate) fix: Option<Fix>,
    pub(crate) no_fix: Option<&'static str>,
    pub(crate) discriminator: String,
}

impl Draft {
    /// Grades this finding otherwise than its control.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Says how to close it.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fix = Some(fix);
        self
    }

    /// Says how to close it, or why this one cannot be closed for the user where others of the control can.
    pub fn fix_or_why(&mut self, fix: Result<Fix, &'static str>) -> &mut Self {
        match fix {
            Ok(fix) => self.fix = Some(fix),
            Err(why) => self.no_fix = Some(why),
        }
        self
    }

    /// Tells findings apart that share control, object and path. Goes into the fingerprint, so it
    /// must be stable and no secret.
    pub fn discriminator(&mut self, word: impl Into<String>) -> &mut Self {
        self.discriminator = word.into();
        self
    }
}

/// Where a control pushes what it finds. Saying nothing of a subject is passing it.
#[derive(Debug)]
pub struct Sink<'a> {
    pub(crate) severity: Severity,
    pub(crate) drafts: &'a mut Vec<Draft>,
    pub(crate) unknown: &'a mut Option<String>,
    pub(crate) out_of_view: &'a mut BTreeSet<GroupKind>,
    pub(crate) applies: &'a mut bool,
}

impl Sink<'_> {
    /// The subject fails at a field, present or absent. The message names container and value, and
    /// never a value that may be secret; what is a credential by its form is masked in it all the same.
    pub fn fail(&mut self, path: Path, message: impl Into<String>) -> &mut Draft {
        self.drafts.push(Draft {
            path,
            message: watertight_credentials::masked(&message.into()).into_owned(),
            severity: self.severity,
            fix: None,
            no_fix: None,
            discriminator: String::new(),
        });
        let last = self.drafts.len() - 1;
        &mut self.drafts[last]
    }

    /// The subject cannot be judged: what is missing, in words.
    pub fn unknown(&mut self, why: impl Into<String>) {
        self.unknown.get_or_insert_with(|| why.into());
    }

    /// The subject cannot be judged because the input holds no object of a kind, which may be elsewhere:
    /// a note in the coverage, never a gap. Ask [`Snapshot::is_in_view`](watertight_model::Snapshot::is_in_view)
    /// before, or [`View::sees`].
    pub fn not_in_view(&mut self, kind: GroupKind) {
        self.out_of_view.insert(kind);
    }

    /// The rule does not speak of this subject (a Windows pod, a kind without the field): it is
    /// counted neither as passed nor as failed.
    pub fn not_applicable(&mut self) {
        *self.applies = false;
    }
}
