//! The plan as a table.

use std::io::{self, Write};

use super::svg::safe;
use crate::blast::plan::Plan;
use crate::html::text;
use crate::style::plural;

pub(super) fn write(plan: Option<&Plan>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"plan\">\n<h2>The plan</h2>")?;
    let Some(plan) = plan else {
        return writeln!(out, "<p>No plan was asked for: no change was priced.</p>\n</section>");
    };
    if plan.steps.is_empty() {
        writeln!(
            out,
            "<p>No single change takes anything away ({} priced).</p>\n</section>",
            plural(plan.candidates, "change")
        )?;
        return Ok(());
    }
    writeln!(
        out,
        "<p>The changes that buy the most, each priced by working the exposure out again without what it closes ({} \
         priced). The order is a heuristic; what is left is worked out on the edges that are drawn.</p>",
        plural(plan.candidates, "change")
    )?;
    writeln!(
        out,
        "<table class=\"stack\" role=\"table\">\n<caption>The steps of the plan, and the exposure after each</caption>\n\
         <thead role=\"rowgroup\"><tr role=\"row\">"
    )?;
    for (class, name) in [
        ("number", "step"),
        ("", "change"),
        ("", "where"),
        ("", "kind"),
        ("number", "exposure"),
        ("number", "direct"),
    ] {
        writeln!(out, "<th role=\"columnheader\" scope=\"col\" class=\"{class}\">{name}</th>")?;
    }
    writeln!(out, "</tr></thead>\n<tbody role=\"rowgroup\">")?;
    writeln!(
        out,
        "<tr role=\"row\"><td role=\"cell\" class=\"number\" data-name=\"step\">–</td><td role=\"cell\" \
         data-name=\"change\">today</td><td role=\"cell\" class=\"none\"></td><td role=\"cell\" class=\"none\"></td>{}{}</tr>",
        figure("exposure", &plan.exposure, None),
        figure("direct", &plan.exposure_direct, None)
    )?;
    for step in &plan.steps {
        let place = step.origin.as_ref().map(|at| format!("<code>{}</code>", safe(at)));
        let sign = if step.safety == "safe" { "✓" } else { "◇" };
        writeln!(
            out,
            "<tr role=\"row\"><td role=\"cell\" class=\"number\" data-name=\"step\">{}</td><th role=\"rowheader\" \
             scope=\"row\" data-name=\"change\">{}<div class=\"how\">{}{}</div></th>{}\
             <td role=\"cell\" data-name=\"kind\"><span class=\"kind {}\"><span aria-hidden=\"true\">{sign}</span> {}</span></td>{}{}</tr>",
            step.step,
            text(&step.change),
            text(&step.how),
            step.together(&plan.steps).map(|with| format!("; {}", text(&with))).unwrap_or_default(),
            match place {
                Some(place) => format!("<td role=\"cell\" data-name=\"where\">{place}</td>"),
                None => "<td role=\"cell\" class=\"none\"></td>".to_owned(),
            },
            step.safety,
            step.safety,
            figure("exposure", &step.exposure, Some(&step.value)),
            figure("direct", &step.exposure_direct, Some(&step.value_direct))
        )?;
    }
    writeln!(out, "</tbody>\n</table>")?;
    guide(plan, out)?;
    writeln!(out, "</section>")
}

/// What is left, and how much of it was taken away.
fn figure(name: &str, left: &str, value: Option<&str>) -> String {
    let value = match value {
        Some("0.0") => " <span class=\"less faint\">±0</span>".to_owned(),
        Some(value) => format!(" <span class=\"less\">−{}</span>", safe(value)),
        None => String::new(),
    };
    format!(
        "<td role=\"cell\" class=\"number\" data-name=\"{name}\"><strong>{}</strong>{value}</td>",
        safe(left)
    )
}

/// The order of the hardening guides beside it, where it was priced.
fn guide(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    if plan.guide.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h3>The order of the hardening guides</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"The order of the hardening guides\"><table>\n<caption>What each step of the guides is worth \
         here</caption>\n<thead><tr><th scope=\"col\">step</th><th scope=\"col\" class=\"number\">changes</th><th \
         scope=\"col\" class=\"number\">takes away</th><th scope=\"col\" class=\"number\">direct</th><th \
         scope=\"col\">note</th></tr></thead>\n<tbody>"
    )?;
    for row in &plan.guide {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td \
             class=\"number\">{}</td><td>{}</td></tr>",
            safe(row.step),
            row.changes,
            safe(&row.value),
            safe(&row.value_direct),
            safe(row.note.unwrap_or_default())
        )?;
    }
    writeln!(out, "</tbody>\n</table></div>")
}
