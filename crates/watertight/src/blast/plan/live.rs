//! Changes to objects that are in no file, as commands and JSON patches (RFC 6902) for `kubectl`.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use watertight_model::{Fix, Namespace, Object, ObjectId, Snapshot};
use watertight_syntax::edit::{Change, apply};
use watertight_syntax::{Path, Segment};

use super::files::Part;

/// Objects as they are after the steps so far.
#[derive(Clone)]
pub(super) struct Live<'a> {
    snapshot: &'a Snapshot,
    /// Values, and what was removed of them, by the positions of the object that was read.
    changed: BTreeMap<ObjectId, (Json, Vec<Path>)>,
}

impl<'a> Live<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, changed: BTreeMap::new() }
    }

    /// Changes fields of an object.
    ///
    /// # Errors
    /// When the API server does not take the change.
    pub(super) fn change(&mut self, id: ObjectId, fix: &Fix) -> Result<Vec<Part>, String> {
        let object = self.snapshot.object(id);
        let identity = object.identity();
        if matches!(&*identity.kind, "Pod" | "Job") {
            return Err(format!("{identity} cannot be changed while it is there: its manifest has to be"));
        }
        let body = || object.body().map(|body| body.root().to_json()).map_err(|error| error.message);
        let (mut value, mut removed) = match self.changed.remove(&id) {
            Some(known) => known,
            None => (body()?, Vec::new()),
        };
        let mut operations = Vec::new();
        for change in in_order(&fix.changes) {
            let path = shifted(change.path(), &removed);
            match change {
                Change::Set { value: wanted, .. } => {
                    operations.extend(set(&value, &path, wanted));
                    apply(&mut value, [&Change::Set { path, value: wanted.clone() }]);
                }
                Change::Remove { path: as_read } => {
                    operations.extend(remove(&value, &path));
                    apply(&mut value, [&Change::Remove { path }]);
                    removed.push(as_read.clone());
                }
                // No change of a plan appends.
                Change::Append { .. } | Change::Comment { .. } => {}
            }
        }
        self.changed.insert(id, (value, removed));
        if let ("Namespace", [Change::Set { path, value: Json::String(value) }]) =
            (&*identity.kind, fix.changes.as_slice())
            && let Some(Segment::Key(key)) = path.segments().last()
        {
            let name = quoted(&identity.name);
            return Ok(vec![Part::Command(format!(
                "kubectl label --overwrite namespace {name} {key}={value}"
            ))]);
        }
        let text = serde_json::to_string_pretty(&operations).map_err(|error| error.to_string())? + "\n";
        Ok(vec![Part::JsonPatch(text, format!("kubectl patch {} --type=json --patch-file", named(object)))])
    }

    /// Removes an object.
    ///
    /// # Errors
    /// Never yet.
    pub(super) fn delete(&mut self, id: ObjectId) -> Result<Part, String> {
        self.changed.remove(&id);
        Ok(Part::Command(format!("kubectl delete {}", named(self.snapshot.object(id)))))
    }
}

/// What is set first, then what goes, from the back.
fn in_order(changes: &[Change]) -> Vec<&Change> {
    let is_removed = |change: &&Change| matches!(change, Change::Remove { .. });
    let (mut removed, mut ordered): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(is_removed);
    removed.sort_by(|one, other| other.path().cmp(one.path()));
    ordered.extend(removed);
    ordered
}

/// A path by the positions that are left once others were removed.
fn shifted(path: &Path, removed: &[Path]) -> Path {
    let mut found = Path::root();
    let mut as_read = Path::root();
    for segment in path.segments() {
        match segment {
            Segment::Key(key) => {
                (found, as_read) = (found.key(key.clone()), as_read.key(key.clone()));
            }
            Segment::Index(index) => {
                let before = (0..*index).filter(|own| removed.contains(&as_read.index(*own))).count();
                (found, as_read) = (found.index(index - before), as_read.index(*index));
            }
        }
    }
    found
}

fn at<'v>(value: &'v Json, path: &Path) -> Option<&'v Json> {
    path.segments().iter().try_fold(value, |here, segment| match segment {
        Segment::Key(key) => here.get(key.as_ref()),
        Segment::Index(index) => here.get(*index),
    })
}

/// Sets a field; maps that are not there on the way come first.
fn set(value: &Json, path: &Path, wanted: &Json) -> Vec<Json> {
    let mut operations = Vec::new();
    let mut missing = Vec::new();
    let mut above = path.parent();
    while let Some(own) = above.filter(|own| at(value, own).is_none_or(Json::is_null)) {
        above = own.parent();
        missing.push(own);
    }
    operations
        .extend(missing.iter().rev().map(|own| json!({"op": "add", "path": pointer(own), "value": {}})));
    operations.push(json!({"op": "add", "path": pointer(path), "value": wanted}));
    operations
}

/// Removes a field, or an item that has to be what it was.
fn remove(value: &Json, path: &Path) -> Vec<Json> {
    let Some(is) = at(value, path) else { return Vec::new() };
    let test = matches!(path.segments().last(), Some(Segment::Index(_)))
        .then(|| json!({"op": "test", "path": pointer(path), "value": is}));
    test.into_iter().chain([json!({"op": "remove", "path": pointer(path)})]).collect()
}

/// A path as RFC 6901 writes it.
fn pointer(path: &Path) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Index(index) => format!("/{index}"),
    };
    path.segments().iter().map(step).collect()
}

/// An object as `kubectl` takes it.
fn named(object: &Object) -> String {
    let identity = object.identity();
    let kind = identity.kind.to_lowercase();
    let kind = match &*identity.group {
        "" => kind,
        group => format!("{kind}.{group}"),
    };
    match &identity.namespace {
        Namespace::Named(namespace) => {
            format!("-n {} {kind} {}", quoted(namespace), quoted(&identity.name))
        }
        _ => format!("{kind} {}", quoted(&identity.name)),
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |own: char| own.is_ascii_alphanumeric() || matches!(own, '-' | '.' | '_' | ':' | '/');
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        text.parse().unwrap()
    }

    #[test]
    fn positions_move_up_behind_what_was_removed() {
        let removed = [path(".a[1]"), path(".a[3]"), path(".b[0]")];
        for (before, after) in
            [(".a[0]", ".a[0]"), (".a[2].c[4]", ".a[1].c[4]"), (".a[4]", ".a[2]"), (".c[4]", ".c[4]")]
        {
            assert_eq!(shifted(&path(before), &removed), path(after));
        }
    }

    #[test]
    fn patches_are_those_of_the_rfc() {
        let value = json!({"spec": {"a/b": ["x", "y"]}});
        assert_eq!(
            set(&value, &path(".spec.c.d"), &json!(false)),
            [
                json!({"op": "add", "path": "/spec/c", "value": {}}),
                json!({"op": "add", "path": "/spec/c/d", "value": false})
            ]
        );
        let item = Path::root().key("spec").key("a/b").index(1);
        assert_eq!(
            remove(&value, &item),
            [
                json!({"op": "test", "path": "/spec/a~1b/1", "value": "y"}),
                json!({"op": "remove", "path": "/spec/a~1b/1"})
            ]
        );
        assert_eq!(remove(&value, &path(".spec.gone")), [] as [Json; 0]);
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
