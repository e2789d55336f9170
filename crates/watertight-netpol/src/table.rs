//! Sets of connections by number: equal sets have one number, and what two of them give is worked out once.

use std::collections::HashMap;

use crate::connections::Connections;

/// The number of a set of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionsId(u32);

impl ConnectionsId {
    /// No connection.
    pub const NONE: Self = Self(0);
    /// Every connection.
    pub const ALL: Self = Self(1);

    /// Its place, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// Every set that was met, by number.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    sets: Vec<Connections>,
    numbers: HashMap<Connections, ConnectionsId>,
    known: HashMap<(Operation, ConnectionsId, ConnectionsId), ConnectionsId>,
}

impl Table {
    pub(crate) fn new() -> Self {
        let mut table = Self { sets: Vec::new(), numbers: HashMap::new(), known: HashMap::new() };
        table.number(Connections::none());
        table.number(Connections::all());
        table
    }

    pub(crate) fn set(&self, id: ConnectionsId) -> &Connections {
        &self.sets[id.index()]
    }

    pub(crate) fn sets(&self) -> &[Connections] {
        &self.sets
    }

    pub(crate) fn number(&mut self, set: Connections) -> ConnectionsId {
        if let Some(&id) = self.numbers.get(&set) {
            return id;
        }
        // More sets than this do not fit into memory.
        let id = ConnectionsId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        self.sets.push(set.clone());
        self.numbers.insert(set, id);
        id
    }

    pub(crate) fn union(&mut self, a: ConnectionsId, b: ConnectionsId) -> ConnectionsId {
        use ConnectionsId as Id;
        match (a, b) {
            (Id::NONE, other) | (other, Id::NONE) => other,
            (Id::ALL, _) | (_, Id::ALL) => Id::ALL,
            _ if a == b => a,
            _ => self.work_out(Operation::Union, a.min(b), a.max(b)),
        }
    }

    pub(crate) fn intersection(&mut self, a: ConnectionsId, b: ConnectionsId) -> ConnectionsId {
        intersection_without_work(a, b)
            .unwrap_or_else(|| self.work_out(Operation::Intersection, a.min(b), a.max(b)))
    }

    pub(crate) fn difference(&mut self, a: ConnectionsId, b: ConnectionsId) -> ConnectionsId {
        use ConnectionsId as Id;
        match (a, b) {
            (other, Id::NONE) => other,
            (Id::NONE, _) | (_, Id::ALL) => Id::NONE,
            _ if a == b => Id::NONE,
            _ => self.work_out(Operation::Difference, a, b),
        }
    }

    fn work_out(&mut self, operation: Operation, a: ConnectionsId, b: ConnectionsId) -> ConnectionsId {
        if let Some(&id) = self.known.get(&(operation, a, b)) {
            return id;
        }
        let (one, other) = (self.set(a), self.set(b));
        let set = match operation {
            Operation::Union => one.union(other),
            Operation::Intersection => one.intersection(other),
            Operation::Difference => one.difference(other),
        };
        let id = self.number(set);
        self.known.insert((operation, a, b), id);
        id
    }
}

/// What two sets have in common, where that needs no look at them.
pub(crate) fn intersection_without_work(a: ConnectionsId, b: ConnectionsId) -> Option<ConnectionsId> {
    use ConnectionsId as Id;
    match (a, b) {
        (Id::ALL, other) | (other, Id::ALL) => Some(other),
        (Id::NONE, _) | (_, Id::NONE) => Some(Id::NONE),
        _ if a == b => Some(a),
        _ => None,
    }
}
