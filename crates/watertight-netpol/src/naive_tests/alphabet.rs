//! The few names, labels, ports and addresses that everything is made of.

use std::net::IpAddr;

pub(super) const NAMESPACES: [&str; 4] = ["a", "b", "c", "d"];
pub(super) const ACCOUNTS: [&str; 2] = ["sa-x", "sa-y"];
pub(super) const NODES: [&str; 2] = ["n1", "n2"];
pub(super) const SERVICES: [&str; 3] = ["s0", "s1", "s2"];
pub(super) const POD_KEYS: [&str; 3] = ["app", "role", "tier"];
pub(super) const NAMESPACE_KEYS: [&str; 3] = ["env", "team", "kubernetes.io/metadata.name"];
pub(super) const NODE_KEYS: [&str; 2] = ["zone", "role"];
pub(super) const ACCOUNT_KEYS: [&str; 1] = ["side"];
pub(super) const PORT_NAMES: [&str; 3] = ["http", "dns", "metrics"];
pub(super) const PORTS: [u16; 6] = [53, 80, 443, 8080, 8081, 9090];

/// The values that a label has.
pub(super) fn values_of(key: &str) -> &'static [&'static str] {
    match key {
        "app" => &["web", "db", "api"],
        "role" => &["x", "y"],
        "tier" => &["front"],
        "env" => &["prod", "test"],
        "team" => &["red", "blue"],
        "zone" => &["z1", "z2"],
        "side" => &["left", "right"],
        "kubernetes.io/metadata.name" => &NAMESPACES,
        _ => &[],
    }
}

/// Blocks that overlap in several ways, each with the blocks inside of it.
pub(super) const BLOCKS: [(&str, &[&str]); 11] = [
    ("0.0.0.0/0", &["10.0.0.0/8", "203.0.113.0/24", "192.168.1.0/24"]),
    ("10.0.0.0/8", &["10.0.0.0/24", "10.0.1.0/24", "10.0.0.4/30"]),
    ("10.0.0.0/16", &["10.0.0.0/24", "10.0.0.4/30"]),
    ("10.0.0.0/24", &["10.0.0.4/30", "10.0.0.5/32"]),
    ("10.0.1.0/24", &["10.0.1.0/25"]),
    ("10.0.0.4/30", &["10.0.0.5/32"]),
    ("192.168.0.0/16", &["192.168.1.0/24"]),
    ("192.168.1.0/24", &["192.168.1.1/32"]),
    ("203.0.113.0/24", &["203.0.113.128/25"]),
    ("fd00::/8", &["fd00::/64"]),
    ("::/0", &["fd00::/8", "2001:db8::/32"]),
];

/// Those of pods; no two pods have one.
pub(super) const POD_ADDRESSES: [&str; 16] = [
    "10.0.0.1",
    "10.0.0.4",
    "10.0.0.5",
    "10.0.0.6",
    "10.0.1.1",
    "10.0.1.200",
    "172.16.0.9",
    "10.9.0.1",
    "10.0.0.100",
    "10.0.1.126",
    "192.168.1.44",
    "10.0.5.5",
    "fd00::1",
    "fd00::2",
    "fd77::1",
    "fd77::2",
];
/// Those of nodes.
pub(super) const NODE_ADDRESSES: [&str; 5] =
    ["192.168.1.1", "192.168.1.2", "192.168.7.7", "203.0.113.77", "fd00::77"];
/// Those of nobody in the cluster.
pub(super) const OUTSIDE: [&str; 11] = [
    "10.0.0.7",
    "10.0.1.9",
    "10.77.0.1",
    "192.168.1.99",
    "192.168.50.1",
    "203.0.113.5",
    "203.0.113.200",
    "1.1.1.1",
    "fd00::5",
    "fd99::5",
    "2001:db8::1",
];

/// All of them.
pub(super) fn addresses() -> Vec<IpAddr> {
    let all = POD_ADDRESSES.iter().chain(&NODE_ADDRESSES).chain(&OUTSIDE);
    all.map(|address| address.parse().unwrap()).collect()
}
