use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value as Json;
use watertight_syntax::edit::{Change, apply};
use watertight_syntax::{Path, Segment};

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

/// The comment behind a value that nobody knows but who measures it.
pub const START: &str = "a start: measure, then set";

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

    /// Also sets a field to a value that serves as a start, and says so behind it: [`START`].
    #[must_use]
    pub fn start_with(mut self, path: Path, value: impl Into<Json>) -> Self {
        self.changes.push(Change::Set { path: path.clone(), value: value.into() });
        self.changes.push(Change::Comment { path, text: START });
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

    /// The changes as somebody would make them who has the object before them: where removing leaves a
    /// field empty that means nothing when it is empty, the field goes.
    #[must_use]
    pub fn changes_for(&self, object: &Json) -> Vec<Change> {
        let mut plan = self.clone();
        while let Some(emptied) = plan.emptied(object) {
            plan.changes.retain(|change| !emptied.covers(change.path()));
            plan.changes.push(Change::Remove { path: emptied });
        }
        plan.changes().into_iter().cloned().collect()
    }

    /// A field of [`MEANS_NOTHING_EMPTY`] that is empty once the plan is carried out, and was not before.
    fn emptied(&self, object: &Json) -> Option<Path> {
        let removed = self.changes.iter().filter(|change| matches!(change, Change::Remove { .. }));
        let parents = removed.filter_map(|change| change.path().parent()).filter(means_nothing_empty);
        let parents: BTreeSet<Path> = parents.collect();
        if parents.is_empty() {
            return None;
        }
        let mut after = object.clone();
        apply(&mut after, self.changes());
        let is_empty = |value: &Json| match value {
            Json::Array(items) => items.is_empty(),
            Json::Object(map) => map.is_empty(),
            _ => false,
        };
        let stands = |value: &Json| !value.is_null() && !is_empty(value);
        parents.into_iter().find(|path| {
            value_at(object, path).is_some_and(stands) && value_at(&after, path).is_some_and(is_empty)
        })
    }
}

/// Fields of the API of which empty is the same as absent. For others it is not: `emptyDir: {}`,
/// `podSelector: {}`, `rules: []`.
const MEANS_NOTHING_EMPTY: &[&str] = &[
    "add",
    "annotations",
    "capabilities",
    "drop",
    "hostAliases",
    "labels",
    "ports",
    "seLinuxOptions",
    "securityContext",
    "supplementalGroups",
    "sysctls",
    "tolerations",
    "volumeDevices",
    "volumeMounts",
    "volumes",
];

fn means_nothing_empty(path: &Path) -> bool {
    matches!(path.segments().last(), Some(Segment::Key(key)) if MEANS_NOTHING_EMPTY.contains(&key.as_ref()))
}

fn value_at<'v>(object: &'v Json, path: &Path) -> Option<&'v Json> {
    path.segments().iter().try_fold(object, |here, segment| match segment {
        Segment::Key(key) => here.get(key.as_ref()),
        Segment::Index(index) => here.get(*index),
    })
}

fn contradicts(one: &Change, other: &Change) -> bool {
    match (one, other) {
        (Change::Comment { .. }, _) | (_, Change::Comment { .. }) => false,
        (Change::Append { path: list, value }, Change::Append { path, value: other }) => {
            list == path && are_one_entry(value, other)
        }
        // Removing different things goes together.
        (Change::Remove { .. }, Change::Remove { .. }) => false,
        (Change::Append { path: list, .. }, Change::Remove { path })
        | (Change::Remove { path }, Change::Append { path: list, .. }) => path.covers(list),
        _ => one.path().covers(other.path()) || other.path().covers(one.path()),
    }
}

/// Whether two items that are to be appended are one entry twice: with one `name`, or one flag of a command.
fn are_one_entry(one: &Json, other: &Json) -> bool {
    let name = |item: &'_ Json| item.get("name").and_then(Json::as_str).map(str::to_owned);
    let flag = |item: &'_ Json| {
        let (flag, _) = item.as_str()?.strip_prefix("--")?.split_once('=')?;
        Some(flag.to_owned())
    };
    let same = |one: Option<String>, other: Option<String>| one.is_some() && one == other;
    same(name(one), name(other)) || same(flag(one), flag(other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
    fn what_is_left_empty_goes_where_that_means_the_same() {
        let object = json!({
            "spec": {"securityContext": {"capabilities": {"add": ["A", "B"]}}, "emptyDir": {"sizeLimit": 1}},
        });
        let add = |number| Path::root().at("spec.securityContext.capabilities.add").index(number);
        let mut plan = FixPlan::default();
        plan.add(&Fix::safe().remove(add(1))).unwrap();
        assert_eq!(plan.changes_for(&object), [Change::Remove { path: add(1) }]);
        plan.add(&Fix::safe().remove(add(0)).remove(path(".spec.emptyDir.sizeLimit"))).unwrap();
        let gone = ["spec.securityContext", "spec.emptyDir.sizeLimit"].map(|path| Path::root().at(path));
        assert_eq!(plan.changes_for(&object), gone.map(|path| Change::Remove { path }));
        plan.add(&Fix::safe().append(Path::root().at("spec.securityContext.capabilities.drop"), "ALL"))
            .unwrap();
        assert!(plan.changes_for(&object).contains(&Change::Remove { path: add(0).parent().unwrap() }));
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
        // One entry twice: the second has to be made from what the first leaves.
        let named = |value: &str| json!({"name": "f", "value": value});
        for (one, other, goes) in [
            (named("1"), named("2"), false),
            (named("1"), named("1"), true),
            (named("1"), json!({"name": "g"}), true),
            (json!("--f=1"), json!("--f=2"), false),
            (json!("--f=1"), json!("--g=1"), true),
            (json!("ALL"), json!("NET_RAW"), true),
        ] {
            let mut plan = FixPlan::default();
            plan.add(&Fix::safe().append(path(".l"), one)).unwrap();
            assert_eq!(plan.add(&Fix::safe().append(path(".l"), other.clone())).is_ok(), goes, "{other}");
            assert!(plan.add(&Fix::safe().append(path(".m"), other)).is_ok());
        }
    }
}
