//! Whether one vertex still leads to another when some edges are gone, asked from both ends at once.
//!
//! Most edges can be gone around in a few steps, and what cannot is mostly an end that little leads to: either way a
//! search that goes on from the smaller front is over soon.

use crate::shape::{NO_EDGE, Shape};

/// After so many vertices a search gives up: then nothing is said.
const MOST: usize = 20_000;
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
}
