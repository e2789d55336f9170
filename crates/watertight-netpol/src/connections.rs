//! Sets of connections: protocols with ports, and what has none.

use std::fmt;

use crate::intervals::Intervals;

/// A protocol above IP, with the number that IANA gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// ICMP of IPv4.
    Icmp,
    /// ICMP of IPv6.
    Icmpv6,
    /// One without ports, by its number.
    Other(u8),
}

impl Protocol {
    /// Those with ports.
    pub const WITH_PORTS: [Self; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    /// The protocol of a number.
    #[must_use]
    pub const fn of_number(number: u8) -> Self {
        match number {
            1 => Self::Icmp,
            6 => Self::Tcp,
            17 => Self::Udp,
            58 => Self::Icmpv6,
            132 => Self::Sctp,
            other => Self::Other(other),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Icmp => 1,
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Icmpv6 => 58,
            Self::Sctp => 132,
            Self::Other(number) => number,
        }
    }
}

/// As Kubernetes writes it: `TCP`; a number for those without a name.
impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp => f.write_str("TCP"),
            Self::Udp => f.write_str("UDP"),
            Self::Sctp => f.write_str("SCTP"),
            Self::Icmp => f.write_str("ICMP"),
            Self::Icmpv6 => f.write_str("ICMPv6"),
            Self::Other(number) => write!(f, "protocol {number}"),
        }
    }
}

/// The lowest port: there is no port 0 on the wire that anybody can be asked for.
const FIRST_PORT: u16 = 1;

/// Ports of the destination by those of the source: slabs of source ports, sorted, with the destination
/// ports of each. Nearly every set has one slab, from all ports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortSet {
    slabs: Vec<(u16, u16, Intervals)>,
}

impl PortSet {
    /// Every port from every port.
    #[must_use]
    pub fn all() -> Self {
        Self::to(&Intervals::range(FIRST_PORT, u16::MAX))
    }

    /// Some ports, from every port.
    #[must_use]
    pub fn to(ports: &Intervals) -> Self {
        Self::between(&Intervals::range(FIRST_PORT, u16::MAX), ports)
    }

    /// Some ports, from some ports.
    #[must_use]
    pub fn between(from: &Intervals, to: &Intervals) -> Self {
        let valid = Intervals::range(FIRST_PORT, u16::MAX);
        let (from, to) = (from.intersection(&valid), to.intersection(&valid));
        let ranges = if to.is_empty() { &[] } else { from.ranges() };
        Self { slabs: ranges.iter().map(|&(first, last)| (first, last, to.clone())).collect() }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slabs.is_empty()
    }

    /// Whether a pair of source and destination port is in it.
    #[must_use]
    pub fn contains(&self, from: u16, to: u16) -> bool {
        self.slabs.iter().any(|(first, last, ports)| (*first..=*last).contains(&from) && ports.contains(to))
    }

    /// Whether some pair is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.slabs.iter().any(|(a, b, one)| {
            let mut others = other.slabs.iter();
            others.any(|(c, d, two)| a.max(c) <= b.min(d) && one.meets(two))
        })
    }

    /// The slabs: source ports from, to, and the destination ports of these.
    #[must_use]
    pub fn slabs(&self) -> &[(u16, u16, Intervals)] {
        &self.slabs
    }

    /// The destination ports that some source port reaches.
    #[must_use]
    pub fn destinations(&self) -> Intervals {
        self.slabs.iter().fold(Intervals::NONE, |all, (_, _, ports)| all.union(ports))
    }

    /// Merges two sets slab by slab.
    fn combine(&self, other: &Self, join: impl Fn(&Intervals, &Intervals) -> Intervals) -> Self {
        if let ([(a, b, one)], [(c, d, two)]) = (&*self.slabs, &*other.slabs)
            && a == c
            && b == d
        {
            let ports = join(one, two);
            let slabs = if ports.is_empty() { Vec::new() } else { vec![(*a, *b, ports)] };
            return Self { slabs };
        }
        let mut starts: Vec<u32> = [self, other]
            .into_iter()
            .flat_map(|set| &set.slabs)
            .flat_map(|(first, last, _)| [u32::from(*first), u32::from(*last) + 1])
            .collect();
        starts.sort_unstable();
        starts.dedup();
        let at = |set: &Self, port: u32| {
            let slab = set
                .slabs
                .iter()
                .find(|(first, last, _)| (u32::from(*first)..=u32::from(*last)).contains(&port));
            slab.map_or(Intervals::NONE, |(_, _, ports)| ports.clone())
        };
        let mut slabs: Vec<(u16, u16, Intervals)> = Vec::new();
        for pair in starts.windows(2) {
            let ports = join(&at(self, pair[0]), &at(other, pair[0]));
            if ports.is_empty() {
                continue;
            }
            // Starts of slabs are ports, and the last end is one above 65535 at most.
            let (first, last) = (pair[0] as u16, (pair[1] - 1) as u16);
            match slabs.last_mut() {
                Some(slab) if slab.1 + 1 == first && slab.2 == ports => slab.1 = last,
                _ => slabs.push((first, last, ports)),
            }
        }
        Self { slabs }
    }
}

/// Numbers from 0 to 255.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Numbers([u64; 4]);

impl Numbers {
    fn combine(self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        Self(std::array::from_fn(|index| join(self.0[index], other.0[index])))
    }

    fn contains(self, number: u8) -> bool {
        self.0[usize::from(number / 64)] >> (number % 64) & 1 == 1
    }

    fn with(mut self, number: u8) -> Self {
        self.0[usize::from(number / 64)] |= 1 << (number % 64);
        self
    }

    fn without(mut self, number: u8) -> Self {
        self.0[usize::from(number / 64)] &= !(1 << (number % 64));
        self
    }

    /// The protocols that have no ports and no types here.
    fn all() -> Self {
        [1, 6, 17, 58, 132].into_iter().fold(Self([u64::MAX; 4]), Self::without)
    }
}

/// One connection, as a packet that opens it shows it after the address of a Service has been replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Connection {
    /// The protocol.
    pub protocol: Protocol,
    /// The port that it comes from; 0 where the protocol has none.
    pub from: u16,
    /// The port that it goes to; for ICMP the type times 256 and the code.
    pub to: u16,
}

impl Connection {
    /// To a port, from one of the ports that clients use.
    #[must_use]
    pub const fn to_port(protocol: Protocol, port: u16) -> Self {
        Self { protocol, from: 40000, to: port }
    }
}

/// A set of connections between two endpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Connections {
    /// TCP, UDP and SCTP.
    ports: [PortSet; 3],
    /// ICMP of both families: the type times 256 and the code.
    icmp: [Intervals; 2],
    others: Numbers,
}

impl Connections {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Every one.
    #[must_use]
    pub fn all() -> Self {
        Self {
            ports: std::array::from_fn(|_| PortSet::all()),
            icmp: std::array::from_fn(|_| Intervals::range(0, u16::MAX)),
            others: Numbers::all(),
        }
    }

    /// Those of one protocol to some ports. For ICMP, a port is the type times 256 and the code.
    #[must_use]
    pub fn of(protocol: Protocol, to: &Intervals) -> Self {
        let ports = match protocol {
            Protocol::Tcp | Protocol::Udp | Protocol::Sctp => PortSet::to(to),
            _ => PortSet::default(),
        };
        Self::of_ports(protocol, ports, to)
    }

    /// Those of one protocol.
    #[must_use]
    pub fn of_protocol(protocol: Protocol) -> Self {
        Self::of(protocol, &Intervals::range(0, u16::MAX))
    }

    /// Those of one protocol from some ports to some ports; the ports mean nothing for others than TCP, UDP, SCTP.
    #[must_use]
    pub fn between(protocol: Protocol, from: &Intervals, to: &Intervals) -> Self {
        Self::of_ports(protocol, PortSet::between(from, to), to)
    }

    fn of_ports(protocol: Protocol, ports: PortSet, to: &Intervals) -> Self {
        let mut set = Self::default();
        match protocol {
            Protocol::Tcp => set.ports[0] = ports,
            Protocol::Udp => set.ports[1] = ports,
            Protocol::Sctp => set.ports[2] = ports,
            Protocol::Icmp => set.icmp[0] = to.clone(),
            Protocol::Icmpv6 => set.icmp[1] = to.clone(),
            Protocol::Other(number) => set.others = Numbers::default().with(number),
        }
        set
    }

    /// Whether none is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it has every port of TCP, UDP and SCTP, from every port: all that Kubernetes has names for.
    #[must_use]
    pub fn is_every_port(&self) -> bool {
        let all = PortSet::all();
        self.ports.iter().all(|ports| *ports == all)
    }

    /// Only those of TCP, UDP and SCTP. Kubernetes leaves open what its policies mean for other protocols
    /// (`docs/concepts/services-networking/network-policies.md`).
    #[must_use]
    pub fn with_ports(&self) -> Self {
        Self { ports: self.ports.clone(), ..Self::default() }
    }

    /// Whether it tells other protocols than TCP, UDP and SCTP apart: it has some of their connections, and not all.
    #[must_use]
    pub fn divides_others(&self) -> bool {
        let all = Self::all();
        let (none, full) = (Self::default(), (&all.icmp, &all.others));
        (&self.icmp, &self.others) != (&none.icmp, &none.others) && (&self.icmp, &self.others) != full
    }

    /// The ports of a protocol that has some.
    #[must_use]
    pub fn ports(&self, protocol: Protocol) -> Option<&PortSet> {
        match protocol {
            Protocol::Tcp => Some(&self.ports[0]),
            Protocol::Udp => Some(&self.ports[1]),
            Protocol::Sctp => Some(&self.ports[2]),
            _ => None,
        }
    }

    /// Whether a connection is in it.
    #[must_use]
    pub fn contains(&self, connection: Connection) -> bool {
        match connection.protocol {
            Protocol::Icmp => self.icmp[0].contains(connection.to),
            Protocol::Icmpv6 => self.icmp[1].contains(connection.to),
            Protocol::Other(number) => self.others.contains(number),
            with_ports => {
                self.ports(with_ports).is_some_and(|ports| ports.contains(connection.from, connection.to))
            }
        }
    }

    fn combine(
        &self,
        other: &Self,
        join: impl Fn(&Intervals, &Intervals) -> Intervals,
        bits: impl Fn(u64, u64) -> u64,
    ) -> Self {
        Self {
            ports: std::array::from_fn(|index| self.ports[index].combine(&other.ports[index], &join)),
            icmp: std::array::from_fn(|index| join(&self.icmp[index], &other.icmp[index])),
            others: self.others.combine(other.others, bits),
        }
    }

    /// Those of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.combine(other, Intervals::union, |a, b| a | b)
    }

    /// Those of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, Intervals::intersection, |a, b| a & b)
    }

    /// Whether some connection is of both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let ports = self.ports.iter().zip(&other.ports).any(|(one, two)| one.meets(two));
        let icmp = || self.icmp.iter().zip(&other.icmp).any(|(one, two)| one.meets(two));
        let others = || self.others.0.iter().zip(&other.others.0).any(|(one, two)| one & two != 0);
        ports || icmp() || others()
    }

    /// Those of this set that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.combine(other, Intervals::difference, |a, b| a & !b)
    }

    /// Whether every one of this set is in the other.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }
}

/// `All Connections`, `No Connections`, or as in `TCP 8080,UDP 53`. Ports that hold from some ports only are shown
/// with these, as in `TCP 80 (from 1024-65535)`.
impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_every_port() {
            return f.write_str("All Connections");
        }
        if self.is_empty() {
            return f.write_str("No Connections");
        }
        let mut comma = "";
        let mut named: Vec<(Protocol, &PortSet)> =
            Protocol::WITH_PORTS.into_iter().zip(&self.ports).collect();
        // In the order of their names, as other tools print them.
        named.sort_by_key(|(protocol, _)| protocol.to_string());
        for (protocol, ports) in named {
            for (first, last, to) in &ports.slabs {
                write!(f, "{comma}{protocol} {to}")?;
                if (*first, *last) != (FIRST_PORT, u16::MAX) {
                    write!(f, " (from {})", Intervals::range(*first, *last))?;
                }
                comma = ",";
            }
        }
        for (protocol, types) in [Protocol::Icmp, Protocol::Icmpv6].into_iter().zip(&self.icmp) {
            if types.is_empty() {
                continue;
            }
            write!(f, "{comma}{protocol}")?;
            comma = ",";
            if *types != Intervals::range(0, u16::MAX) {
                for (index, (first, last)) in types.ranges().iter().enumerate() {
                    let and = if index == 0 { " type" } else { " and" };
                    write!(f, "{and} {}", IcmpRange(*first, *last))?;
                }
            }
        }
        if self.others == Numbers::all() {
            write!(f, "{comma}other protocols")?;
        } else {
            for number in (0..=u8::MAX).filter(|number| self.others.contains(*number)) {
                write!(f, "{comma}{}", Protocol::Other(number))?;
                comma = ",";
            }
        }
        Ok(())
    }
}

/// Types and codes of ICMP, as in `8/0` and `3/1-3/4`.
struct IcmpRange(u16, u16);

impl fmt::Display for IcmpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(first, last) = self;
        let (from, to) = (first / 256, last / 256);
        if first % 256 == 0 && last % 256 == 255 {
            return if from == to { write!(f, "{from}") } else { write!(f, "{from}-{to}") };
        }
        write!(f, "{from}/{}", first % 256)?;
        if first == last { Ok(()) } else { write!(f, "-{to}/{}", last % 256) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = Connections> {
        let ports = (1u16..8, 1u16..8).prop_map(|(a, b)| Intervals::range(a.min(b), a.max(b)));
        let protocol = prop_oneof![
            Just(Protocol::Tcp),
            Just(Protocol::Udp),
            Just(Protocol::Sctp),
            Just(Protocol::Icmp),
            Just(Protocol::Icmpv6),
            Just(Protocol::Other(47))
        ];
        let part =
            (protocol, ports.clone(), ports, any::<bool>()).prop_map(|(protocol, from, to, any_source)| {
                if any_source {
                    Connections::of(protocol, &to)
                } else {
                    Connections::between(protocol, &from, &to)
                }
            });
        prop_oneof![
            4 => proptest::collection::vec(part, 0..5)
                .prop_map(|parts| parts.iter().fold(Connections::none(), |all, part| all.union(part))),
            1 => Just(Connections::all()),
        ]
    }

    proptest! {
        #[test]
        fn sets_are_those_of_their_connections(a in sets(), b in sets()) {
            let (union, both, rest) = (a.union(&b), a.intersection(&b), a.difference(&b));
            for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp, Protocol::Icmp, Protocol::Icmpv6, Protocol::Other(47), Protocol::Other(2)] {
                for from in 1..9 {
                    for to in 1..9 {
                        let connection = Connection { protocol, from, to };
                        let (in_a, in_b) = (a.contains(connection), b.contains(connection));
                        prop_assert_eq!(union.contains(connection), in_a || in_b);
                        prop_assert_eq!(both.contains(connection), in_a && in_b);
                        prop_assert_eq!(rest.contains(connection), in_a && !in_b);
                    }
                }
            }
            // Equal sets have one form.
            prop_assert_eq!(&both.union(&rest), &a);
            prop_assert_eq!(a.is_subset_of(&union), true);
        }
    }

    #[test]
    fn they_are_shown_as_other_tools_show_them() {
        let tcp = Connections::of(Protocol::Tcp, &Intervals::range(8080, 8090));
        let udp = Connections::of(Protocol::Udp, &Intervals::one(53));
        assert_eq!(tcp.union(&udp).to_string(), "TCP 8080-8090,UDP 53");
        assert_eq!(Connections::all().to_string(), "All Connections");
        assert_eq!(Connections::none().to_string(), "No Connections");
        assert_eq!(Connections::of_protocol(Protocol::Tcp).to_string(), "TCP 1-65535");
        let every = Protocol::WITH_PORTS.map(Connections::of_protocol);
        let every = every.iter().fold(Connections::none(), |all, one| all.union(one));
        assert_eq!(every.to_string(), "All Connections");
        let from = Connections::between(Protocol::Tcp, &Intervals::range(1024, 65535), &Intervals::one(80));
        assert_eq!(from.to_string(), "TCP 80 (from 1024-65535)");
        let echo = Connections::of(Protocol::Icmp, &Intervals::range(8 * 256, 8 * 256 + 255));
        assert_eq!(
            echo.union(&Connections::of_protocol(Protocol::Other(47))).to_string(),
            "ICMP type 8,protocol 47"
        );
    }
}
