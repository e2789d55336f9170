//! Namespaces as tanks with their levels, where workloads are too many to be drawn.

use super::compartments::{self, Placed, in_order};
use super::flood::{DRAWN, fill, patterns, told};
use super::svg::{BOLD, SMALL, Screen, Svg, safe};
use super::{Cluster, Compartment, Flooded, Level};

/// Tanks that are drawn: more are not seen, but scrolled past.
const TANKS: usize = 119;

const HEIGHT: i32 = 58;
const GAP: i32 = 8;

/// The picture, wide or narrow.
pub(super) fn draw(cluster: &Cluster, screen: Screen) -> String {
    let (width, side_by_side) = match screen {
        Screen::Wide => (1104, 6),
        Screen::Narrow => (352, 2),
    };
    let mut svg = Svg::new(screen);
    svg.put(format_args!("{}", patterns(screen)));
    let top = compartments::head(cluster, &mut svg, width);
    svg.text("head", BOLD, (2, top + 16), width, "Namespaces");
    let room = (width - 4 - (side_by_side - 1) * GAP) / side_by_side;
    let all = in_order(cluster);
    let fixed = cluster.goals.len() + compartments::NODES + 2;
    let most = TANKS.min(DRAWN - fixed - 1);
    let mut bottom = top + 26;
    let mut place_of = |at: usize| {
        let at = i32::try_from(at).unwrap_or(0);
        let place = Placed {
            x: 2 + (at % side_by_side) * (room + GAP),
            y: top + 26 + (at / side_by_side) * (HEIGHT + GAP),
            width: room,
            height: HEIGHT,
        };
        bottom = place.y + HEIGHT + 4;
        place
    };
    for (at, own) in all.iter().take(most).enumerate() {
        tank(&own.name, Flooded::of(&own.workloads), begins(own), &place_of(at), &mut svg);
    }
    let more = all.get(most..).unwrap_or_default();
    if !more.is_empty() {
        let sum = more.iter().map(|own| Flooded::of(&own.workloads)).fold(Flooded::default(), Flooded::plus);
        let begins = more.iter().any(|own| begins(own));
        tank(&format!("and {} more", more.len()), sum, begins, &place_of(most), &mut svg);
    }
    svg.done(
        "flood",
        "picture-flood",
        (width, bottom),
        "The namespaces as tanks, and how far each floods",
        &compartments::says(cluster),
    )
}

fn begins(own: &Compartment) -> bool {
    own.workloads.iter().any(|cell| cell.entry)
}

/// A namespace with its levels: what falls directly at the bottom, what falls by a flaw above it.
fn tank(name: &str, flooded: Flooded, begins: bool, place: &Placed, svg: &mut Svg) {
    let screen = svg.screen();
    let class = if begins { "tank entry" } else { "tank" };
    let level = |count: usize| {
        let height = usize::try_from(place.height).unwrap_or(0) * count / flooded.all.max(1);
        // Whatever falls is seen.
        i32::try_from(height).unwrap_or(0).max(if count > 0 { 4 } else { 0 })
    };
    let begin = if begins { ", the attack begins here" } else { "" };
    svg.put(format_args!(
        "<g class=\"{class}\"><title>{}: {}{begin}</title><rect class=\"dry\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        safe(name),
        told(flooded, "workloads"),
        place.x,
        place.y,
        place.width,
        place.height
    ));
    let fall = |of: Level, height: i32, svg: &mut Svg| {
        if height > 0 {
            svg.put(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\" fill=\"{}\"/>",
                place.x,
                place.y + place.height - height,
                place.width,
                fill(of, screen)
            ));
        }
    };
    let (flaws, direct) = (level(flooded.flaws), level(flooded.direct));
    if flaws > direct {
        fall(Level::Flaws, flaws, svg);
    }
    fall(Level::Direct, direct, svg);
    svg.put(format_args!(
        "<rect class=\"wall\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
        place.x, place.y, place.width, place.height
    ));
    let sign = if begins { "▶ " } else { "" };
    svg.text("head", BOLD, (place.x + 8, place.y + 22), place.width - 14, &format!("{sign}{name}"));
    let count = format!("{} of {} fall", flooded.flaws, flooded.all);
    svg.text("small", SMALL, (place.x + 8, place.y + 42), place.width - 14, &count);
    svg.put(format_args!("</g>"));
}
