use std::fmt::{self, Write as _};

use super::collapse::{At, Collapsed};
use super::sorted::Sorted;
use super::{Certainty, Map};
use crate::style::Clean;

/// The picture as a graph for Graphviz: a cluster for each namespace, the same arrows as the drawing.
///
/// What everybody may do, and the open water, are nodes of their own. A namespace that is an end is a point in its
/// cluster.
#[must_use]
pub fn dot(map: &Map) -> String {
    let sorted = Sorted::of(map);
    let collapsed = Collapsed::of(&sorted);
    // What the reader must know stands below the title.
    let heading: Vec<&str> =
        std::iter::once(sorted.title.as_str()).chain(sorted.notes.iter().map(String::as_str)).collect();
    let mut graph = format!(
        "digraph {} {{\n  label={};\n  labelloc=t;\n  rankdir=LR;\n  compound=true;\n  newrank=true;\n  \
         fontname=\"Helvetica\";\n  node [shape=box, style=rounded, fontname=\"Helvetica\"];\n  \
         edge [fontname=\"Helvetica\", fontsize=10];\n",
        Quoted("net"),
        Quoted(&heading.join("\n"))
    );
    for (at, (namespace, range)) in sorted.namespaces.iter().enumerate() {
        let walls = match (namespace.default_deny_ingress, namespace.default_deny_egress) {
            (true, true) => ("closed", "bold"),
            (true, false) => ("ingress closed, egress open", "solid"),
            (false, true) => ("ingress open, egress closed", "solid"),
            (false, false) => ("open", "dashed"),
        };
        let label = format!("{} ({})", namespace.name, walls.0);
        let _ = writeln!(
            graph,
            "  subgraph cluster_{at} {{\n    label={};\n    style=\"rounded,{}\";\n    n{at} [shape=point, \
             tooltip={}];",
            Quoted(&label),
            walls.1,
            Quoted(&format!("every workload in {}", namespace.name))
        );
        for workload in range.clone() {
            let Some(node) = sorted.workloads.get(workload) else { continue };
            let look = if node.exposed { ", peripheries=2, color=\"#D55E00\"" } else { "" };
            let label = format!("{}\n{} ×{}", node.name, node.kind, node.instances);
            let _ = writeln!(graph, "    w{workload} [label={}{look}];", Quoted(&label));
        }
        graph.push_str("  }\n");
    }
    for (at, name) in sorted.outside.iter().enumerate() {
        let _ = writeln!(graph, "  o{at} [shape=ellipse, label={}];", Quoted(name));
    }
    edges(&sorted, &collapsed, &mut graph);
    graph.push_str("}\n");
    graph
}

fn edges(sorted: &Sorted, collapsed: &Collapsed, graph: &mut String) {
    let ends = || collapsed.arrows.iter().flat_map(|arrow| [arrow.from, arrow.to]);
    if ends().any(|at| at == At::Everyone) {
        graph.push_str("  everyone [shape=octagon, label=\"every workload\"];\n");
    }
    if let Some(water) = &collapsed.water {
        graph.push_str(
            "  water [shape=ellipse, style=filled, fillcolor=\"#56B4E9\", label=\"open water\"];\n",
        );
        for workload in 0..sorted.workloads.len() {
            let ways = match (water.sends.contains(workload), water.receives.contains(workload)) {
                (true, true) => "both",
                (true, false) => "forward",
                (false, true) => "back",
                (false, false) => continue,
            };
            edge(
                sorted,
                [&format!("w{workload}"), "water"],
                water.key,
                &format!("dir={ways}, color=\"#56B4E9\""),
                graph,
            );
        }
    }
    for arrow in &collapsed.arrows {
        let cluster = |side: &str, at: At| match at {
            At::Namespace(at) if arrow.from != arrow.to => format!(", {side}=cluster_{at}"),
            _ => String::new(),
        };
        let look = format!("penwidth=1{}{}", cluster("ltail", arrow.from), cluster("lhead", arrow.to));
        edge(sorted, [&name(arrow.from), &name(arrow.to)], arrow.key, &look, graph);
    }
}

fn edge(sorted: &Sorted, [from, to]: [&str; 2], key: usize, look: &str, graph: &mut String) {
    let Some(key) = sorted.keys.get(key) else { return };
    let (mark, dashes) = match key.certainty {
        Certainty::Allowed => ("", ""),
        Certainty::Unknown => ("? ", ", style=dashed"),
    };
    let label = format!("{mark}{}", key.connections);
    let _ = writeln!(graph, "  {from} -> {to} [label={}, {look}{dashes}];", Quoted(&label));
}

fn name(at: At) -> String {
    match at {
        At::Everyone => "everyone".to_owned(),
        At::Water => "water".to_owned(),
        At::Namespace(at) => format!("n{at}"),
        At::Workload(at) => format!("w{at}"),
        At::Outside(at) => format!("o{at}"),
    }
}

/// Text as a string of the language. A backslash would begin an escape such as `\N`, so it is doubled; a line break
/// is one.
struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for (at, line) in self.0.split('\n').enumerate() {
            if at > 0 {
                f.write_str("\\n")?;
            }
            for character in Clean(line).to_string().chars() {
                match character {
                    '"' => f.write_str("\\\"")?,
                    '\\' => f.write_str("\\\\")?,
                    // Some outputs read references.
                    '&' => f.write_str("&amp;")?,
                    _ => f.write_char(character)?,
                }
            }
        }
        f.write_char('"')
    }
}
