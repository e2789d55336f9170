//! `audit.k8s.io/v1` `Policy` as values that are valid by construction.
//!
//! Reading one from a manifest is [`Policy::decode`] (`decode.rs`), deciding with it is
//! [`Policy::evaluate`] (`evaluate.rs`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much of a request is logged; each level holds what the one before holds.
///
/// Follows `Level` of `pkg/apis/audit/v1/types.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Level {
    /// Nothing. What no rule matches has this level.
    #[default]
    None,
    /// Who, what, when, from where, and the outcome.
    Metadata,
    /// The metadata and the object of the request.
    Request,
    /// The metadata and the objects of the request and of the response.
    RequestResponse,
}

impl Level {
    /// Every level, from the least to the most.
    pub const ALL: [Self; 4] = [Self::None, Self::Metadata, Self::Request, Self::RequestResponse];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Metadata => "Metadata",
            Self::Request => "Request",
            Self::RequestResponse => "RequestResponse",
        }
    }

    /// The level of that word, which is case-sensitive.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The moment in the handling of a request at which an event is made.
///
/// Follows `Stage` of `pkg/apis/audit/v1/types.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// The request arrived and nothing was done yet.
    RequestReceived,
    /// The head of the response was sent; only of long-running requests, such as watches.
    ResponseStarted,
    /// The response was sent.
    ResponseComplete,
    /// The handler panicked.
    Panic,
}

impl Stage {
    /// Every stage, in the order in which they happen.
    pub const ALL: [Self; 4] =
        [Self::RequestReceived, Self::ResponseStarted, Self::ResponseComplete, Self::Panic];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestReceived => "RequestReceived",
            Self::ResponseStarted => "ResponseStarted",
            Self::ResponseComplete => "ResponseComplete",
            Self::Panic => "Panic",
        }
    }

    /// The stage of that word, which is case-sensitive.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of stages. Order and repetition of the manifest have no meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stages(u8);

impl Stages {
    /// No stage.
    pub const EMPTY: Self = Self(0);

    /// Whether the stage is in the set.
    #[must_use]
    pub const fn contains(self, stage: Stage) -> bool {
        self.0 & (1 << stage as u8) != 0
    }

    /// What is in either set. Follows `unionStages` of `pkg/audit/policy/checker.go`.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set with one more stage.
    #[must_use]
    pub const fn with(self, stage: Stage) -> Self {
        Self(self.0 | 1 << stage as u8)
    }

    /// Whether there is no stage in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The stages in the order in which they happen.
    pub fn iter(self) -> impl Iterator<Item = Stage> {
        Stage::ALL.into_iter().filter(move |&stage| self.contains(stage))
    }
}

impl FromIterator<Stage> for Stages {
    fn from_iter<I: IntoIterator<Item = Stage>>(stages: I) -> Self {
        stages.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// An audit policy: an ordered list of rules, the first that matches decides.
///
/// Follows `Policy` of `pkg/apis/audit/v1/types.go`. Metadata of the manifest has no meaning for
/// the API server and is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Stages of which no event is made, whatever the rules say.
    pub omit_stages: Stages,
    /// Whether bodies are logged without `metadata.managedFields`; a rule may say otherwise.
    pub omit_managed_fields: bool,
    /// The rules in the order in which they are asked.
    pub rules: Vec<Rule>,
}

/// One rule: a request has to match every field that is set.
///
/// Follows `PolicyRule` of `pkg/apis/audit/v1/types.go`. An empty list means "any". A rule with
/// `namespaces` or `resources` never matches a non-resource URL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    /// The level of what the rule matches.
    pub level: Level,
    /// Names of users, compared exactly: there is no wildcard.
    pub users: Vec<String>,
    /// Groups, of which the user has to be in one. There is no wildcard.
    pub user_groups: Vec<String>,
    /// Verbs, compared exactly: there is no wildcard.
    pub verbs: Vec<String>,
    /// Resources.
    pub resources: Vec<GroupResources>,
    /// Namespaces; the empty name is cluster scope. There is no wildcard.
    pub namespaces: Vec<String>,
    /// Paths; a trailing `*` matches any rest.
    pub non_resource_urls: Vec<String>,
    /// Stages of which no event is made, besides those of the policy.
    pub omit_stages: Stages,
    /// Overrides the policy's `omit_managed_fields` when set.
    pub omit_managed_fields: Option<bool>,
}

/// Resources of one API group.
///
/// Follows `GroupResources` of `pkg/apis/audit/v1/types.go`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupResources {
    /// The API group without version; empty is the core group, `*` every group.
    pub group: String,
    /// `pods`, `pods/log`, `*` (everything), `pods/*` (pods and all below), `*/scale`. Empty is
    /// everything of the group.
    pub resources: Vec<String>,
    /// Names of objects, compared exactly; needs `resources`.
    pub resource_names: Vec<String>,
}
