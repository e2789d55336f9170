use std::collections::BTreeMap;

use super::layers::layers;
use super::place::{Size, Traffic, count, size};
use super::scene::{Block, Scene, What};

/// Which block stands in which column: what gives left of what takes, in columns of about the same height. The open
/// water is a band of its own, below.
pub(super) fn columns(scene: &Scene<'_>) -> Vec<Vec<Vec<usize>>> {
    let still = Traffic::default();
    let sizes: Vec<Size> = (0..scene.blocks.len()).map(|at| size(scene, at, &still)).collect();
    let dry = |block: &Block| matches!(block.what, What::Namespace(_)) && !block.water;
    let of = |wanted: &dyn Fn(&Block) -> bool| -> Vec<usize> {
        scene.blocks.iter().enumerate().filter(|(_, block)| wanted(block)).map(|(at, _)| at).collect()
    };
    let sources = of(&|block| matches!(block.what, What::Source(_)));
    let targets = of(&|block| matches!(block.what, What::Target(_)));
    let (ship, water) = (of(&dry), of(&|block| block.water));

    let mut edges: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for net in &scene.nets {
        for wire in net.wires.iter().filter(|wire| wire.from.block != net.to.block) {
            *edges.entry((wire.from.block, net.to.block)).or_default() += 1;
        }
    }
    let mut first = Vec::new();
    if ship.is_empty() {
        // Nothing stands between: one beside the other.
        first.extend(sources.into_iter().chain(targets).map(|block| vec![block]));
    } else {
        first.extend((!sources.is_empty()).then_some(sources));
        first.extend(best(&layered(&ship, &edges), &sizes, &edges));
        first.extend((!targets.is_empty()).then_some(targets));
        sweep(&mut first, &edges);
    }
    let mut bands = vec![first];
    if scene.collapsed.water.is_some() {
        bands.push(filled(&water, &sizes, &bands));
    }
    bands
}

/// Columns that make the picture somewhat wider than tall, and few lines that lead back into their own column.
fn best(
    layered: &[(usize, usize)],
    sizes: &[Size],
    edges: &BTreeMap<(usize, usize), usize>,
) -> Vec<Vec<usize>> {
    let whole: i32 =
        layered.iter().filter_map(|(_, block)| sizes.get(*block)).map(|size| size.height + 30).sum();
    let mut best: Option<(i64, Vec<Vec<usize>>)> = None;
    let mut height = 200;
    while height < whole + 200 {
        // A new layer begins a new column when this one is full, by two measures, or never.
        for full in [1, 3, 5] {
            let columns = packed(layered, sizes, height, full);
            let price = price(&columns, sizes, edges);
            if best.as_ref().is_none_or(|(least, _)| price < *least) {
                best = Some((price, columns));
            }
        }
        height += height / 16;
    }
    best.map(|(_, columns)| columns).unwrap_or_default()
}

/// How tall the smallest page of the proportions 8:5 is that holds it, and more for each line within a column.
fn price(columns: &[Vec<usize>], sizes: &[Size], edges: &BTreeMap<(usize, usize), usize>) -> i64 {
    let sizes = |column: &Vec<usize>| column.iter().filter_map(|block| sizes.get(*block)).collect::<Vec<_>>();
    let tall = |column| sizes(column).iter().map(|size| i64::from(size.height) + 30).sum::<i64>();
    let wide = |column| {
        sizes(column).iter().map(|size| i64::from(size.lead + size.width + size.trail)).max().unwrap_or(0)
            + 60
    };
    let width: i64 = columns.iter().map(wide).sum::<i64>() + 400;
    let height = columns.iter().map(tall).max().unwrap_or(1).max(300);
    let column_of: BTreeMap<usize, usize> = columns
        .iter()
        .enumerate()
        .flat_map(|(at, column)| column.iter().map(move |block| (*block, at)))
        .collect();
    let place = |block: &usize| column_of.get(block);
    let among = edges.keys().filter(|(from, to)| place(from).is_some() && place(to).is_some());
    let (mut all, mut within) = (1, 0);
    for (from, to) in among {
        all += 1;
        within += i64::from(place(from) == place(to));
    }
    (width * 5 / 8).max(height) * (all * 100 + within * 80) / all
}

fn layered(blocks: &[usize], edges: &BTreeMap<(usize, usize), usize>) -> Vec<(usize, usize)> {
    let among = edges.iter().filter_map(|((from, to), weight)| {
        Some(((blocks.binary_search(from).ok()?, blocks.binary_search(to).ok()?), *weight))
    });
    let among: BTreeMap<(usize, usize), usize> = among.collect();
    let layer = layers(blocks.len(), &among);
    let deepest = layer.iter().copied().max().unwrap_or(0);
    let tied = |at: usize| {
        edges.keys().any(|(from, to)| blocks.get(at).is_some_and(|block| block == from || block == to))
    };
    let takes = |at: usize| edges.keys().any(|(_, to)| blocks.get(at) == Some(to));
    let place = |(at, block): (usize, &usize)| {
        let layer = match tied(at) {
            // What stands for itself comes last.
            false => deepest + 1,
            true if layer.get(at) == Some(&0) && takes(at) => 0,
            true => layer.get(at).copied().unwrap_or(0),
        };
        (layer, *block)
    };
    let mut placed: Vec<(usize, usize)> = blocks.iter().enumerate().map(place).collect();
    placed.sort_unstable();
    placed
}

/// Columns of a height, layer by layer.
fn packed(layered: &[(usize, usize)], sizes: &[Size], tallest: i32, full: i32) -> Vec<Vec<usize>> {
    let mut columns: Vec<Vec<usize>> = Vec::new();
    let (mut height, mut last) = (0, None);
    for (layer, block) in layered {
        let tall = sizes.get(*block).map_or(0, |size| size.height) + 24;
        let next = last.is_some_and(|last| last != layer) && height * 4 > tallest * full;
        if columns.is_empty() || next || height + tall > tallest + 24 {
            columns.push(Vec::new());
            height = 0;
        }
        columns.last_mut().into_iter().for_each(|column| column.push(*block));
        height += tall;
        last = Some(layer);
    }
    columns
}

/// Columns for what needs no order: as wide as what stands above, each filled to about the same height.
fn filled(blocks: &[usize], sizes: &[Size], above: &[Vec<Vec<usize>>]) -> Vec<Vec<usize>> {
    let wide = |block: &usize| sizes.get(*block).map_or(0, |size| size.lead + size.width + size.trail) + 30;
    let tall = |block: &usize| sizes.get(*block).map_or(0, |size| size.height) + 20;
    let above: i32 = above.iter().flatten().map(|column| column.iter().map(wide).max().unwrap_or(0)).sum();
    let area: i64 = blocks.iter().map(|block| i64::from(wide(block)) * i64::from(tall(block))).sum();
    let width = i32::try_from((area * 19 / 10).isqrt()).unwrap_or(i32::MAX).max(above).max(700);
    let mean = blocks.iter().map(wide).sum::<i32>() / count(blocks.len()).max(1);
    let number = usize::try_from(width / mean.max(1)).unwrap_or(1).clamp(1, blocks.len().max(1));
    let mut columns: Vec<(i32, Vec<usize>)> = vec![(0, Vec::new()); number];
    for block in blocks {
        let lowest = columns.iter_mut().min_by_key(|(height, _)| *height);
        lowest.into_iter().for_each(|(height, column)| {
            column.push(*block);
            *height += tall(block);
        });
    }
    columns.into_iter().map(|(_, column)| column).filter(|column| !column.is_empty()).collect()
}

/// Orders columns so that what is tied stands at about the same height.
fn sweep(columns: &mut [Vec<usize>], edges: &BTreeMap<(usize, usize), usize>) {
    for _ in 0..6 {
        for at in 0..columns.len() {
            let mut height = BTreeMap::new();
            for column in columns.iter() {
                for (place, block) in column.iter().enumerate() {
                    height.insert(*block, (place * 2 + 1) * 1000 / column.len().max(1));
                }
            }
            let Some(column) = columns.get_mut(at) else { continue };
            column.sort_by_cached_key(|block| {
                let tied =
                    edges.iter().filter_map(|((from, to), weight)| match (from == block, to == block) {
                        (true, false) => Some((height.get(to)?, weight)),
                        (false, true) => Some((height.get(from)?, weight)),
                        _ => None,
                    });
                let (sum, weights) =
                    tied.fold((0, 0), |(sum, all), (height, weight)| (sum + height * weight, all + weight));
                (sum.checked_div(weights).or(height.get(block).copied()), *block)
            });
        }
    }
}
