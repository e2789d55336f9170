use std::fmt;

use serde_json::Value as Json;
use watertight_syntax::Path;
use watertight_syntax::edit::Change;

/// Whether a fix may be applied without thinking about the workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// Does not change how a working workload behaves.
    Safe,
    /// May change how the workload behaves: someone has to look.
    Review,
}

impl Safety {
    /// The name in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Review => "review",
        }
    }
}

/// How to close a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// Safe, or to be reviewed.
    pub safety: Safety,
    /// What to change, all or nothing.
    pub changes: Vec<Change>,
    /// Objects to add beside it: a policy that is missing, an account of its own.
    pub objects: Vec<Json>,
}

impl Fix {
    /// A fix that a working workload does not notice.
    #[must_use]
    pub fn safe() -> Self {
        Self { safety: Safety::Safe, changes: Vec::new(), objects: Vec::new() }
    }

    /// A fix that may change how the workload behaves.
    #[must_use]
    pub fn review() -> Self {
        Self { safety: Safety::Review, changes: Vec::new(), objects: Vec::new() }
    }

    /// Also sets a field.
    #[must_use]
    pub fn set(mut self, path: Path, value: impl Into<Json>) -> Self {
        self.changes.push(Change::Set { path, value: value.into() });
        self
    }

    /// Also removes a field or a list item.
    #[must_use]
    pub fn remove(mut self, path: Path) -> Self {
        self.changes.push(Change::Remove { path });
        self
    }

    /// Also creates an object, with `apiVersion`, `kind` and `metadata`.
    #[must_use]
    pub fn create(mut self, object: Json) -> Self {
        self.objects.push(object);
        self
    }

    /// Also appends an item to a list.
    #[must_use]
    pub fn append(mut self, path: Path, value: impl Into<Json>) -> Self {
        self.changes.push(Change::Append { path, value: value.into() });
        self
    }
}

/// Two fixes that want different things of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The place.
    pub path: Path,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "two fixes want different values at `{}`", self.path)
    }
}

/// All changes to one document, merged by path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FixPlan {
    changes: Vec<Change>,
}

impl FixPlan {
    /// Adds a whole fix, or nothing of it.
    ///
    /// # Errors
    /// When one of its changes contradicts one that is already in the plan.
    pub fn add(&mut self, fix: &Fix) -> Result<(), Conflict> {
        let mut merged = self.changes.clone();
        for change in &fix.changes {
            if merged.contains(change) {
                continue;
            }
            if let Some(other) = merged.iter().find(|other| contradicts(change, other)) {
                return Err(Conflict { path: other.path().clone() });
            }
            merged.push(change.clone());
        }
        self.changes = merged;
        Ok(())
    }

    /// The changes in an order in which each can be applied: list items are removed from the back,
    /// so that positions stay true.
    #[must_use]
    pub fn changes(&self) -> Vec<&Change> {
        let mut ordered: Vec<&Change> =
            self.changes.iter().filter(|change| !matches!(change, Change::Remove { .. })).collect();
        let mut removed: Vec<&Change> =
            self.changes.iter().filter(|change| matches!(change, Change::Remove { .. })).collect();
        removed.sort_by(|a, b| b.path().cmp(a.path()));
        ordered.extend(removed);
        ordered
    }
}

fn contradicts(one: &Change, other: &Change) -> bool {
    match (one, other) {
        // Appending to one list, and removing different things, go together.
        (Change::Append { .. }, Change::Append { .. }) | (Change::Remove { .. }, Change::Remove { .. }) => {
            false
        }
        (Change::Append { path: list, .. }, Change::Remove { path })
        | (Change::Remove { path }, Change::Append { path: list, .. }) => path.covers(list),
        _ => one.path().covers(other.path()) || other.path().covers(one.path()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use watertight_syntax::edit::apply;

    fn path(text: &str) -> Path {
        text.parse().unwrap()
    }

    #[test]
    fn changes_reach_their_places() {
        let mut object = json!({"a": [{"b": 1}, {"b": 2}], "list": [1, 2, 3]});
        let mut plan = FixPlan::default();
        plan.add(&Fix::safe().set(path(".a[1].c.d"), true).remove(path(".list[0]"))).unwrap();
        plan.add(&Fix::safe().remove(path(".list[2]")).append(path(".new"), "x")).unwrap();
        plan.add(&Fix::safe().append(path(".new"), "x")).unwrap();
        assert_eq!(apply(&mut object, plan.changes()), None);
        assert_eq!(object, json!({"a": [{"b": 1}, {"b": 2, "c": {"d": true}}], "list": [2], "new": ["x"]}));
        assert_eq!(
            apply(&mut object, &[Change::Set { path: path(".list.x"), value: json!(1) }]),
            Some(path(".list.x"))
        );
    }

    #[test]
    fn contradictions_are_reported_and_leave_the_plan_alone() {
        let mut plan = FixPlan::default();
        plan.add(&Fix::safe().set(path(".a.b"), 1)).unwrap();
        let before = plan.clone();
        let conflict = plan.add(&Fix::safe().set(path(".c"), 1).set(path(".a"), 2)).unwrap_err();
        assert_eq!((conflict.path, &plan), (path(".a.b"), &before));
        assert_eq!(plan.add(&Fix::safe().set(path(".a.b"), 1)), Ok(()));
        assert!(plan.add(&Fix::safe().set(path(".a.b"), 2)).is_err());
        assert!(plan.add(&Fix::safe().remove(path(".a"))).is_err());
    }
}
