//! Markdown as GitHub and GitLab render it, for comments on pull requests and job summaries.
//!
//! Nothing that was scanned becomes a link, an image, a mention or markup: see `text.rs`. The whole fits into one
//! comment of GitHub's; what does not fit is cut, the least severe first, and what was cut is told.

mod text;

use std::io::{self, Write};

use text::{code, fence, html, message};
use watertight_engine::Remark;
use watertight_model::{Finding, Gap, Severity, Verdict};

use crate::Report;
use crate::style::plural;
use crate::terminal::{by_object, silent};
use crate::told::{
    ASSUME_COMPLETE, Open, Told, decided, judged_text, note_text, place_text, verdict_text, waived_text,
    waiver_text,
};

/// The most characters that GitHub takes of a comment. Bytes are counted, so it is never more.
pub const MOST_BYTES: usize = 65_536;

/// What is kept free for the notes that tell what was cut, and for closing tags.
const RESERVE: usize = 600;

/// The most findings of one object that are shown with their details.
const MOST_OF_ONE: usize = 20;

/// Writes the report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page(report, MOST_BYTES).as_bytes())
}

fn page(report: &Report<'_>, most: usize) -> String {
    let mut page = Page { text: String::new(), most: most.saturating_sub(RESERVE) };
    head(report, &mut page);
    unseen(report, &mut page);
    // The table gets what is left but for a third, which is for details.
    let all = page.most;
    page.most = page.text.len() + (all.saturating_sub(page.text.len())) / 3 * 2;
    findings(report, &mut page);
    page.most = all;
    waived(report, &mut page);
    details(report, &mut page);
    page.text
}

/// A page that grows by whole pieces until it is full.
struct Page {
    text: String,
    most: usize,
}

impl Page {
    /// Adds a piece when it fits.
    fn add(&mut self, piece: &str) -> bool {
        let fits = self.text.len() + piece.len() <= self.most;
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// Adds a short piece in any case; [`RESERVE`] is for it.
    fn close(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Adds the pieces of items as far as they fit; returns how many items did not.
    fn all<T>(&mut self, items: impl IntoIterator<Item = T>, piece: impl Fn(T) -> String) -> usize {
        let mut items = items.into_iter();
        while let Some(item) = items.next() {
            if !self.add(&piece(item)) {
                return 1 + items.count();
            }
        }
        0
    }
}

fn head(report: &Report<'_>, page: &mut Page) {
    let summary = report.summary();
    let (verdict, _) = verdict_text(report, &summary);
    let waived = waived_text(&summary);
    page.add(&format!("## Watertight: {verdict}{waived}\n\n{}\n", judged_text(report)));
    if summary.failures == 0 {
        return;
    }
    page.add("\n| layer | critical | high | medium | low | info |\n|:--|--:|--:|--:|--:|--:|\n");
    for (layer, row) in summary.open() {
        let counts: Vec<String> = Severity::ALL
            .into_iter()
            .rev()
            .map(|severity| match row.get(&severity).copied().unwrap_or(0) {
                0 => "·".to_owned(),
                count => format!("**{count}**"),
            })
            .collect();
        page.add(&format!("| {layer} | {} |\n", counts.join(" | ")));
    }
    let silent = silent(&summary);
    if !silent.is_empty() {
        page.add(&format!("\n{silent}\n"));
    }
}

/// What was not seen comes before what was found: it may hide more.
fn unseen(report: &Report<'_>, page: &mut Page) {
    let outcome = report.outcome;
    if !outcome.gaps.is_empty() {
        page.add(&format!("\n### Not seen: {}\n\n", plural(outcome.gaps.len(), "gap")));
        let budget = page.most;
        page.most = budget.min(page.text.len() + budget / 4);
        let line = |gap: &Gap| format!("- {}: {}\n", code(&gap.what), message(&gap.why));
        let left_out = page.all(&outcome.gaps, line);
        page.most = budget;
        cut(page, left_out, "gap");
    }
    let open = Open::all(report);
    if !open.is_empty() {
        let verdicts = plural(open.iter().map(|question| question.count).sum::<usize>(), "verdict");
        page.add(&format!("\n### Unknown: {verdicts}\n\n"));
        let budget = page.most;
        page.most = budget.min(page.text.len() + budget / 8);
        let left_out = page.all(&open, |question| {
            let who = question.of(report);
            format!("- {} on {}: {}\n", code(&question.asked_by()), code(&who), message(question.why))
        });
        page.most = budget;
        cut(page, left_out, "line");
    }
    if !outcome.remarks.is_empty() {
        page.add("\n### Settings\n\n");
        let line = |remark: &Remark| format!("- {}: {}\n", code(&remark.place), message(&remark.message));
        let left_out = page.all(&outcome.remarks, line);
        cut(page, left_out, "remark");
    }
    if !outcome.notes.is_empty() {
        page.add("\n### Not in view\n\n");
        for (kind, note) in &outcome.notes {
            page.add(&format!("- {}\n", message(&note_text(kind, note))));
        }
        page.add(&format!("\n{ASSUME_COMPLETE}.\n"));
    }
}

fn findings(report: &Report<'_>, page: &mut Page) {
    let failures = || report.outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
    if failures().next().is_none() {
        return;
    }
    page.add("\n### Findings\n\n| severity | control | object | place | finding |\n|:--|:--|:--|:--|:--|\n");
    let left_out = page.all(failures(), |finding| row(report, finding));
    cut(page, left_out, "finding");
}

fn row(report: &Report<'_>, finding: &Finding) -> String {
    let place = finding.shown(report.snapshot).map(|object| cell(&code(&place_text(object, finding))));
    format!(
        "| {} | {} | {} | {} | {} |\n",
        finding.severity,
        code(finding.control),
        cell(&code(&finding.identity(report.snapshot).to_string())),
        place.unwrap_or_default(),
        cell(&message(&finding.message))
    )
}

/// Text in a cell of a table, where a bar ends the cell even in code. What it follows must be no backslash.
fn cell(text: &str) -> String {
    text.replace("\\|", "\\ |").replace('|', "\\|")
}

fn waived(report: &Report<'_>, page: &mut Page) {
    let count = decided(report).count();
    if count == 0
        || !page.add(&format!("\n<details><summary>Waived: {}</summary>\n\n", plural(count, "finding")))
    {
        return;
    }
    let budget = page.most;
    page.most = budget.min(page.text.len() + budget / 8);
    let left_out = page.all(decided(report), |(finding, waiver)| {
        let who = finding.identity(report.snapshot).to_string();
        format!(
            "- {} on {}: {} · {}\n",
            code(finding.control),
            code(&who),
            message(&finding.message),
            message(&waiver_text(waiver))
        )
    });
    page.most = budget;
    cut(page, left_out, "waived finding");
    page.close("\n</details>\n");
}

/// Each object with its findings, folded.
fn details(report: &Report<'_>, page: &mut Page) {
    let objects = by_object(report);
    if objects.is_empty() || !page.add("\n### Details\n") {
        return;
    }
    let left_out = page.all(&objects, |(_, findings)| object(report, findings));
    cut(page, left_out, "object");
}

fn object(report: &Report<'_>, findings: &[&Finding]) -> String {
    let Some(worst) = findings.first() else { return String::new() };
    let who = worst.identity(report.snapshot).to_string();
    let mut text = format!(
        "\n<details><summary><b>{}</b> <code>{}</code> · {}</summary>\n",
        worst.severity,
        html(&who),
        plural(findings.len(), "finding")
    );
    for finding in findings.iter().take(MOST_OF_ONE) {
        let told = Told::of(report, finding);
        let label = format!("{}[{}]", finding.severity, finding.control);
        text.push_str(&format!("\n**{}**: {}\n", code(&label), message(&finding.message)));
        if let Some((place, excerpt)) = &told.shown {
            let mut lines = format!("--> {}\n", crate::clean(place));
            for line in &excerpt.lines {
                lines.push_str(&format!("{:>5} | {}\n", line.number, line.text));
            }
            text.push_str(&format!("\n{}\n", fence(&lines)));
        }
        for (name, note) in told.notes() {
            text.push_str(&format!("- {name}: {}\n", message(note)));
        }
    }
    if let Some(more) = findings.len().checked_sub(MOST_OF_ONE).filter(|&more| more > 0) {
        text.push_str(&format!("\n_{} more of this object_\n", plural(more, "finding")));
    }
    text.push_str("\n</details>\n");
    text
}

/// Tells what does not fit.
fn cut(page: &mut Page, left_out: usize, what: &str) {
    if left_out > 0 {
        page.close(&format!("\n_{} more: cut to fit; `-o json` has all_\n", plural(left_out, what)));
    }
}
