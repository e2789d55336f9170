//! Everything that is reachable, for 512 sources at a time: a bit per source at each vertex.
//!
//! One pass by rank hands the bits on; cycles and conjunctions, which may lead backwards, are passed again until nothing
//! changes. So the cost is that of the edges that are met, for 512 questions at once, and the answer is exact: it is the
//! least fixpoint. A lane may be asked with some edges gone, each lane with its own.

use std::collections::HashMap;

use crate::shape::Shape;

/// How many questions are asked at once.
pub(crate) const LANES: usize = 512;
const WORDS: usize = LANES / 64;

/// A bit per lane.
pub(crate) type Mask = [u64; WORDS];

/// The answers to up to [`LANES`] questions.
pub(crate) struct Closure<'g> {
    shape: &'g Shape,
    masks: Vec<Mask>,
    /// The vertices that some lane reaches.
    pub(crate) touched: Vec<u32>,
    /// By rank: who has bits that were not handed on.
    pending: Vec<u64>,
    /// Edges that are gone, for whom.
    gone: HashMap<u32, Mask>,
    /// Vertices that such an edge leaves.
    robbed: Vec<u64>,
    /// Vertices that nothing leads to any more, for whom.
    closed: HashMap<u32, Mask>,
}

pub(crate) fn has(mask: &Mask, lane: usize) -> bool {
    mask[lane / 64] & (1 << (lane % 64)) != 0
}

fn is_empty(mask: &Mask) -> bool {
    mask.iter().all(|word| *word == 0)
}

impl<'g> Closure<'g> {
    pub(crate) fn new(shape: &'g Shape) -> Self {
        let count = shape.len();
        Self {
            shape,
            masks: vec![[0; WORDS]; count],
            touched: Vec::new(),
            pending: vec![0; count.div_ceil(64)],
            gone: HashMap::new(),
            robbed: vec![0; count.div_ceil(64)],
            closed: HashMap::new(),
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        for &vertex in &self.touched {
            self.masks[vertex as usize] = [0; WORDS];
        }
        self.touched.clear();
        self.closed.clear();
        if !self.gone.is_empty() {
            self.gone.clear();
            self.robbed.fill(0);
        }
    }

    /// Lets a lane begin at a vertex.
    pub(crate) fn begin(&mut self, lane: usize, vertex: u32) {
        let mut mask = [0; WORDS];
        mask[lane / 64] |= 1 << (lane % 64);
        self.add(vertex, &mask);
    }

    /// The same at a vertex that nothing leads to any more: where an attack begins it is.
    pub(crate) fn begin_anyway(&mut self, lane: usize, vertex: u32) {
        if let Some(closed) = self.closed.get_mut(&vertex) {
            closed[lane / 64] &= !(1 << (lane % 64));
        }
        self.begin(lane, vertex);
    }

    /// Takes an edge away for a lane.
    pub(crate) fn without(&mut self, lane: usize, from: u32, edge: u32) {
        self.gone.entry(edge).or_insert([0; WORDS])[lane / 64] |= 1 << (lane % 64);
        self.robbed[from as usize / 64] |= 1 << (from % 64);
    }

    /// Takes every edge to a vertex away for a lane.
    pub(crate) fn close(&mut self, lane: usize, vertex: u32) {
        self.closed.entry(vertex).or_insert([0; WORDS])[lane / 64] |= 1 << (lane % 64);
    }

    /// What lanes have reached a vertex.
    pub(crate) fn at(&self, vertex: u32) -> &Mask {
        &self.masks[vertex as usize]
    }

    fn add(&mut self, vertex: u32, mask: &Mask) {
        let own = &mut self.masks[vertex as usize];
        let mut new: Mask = std::array::from_fn(|at| mask[at] & !own[at]);
        if is_empty(&new) {
            return;
        }
        if !self.closed.is_empty()
            && let Some(closed) = self.closed.get(&vertex)
        {
            new.iter_mut().zip(closed).for_each(|(new, closed)| *new &= !closed);
            if is_empty(&new) {
                return;
            }
        }
        if is_empty(own) {
            self.touched.push(vertex);
        }
        own.iter_mut().zip(&new).for_each(|(own, new)| *own |= new);
        let rank = self.shape.rank[vertex as usize];
        self.pending[rank as usize / 64] |= 1 << (rank % 64);
    }

    /// Works everything out.
    pub(crate) fn run(&mut self) {
        let shape = self.shape;
        loop {
            let mut passed = false;
            let mut word = 0;
            while word < self.pending.len() {
                let waiting = self.pending[word];
                if waiting == 0 {
                    word += 1;
                    continue;
                }
                passed = true;
                let bit = waiting.trailing_zeros();
                self.pending[word] &= !(1 << bit);
                let rank = word * 64 + bit as usize;
                self.hand_on(shape, shape.by_rank[rank]);
            }
            if !passed {
                return;
            }
        }
    }

    fn hand_on(&mut self, shape: &Shape, vertex: u32) {
        let mask = self.masks[vertex as usize];
        let robbed = self.robbed[vertex as usize / 64] & (1 << (vertex % 64)) != 0;
        for link in shape.links(vertex) {
            match self.gone.get(&link.edge).filter(|_| robbed) {
                Some(gone) => {
                    let left: Mask = std::array::from_fn(|at| mask[at] & !gone[at]);
                    self.add(link.to, &left);
                }
                None => self.add(link.to, &mask),
            }
        }
        for &both in shape.premise_of(vertex) {
            let (premises, to) = &shape.both[both as usize];
            let mut all = mask;
            for premise in premises {
                let own = &self.masks[*premise as usize];
                all.iter_mut().zip(own).for_each(|(all, own)| *all &= own);
            }
            self.add(*to, &all);
        }
    }

    /// By lane, the sum of the weights of what is reached. The values stand by weight.
    pub(crate) fn weigh(&self, values: &Values) -> Vec<u64> {
        let mut sums = vec![0u64; LANES];
        let mut reached: Vec<(u32, u32)> = self
            .touched
            .iter()
            .filter_map(|&vertex| {
                Some((values.class_of[vertex as usize], vertex)).filter(|(class, _)| *class != 0)
            })
            .collect();
        reached.sort_unstable();
        for group in reached.chunk_by(|one, other| one.0 == other.0) {
            let mut planes: Vec<Mask> = Vec::new();
            for &(_, vertex) in group {
                count(&mut planes, self.masks[vertex as usize]);
            }
            let weight = values.weights[group[0].0 as usize];
            for (plane, mask) in planes.iter().enumerate() {
                for (word, bits) in mask.iter().enumerate() {
                    let mut bits = *bits;
                    while bits != 0 {
                        let lane = word * 64 + bits.trailing_zeros() as usize;
                        sums[lane] += weight << plane;
                        bits &= bits - 1;
                    }
                }
            }
        }
        sums
    }
}

/// Adds one to the counters of the lanes in a mask: counters stand upright, a plane for each binary place.
fn count(planes: &mut Vec<Mask>, mut carry: Mask) {
    for plane in planes.iter_mut() {
        for (own, carry) in plane.iter_mut().zip(&mut carry) {
            let both = *own & *carry;
            *own ^= *carry;
            *carry = both;
        }
        if is_empty(&carry) {
            return;
        }
    }
    if !is_empty(&carry) {
        planes.push(carry);
    }
}

/// What vertices are worth. Class 0 is worth nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    pub(crate) class_of: Vec<u32>,
    pub(crate) weights: Vec<u64>,
}

impl Values {
    pub(crate) fn of(&self, vertex: u32) -> u64 {
        self.weights[self.class_of[vertex as usize] as usize]
    }
}
