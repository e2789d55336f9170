//! Nothing lies on anything else, and no line runs through a text.

use super::samples::{Walls, begun, cluster, small};
use crate::net::map::Map;
use crate::net::map::collapse::Collapsed;
use crate::net::map::draw::{Drawing, arranged};
use crate::net::map::place::{Rect, inlet_width};
use crate::net::map::sorted::Sorted;

fn meet(one: Rect, other: Rect) -> bool {
    one.x < other.right() && other.x < one.right() && one.y < other.bottom() && other.y < one.bottom()
}

fn inside(inner: Rect, outer: Rect) -> bool {
    outer.x <= inner.x
        && inner.right() <= outer.right()
        && outer.y <= inner.y
        && inner.bottom() <= outer.bottom()
}

fn samples() -> Vec<Map> {
    let mut samples = vec![small(), begun()];
    for walls in [Walls::Open, Walls::Closed, Walls::Mixed] {
        samples.extend([cluster(6, 60, walls), cluster(24, 300, walls), cluster(60, 900, walls)]);
    }
    samples
}

#[test]
fn boxes_and_labels_do_not_meet() {
    for map in samples() {
        let sorted = Sorted::of(&map);
        let collapsed = Collapsed::of(&sorted);
        let (scene, columns) = arranged(&sorted, &collapsed);
        let layout = Drawing::of(&scene, &columns).into_layout();
        let labels = || layout.inlets.values().chain(layout.tags.values()).copied();
        let boxes: Vec<Rect> = layout.items.values().copied().chain(labels()).collect();
        for (at, one) in boxes.iter().enumerate() {
            for other in boxes.iter().skip(at + 1) {
                assert!(!meet(*one, *other), "{}: {one:?} and {other:?}", map.title);
            }
        }
        for (&(block, _), item) in &layout.items {
            assert!(inside(*item, layout.blocks[&block]), "{}: {item:?}", map.title);
        }
        let blocks: Vec<Rect> = layout.blocks.values().copied().collect();
        for (at, one) in blocks.iter().enumerate() {
            assert!(!blocks.iter().skip(at + 1).any(|other| meet(*one, *other)), "{}: {one:?}", map.title);
        }
        let page = Rect { x: 0, y: 0, width: layout.width, height: layout.height };
        for one in boxes.iter().chain(&blocks) {
            assert!(inside(*one, page), "{}: {one:?} is not on the page", map.title);
        }
        for (net, rect) in &layout.inlets {
            assert_eq!(rect.width, inlet_width(&scene, *net), "the label is as wide as its text");
        }
    }
}

#[test]
fn lines_do_not_run_through_boxes_or_over_each_other() {
    for map in samples() {
        let sorted = Sorted::of(&map);
        let collapsed = Collapsed::of(&sorted);
        let (scene, columns) = arranged(&sorted, &collapsed);
        let drawing = Drawing::of(&scene, &columns);
        let lines = drawing.corners();
        let layout = drawing.into_layout();
        let labels = layout.inlets.values().chain(layout.tags.values());
        let boxes: Vec<Rect> = layout.items.values().chain(labels).copied().collect();
        for (net, points) in &lines {
            for pair in points.windows(2) {
                let [(x, y), (to_x, to_y)] = [pair[0], pair[1]];
                let stretch = Rect {
                    x: x.min(to_x),
                    y: y.min(to_y),
                    width: (to_x - x).abs(),
                    height: (to_y - y).abs(),
                };
                assert!(stretch.width == 0 || stretch.height == 0, "a slant");
                // A box that is touched at its edge is where the line begins or ends.
                let thick = Rect { width: stretch.width.max(1), height: stretch.height.max(1), ..stretch };
                let through = boxes.iter().find(|one| meet(thick, **one));
                assert_eq!(through, None, "{}: net {net} at {points:?}", map.title);
            }
        }
        let upright = |points: &Vec<(i32, i32)>| -> Vec<(i32, i32, i32)> {
            let pairs =
                points.windows(2).filter(|pair| pair[0].0 == pair[1].0 && (pair[0].1 - pair[1].1).abs() > 8);
            pairs.map(|pair| (pair[0].0, pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1))).collect()
        };
        let stretches: Vec<(usize, (i32, i32, i32))> = lines
            .iter()
            .flat_map(|(net, points)| upright(points).into_iter().map(|one| (*net, one)))
            .collect();
        for (at, (net, one)) in stretches.iter().enumerate() {
            for (other_net, other) in stretches.iter().skip(at + 1).filter(|(other, _)| other != net) {
                let together = one.0 == other.0 && one.1 < other.2 && other.1 < one.2;
                assert!(!together, "{}: nets {net} and {other_net} lie on each other at {one:?}", map.title);
            }
        }
    }
}
