//! Where clouds answer for the metadata of an instance.

use std::net::IpAddr;

/// Where the metadata service of a cloud answers on port 80, and whose it is.
pub const METADATA_SERVICES: &[(&str, &str)] = &[
    ("169.254.169.254", "AWS, Azure, Google Cloud and others"),
    ("fd00:ec2::254", "AWS"),
    ("fd20:ce::254", "Google Cloud"),
    ("100.100.100.200", "Alibaba Cloud"),
    (WIRE_SERVER, "Azure, its wire server"),
];

/// Hands out the node's configuration and certificates; elsewhere it is an address of the internet like any other
/// (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
pub const WIRE_SERVER: &str = "168.63.129.16";

/// The addresses of [`METADATA_SERVICES`].
pub fn metadata_addresses() -> impl Iterator<Item = IpAddr> {
    METADATA_SERVICES.iter().filter_map(|(address, _)| address.parse().ok())
}
