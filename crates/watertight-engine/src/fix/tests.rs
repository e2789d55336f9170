use serde_json::json;
use watertight_model::{Fix, GroupKind, Layer};
use watertight_syntax::Segment;

use super::*;
use crate::{Check, Control, ObjectView, Sink, run};

const fn control(name: &'static str, check: fn(ObjectView<'_>, &mut Sink<'_>)) -> Control {
    graded(Severity::High, name, check)
}

const fn graded(severity: Severity, name: &'static str, check: fn(ObjectView<'_>, &mut Sink<'_>)) -> Control {
    Control {
        name,
        formerly: &[],
        title: name,
        severity,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
        markdown: "",
    }
}

/// The value of a field of the object.
fn field(object: ObjectView<'_>, name: &str) -> Option<String> {
    let body = object.object().body().ok()?;
    body.root().get(name)?.as_str().map(str::to_owned)
}

fn path(name: &'static str) -> Path {
    Path::root().key(name)
}

/// `open` is to be "no".
static OPEN: Control = control("open", |object, out| {
    if field(object, "open").as_deref() == Some("yes") {
        out.fail(path("open"), "is open").fix(Fix::safe().set(path("open"), "no"));
    }
});

/// Its fix does not close it.
static STUCK: Control = control("stuck", |object, out| {
    if field(object, "stuck").is_some() {
        out.fail(path("stuck"), "is stuck").fix(Fix::safe().set(path("stuck"), "still"));
    }
});

/// Its fix opens what [`OPEN`] looks at.
static SWAP: Control = control("swap", |object, out| {
    if field(object, "swap").as_deref() == Some("a") {
        out.fail(path("swap"), "swaps").fix(Fix::review().set(path("swap"), "b").set(path("open"), "yes"));
    }
});

/// As [`SWAP`], of something worse.
static WORSE: Control = graded(Severity::Critical, "worse", |object, out| {
    if field(object, "worse").as_deref() == Some("a") {
        out.fail(path("worse"), "is worse").fix(Fix::safe().set(path("worse"), "b").set(path("open"), "yes"));
    }
});

/// Wants `open` to be something else.
static OTHER: Control = control("other", |object, out| {
    if field(object, "open").as_deref() == Some("yes") {
        out.fail(path("open"), "is other").fix(Fix::safe().set(path("open"), "never"));
    }
});

/// Each item of `list` is one too many.
static ITEMS: Control = control("items", |object, out| {
    let Ok(body) = object.object().body() else { return };
    for number in 0..body.root().get("list").map_or(0, |list| list.items().len()) {
        let item = path("list").join(&[Segment::Index(number)].into_iter().collect());
        let found = out.fail(item.clone(), "is too many");
        if number == 0 {
            found.fix(Fix::safe().remove(item));
        }
    }
});

/// A namespace needs an account.
static ACCOUNT: Control = control("account", |object, out| {
    let name = object.identity().name.to_string();
    let namespace = watertight_model::Namespace::Named(object.identity().name.clone());
    if GroupKind::core("Namespace").is(object.identity())
        && !object
            .view()
            .snapshot()
            .of_kind("Account")
            .iter()
            .any(|id| object.view().snapshot().object(*id).identity().namespace == namespace)
    {
        let account =
            json!({"apiVersion": "x/v1", "kind": "Account", "metadata": {"name": "a", "namespace": name}});
        out.fail(Path::root(), "has no account").fix(Fix::review().create(account));
    }
});

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

fn repaired(texts: &[(&str, &str)], controls: &[&'static Control], review: bool) -> Repair {
    repaired_with(texts, controls, review, &|_| Existing::Absent)
}

fn repaired_with(
    texts: &[(&str, &str)],
    controls: &[&'static Control],
    review: bool,
    existing: &dyn Fn(&FilePath) -> Existing,
) -> Repair {
    let mut builder = Snapshot::builder(Limits::default());
    for (name, text) in texts {
        builder.text(*name, *text);
    }
    let settings = Settings::default();
    let snapshot = implied::complete(builder.finish(), settings.target);
    let options =
        RepairOptions { review, limits: Limits::default(), namespace: None, new_objects: None, existing };
    repair(&snapshot, &settings, &|world| run(world, controls), &options)
}

fn text<'r>(repair: &'r Repair, file: &str) -> &'r str {
    &repair.files[FilePath::new(file)].after
}

fn left(repair: &Repair) -> Vec<(&'static str, &'static str)> {
    repair.left.iter().map(|(told, left)| (told.control, left.name())).collect()
}

#[test]
fn what_is_fixed_is_fixed_in_place_and_once() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  open: \"no\"\n- apiVersion: v1\n  kind: Pod\n  open: \"yes\" # why\n";
    let two = format!("{POD}---\n{POD}open: 'yes'\n");
    let repair = repaired(&[("a.yaml", list), ("b.yaml", &two)], &[&OPEN], false);
    assert_eq!(text(&repair, "a.yaml"), list.replace("yes", "no"));
    assert_eq!(text(&repair, "b.yaml"), two.replace("yes", "no"));
    assert_eq!((repair.fixed.len(), repair.left.len()), (2, 0));
    let again = repaired(&[("b.yaml", text(&repair, "b.yaml"))], &[&OPEN], false);
    assert!(again.files.is_empty() && again.fixed.is_empty());
}

#[test]
fn a_fix_that_does_not_close_or_that_opens_is_left_out() {
    let pod = format!("{POD}stuck: x\nopen: \"yes\"\n");
    let repair = repaired(&[("a.yaml", &pod)], &[&OPEN, &STUCK], false);
    assert_eq!(text(&repair, "a.yaml"), pod.replace("yes", "no"));
    assert_eq!(left(&repair), [("stuck", "still-found")]);

    let pod = format!("{POD}swap: a\n");
    assert_eq!(left(&repaired(&[("a.yaml", &pod)], &[&OPEN, &SWAP], false)), [("swap", "review")]);
    let repair = repaired(&[("a.yaml", &pod)], &[&OPEN, &SWAP], true);
    assert_eq!(left(&repair), [("swap", "brings-up")]);
    assert!(repair.files.is_empty());
}

#[test]
fn what_a_worse_opening_brings_up_is_closed_after_it() {
    let pod = format!("{POD}worse: a\n");
    let repair = repaired(&[("a.yaml", &pod)], &[&OPEN, &WORSE], false);
    assert_eq!(text(&repair, "a.yaml"), format!("{POD}open: \"no\"\nworse: b\n"));
    assert_eq!((repair.fixed.len(), left(&repair).len()), (2, 0));
}

#[test]
fn of_two_that_contradict_one_is_carried_out() {
    let pod = format!("{POD}open: \"yes\"\n");
    let repair = repaired(&[("a.yaml", &pod)], &[&OPEN, &OTHER], false);
    // The other has nothing left to find.
    assert_eq!((repair.fixed.len(), left(&repair).len()), (1, 0));
}

#[test]
fn items_move_up_and_are_still_known() {
    let pod = format!("{POD}list: [a, b, c]\n");
    let repair = repaired(&[("a.yaml", &pod)], &[&ITEMS], false);
    assert_eq!(text(&repair, "a.yaml"), format!("{POD}list: []\n"));
    assert_eq!((repair.fixed.len(), repair.left.len()), (3, 0));
}

#[test]
fn what_cannot_be_edited_has_a_reason() {
    let shared = format!("{POD}x: &a\n  open: x\nopen: &b \"yes\"\ny: *b\n");
    let repair = repaired(&[("a.yaml", &shared)], &[&OPEN, &ITEMS], false);
    assert_eq!(left(&repair), [("open", "anchor")]);
    let twice = format!("{POD}open: \"yes\"\nopen: \"yes\"\n");
    assert_eq!(left(&repaired(&[("a.yaml", &twice)], &[&OPEN], false)), [("open", "duplicate-key")]);
}

#[test]
fn new_objects_have_a_file_of_their_own_and_never_replace_one() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    let file = "base/account-a.yaml";
    let object = "apiVersion: x/v1\nkind: Account\nmetadata:\n  name: a\n  namespace: shop\n";
    let repair = repaired(&[("base/ns.yaml", namespace)], &[&ACCOUNT], true);
    assert_eq!(text(&repair, file), object);
    assert!(repair.files[FilePath::new(file)].before.is_none());
    let again = repaired(&[("base/ns.yaml", namespace), (file, object)], &[&ACCOUNT], true);
    assert!(again.files.is_empty() && again.left.is_empty());

    let other = object.replace("shop", "other");
    let text_of = |text: &str| Existing::Text(text.into());
    let repair = repaired_with(&[("base/ns.yaml", namespace)], &[&ACCOUNT], true, &|_| text_of(&other));
    assert_eq!(text(&repair, file), format!("{other}---\n{object}"));
    let repair = repaired_with(&[("base/ns.yaml", namespace)], &[&ACCOUNT], true, &|_| text_of(object));
    assert_eq!(left(&repair), [("account", "object-exists")]);
    let repair = repaired_with(&[("base/ns.yaml", namespace)], &[&ACCOUNT], true, &|_| text_of("a: ["));
    assert_eq!(left(&repair), [("account", "object-file")]);
    let repair = repaired_with(&[("-", namespace)], &[&ACCOUNT], true, &|_| Existing::Absent);
    assert_eq!(text(&repair, "-"), format!("{namespace}---\n{object}"));
}

/// `drop` holds this word, or the one that stands for all words.
fn drops(object: ObjectView<'_>, word: &str) -> bool {
    let Ok(body) = object.object().body() else { return true };
    body.root().get("drop").is_some_and(|list| {
        list.items().any(|item| item.as_str().is_some_and(|dropped| dropped == word || dropped == "ALL"))
    })
}

fn wants(object: ObjectView<'_>, out: &mut Sink<'_>, word: &str) {
    if !drops(object, word) {
        out.fail(path("drop"), "is kept").discriminator(word).fix(Fix::safe().append(path("drop"), word));
    }
}

static ALL: Control = control("all", |object, out| wants(object, out, "ALL"));
static ONE: Control = control("a-one", |object, out| wants(object, out, "ONE"));
static TWO: Control = graded(Severity::Critical, "two", |object, out| wants(object, out, "TWO"));

/// Also sets a field that nothing else sets.
static THREE: Control = control("three", |object, out| {
    if !drops(object, "THREE") || field(object, "three").is_none() {
        let fix = Fix::safe().append(path("drop"), "THREE").set(path("three"), "x");
        out.fail(path("drop"), "is kept").fix(fix);
    }
});

#[test]
fn a_fix_that_another_makes_needless_is_not_carried_out() {
    let drop = |list: &str| format!("{POD}drop: [{list}]\n");
    let cases: [(&[&'static Control], &str, &str, usize); 6] = [
        (&[&ALL, &ONE], "X", "X, ALL", 2),
        (&[&ONE, &ALL], "X", "X, ALL", 2),
        (&[&ALL, &ONE, &TWO], "X", "X, ALL", 3),
        (&[&ONE, &TWO], "X", "X, TWO, ONE", 2),
        (&[&ONE, &TWO, &OPEN], "ONE", "ONE, TWO", 1),
        (&[&ONE, &TWO, &ALL], "ALL", "ALL", 0),
    ];
    for (controls, before, after, fixed) in cases {
        let repair = repaired(&[("a.yaml", &drop(before))], controls, false);
        let text =
            repair.files.get(FilePath::new("a.yaml")).map_or(drop(before), |text| text.after.to_string());
        assert_eq!((text, repair.fixed.len(), left(&repair).len()), (drop(after), fixed, 0));
    }
    // What does more than the list is needed for that.
    let repair = repaired(&[("a.yaml", &drop("X"))], &[&ALL, &THREE, &ONE], false);
    assert_eq!(text(&repair, "a.yaml"), format!("{POD}drop: [X, ALL, THREE]\nthree: x\n"));
    assert_eq!((repair.fixed.len(), left(&repair).len()), (3, 0));
    // Each object for itself, in one file and in several.
    let two = format!("{}---\n{}", drop("X"), drop("TWO").replace("name: a", "name: b"));
    let wanted = two.replace("[X]", "[X, ALL]").replace("[TWO]", "[TWO, ALL]");
    let files = [("a.yaml", two.as_str()), ("b.yaml", &drop("ONE").replace("name: a", "name: c"))];
    let repair = repaired(&files, &[&ALL, &ONE, &TWO], false);
    assert_eq!(text(&repair, "a.yaml"), wanted);
    assert_eq!(text(&repair, "b.yaml"), files[1].1.replace("[ONE]", "[ONE, ALL]"));
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

/// A folder with these files beside those that are read.
fn around<'a>(files: &'a [(&'a str, &'a str)]) -> impl Fn(&FilePath) -> Existing + 'a {
    |path| match files.iter().find(|(name, _)| FilePath::new(name) == path) {
        Some((_, text)) => Existing::Text((*text).into()),
        None => Existing::Absent,
    }
}

#[test]
fn a_kustomization_that_names_the_file_beside_names_the_new_one() {
    let new = "base/account-a.yaml";
    let cases = [
        (
            "base/kustomization.yaml",
            "resources:\n- ns.yaml # first\n",
            Some("- ns.yaml # first\n- account-a.yaml\n"),
        ),
        (
            "base/kustomization.yml",
            "resources: [./ns.yaml]\nnamePrefix: x-\n",
            Some("[./ns.yaml, ./account-a.yaml]"),
        ),
        (
            "Kustomization",
            "resources:\n  - base/ns.yaml\n",
            Some("  - base/ns.yaml\n  - base/account-a.yaml\n"),
        ),
        // It names it already, or does not name the file beside, or is Flux's.
        ("base/kustomization.yaml", "resources: [ns.yaml, account-a.yaml]\n", None),
        ("base/kustomization.yaml", "resources: [other.yaml]\n", None),
        ("kustomization.yaml", "resources: [base]\n", None),
        (
            "base/kustomization.yaml",
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nresources: [ns.yaml]\n",
            None,
        ),
    ];
    for (name, text, wanted) in cases {
        let files = [(name, text)];
        let repair = repaired_with(&[("base/ns.yaml", NAMESPACE)], &[&ACCOUNT], true, &around(&files));
        assert!(repair.files.contains_key(FilePath::new(new)));
        let edited = repair.files.get(FilePath::new(name)).map(|text| text.after.to_string());
        assert_eq!(edited.is_some(), wanted.is_some(), "{text}");
        assert!(edited.is_none_or(|edited| wanted.is_some_and(|wanted| edited.contains(wanted))), "{text}");
        assert!(repair.notes.is_empty());
    }
    // What cannot be edited is told.
    let anchored = [("base/kustomization.yaml", "resources: &r [ns.yaml]\ncrds: *r\n")];
    let repair = repaired_with(&[("base/ns.yaml", NAMESPACE)], &[&ACCOUNT], true, &around(&anchored));
    assert_eq!(
        repair.notes,
        ["base/account-a.yaml has to be named in `resources` of base/kustomization.yaml"]
    );
    assert_eq!(repair.files.len(), 1);
}

#[test]
fn templates_of_a_chart_are_left_alone() {
    let chart = [("shop/Chart.yaml", "name: shop\n")];
    let pod = format!("{POD}open: \"yes\"\n");
    let files = [("shop/templates/sub/a.yaml", pod.as_str()), ("shop/templates/ns.yaml", NAMESPACE)];
    let repair = repaired_with(&files, &[&OPEN, &ACCOUNT], true, &around(&chart));
    assert_eq!(left(&repair), [("account", "template"), ("open", "template")]);
    assert!(repair.files.is_empty());
    // Beside them, and where no chart is, they are files as any other.
    for files in [[("shop/crds/a.yaml", pod.as_str())], [("templates/a.yaml", pod.as_str())]] {
        assert_eq!(repaired_with(&files, &[&OPEN], true, &around(&chart)).fixed.len(), 1);
    }
}
