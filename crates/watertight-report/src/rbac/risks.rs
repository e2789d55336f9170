//! `watertight rbac risks`: what subjects can escalate to.

use std::io::{self, Write};

use serde::Serialize;

use super::{Answer, Defined, SubjectRow};
use crate::{Style, Table};

/// Subjects that can escalate, worst first.
#[derive(Debug, Serialize)]
pub struct Risks {
    /// A row for each.
    pub risks: Vec<RiskRow>,
    /// How many of Kubernetes' own are left out.
    pub hidden: usize,
}

/// What one subject can escalate to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskRow {
    /// Who.
    pub subject: SubjectRow,
    /// The worst that it reaches, in kebab case.
    pub reach: &'static str,
    /// The same for people.
    pub reach_title: String,
    /// A shortest way there.
    pub steps: Vec<RiskStep>,
    /// Every permission that gives more than it says, by its own bindings.
    pub direct: Vec<Direct>,
}

/// One step of the way.
#[derive(Debug, Serialize)]
pub struct RiskStep {
    /// Who takes it.
    pub from: String,
    /// Who one then is; `None` for a last step.
    pub to: Option<String>,
    /// The permission; `None` for what follows by itself.
    pub by: Option<&'static str>,
    /// What it lets one do.
    pub title: Option<&'static str>,
    /// Where it is had; `None` for everywhere.
    pub namespace: Option<String>,
    /// Through which bindings.
    pub through: Vec<Defined>,
}

/// A permission that gives more than it says.
#[derive(Debug, Serialize)]
pub struct Direct {
    /// Its name.
    pub id: &'static str,
    /// What it lets one do.
    pub title: &'static str,
    /// Where it is had; `None` for everywhere.
    pub namespace: Option<String>,
}

impl Answer for Risks {
    const SCHEMA: &'static str = "watertight.rbac-risks/v1";

    fn table(&self, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        if self.risks.is_empty() {
            writeln!(out, "Nobody in view can escalate by RBAC alone")?;
        } else if wide {
            self.ways(style, out)?;
        } else {
            let mut table = Table::new(&["SUBJECT", "REACHES", "STEPS", "FIRST"]);
            for risk in &self.risks {
                let first = risk.steps.first().map(RiskStep::action).unwrap_or_default();
                let cells =
                    [risk.subject.to_string(), risk.reach_title.clone(), risk.steps.len().to_string(), first];
                table.row(cells);
            }
            table.write(style, out)?;
        }
        let wide_has = if wide || self.risks.is_empty() { "" } else { "-o wide shows every step. " };
        let hidden = match self.hidden {
            0 => String::new(),
            count => format!("{count} subjects of Kubernetes or the platform are left out (--system)."),
        };
        if !wide_has.is_empty() || !hidden.is_empty() {
            writeln!(out, "\n{}", style.faint(format!("{wide_has}{hidden}").trim_end()))?;
        }
        Ok(())
    }
}

impl Risks {
    /// A row for each step, the subject on the first of its own.
    fn ways(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(&["SUBJECT", "REACHES", "STEP", "CAN", "AND-IS-THEN", "THROUGH", "AT"]);
        for risk in &self.risks {
            for (place, step) in risk.steps.iter().enumerate() {
                let (who, reach) = match place {
                    0 => (risk.subject.to_string(), risk.reach_title.clone()),
                    _ => ("\u{2502}".to_owned(), "\u{2502}".to_owned()),
                };
                let through: Vec<String> = step.through.iter().map(ToString::to_string).collect();
                let at: Vec<String> = step.through.iter().map(|binding| binding.origin.to_string()).collect();
                table.row([
                    who,
                    reach,
                    (place + 1).to_string(),
                    step.action(),
                    step.to.clone().unwrap_or_default(),
                    through.join(", "),
                    at.join(", "),
                ]);
            }
        }
        table.write(style, out)
    }
}

impl RiskStep {
    fn action(&self) -> String {
        let place = self.namespace.as_ref().map(|namespace| format!(" in {namespace}")).unwrap_or_default();
        match self.title {
            Some(title) => format!("{title}{place}"),
            None => "be one of them".to_owned(),
        }
    }
}
