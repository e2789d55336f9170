//! Blocks of addresses, as Kubernetes' older API fields read them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// A block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    address: IpAddr,
    length: u8,
}

impl Cidr {
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

    /// Whether the other block is a part of it and smaller.
    #[must_use]
    pub fn is_larger_than(self, other: Self) -> bool {
        self.length < other.length && self.contains(other.address)
    }

    /// Whether it consists of addresses that are not routed on the internet: RFC 1918, RFC 6598,
    /// RFC 4193, loopback and link-local ones.
    #[must_use]
    pub fn is_private(self) -> bool {
        PRIVATE
            .iter()
            .filter_map(|block| block.parse::<Self>().ok())
            .any(|block| block == self || block.is_larger_than(self))
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

/// `ParseCIDRSloppy` in `k8s.io/utils/net`: parts of an IPv4 address may begin with zeros, and bits
/// beyond the length are ignored.
impl FromStr for Cidr {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, length) = text.split_once('/').ok_or(())?;
        let address = sloppy_address(address).ok_or(())?;
        if length.is_empty() || length.len() > 3 || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(());
        }
        let length: u8 = length.parse().map_err(|_| ())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if length > most { Err(()) } else { Ok(Self { address, length }) }
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
        text.parse().unwrap_or_else(|()| panic!("{text}"))
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
