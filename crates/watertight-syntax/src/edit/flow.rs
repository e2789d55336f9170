//! Edits in flow style: entries and their commas come and go, on one line or on lines of their own.

use serde_json::Value as Json;

use super::layout::{NodeIndex, Shape, Style};
use super::plan::Step;
use super::render::FlowStyle;
use super::scalar::Within;
use super::splice::{Ambiguous, Splices, Unit};

impl Splices<'_, '_> {
    pub(super) fn flow_container(&mut self, node: NodeIndex, step: &Step) -> Result<(), Ambiguous> {
        let units = self.units(node);
        if step.removed.len() == units.len() {
            return self.all_flow_removed(node, &units, step);
        }
        let kept: Vec<usize> = (0..units.len()).filter(|number| !step.removed.contains(number)).collect();
        let last = *kept.last().ok_or(Ambiguous)?;
        self.remove_flow(&units, last, step);
        let style = self.flow_style(node);
        let indent = self.layout.indent(units[last].start).to_owned();
        let mut new: Vec<String> =
            step.appended.iter().map(|item| style.value(item, None, &indent)).collect();
        if let Shape::Map { entries, .. } = &self.layout.nodes[node].shape {
            let names: Vec<(usize, &str)> =
                kept.iter().map(|&number| (number, entries[number].name.as_str())).collect();
            let wanted = self.quotes_of(node);
            let mut added: Vec<_> = step.added.iter().collect();
            added.sort_by(|one, other| one.0.cmp(&other.0));
            for (key, value) in added {
                let text = style.entry(key, value, wanted, &indent);
                let place = self.place_of(&names, key);
                match kept.iter().find(|&&number| place.is_none_or(|place| number > place)) {
                    Some(&next) => self.insert_before(units[next], &text, &style),
                    None => new.push(text),
                }
            }
        }
        if !new.is_empty() {
            self.insert_last(node, &units, last, &new, &style);
        }
        Ok(())
    }

    fn all_flow_removed(&mut self, node: NodeIndex, units: &[Unit], step: &Step) -> Result<(), Ambiguous> {
        let (start, end) = (self.layout.nodes[node].start, self.layout.nodes[node].end);
        let value = match &self.layout.nodes[node].shape {
            Shape::Map { .. } => Json::Object(step.added.iter().cloned().collect()),
            _ => Json::Array(step.appended.clone()),
        };
        if step.added.is_empty() && step.appended.is_empty() {
            self.cut(start + 1, end - 1);
            return Ok(());
        }
        // An empty map in block style becomes a block.
        if units.is_empty() {
            return self.replace(node, &value);
        }
        self.flow_value(node, &value);
        Ok(())
    }

    /// Writes a value in flow style where one stands, or behind its colon where none does.
    pub(super) fn flow_value(&mut self, node: NodeIndex, value: &Json) {
        let old = &self.layout.nodes[node];
        let wanted = match old.shape {
            Shape::Scalar { style: style @ (Style::Single | Style::Double), .. } => Some(style),
            _ => None,
        };
        let indent = self.layout.indent(old.start).to_owned();
        let text = self.flow_style(node).value(value, wanted, &indent);
        if matches!(old.shape, Shape::Scalar { style: Style::Absent, .. }) {
            self.insert(old.lead, format!(" {text}"));
        } else {
            self.put(old.start, old.end, text);
        }
    }

    fn remove_flow(&mut self, units: &[Unit], last: usize, step: &Step) {
        let trailing = units.last().is_some_and(|unit| unit.comma.is_some());
        let end_of = |unit: &Unit| unit.comma.map_or(unit.end, |comma| comma + 1);
        let behind_last = units[last + 1..].iter();
        if let Some(end) = behind_last.clone().next_back().map(end_of) {
            // Everything behind the last that is kept goes, with the comma that led there.
            let kept = units[last];
            let from = if trailing { end_of(&kept) } else { kept.end };
            if self.layout.on_one_line(kept.end, end) {
                self.cut(from, end);
            } else {
                if let Some(comma) = kept.comma.filter(|_| !trailing) {
                    self.cut(comma, comma + 1);
                }
                for unit in behind_last {
                    if self.cut_flow(*unit).is_err() {
                        self.cut(unit.start, end_of(unit));
                    }
                }
            }
        }
        for &number in step.removed.iter().filter(|&&number| number < last) {
            let unit = units[number];
            if let Err(unit) = self.cut_flow(unit) {
                let end = end_of(&unit);
                let rest = &self.layout.text[end..];
                let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                self.cut(unit.start, end + blanks);
            }
        }
    }

    /// Cuts the lines of a unit that stands on lines of its own; gives it back otherwise.
    fn cut_flow(&mut self, unit: Unit) -> Result<(), Unit> {
        let end = unit.comma.map_or(unit.end, |comma| comma + 1);
        if !self.layout.begins_line(unit.start) || !self.ends_line(end) {
            return Err(unit);
        }
        self.cut(self.layout.line_start(unit.start), self.layout.next_line(end));
        Ok(())
    }

    /// Whether nothing but blanks and a comment stands behind a byte on its line.
    fn ends_line(&self, at: usize) -> bool {
        let rest = self.layout.text[at..self.layout.line_end(at)].trim_start_matches([' ', '\t']);
        rest.is_empty() || rest.starts_with('#')
    }

    fn insert_before(&mut self, next: Unit, text: &str, style: &FlowStyle) {
        if self.layout.begins_line(next.start) {
            let line = self.layout.line_start(next.start);
            let indent = self.layout.indent(next.start);
            self.insert(line, format!("{indent}{text},{}", self.line_break));
        } else {
            self.insert(next.start, format!("{text}{}", style.comma));
        }
    }

    fn insert_last(
        &mut self,
        node: NodeIndex,
        units: &[Unit],
        last: usize,
        new: &[String],
        style: &FlowStyle,
    ) {
        let unit = units[last];
        let trailing = units.last().is_some_and(|unit| unit.comma.is_some());
        let open = self.layout.nodes[node].start;
        let own_line = self.layout.begins_line(unit.start) && !self.layout.on_one_line(open, unit.start);
        let between = match own_line {
            true => format!("{}{}", self.line_break, self.layout.indent(unit.start)),
            false => style.comma.trim_start_matches(',').to_owned(),
        };
        let end = match unit.comma {
            Some(comma) if trailing => comma + 1,
            _ => unit.end,
        };
        if own_line && self.ends_line(end) {
            // A comment stays with the entry that it stands behind.
            let line_end = self.layout.line_end(end);
            if !trailing {
                self.insert(end, ",".to_owned());
            }
            let text = new.join(&format!(",{between}"));
            self.insert(line_end, format!("{between}{text}{}", if trailing { "," } else { "" }));
        } else if trailing {
            self.insert(end, new.iter().map(|text| format!("{between}{text},")).collect());
        } else {
            self.insert(end, new.iter().map(|text| format!(",{between}{text}")).collect());
        }
    }

    /// How flow text is laid out at a node: as around it.
    fn flow_style(&self, node: NodeIndex) -> FlowStyle {
        let json = self.layout.json;
        let text = self.layout.text.as_bytes();
        let is_blank = |at: usize| matches!(text.get(at), Some(b' '));
        let (mut colon, mut comma, mut pad, mut quoted, mut lines) = (None, None, None, None, None);
        let around = core::iter::once(node).chain(self.ancestors(node)).filter(|&near| self.is_flow(near));
        for near in around {
            let units = self.units(near);
            let Some(first) = units.first() else { continue };
            let open = self.layout.nodes[near].start;
            if let Shape::Map { entries, .. } = &self.layout.nodes[near].shape {
                colon = colon.or(entries[0].colon.map(|at| if is_blank(at + 1) { ": " } else { ":" }));
                let key = &self.layout.nodes[entries[0].key].shape;
                quoted = quoted.or(Some(matches!(key, Shape::Scalar { style: Style::Double, .. })));
                pad = pad.or(Some(if is_blank(open + 1) { " " } else { "" }));
            }
            if lines.is_none() && !self.layout.on_one_line(open, first.start) {
                let (inner, outer) = (self.layout.indent(first.start), self.layout.indent(open));
                lines = inner.strip_prefix(outer).map(str::to_owned);
            }
            let next = units.get(1).filter(|next| self.layout.on_one_line(first.start, next.start));
            comma = comma.or(next.and(first.comma).map(|at| if is_blank(at + 1) { ", " } else { "," }));
        }
        let quoted_keys = json || quoted.unwrap_or(false);
        // Without a blank behind it, a colon ends a key only when that is quoted.
        let colon = colon.filter(|colon| *colon == ": " || quoted_keys).unwrap_or(": ");
        FlowStyle {
            within: if json { Within::Json } else { Within::Flow },
            colon,
            comma: comma.unwrap_or(if colon == ":" { "," } else { ", " }),
            pad: if json { "" } else { pad.unwrap_or("") },
            quoted_keys,
            quotes: self.style.quotes,
            lines: lines.filter(|_| quoted_keys).map(|step| (step, self.line_break)),
        }
    }
}
