//! Which addresses are never a public service: loopback, private, link-local, metadata and the forms
//! of IPv6 that carry an IPv4 address inside. Source: the IANA special-purpose address registries
//! (RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ban {
    Unspecified,
    Loopback,
    Private,
    /// Carrier-grade NAT, 100.64.0.0/10 (RFC 6598).
    Shared,
    LinkLocal,
    /// A cloud's instance metadata.
    Metadata,
    Multicast,
    UniqueLocal,
    /// An IPv6 form that carries an IPv4 address: mapped, compatible, 6to4, NAT64, Teredo, ISATAP.
    Embedded,
    /// Documentation, benchmarking, protocol assignments, everything not handed out.
    Reserved,
}

impl Ban {
    /// The code that a refusal carries.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unspecified => "address.unspecified",
            Self::Loopback => "address.loopback",
            Self::Private => "address.private",
            Self::Shared => "address.shared",
            Self::LinkLocal => "address.link_local",
            Self::Metadata => "address.metadata",
            Self::Multicast => "address.multicast",
            Self::UniqueLocal => "address.unique_local",
            Self::Embedded => "address.embedded",
            Self::Reserved => "address.reserved",
        }
    }

    /// Whether an explicit rule may allow it all the same. Metadata and link-local never.
    pub fn is_liftable(self) -> bool {
        matches!(self, Self::Loopback | Self::Private | Self::Shared | Self::UniqueLocal)
    }
}

/// `None` for an address of the public internet.
pub fn ban(address: IpAddr) -> Option<Ban> {
    match address {
        IpAddr::V4(v4) => ban_v4(v4),
        IpAddr::V6(v6) => ban_v6(v6),
    }
}

/// Azure's wire server and Oracle's and Alibaba's metadata live outside 169.254.0.0/16.
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(100, 100, 100, 200),
];

const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

fn ban_v4(v4: Ipv4Addr) -> Option<Ban> {
    if METADATA_V4.contains(&v4) {
        return Some(Ban::Metadata);
    }
    match v4.octets() {
        [0, 0, 0, 0] => Some(Ban::Unspecified),
        [127, ..] => Some(Ban::Loopback),
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Some(Ban::Private),
        [100, 64..=127, ..] => Some(Ban::Shared),
        [169, 254, ..] => Some(Ban::LinkLocal),
        [224..=239, ..] => Some(Ban::Multicast),
        [0, ..] | [240..=255, ..] => Some(Ban::Reserved),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Some(Ban::Reserved)
        }
        _ => None,
    }
}

fn ban_v6(v6: Ipv6Addr) -> Option<Ban> {
    let s = v6.segments();
    if v6 == METADATA_V6 {
        return Some(Ban::Metadata);
    }
    if v6.is_unspecified() {
        return Some(Ban::Unspecified);
    }
    if v6.is_loopback() {
        return Some(Ban::Loopback);
    }
    let isatap = matches!(s[4], 0 | 0x200) && s[5] == 0x5efe;
    match s {
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] => Some(Ban::Embedded),
        [0, 0, 0, 0, 0xffff, 0, ..] => Some(Ban::Embedded),
        [0x64, 0xff9b, ..] | [0x2002, ..] | [0x2001, 0, ..] => Some(Ban::Embedded),
        [0xfe80..=0xfebf, ..] => Some(Ban::LinkLocal),
        [0xff00..=0xffff, ..] => Some(Ban::Multicast),
        [0xfc00..=0xfdff, ..] => Some(Ban::UniqueLocal),
        _ if isatap => Some(Ban::Embedded),
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some(Ban::Reserved),
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Ban::Reserved),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_banned() {
        for (text, code) in [
            ("127.0.0.1", "address.loopback"),
            ("127.255.255.254", "address.loopback"),
            ("0.0.0.0", "address.unspecified"),
            ("0.1.2.3", "address.reserved"),
            ("10.1.2.3", "address.private"),
            ("172.16.0.1", "address.private"),
            ("172.31.255.255", "address.private"),
            ("192.168.0.1", "address.private"),
            ("100.64.0.1", "address.shared"),
            ("169.254.1.1", "address.link_local"),
            ("169.254.169.254", "address.metadata"),
            ("168.63.129.16", "address.metadata"),
            ("100.100.100.200", "address.metadata"),
            ("224.0.0.1", "address.multicast"),
            ("255.255.255.255", "address.reserved"),
            ("192.0.2.1", "address.reserved"),
            ("198.18.0.1", "address.reserved"),
            ("::", "address.unspecified"),
            ("::1", "address.loopback"),
            ("::ffff:127.0.0.1", "address.embedded"),
            ("::ffff:8.8.8.8", "address.embedded"),
            ("::127.0.0.1", "address.embedded"),
            ("64:ff9b::7f00:1", "address.embedded"),
            ("2002:7f00:1::", "address.embedded"),
            ("2001:0:7f00:1::", "address.embedded"),
            ("2606:4700::5efe:7f00:1", "address.embedded"),
            ("fe80::1", "address.link_local"),
            ("fd00:ec2::254", "address.metadata"),
            ("fd12::1", "address.unique_local"),
            ("ff02::1", "address.multicast"),
            ("2001:db8::1", "address.reserved"),
            ("1::1", "address.reserved"),
        ] {
            assert_eq!(ban(text.parse().unwrap()).map(Ban::code), Some(code), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_not() {
        for text in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert_eq!(ban(text.parse().unwrap()), None, "{text}");
        }
    }
}
