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
