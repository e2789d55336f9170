//! What every format makes of verdicts that a scan of a small folder hardly gives: waived findings, findings of the
//! cluster, what is out of view, and more findings than fit.

use std::io::{self, Write};

use serde_json::Value;
use watertight_engine::prelude::*;
use watertight_engine::{CoverageNote, Outcome, Remark};
use watertight_model::{
    Date, Finding, Fingerprint, Identity, ObjectId, RenderedPart, Renderer, Snapshot, Verdict, Waiver,
};
use watertight_syntax::Limits;

use crate::{Report, Root, Style, concise, github, gitlab, html, json, junit, markdown, sarif, terminal};

control! {
    /// Something is open.
    ///
    /// ## Remedy
    /// Close it.
    pub static SOMETHING_OPEN = {
        title: "something is open",
        severity: Severity::High,
        layer: Layer::Pod,
        maps: &[Mapping::Cis("5.2.1")],
        reads: &[],
        check: Check::Cluster(|_, _| {}),
    }
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {hostPID: true}\n";

/// A finding on the first object, or on the cluster.
fn finding(verdict: Verdict, severity: Severity, object: Option<ObjectId>, number: usize) -> Finding {
    Finding {
        control: SOMETHING_OPEN.name,
        layer: Layer::Pod,
        severity,
        verdict,
        object,
        shown_by: object,
        instances: 1,
        path: if object.is_some() { Path::root().key("spec").key("hostPID") } else { Path::root() },
        message: format!("opening number {number}"),
        fix: None,
        no_fix: None,
        fingerprint: Fingerprint::new("c", &Identity::cluster(), &number.to_string(), "", ""),
    }
}

fn waived(reason: &str) -> Verdict {
    Verdict::Waived(Box::new(Waiver {
        given: "watertight.yaml:7".to_owned(),
        reason: reason.to_owned(),
        owner: Some("ops@example.com".to_owned()),
        until: Some(Date::from_days(20_000)),
    }))
}

fn snapshot() -> Snapshot {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("k8s/web.yaml", POD);
    builder.finish()
}

/// The output of every format, by name.
fn outputs(outcome: &Outcome) -> Vec<(&'static str, String)> {
    outputs_of(&snapshot(), outcome)
}

fn outputs_of(snapshot: &Snapshot, outcome: &Outcome) -> Vec<(&'static str, String)> {
    let settings = Settings::default();
    let report = Report::new(snapshot, outcome, &settings, &[&SOMETHING_OPEN], "1.2.3");
    let report = report.rooted(Root::new("/repository", "/repository"));
    type Format<'r> = (&'static str, Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'r>);
    let formats: Vec<Format<'_>> = vec![
        ("table", Box::new(|out| terminal::write(&report, Style::Plain, out))),
        ("concise", Box::new(|out| concise::write(&report, Style::Plain, out))),
        ("json", Box::new(|out| json::write(&report, out))),
        ("sarif", Box::new(|out| sarif::write(&report, out))),
        ("junit", Box::new(|out| junit::write(&report, out))),
        ("markdown", Box::new(|out| markdown::write(&report, out))),
        ("github", Box::new(|out| github::write(&report, out))),
        ("gitlab", Box::new(|out| gitlab::write(&report, out))),
        ("html", Box::new(|out| html::write(&report, out))),
    ];
    let write = |(name, format): Format<'_>| {
        let mut out = Vec::new();
        format(&mut out).unwrap();
        (name, String::from_utf8(out).unwrap())
    };
    formats.into_iter().map(write).collect()
}

fn output(outcome: &Outcome, format: &str) -> String {
    outputs(outcome).into_iter().find(|(name, _)| *name == format).unwrap().1
}

fn json_of(outcome: &Outcome, format: &str) -> Value {
    serde_json::from_str(&output(outcome, format)).unwrap()
}

const WEB: Option<ObjectId> = Some(ObjectId(0));

#[test]
fn what_is_waived_is_shown_and_never_counted() {
    let outcome = Outcome {
        findings: vec![
            finding(Verdict::Fail, Severity::High, WEB, 1),
            finding(waived("a driver <needs> it"), Severity::Critical, WEB, 2),
        ],
        ..Outcome::default()
    };
    for (format, output) in outputs(&outcome) {
        for said in ["opening number 2", "ops@example.com", "2024-10-04", "watertight.yaml:7"] {
            // Text that GitHub would make a mention of is code in Markdown, and the same in the others.
            assert!(output.contains(said), "{format}: {said}\n{output}");
        }
        assert!(output.contains("waived") || output.contains("suppressions"), "{format}: {output}");
    }
    assert!(output(&outcome, "table").contains("1 finding, 1 waived:"));
    assert_eq!(json_of(&outcome, "json")["summary"]["findings"], 1);
    let junit = output(&outcome, "junit");
    assert!(
        junit.contains(
            "<testsuites name=\"watertight\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\""
        )
    );
    assert!(!output(&outcome, "github").contains("::error title=critical"), "no annotation");
    assert!(output(&outcome, "github").contains("::1 finding (1 high), 1 waived;"));
    let issues = json_of(&outcome, "gitlab");
    assert_eq!((&issues[0]["severity"], &issues[1]["severity"]), (&"critical".into(), &"info".into()));
    // Of all results or of none, says the standard.
    let results = &json_of(&outcome, "sarif")["runs"][0]["results"];
    assert_eq!(results[0]["suppressions"], Value::Array(Vec::new()));
    assert_eq!(results[1]["suppressions"][0]["status"], "accepted");
    let none =
        Outcome { findings: vec![finding(Verdict::Fail, Severity::High, WEB, 1)], ..Outcome::default() };
    assert!(!output(&none, "sarif").contains("suppressions"));
}

/// A baseline knows thousands: people are told how many, machines which.
#[test]
fn what_a_baseline_knows_is_counted() {
    let known = Verdict::Waived(Box::new(Waiver::baseline("known.json")));
    let outcome =
        Outcome { findings: vec![finding(known, Severity::Critical, WEB, 2)], ..Outcome::default() };
    for (format, output) in outputs(&outcome) {
        let lists = ["json", "sarif", "junit", "gitlab"].contains(&format);
        assert_eq!(output.contains("opening number 2"), lists, "{format}: {output}");
        // One line for each finding has none for a number.
        assert!(format == "concise" || output.contains("in the baseline"), "{format}: {output}");
    }
}

#[test]
fn what_belongs_to_the_cluster_has_a_place_where_one_is_demanded() {
    let outcome = Outcome {
        findings: vec![
            finding(Verdict::Fail, Severity::High, None, 1),
            finding(Verdict::Unknown, Severity::High, None, 2),
            finding(waived("x"), Severity::High, None, 3),
        ],
        ..Outcome::default()
    };
    let who = Identity::cluster().to_string();
    for (format, output) in outputs(&outcome) {
        for said in ["opening number 1", "opening number 2", "opening number 3"] {
            assert!(output.contains(said), "{format}: {said}\n{output}");
        }
        let told = if format == "json" { "\"object\": null" } else { &who };
        assert!(output.contains(told), "{format}: {output}");
    }
    let physical = &json_of(&outcome, "sarif")["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "k8s/web.yaml");
    assert_eq!(physical["region"], serde_json::json!({"startLine": 1}));
    assert_eq!(json_of(&outcome, "gitlab")[0]["location"]["path"], "k8s/web.yaml");
    assert!(output(&outcome, "github").starts_with("::error title="), "GitHub needs no file");
}

/// A chart that cannot be rendered leaves one question open at every binding.
#[test]
fn what_people_read_says_one_reason_once() {
    let open = |why: &str, object| Finding {
        message: why.to_owned(),
        ..finding(Verdict::Unknown, Severity::High, object, 1)
    };
    let outcome = Outcome {
        findings: vec![open("cannot tell", WEB), open("cannot tell", None), open("something else", WEB)],
        ..Outcome::default()
    };
    for format in ["table", "concise", "markdown", "github", "html"] {
        let output = output(&outcome, format);
        assert_eq!(output.matches("cannot tell").count(), 1, "{format}: {output}");
        assert!(output.contains("2 verdicts") && output.contains("something else"), "{format}: {output}");
    }
    assert_eq!(json_of(&outcome, "json")["findings"].as_array().map(Vec::len), Some(3));
}

#[test]
fn what_is_out_of_view_is_told_and_is_no_error() {
    let note = CoverageNote { controls: [SOMETHING_OPEN.name].into(), subjects: 3, partly: false };
    let outcome = Outcome { notes: [(GroupKind::core("Namespace"), note)].into(), ..Outcome::default() };
    for (format, output) in outputs(&outcome) {
        let told =
            ["no Namespace in view", "\"kind\": \"Namespace\""].iter().any(|said| output.contains(said));
        assert!(told && output.contains("something-open"), "{format}: {output}");
    }
    let junit = output(&outcome, "junit");
    assert!(junit.contains("failures=\"0\" errors=\"0\" skipped=\"2\""), "{junit}");
    let notification =
        &json_of(&outcome, "sarif")["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(
        (&notification["level"], &notification["descriptor"]["id"]),
        (&"note".into(), &"not-in-view".into())
    );
    assert_eq!(output(&outcome, "github").matches("::warning").count(), 0);
}

#[test]
fn what_is_odd_about_settings_is_told_and_is_no_failure() {
    let remark =
        Remark { place: "watertight.yaml:7".to_owned(), message: "the waiver waives nothing".to_owned() };
    let outcome = Outcome { remarks: vec![remark], ..Outcome::default() };
    for (format, output) in outputs(&outcome) {
        assert!(output.contains("watertight.yaml"), "{format}: {output}");
        assert!(output.contains("the waiver waives nothing"), "{format}: {output}");
    }
    assert!(output(&outcome, "junit").contains("failures=\"0\" errors=\"0\" skipped=\"2\""));
    assert_eq!(json_of(&outcome, "gitlab")[0]["severity"], "info");
    let invocation = &json_of(&outcome, "sarif")["runs"][0]["invocations"][0];
    assert_eq!(invocation["toolConfigurationNotifications"][0]["level"], "warning");
    assert_eq!(invocation["toolExecutionNotifications"], Value::Array(Vec::new()));
}

/// More than any reader takes: the least severe are cut, and the cut is told.
#[test]
fn too_many_findings_are_cut_and_told() {
    let severity = |number: usize| if number < 20 { Severity::Critical } else { Severity::Low };
    let findings = 0..sarif::MOST_RESULTS + 5;
    let findings = findings.map(|number| finding(Verdict::Fail, severity(number), WEB, number)).collect();
    let outcome = Outcome { findings, ..Outcome::default() };
    let run = &json_of(&outcome, "sarif")["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), sarif::MOST_RESULTS);
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["descriptor"]["id"], "cut");
    assert!(notification["message"]["text"].as_str().unwrap().starts_with("5 results of the least severity"));
    let page = output(&outcome, "markdown");
    assert!(page.len() <= markdown::MOST_BYTES, "{}", page.len());
    assert!(page.contains(" findings more: cut to fit") && page.contains("opening number 19"));
    let lines = output(&outcome, "github");
    assert_eq!(lines.matches("::error ").count(), 20);
    assert_eq!(lines.matches("::notice ").count(), 10, "as many as GitHub shows, with the totals");
    assert!(lines.lines().last().unwrap().contains("25005 findings (20 critical, 24985 low)"));
    assert_eq!(lines.lines().count(), sarif::MOST_RESULTS + 6, "the others are lines of the log");
    assert_eq!(json_of(&outcome, "gitlab").as_array().unwrap().len(), sarif::MOST_RESULTS + 5);
}

/// Where something stands in its template nobody knows: the file is told, with what the tool made of it.
#[test]
fn what_was_rendered_stands_in_its_template() {
    let from = "charts/web/templates/pod.yaml";
    let part = RenderedPart { from: Some(from.into()), name: from.into(), text: format!("# by helm\n{POD}") };
    let mut builder = Snapshot::builder(Limits::default());
    builder.rendered(Renderer::Helm, "charts/web", vec![part]);
    let live = builder.finish();
    let mut lines = Vec::new();
    live.write_lines("1", &mut lines).unwrap();
    let mut builder = Snapshot::builder(Limits::default());
    builder.snapshot_file("cluster.wt", String::from_utf8(lines).unwrap()).unwrap();
    let recorded = builder.finish();
    let outcome =
        Outcome { findings: vec![finding(Verdict::Fail, Severity::High, WEB, 1)], ..Outcome::default() };
    for snapshot in [&live, &recorded] {
        let outputs = outputs_of(snapshot, &outcome);
        for (format, output) in &outputs {
            assert!(output.contains(from), "{format}: {output}");
            let tells = output.contains("rendered by helm from charts/web") || *format == "json";
            assert!(tells, "{format}: {output}");
        }
        let output = |format: &str| outputs.iter().find(|(name, _)| *name == format).unwrap().1.as_str();
        let sarif: Value = serde_json::from_str(output("sarif")).unwrap();
        let physical = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], from);
        assert_eq!(physical["region"], serde_json::json!({"startLine": 1}));
        assert!(output("github").starts_with(&format!("::error file={from},line=1,title=")));
    }
}

/// One identity and path may be found twice with one fingerprint: GitLab would show one of them.
#[test]
fn twins_get_numbers() {
    let twin = || finding(Verdict::Fail, Severity::High, WEB, 1);
    let outcome = Outcome { findings: vec![twin(), twin(), twin()], ..Outcome::default() };
    let issues = json_of(&outcome, "gitlab");
    let print = |number: usize| issues[number]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!([print(1), print(2)], [format!("{}-2", print(0)), format!("{}-3", print(0))]);
}

/// XML and pages stay well-formed whatever stands in a waiver, a gap or a name.
#[test]
fn nothing_leaves_its_place() {
    let hostile = "</code>]]>\u{0}\u{1b}\u{ffff}\"'&<script>\n`@x`|";
    let mut outcome = Outcome {
        findings: vec![
            finding(waived(hostile), Severity::Critical, WEB, 1),
            finding(Verdict::Unknown, Severity::Critical, WEB, 2),
        ],
        ..Outcome::default()
    };
    let gap = watertight_model::Gap { what: hostile.into(), why: hostile.into(), affects: Vec::new() };
    outcome.gaps.push(gap);
    for finding in &mut outcome.findings {
        finding.message = hostile.to_owned();
    }
    for format in ["junit", "html"] {
        let output = output(&outcome, format);
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let document = roxmltree::Document::parse_with_options(&output, options).unwrap();
        assert!(!document.descendants().any(|node| node.has_tag_name("script")), "{format}");
    }
    for (format, output) in outputs(&outcome) {
        assert!(!output.contains('\u{1b}') && !output.contains('\u{0}'), "{format}: {output}");
    }
}
