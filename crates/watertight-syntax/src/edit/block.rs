//! Edits in block style: whole lines come and go.

use serde_json::Value as Json;

use super::layout::{NodeIndex, Shape, Style};
use super::plan::Step;
use super::scalar::{self, Within};
use super::splice::{Ambiguous, Holder, Splices, Unit};

impl Splices<'_, '_> {
    pub(super) fn block_container(&mut self, node: NodeIndex, step: &Step) -> Result<(), Ambiguous> {
        let units = self.units(node);
        let at = units.first().and_then(|unit| self.layout.column(unit.start)).ok_or(Ambiguous)?;
        // What follows the first stands on lines of its own, in the same column.
        if units[1..]
            .iter()
            .any(|unit| !self.layout.begins_line(unit.start) || self.layout.column(unit.start) != Some(at))
        {
            return Err(Ambiguous);
        }
        if step.removed.len() == units.len() {
            return self.all_removed(node, &units, step);
        }
        self.remove_units(&units, step);
        if !step.appended.is_empty() {
            self.append_items(node, &units, at, step);
        }
        self.add_entries(node, &units, at, step);
        Ok(())
    }

    /// Nothing is left of what stood there: what is new takes its place, or `{}` and `[]`.
    fn all_removed(&mut self, node: NodeIndex, units: &[Unit], step: &Step) -> Result<(), Ambiguous> {
        if !step.added.is_empty() {
            return self.replace(node, &step.added.iter().cloned().collect());
        }
        if !step.appended.is_empty() {
            return self.replace(node, &Json::Array(step.appended.clone()));
        }
        let is_map = matches!(self.layout.nodes[node].shape, Shape::Map { .. });
        let text = if is_map { "{}" } else { "[]" };
        let (first, rest) = units.split_first().ok_or(Ambiguous)?;
        let lead = self.layout.nodes[node].lead;
        let below = !self.layout.on_one_line(lead, first.start);
        if below && !matches!(self.holder(node), Holder::Root) {
            self.insert(lead, format!(" {text}"));
            self.cut_lines(*first);
        } else {
            self.put(first.start, first.end, text.to_owned());
        }
        rest.iter().for_each(|unit| self.cut_lines(*unit));
        Ok(())
    }

    fn cut_lines(&mut self, unit: Unit) {
        let layout = self.layout;
        let (start, mut end) = (layout.line_start(unit.start), layout.behind(unit.tail));
        let line = |at: usize| &layout.text[at..layout.next_line(at)];
        // What stands behind it must not become part of a block scalar before it: comments that stand
        // deeper, and blank lines where the scalar keeps them.
        let before = layout.text[..start].trim_end().len();
        if let Some(&keeps) = self.block_scalars.get(&before) {
            let deep = unit.start - start;
            let mut next = end;
            while next < layout.text.len() {
                let rest = line(next).trim_start_matches(' ');
                let inside = rest.starts_with('#') && line(next).len() - rest.len() > deep;
                let blank = rest.trim().is_empty();
                if !inside && !blank {
                    break;
                }
                next = layout.next_line(next);
                end = if inside || keeps { next } else { end };
            }
            self.block_scalars.insert(layout.text[..end].trim_end().len(), keeps);
        }
        self.cut(start, end);
    }

    fn remove_units(&mut self, units: &[Unit], step: &Step) {
        for &number in &step.removed {
            let unit = units[number];
            if self.layout.begins_line(unit.start) {
                self.cut_lines(unit);
                continue;
            }
            // Behind a dash: what comes next moves up to it.
            let mut line = self.layout.behind(unit.tail);
            self.cut(unit.start, line);
            while line < self.layout.text.len() {
                let rest = &self.layout.text[line..];
                let blanks = rest.len() - rest.trim_start_matches(' ').len();
                let removed = step.removed.iter().map(|&other| units[other]);
                if let Some(next) = removed.clone().find(|next| next.start == line + blanks) {
                    line = self.layout.behind(next.tail);
                } else if matches!(rest.as_bytes().get(blanks), Some(b'\r' | b'\n')) {
                    let next = self.layout.next_line(line);
                    self.cut(line, next);
                    line = next;
                } else {
                    self.cut(line, line + blanks);
                    break;
                }
            }
        }
    }

    fn add_entries(&mut self, node: NodeIndex, units: &[Unit], at: usize, step: &Step) {
        let Shape::Map { entries, .. } = &self.layout.nodes[node].shape else { return };
        let kept: Vec<(usize, &str)> = (0..)
            .zip(entries)
            .filter(|(number, _)| !step.removed.contains(number))
            .map(|(number, entry)| (number, entry.name.as_str()))
            .collect();
        let wanted = self.quotes_of(node);
        let mut added: Vec<_> = step.added.iter().collect();
        added.sort_by(|one, other| one.0.cmp(&other.0));
        let mut style = self.style;
        style.step = super::style::step_near(self.layout, node).unwrap_or(style.step);
        let last = kept.last().map_or(0, |(number, _)| *number);
        let mut behind: std::collections::BTreeMap<Option<usize>, Vec<String>> = Default::default();
        for (key, value) in added {
            let place = match self.place_of(&kept, key) {
                Some(number) => Some(number),
                None if self.layout.begins_line(units[0].start) && !step.removed.contains(&0) => None,
                None => Some(last),
            };
            let lines = behind.entry(place).or_default();
            style.entry(lines, &" ".repeat(at), at, (key, value, wanted));
        }
        for (place, lines) in behind {
            match place {
                None => {
                    let at = self.layout.line_start(units[0].start);
                    self.insert(at, self.whole_lines(&lines));
                }
                Some(number) => self.insert_behind(units[number].tail, &lines),
            }
        }
    }

    fn append_items(&mut self, node: NodeIndex, units: &[Unit], at: usize, step: &Step) {
        let mut style = self.style;
        if let (Shape::List { items, .. }, Some(unit)) = (&self.layout.nodes[node].shape, units.last())
            && let Some(item) = items.last()
        {
            let start = self.layout.nodes[item.value].start;
            if start > unit.start + 1 && self.layout.on_one_line(unit.start, start) {
                style.gap = start - unit.start - 1;
            }
        }
        let mut lines = Vec::new();
        style.items(&mut lines, None, at, &step.appended);
        if let Some(last) = units.last() {
            self.insert_behind(last.tail, &lines);
        }
    }

    /// Inserts lines behind the line that a value ends on.
    pub(super) fn insert_behind(&mut self, tail: usize, lines: &[String]) {
        let at = self.layout.behind(tail);
        let text = self.layout.text;
        if at == text.len() && !text.ends_with('\n') {
            let text: String = lines.iter().flat_map(|line| [self.line_break, line]).collect();
            self.insert(at, text);
        } else {
            self.insert(at, self.whole_lines(lines));
        }
    }

    fn whole_lines(&self, lines: &[String]) -> String {
        lines.iter().flat_map(|line| [line.as_str(), self.line_break]).collect()
    }

    /// Writes a whole document anew, from its first key or dash on.
    pub(super) fn block_root(&mut self, node: NodeIndex, value: &Json) -> Result<(), Ambiguous> {
        let old = &self.layout.nodes[node];
        let at = self.layout.column(old.start).ok_or(Ambiguous)?;
        let mut lines = Vec::new();
        match value {
            Json::Object(map) => self.style.map(&mut lines, None, at, map),
            Json::Array(items) => self.style.items(&mut lines, None, at, items),
            _ => return Err(Ambiguous),
        }
        self.put(self.layout.line_start(old.start), self.layout.behind(old.tail), self.whole_lines(&lines));
        Ok(())
    }

    /// Writes a value of a block entry or item anew.
    pub(super) fn block_value(
        &mut self,
        node: NodeIndex,
        holder: Holder<'_>,
        value: &Json,
    ) -> Result<(), Ambiguous> {
        let old = &self.layout.nodes[node];
        let (lead, start, end, tail) = (old.lead, old.start, old.end, old.tail);
        let is_block = matches!(old.shape, Shape::Map { flow: false, .. } | Shape::List { flow: false, .. });
        let is_full = matches!(&old.shape, Shape::Map { entries, .. } if !entries.is_empty())
            || matches!(&old.shape, Shape::List { items, .. } if !items.is_empty());
        let absent = matches!(old.shape, Shape::Scalar { style: Style::Absent, .. });
        let has_lines = matches!(value, Json::Object(map) if !map.is_empty())
            || matches!(value, Json::Array(items) if !items.is_empty());
        let own_lines = is_block && !self.layout.on_one_line(lead, start);
        match (has_lines, is_block) {
            (true, false) if is_full => {
                self.flow_value(node, value);
                Ok(())
            }
            (true, _) => {
                let (first, lines) = self.lines_of(node, holder, value)?;
                if own_lines {
                    let begin = self.layout.line_start(start);
                    let cut_to = self.layout.behind(tail);
                    self.put(begin, cut_to, self.whole_lines(&lines));
                    return Ok(());
                }
                match first {
                    // The key's line keeps its comment.
                    None => self.cut(lead, end),
                    Some(first) if absent => {
                        self.insert(lead, format!("{}{first}", " ".repeat(self.style.gap)));
                    }
                    Some(first) => self.put(start, end, first),
                }
                self.insert_behind(tail, &lines);
                Ok(())
            }
            (false, _) => {
                let wanted = match old.shape {
                    Shape::Scalar { style: style @ (Style::Single | Style::Double), .. } => Some(style),
                    _ => None,
                };
                let text = scalar::write(value, Within::Block, wanted, self.style.quotes);
                if own_lines {
                    self.insert(lead, format!(" {text}"));
                    self.cut(self.layout.next_line(lead), self.layout.behind(tail));
                } else if absent {
                    self.insert(lead, format!(" {text}"));
                } else {
                    self.put(start, end, text);
                }
                Ok(())
            }
        }
    }

    /// The lines of a map or list that is not empty; its first line apart where that continues a dash.
    fn lines_of(
        &self,
        node: NodeIndex,
        holder: Holder<'_>,
        value: &Json,
    ) -> Result<(Option<String>, Vec<String>), Ambiguous> {
        let old = &self.layout.nodes[node];
        let own_lines = !self.layout.on_one_line(old.lead, old.start);
        let column = |at| self.layout.column(at).ok_or(Ambiguous);
        let mut style = self.style;
        if let Holder::Entry(map, _) = holder {
            style.step = super::style::step_near(self.layout, map).unwrap_or(style.step);
        }
        let at = match (holder, value) {
            (_, Json::Object(_)) if own_lines && matches!(old.shape, Shape::Map { flow: false, .. }) => {
                column(old.start)?
            }
            (_, Json::Array(_)) if own_lines && matches!(old.shape, Shape::List { flow: false, .. }) => {
                column(old.start)?
            }
            (Holder::Entry(_, entry), _) => {
                let key = column(self.layout.nodes[entry.key].start)?;
                key + if matches!(value, Json::Array(_)) { style.list } else { style.step }
            }
            (Holder::Item(_, item), _) => match self.layout.on_one_line(item.start, old.start) {
                true if old.start > item.start + 1 => column(item.start)? + (old.start - item.start),
                _ => column(item.start)? + 1 + style.gap,
            },
            (Holder::Root, _) => return Err(Ambiguous),
        };
        let continues = matches!(holder, Holder::Item(..)) && !(own_lines && old.start > old.lead);
        let first = continues.then_some("");
        let mut lines = Vec::new();
        match value {
            Json::Object(map) => style.map(&mut lines, first, at, map),
            Json::Array(items) => style.items(&mut lines, first, at, items),
            _ => return Err(Ambiguous),
        }
        let first = continues.then(|| lines.remove(0));
        Ok((first, lines))
    }
}
