//! Whether one vertex still leads to another when some edges are gone, asked from both ends at once; and what is lost
//! behind them.
//!
//! Most edges can be gone around in a few steps, and what cannot is mostly an end that little leads to: either way a
//! search that goes on from the smaller front is over soon.

use std::collections::BTreeSet;

use crate::shape::{NO_EDGE, Shape};

/// After so many vertices a search gives up: then nothing is said.
const MOST: usize = 20_000;
/// What is lost behind an edge is told up to so many vertices.
const FEW: usize = 200;
/// And up to so many searches.
const SEARCHES: usize = 1000;

/// Searches in one shape, with what they need to remember.
pub(crate) struct Around<'s> {
    shape: &'s Shape,
    /// By vertex: the search that met it last, from the front and from the back.
    met: [Vec<u32>; 2],
    search: u32,
}

impl<'s> Around<'s> {
    pub(crate) fn new(shape: &'s Shape) -> Self {
        let none = || vec![0; shape.len()];
        Self { shape, met: [none(), none()], search: 0 }
    }

    /// Whether there is a way by edges alone; `None` when it was too far.
    pub(crate) fn leads(&mut self, from: u32, to: u32, gone: &dyn Fn(u32) -> bool) -> Option<bool> {
        if from == to {
            return Some(true);
        }
        self.search += 1;
        let mut fronts = [vec![from], vec![to]];
        self.met[0][from as usize] = self.search;
        self.met[1][to as usize] = self.search;
        let mut left = MOST;
        while fronts.iter().all(|front| !front.is_empty()) {
            let side = usize::from(fronts[1].len() < fronts[0].len());
            let mut next = Vec::new();
            for vertex in std::mem::take(&mut fronts[side]) {
                let links = if side == 0 { self.shape.links(vertex) } else { self.shape.back(vertex) };
                for link in links {
                    let other = link.to as usize;
                    if link.edge == NO_EDGE || gone(link.edge) || self.met[side][other] == self.search {
                        continue;
                    }
                    if self.met[1 - side][other] == self.search {
                        return Some(true);
                    }
                    self.met[side][other] = self.search;
                    next.push(link.to);
                }
                left = left.checked_sub(links.len())?;
            }
            fronts[side] = next;
        }
        Some(false)
    }

    /// What may be lost to whoever reaches one of some vertices, when edges of theirs to `heads` are gone: whatever
    /// follows from those, by edges or as a premise, and is not reached from every one of them otherwise. `None` when
    /// that is much.
    pub(crate) fn lost(
        &mut self,
        from: &[u32],
        heads: &[u32],
        gone: &dyn Fn(u32) -> bool,
    ) -> Option<BTreeSet<u32>> {
        let mut lost: BTreeSet<u32> = BTreeSet::new();
        let mut kept: BTreeSet<u32> = BTreeSet::new();
        let mut waiting: Vec<u32> = heads.to_vec();
        let mut searches = SEARCHES;
        while let Some(vertex) = waiting.pop() {
            if lost.contains(&vertex) || kept.contains(&vertex) {
                continue;
            }
            let mut is_kept = true;
            for from in from {
                searches = searches.checked_sub(1)?;
                if !self.leads(*from, vertex, gone)? {
                    is_kept = false;
                    break;
                }
            }
            if is_kept {
                kept.insert(vertex);
                continue;
            }
            if lost.len() == FEW {
                return None;
            }
            lost.insert(vertex);
            let links = self.shape.links(vertex).iter().filter(|link| !gone(link.edge)).map(|link| link.to);
            waiting.extend(links);
            waiting.extend(self.shape.premise_of(vertex).iter().map(|own| self.shape.both[*own as usize].1));
        }
        Some(lost)
    }
}
