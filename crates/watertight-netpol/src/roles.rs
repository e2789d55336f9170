//! Which endpoints are in one role: from and to everybody, the same is let through.

use std::collections::HashMap;

use crate::model::Model;
use crate::universe::EndpointId;

/// The role of each endpoint.
#[derive(Debug, Clone)]
pub struct Roles {
    of: Vec<u32>,
}

impl Roles {
    /// The number of an endpoint's role: endpoints of one number cannot be told apart by what they reach and who
    /// reaches them. The other way round it need not hold.
    #[must_use]
    pub fn of(&self, endpoint: EndpointId) -> u32 {
        self.of[endpoint.index()]
    }
}

impl Model {
    /// Works out who cannot be told apart. Classes are finer: they keep namespaces apart, and labels that selectors
    /// of other namespaces look at.
    #[must_use]
    pub fn roles(&self) -> Roles {
        let bound = self.universe.len();
        // Pods, nodes and addresses are never in one role.
        let (pods, nodes) = (self.universe.pods.len(), self.universe.nodes.len());
        let mut of: Vec<u32> =
            (0..bound).map(|index| u32::from(index >= pods) + u32::from(index >= pods + nodes)).collect();
        let mut next = 3;
        let mut split = |of: &mut Vec<u32>,
                         key: &dyn Fn(usize) -> Option<u64>,
                         members: &mut dyn Iterator<Item = usize>| {
            let mut known: HashMap<(u32, u64), u32> = HashMap::new();
            for index in members {
                let Some(key) = key(index) else { continue };
                of[index] = *known.entry((of[index], key)).or_insert_with(|| {
                    next += 1;
                    next
                });
            }
        };
        for members in &self.members {
            let key = |index: usize| Some(u64::from(members.sure.contains(index)));
            split(&mut of, &key, &mut members.may.iter());
        }
        // What ports have which name matters where a rule asks for names.
        let mut ports: HashMap<&[crate::NamedPort], u64> = HashMap::new();
        let numbers: Vec<Option<u64>> = self
            .universe
            .pods
            .iter()
            .map(|class| {
                let count = ports.len() as u64;
                (!class.ports.is_empty()).then(|| *ports.entry(&class.ports).or_insert(count))
            })
            .collect();
        split(&mut of, &|index| numbers.get(index).copied().flatten(), &mut (0..pods));
        Roles { of }
    }
}
