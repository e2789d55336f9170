use crate::Date;

/// Why a finding is let be: somebody decided so, and said it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiver {
    /// Where it stands: file and line of a settings file or a comment, or the name of an annotation.
    pub given: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds; it holds for good without one.
    pub until: Option<Date>,
}

impl Waiver {
    /// That the baseline `file` knows a finding already.
    #[must_use]
    pub fn baseline(file: &str) -> Self {
        Self { given: file.to_owned(), reason: Self::IN_BASELINE.to_owned(), owner: None, until: None }
    }

    /// The reason of what a baseline knows; nobody else gives it.
    const IN_BASELINE: &'static str = "in the baseline";

    /// Whether a baseline knows the finding, so that nobody decided about it.
    #[must_use]
    pub fn is_baseline(&self) -> bool {
        self.reason == Self::IN_BASELINE && self.owner.is_none() && self.until.is_none()
    }
}
