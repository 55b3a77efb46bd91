//! Internet addresses and ranges (`ip`, `cidr` and their questions). Text only: nothing is resolved.
//! Refuses zones, dotted IPv4 inside IPv6 text and leading zeros.

use std::fmt;
use std::net::IpAddr;

use super::error::CelError;

/// An address, or a range given by an address and the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    Ip(IpAddr),
    Cidr(IpAddr, u8),
}

impl Network {
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Network::Ip(_) => "net.IP",
            Network::Cidr(..) => "net.CIDR",
        }
    }

    /// Reads one address.
    pub fn ip(text: &str) -> Result<Self, CelError> {
        address(text).map(Network::Ip).ok_or_else(|| CelError::evaluation("not an IP address"))
    }

    /// Reads one range, such as `10.0.0.0/8`.
    pub fn cidr(text: &str) -> Result<Self, CelError> {
        range(text).ok_or_else(|| CelError::evaluation("not a CIDR range"))
    }

    /// Whether every address of `inner` is inside this range.
    pub(super) fn contains(self, inner: Network) -> bool {
        let Network::Cidr(base, length) = self else {
            return false;
        };
        let (ip, deep) = match inner {
            Network::Ip(ip) => (ip, width(ip)),
            Network::Cidr(ip, deep) => (ip, deep),
        };
        width(base) == width(ip) && deep >= length && masked(base, length) == masked(ip, length)
    }

    /// The same range with the bits past its prefix cleared.
    pub(super) fn masked(self) -> Network {
        match self {
            Network::Cidr(ip, length) => Network::Cidr(masked(ip, length), length),
            ip => ip,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Network::Ip(ip) => write!(f, "{ip}"),
            Network::Cidr(ip, length) => write!(f, "{ip}/{length}"),
        }
    }
}

fn address(text: &str) -> Option<IpAddr> {
    if text.contains('%') || (text.contains(':') && text.contains('.')) {
        return None;
    }
    text.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

fn range(text: &str) -> Option<Network> {
    let (ip, length) = text.split_once('/')?;
    let ip = address(ip)?;
    let plain = length.bytes().all(|b| b.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
    let length = plain.then(|| length.parse().ok())??;
    (length <= width(ip)).then_some(Network::Cidr(ip, length))
}

/// Bits of an address of this family.
pub(super) fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn masked(ip: IpAddr, length: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::V4((u32::from(ip) & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::V6((u128::from(ip) & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_contain_their_addresses() {
        let range = Network::cidr("10.1.2.3/8").unwrap();
        assert!(range.contains(Network::ip("10.255.0.1").unwrap()));
        assert!(!range.contains(Network::ip("11.0.0.1").unwrap()));
        assert!(!range.contains(Network::ip("::1").unwrap()));
        assert_eq!(range.masked().to_string(), "10.0.0.0/8");
        assert!(Network::cidr("0.0.0.0/0").unwrap().contains(range));
    }

    #[test]
    fn refuses_other_text() {
        for bad in ["", "1.2.3", "01.2.3.4", "fe80::1%eth0", "::ffff:1.2.3.4", "주소"] {
            assert!(Network::ip(bad).is_err(), "{bad}");
        }
        for bad in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.0/08", "10.0.0.0/+8"] {
            assert!(Network::cidr(bad).is_err(), "{bad}");
        }
    }
}
