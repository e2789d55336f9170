use std::collections::BTreeMap;

use super::scene::{Net, Place, Scene, Wire};

/// Lines into one place, or out of it, that stay inside a compartment: at most the first, and fewer if it is a crowd.
const INSIDE: [usize; 5] = [14, 6, 3, 2, 1];
/// Lines inside a compartment that are a crowd.
const CROWD: usize = 80;
/// Lines into one place from other compartments.
const FAN_IN: usize = 7;
/// Lines out of one place to other compartments.
const FAN_OUT: usize = 4;
/// Lines between compartments that are seen at a glance.
const AT_A_GLANCE: usize = 100;

/// Names in place of lines.
impl Scene<'_> {
    /// Where lines would be too many: at what very many connect to, and at what connects to very many.
    pub(super) fn thin_out(&mut self) {
        self.thin_fans(false, FAN_IN, FAN_OUT, |_| true);
        for most in INSIDE {
            let mut crowds: BTreeMap<usize, usize> = BTreeMap::new();
            for net in &self.nets {
                *crowds.entry(net.to.block).or_default() +=
                    net.wires.iter().filter(|wire| is_inside(net, wire)).count();
            }
            let first = Some(&most) == INSIDE.first();
            self.thin_fans(true, most, most, |block| {
                first || crowds.get(&block).is_some_and(|all| *all > CROWD)
            });
        }
    }

    /// Cuts the lines inside compartments, or those between them, where they are more than so many into one end or
    /// out of one place.
    fn thin_fans(&mut self, inside: bool, most_in: usize, most_out: usize, concerns: impl Fn(usize) -> bool) {
        let of_kind = |net: &Net, wire: &Wire| is_inside(net, wire) == inside && concerns(net.to.block);
        self.cut(|net, wire| {
            of_kind(net, wire) && net.wires.iter().filter(|wire| of_kind(net, wire)).count() > most_in
        });
        let mut fans: BTreeMap<Place, usize> = BTreeMap::new();
        for net in &self.nets {
            let wires = net.wires.iter().filter(|wire| of_kind(net, wire));
            wires.for_each(|wire| *fans.entry(wire.from).or_default() += 1);
        }
        self.cut(|net, wire| of_kind(net, wire) && fans.get(&wire.from).is_some_and(|fan| *fan > most_out));
    }

    /// The longest, if there are many. `columns` are the blocks by band and column.
    pub(super) fn shorten(&mut self, columns: &[Vec<Vec<usize>>]) {
        let mut stands: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for (band, columns) in columns.iter().enumerate() {
            for (at, column) in columns.iter().enumerate() {
                stands.extend(column.iter().map(|block| (*block, (band, at))));
            }
        }
        for limit in [8, 5, 3, 2, 1] {
            let wires =
                self.nets.iter().map(|net| net.wires.iter().filter(|wire| !is_inside(net, wire)).count());
            if wires.sum::<usize>() <= AT_A_GLANCE {
                break;
            }
            self.cut(|net, wire| match (stands.get(&wire.from.block), stands.get(&net.to.block)) {
                (Some(from), Some(to)) if from.0 == to.0 => from.1.abs_diff(to.1) > limit,
                // Into the water or out of it.
                _ => limit < 3,
            });
        }
        self.number();
    }

    fn cut(&mut self, too_much: impl Fn(&Net, &Wire) -> bool) {
        for net in &mut self.nets {
            let whole = net.clone();
            for wire in net.wires.extract_if(.., |wire| too_much(&whole, wire)) {
                let cut = self.cut.entry(wire.from).or_insert_with(|| (wire.at, Default::default()));
                cut.1.insert(whole.at);
                net.marks.push(wire.at);
            }
        }
    }
}

fn is_inside(net: &Net, wire: &Wire) -> bool {
    net.to.block == wire.from.block
}
