use std::collections::{BTreeMap, BTreeSet};

/// Which layer each of some nodes is in, so that most edges go from a layer to a later one.
///
/// Cycles are cut where a node order of Eades, Lin and Smyth has edges that go back; then each stands one after its
/// last predecessor.
pub(super) fn layers(nodes: usize, edges: &BTreeMap<(usize, usize), usize>) -> Vec<usize> {
    let order = order(nodes, edges);
    let mut place = vec![0; nodes];
    order.iter().enumerate().for_each(|(at, node)| place[*node] = at);
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for &(from, to) in edges.keys() {
        if from < nodes && to < nodes && place[from] < place[to] {
            after[from].push(to);
        }
    }
    let mut layer = vec![0; nodes];
    for &node in &order {
        for &next in &after[node] {
            layer[next] = layer[next].max(layer[node] + 1);
        }
    }
    layer
}

/// Sinks last, sources first, of the others the one that gives most and takes least.
fn order(nodes: usize, edges: &BTreeMap<(usize, usize), usize>) -> Vec<usize> {
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let mut left: BTreeSet<usize> = (0..nodes).collect();
    let (mut gives, mut takes) = (vec![0_i64; nodes], vec![0_i64; nodes]);
    let (mut after, mut before) = (vec![Vec::new(); nodes], vec![Vec::new(); nodes]);
    for (&(from, to), &weight) in edges {
        if from != to && from < nodes && to < nodes {
            let weight = i64::try_from(weight).unwrap_or(i64::MAX / 4096);
            gives[from] += weight;
            takes[to] += weight;
            after[from].push((to, weight));
            before[to].push((from, weight));
        }
    }
    while !left.is_empty() {
        let sink = left.iter().copied().find(|node| gives[*node] == 0);
        let best =
            || left.iter().copied().max_by_key(|node| (gives[*node] - takes[*node], usize::MAX - *node));
        let Some(node) = sink.or_else(best) else { break };
        if sink.is_some() {
            tail.push(node);
        } else {
            head.push(node);
        }
        left.remove(&node);
        after[node].iter().for_each(|(to, weight)| takes[*to] -= weight);
        before[node].iter().for_each(|(from, weight)| gives[*from] -= weight);
    }
    tail.reverse();
    head.extend(tail);
    head
}

#[cfg(test)]
mod tests {
    use super::layers;

    #[test]
    fn a_cycle_is_cut_once() {
        let edges = [((0, 1), 3), ((1, 2), 3), ((2, 0), 1)].into_iter().collect();
        assert_eq!(layers(4, &edges), [0, 1, 2, 0]);
    }
}
