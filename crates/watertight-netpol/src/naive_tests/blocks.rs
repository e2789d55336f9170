//! Blocks of addresses, bit by bit.

use std::net::IpAddr;

/// Whether an address is in a block such as `10.0.0.0/8`, or is the address that is written.
pub(super) fn contains(block: &str, address: IpAddr) -> bool {
    let Some((base, length)) = block.split_once('/') else {
        return block.parse::<IpAddr>().unwrap() == address;
    };
    let length: u32 = length.parse().unwrap();
    match (base.parse().unwrap(), address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let (base, address) = (u32::from(base), u32::from(address));
            (0..length).all(|bit| base >> (31 - bit) & 1 == address >> (31 - bit) & 1)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            let (base, address) = (u128::from(base), u128::from(address));
            (0..length).all(|bit| base >> (127 - bit) & 1 == address >> (127 - bit) & 1)
        }
        _ => false,
    }
}

/// RFC 1918 and RFC 6598 (IPv4), RFC 4193 (IPv6).
pub(super) fn is_private(address: IpAddr) -> bool {
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]
        .iter()
        .any(|block| contains(block, address))
}

#[test]
fn blocks_contain_addresses_with_the_same_first_bits() {
    for (block, address, wanted) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.4/30", "10.0.0.7", true),
        ("10.0.0.4/30", "10.0.0.8", false),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "::1", false),
        ("10.0.0.5", "10.0.0.5", true),
        ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "fe00::1", false),
    ] {
        assert_eq!(contains(block, address.parse().unwrap()), wanted, "{block} {address}");
    }
}
