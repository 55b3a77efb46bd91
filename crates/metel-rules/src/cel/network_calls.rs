//! The network extension's functions: parsing addresses and ranges, and asking what they are.

use std::net::IpAddr;

use super::error::CelError;
use super::function::Native;
use super::meter::Meter;
use super::network::{Network, width};
use super::value::CelValue as V;

type Out = Result<V, CelError>;

pub(super) fn global(name: &str) -> Option<Native> {
    Some(match name {
        "ip" => |_, a| text(a, Network::ip),
        "cidr" => |_, a| text(a, Network::cidr),
        "isIP" => |_, a| is(a, Network::ip),
        "isCIDR" => |_, a| is(a, Network::cidr),
        "ip.isCanonical" => canonical,
        _ => return None,
    })
}

pub(super) fn member(name: &str) -> Option<Native> {
    Some(match name {
        "family" => |_, a| address(a).map(|ip| V::Int(if width(ip) == 32 { 4 } else { 6 })),
        "isUnspecified" => |_, a| ask(a, |ip| ip.is_unspecified()),
        "isLoopback" => |_, a| ask(a, |ip| ip.is_loopback()),
        "isGlobalUnicast" => |_, a| ask(a, global_unicast),
        "isLinkLocalMulticast" => |_, a| ask(a, link_local_multicast),
        "isLinkLocalUnicast" => |_, a| ask(a, link_local_unicast),
        "containsIP" => |_, a| contains(a, Network::ip),
        "containsCIDR" => |_, a| contains(a, Network::cidr),
        "ip" => base,
        "masked" => masked,
        "prefixLength" => prefix_length,
        _ => return None,
    })
}

fn refuse() -> CelError {
    CelError::no_overload("a network function")
}

fn text(args: &[V], read: fn(&str) -> Result<Network, CelError>) -> Out {
    match args {
        [V::String(text)] => read(text).map(V::Network),
        [V::Network(Network::Cidr(ip, _))] => Ok(V::Network(Network::Ip(*ip))),
        _ => Err(refuse()),
    }
}

fn is(args: &[V], read: fn(&str) -> Result<Network, CelError>) -> Out {
    match args {
        [V::String(text)] => Ok(V::Bool(read(text).is_ok())),
        _ => Err(refuse()),
    }
}

fn canonical(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::String(text)] => Ok(V::Bool(Network::ip(text)?.to_string() == text.as_ref())),
        _ => Err(refuse()),
    }
}

fn address(args: &[V]) -> Result<IpAddr, CelError> {
    match args {
        [V::Network(Network::Ip(ip))] => Ok(*ip),
        _ => Err(refuse()),
    }
}

fn ask(args: &[V], question: fn(IpAddr) -> bool) -> Out {
    address(args).map(|ip| V::Bool(question(ip)))
}

fn global_unicast(ip: IpAddr) -> bool {
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    !(broadcast || ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || link_local_unicast(ip))
}

fn link_local_unicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

fn link_local_multicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
    }
}

fn contains(args: &[V], read: fn(&str) -> Result<Network, CelError>) -> Out {
    match args {
        [V::Network(range), V::Network(inner)] => Ok(V::Bool(range.contains(*inner))),
        [V::Network(range), V::String(text)] => Ok(V::Bool(range.contains(read(text)?))),
        _ => Err(refuse()),
    }
}

fn base(meter: &mut Meter, args: &[V]) -> Out {
    meter.step(1)?;
    match args {
        [V::Network(Network::Cidr(ip, _))] => Ok(V::Network(Network::Ip(*ip))),
        _ => Err(refuse()),
    }
}

fn masked(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Network(range @ Network::Cidr(..))] => Ok(V::Network(range.masked())),
        _ => Err(refuse()),
    }
}

fn prefix_length(_: &mut Meter, args: &[V]) -> Out {
    match args {
        [V::Network(Network::Cidr(_, length))] => Ok(V::Int(i64::from(*length))),
        _ => Err(refuse()),
    }
}
