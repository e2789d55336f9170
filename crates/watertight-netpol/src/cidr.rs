//! Blocks of addresses, as Kubernetes' older API fields read them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

pub(crate) fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Addresses from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressRange {
    pub(crate) family: Family,
    pub(crate) from: u128,
    pub(crate) to: u128,
}

impl AddressRange {
    /// The family of its addresses.
    #[must_use]
    pub fn family(self) -> Family {
        self.family
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        Family::of(address) == self.family && (self.from..=self.to).contains(&bits_of(address))
    }

    /// Whether every address of the other range is in it.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.family == other.family && self.from <= other.from && other.to <= self.to
    }

    /// Whether some address is in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.family == other.family && self.from <= other.to && other.from <= self.to
    }

    /// The addresses that are in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self { family: self.family, from: self.from.max(other.from), to: self.to.min(other.to) };
        self.overlaps(other).then_some(both)
    }

    /// Both as one range, when the other begins right after this one.
    #[must_use]
    pub fn joined(self, next: Self) -> Option<Self> {
        let follows = self.family == next.family && self.to.checked_add(1) == Some(next.from);
        follows.then_some(Self { to: next.to, ..self })
    }

    /// The block that it is, if it is one.
    #[must_use]
    pub fn block(self) -> Option<Cidr> {
        let width: u8 = if self.family == Family::V4 { 32 } else { 128 };
        let hosts = self.to ^ self.from;
        let is_mask = hosts & hosts.wrapping_add(1) == 0 && self.from & hosts == 0;
        // At most 128 bits differ.
        let length = u32::from(width).checked_sub(u128::BITS - hosts.leading_zeros())?;
        is_mask.then(|| Cidr { address: self.address(self.from), length: length as u8 })
    }

    /// How many addresses it has; of IPv6 as a whole, one less.
    #[must_use]
    pub fn size(self) -> u128 {
        (self.to - self.from).saturating_add(1)
    }

    /// Its first and its last address.
    #[must_use]
    pub fn ends(self) -> (IpAddr, IpAddr) {
        (self.address(self.from), self.address(self.to))
    }

    fn address(self, bits: u128) -> IpAddr {
        match self.family {
            // Ranges of this family are made from addresses of 32 bits.
            Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(bits as u32)),
            Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        }
    }
}

/// As in `10.0.0.0-10.255.255.255`.
impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = self.ends();
        write!(f, "{from}-{to}")
    }
}

/// The space of addresses, cut wherever some block begins or ends: no block contains a part of a piece.
#[must_use]
pub fn pieces(blocks: impl IntoIterator<Item = Cidr>) -> Vec<AddressRange> {
    pieces_of(blocks.into_iter().map(Cidr::range))
}

/// The space of addresses, cut wherever some range begins or ends.
#[must_use]
pub fn pieces_of(ranges: impl IntoIterator<Item = AddressRange>) -> Vec<AddressRange> {
    let (mut v4, mut v6) = (vec![0u128], vec![0u128]);
    for range in ranges {
        let starts = if range.family == Family::V4 { &mut v4 } else { &mut v6 };
        starts.push(range.from);
        starts.extend(range.to.checked_add(1));
    }
    let mut pieces = Vec::new();
    for (family, mut starts, last) in [(Family::V4, v4, u128::from(u32::MAX)), (Family::V6, v6, u128::MAX)] {
        starts.retain(|start| *start <= last);
        starts.sort_unstable();
        starts.dedup();
        for (index, &from) in starts.iter().enumerate() {
            let to = starts.get(index + 1).map_or(last, |next| next - 1);
            pieces.push(AddressRange { family, from, to });
        }
    }
    pieces
}

/// A block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr {
    address: IpAddr,
    length: u8,
}

impl Cidr {
    /// How many bits its addresses have in common.
    #[must_use]
    pub fn length(self) -> u8 {
        self.length
    }

    /// Whether it is every address of its family.
    #[must_use]
    pub fn is_everything(self) -> bool {
        self.length == 0
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.length);
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.length);
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }

    /// The block of one address.
    #[must_use]
    pub fn one(address: IpAddr) -> Self {
        Self { address, length: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// Every address of a family.
    #[must_use]
    pub fn every(family: Family) -> Self {
        let address = match family {
            Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        Self { address, length: 0 }
    }

    /// The family of its addresses.
    #[must_use]
    pub fn family(self) -> Family {
        Family::of(self.address)
    }

    /// Its first and its last address.
    #[must_use]
    pub fn range(self) -> AddressRange {
        let width: u32 = if self.address.is_ipv4() { 32 } else { 128 };
        let hosts = u128::MAX.checked_shr(128 - width + u32::from(self.length)).unwrap_or(0);
        let bits = bits_of(self.address);
        AddressRange { family: self.family(), from: bits & !hosts, to: bits | hosts }
    }

    /// Whether some address is in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self == other
            || self.contains(other.address) && self.length <= other.length
            || other.contains(self.address) && other.length <= self.length
    }

    /// The private blocks of [`Cidr::is_private`].
    pub fn private() -> impl Iterator<Item = Self> {
        PRIVATE.iter().filter_map(|block| block.parse::<Self>().ok())
    }

    /// Whether the other block is a part of it and smaller.
    #[must_use]
    pub fn is_larger_than(self, other: Self) -> bool {
        self.length < other.length && self.contains(other.address)
    }

    /// Whether it consists of addresses that are not routed on the internet: RFC 1918, RFC 6598,
    /// RFC 4193, loopback and link-local ones.
    #[must_use]
    pub fn is_private(self) -> bool {
        Self::private().any(|block| block == self || block.is_larger_than(self))
    }
}

const PRIVATE: &[&str] = &[
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// A text is no block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no block of addresses; one is written as in `10.0.0.0/8` or `fd00::/8`")]
pub struct NoBlock;

/// `ParseCIDRSloppy` in `k8s.io/utils/net`: parts of an IPv4 address may begin with zeros, and bits
/// beyond the length are ignored.
impl FromStr for Cidr {
    type Err = NoBlock;

    fn from_str(text: &str) -> Result<Self, NoBlock> {
        let (address, length) = text.split_once('/').ok_or(NoBlock)?;
        let address = sloppy_address(address).ok_or(NoBlock)?;
        if length.is_empty() || length.len() > 3 || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoBlock);
        }
        let length: u8 = length.parse().map_err(|_| NoBlock)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if length > most { Err(NoBlock) } else { Ok(Self { address, length }) }
    }
}

/// `ParseIPSloppy` in `k8s.io/utils/net`.
fn sloppy_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok();
    }
    let mut parts = [0u8; 4];
    let mut written = text.split('.');
    for part in &mut parts {
        let digits = written.next().filter(|digits| !digits.is_empty())?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *part = match digits.trim_start_matches('0') {
            "" => 0,
            digits => digits.parse().ok()?,
        };
    }
    written.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    #[test]
    fn blocks_contain_their_addresses() {
        let metadata: IpAddr = "169.254.169.254".parse().unwrap();
        for text in ["0.0.0.0/0", "169.254.0.0/16", "169.254.169.254/32", "169.254.169.200/24", "128.0.0.0/1"]
        {
            assert!(cidr(text).contains(metadata), "{text}");
        }
        for text in ["::/0", "10.0.0.0/8", "169.254.169.253/32"] {
            assert!(!cidr(text).contains(metadata), "{text}");
        }
        assert!(cidr("::/0").contains("fd00:ec2::254".parse().unwrap()));
        assert!(cidr("010.000.0.0/8").is_private() && !cidr("0.0.0.0/0").is_private());
    }

    #[test]
    fn a_part_is_strictly_smaller() {
        assert!(cidr("10.0.0.0/8").is_larger_than(cidr("10.1.0.0/16")));
        assert!(cidr("0.0.0.0/0").is_larger_than(cidr("10.1.0.0/16")));
        assert!(!cidr("10.0.0.0/8").is_larger_than(cidr("10.0.0.0/8")));
        assert!(!cidr("10.0.0.0/8").is_larger_than(cidr("11.0.0.0/9")));
        assert!(!cidr("0.0.0.0/0").is_larger_than(cidr("fd00::/8")));
    }

    #[test]
    fn a_range_may_be_a_block() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "::/0", "1.2.3.4/32", "fd00::/7", "::1/128"] {
            assert_eq!(cidr(text).range().block().map(Cidr::range), Some(cidr(text).range()), "{text}");
        }
        let range = AddressRange { family: Family::V4, from: 1, to: 2 };
        assert_eq!((range.block(), AddressRange { to: 4, ..range }.block()), (None, None));
    }

    #[test]
    fn the_space_is_cut_where_blocks_begin_and_end() {
        let shown = |blocks: &[&str]| -> Vec<String> {
            pieces(blocks.iter().map(|text| cidr(text))).iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            shown(&["10.0.0.0/8", "0.0.0.0/0", "255.255.255.255/32"]),
            [
                "0.0.0.0-9.255.255.255",
                "10.0.0.0-10.255.255.255",
                "11.0.0.0-255.255.255.254",
                "255.255.255.255-255.255.255.255",
                "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            ]
        );
        assert_eq!(shown(&["::/0", "::1/128"]).len(), 4);
        assert!(
            cidr("10.1.0.0/16").overlaps(cidr("10.0.0.0/8"))
                && !cidr("11.0.0.0/8").overlaps(cidr("10.0.0.0/8"))
        );
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "::/129",
            "a/8",
            "10.0.0.256/8",
            "1.2.3.4.5/8",
        ] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
    }
}
