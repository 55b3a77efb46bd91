//! The allow list of one call: host names, and the addresses of our own network that a rule opens.
//!
//! A name that is allowed still may not resolve to an inside address, unless a rule names that
//! address, its network, or the exact host and port as inside. Nothing is allowed by default.

use std::net::IpAddr;

use ipnet::IpNet;
use metel_model::{Code, Fault};
use url::{Host, Url};

use crate::address::{self, Ban};
use crate::spelling;

/// Why an address is not called. The code is stable, such as `host.not_allowed`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refused {
    pub code: &'static str,
    pub why: String,
}

impl Refused {
    pub(crate) fn new(code: &'static str, why: impl Into<String>) -> Self {
        Self { code, why: why.into() }
    }

    pub(crate) fn banned(host: &str, ban: Ban) -> Self {
        Self::new(ban.code(), format!("{host} is or resolves to an inside address ({})", ban.code()))
    }

    pub fn fault(&self) -> Fault {
        Fault::new(Code::EgressRefused).about(format!("{} [{}]", self.why, self.code))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// A host name; without a port the scheme's own. `inside` lets it live in our own network.
    Name { host: String, port: Option<u16>, inside: bool },
    /// Addresses; without a port every port.
    Addresses { net: IpNet, port: Option<u16> },
}

/// What one call may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Egress {
    rules: Vec<Rule>,
}

/// Which inside addresses a name may resolve to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Lift {
    Nothing,
    Networks(Vec<IpNet>),
    Inside,
}

impl Lift {
    /// `None` when the address may be connected to.
    pub(crate) fn ban(&self, address: IpAddr) -> Option<Ban> {
        let ban = address::ban(address)?;
        let lifted = ban.is_liftable()
            && match self {
                Self::Nothing => false,
                Self::Networks(nets) => nets.iter().any(|net| net.contains(&address)),
                Self::Inside => true,
            };
        (!lifted).then_some(ban)
    }
}

/// A checked address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub url: Url,
    pub lift: Lift,
}

impl Egress {
    /// Nothing is reachable.
    pub fn none() -> Self {
        Self::default()
    }

    /// Allows a public host name, with the port when the text carries one (`api.test:8443`).
    #[must_use]
    pub fn with_host(mut self, host: &str) -> Self {
        let (host, port) = split_port(host);
        if let Some(host) = canonical(host) {
            self.rules.push(Rule::Name { host, port, inside: false });
        }
        self
    }

    /// Allows the host and port of a base address.
    #[must_use]
    pub fn with_base(mut self, base_url: &str) -> Self {
        if let Ok(url) = spelling::read(base_url)
            && let Some(host) = url.host_str()
        {
            self.rules.push(Rule::Name { host: host.to_owned(), port: url.port_or_known_default(), inside: false });
        }
        self
    }

    /// Allows exactly this host and port, also inside our own network: the sandbox, a local model.
    #[must_use]
    pub fn with_inside(mut self, host: &str, port: u16) -> Self {
        if let Some(host) = canonical(host) {
            self.rules.push(Rule::Name { host, port: Some(port), inside: true });
        }
        self
    }

    /// Allows exactly the host and port of a base address, also inside our own network.
    #[must_use]
    pub fn with_inside_base(self, base_url: &str) -> Self {
        match spelling::read(base_url) {
            Ok(url) => match (url.host_str(), url.port_or_known_default()) {
                (Some(host), Some(port)) => self.with_inside(host, port),
                _ => self,
            },
            Err(_) => self,
        }
    }

    /// Reads a list separated by commas or spaces: `api.test`, `api.test:8443`, `127.0.0.1:7171`,
    /// `10.0.0.0/8`, `[::1]:80`, `localhost:11434`. A name counts as public; inside addresses must be
    /// named as addresses or as `localhost`.
    pub fn parse(list: &str) -> Result<Self, Fault> {
        let mut egress = Self::none();
        for entry in list.split([',', ';', ' ', '\n', '\t']).map(str::trim).filter(|entry| !entry.is_empty()) {
            let rule = read_rule(entry)
                .ok_or_else(|| Fault::new(Code::ConfigInvalid).about(format!("not a host or address: {entry}")))?;
            egress.rules.push(rule);
        }
        Ok(egress)
    }

    /// Reads an address and says where it may go. Names are not looked up here.
    pub(crate) fn check(&self, text: &str) -> Result<Target, Refused> {
        let url = spelling::read(text)?;
        let port = url.port_or_known_default().unwrap_or_default();
        match url.host() {
            Some(Host::Ipv4(v4)) => self.check_literal(IpAddr::V4(v4), port, url),
            Some(Host::Ipv6(v6)) => self.check_literal(IpAddr::V6(v6), port, url),
            _ => self.check_name(port, url),
        }
    }

    fn check_literal(&self, address: IpAddr, port: u16, url: Url) -> Result<Target, Refused> {
        let host = url.host_str().unwrap_or_default();
        let named = self.name_rule(host, port, is_default_port(&url));
        let in_network = self.rules.iter().any(|rule| {
            matches!(rule, Rule::Addresses { net, port: p } if net.contains(&address) && p.is_none_or(|p| p == port))
        });
        let inside = in_network || matches!(named, Some(Rule::Name { inside: true, .. }));
        if let Some(ban) = address::ban(address)
            && !(inside && ban.is_liftable())
        {
            return Err(Refused::banned(host, ban));
        }
        match in_network || named.is_some() {
            true => Ok(Target { url, lift: Lift::Nothing }),
            false => Err(not_allowed(host, port)),
        }
    }

    fn check_name(&self, port: u16, url: Url) -> Result<Target, Refused> {
        let host = url.host_str().unwrap_or_default();
        let Some(rule) = self.name_rule(host, port, is_default_port(&url)) else {
            return Err(not_allowed(host, port));
        };
        let lift = match rule {
            Rule::Name { inside: true, .. } => Lift::Inside,
            _ => {
                let nets: Vec<IpNet> = self
                    .rules
                    .iter()
                    .filter_map(|rule| match rule {
                        Rule::Addresses { net, port: p } if p.is_none_or(|p| p == port) => Some(*net),
                        _ => None,
                    })
                    .collect();
                if nets.is_empty() { Lift::Nothing } else { Lift::Networks(nets) }
            }
        };
        Ok(Target { url, lift })
    }

    /// The most generous rule for this host and port.
    fn name_rule(&self, wanted: &str, port: u16, default_port: bool) -> Option<&Rule> {
        let fits = |rule: &&Rule| match rule {
            Rule::Name { host, port: p, .. } => host == wanted && p.map_or(default_port, |p| p == port),
            Rule::Addresses { .. } => false,
        };
        let is_inside = |rule: &&Rule| matches!(rule, Rule::Name { inside: true, .. });
        let mut fitting = self.rules.iter().filter(fits);
        fitting.clone().find(is_inside).or_else(|| fitting.next())
    }
}

fn is_default_port(url: &Url) -> bool {
    url.port().is_none()
}

fn not_allowed(host: &str, port: u16) -> Refused {
    Refused::new("host.not_allowed", format!("{host}:{port} is not on the list of this call"))
}

/// The host as the address reader writes it: lower case, Punycode, brackets around IPv6.
fn canonical(host: &str) -> Option<String> {
    let host = match host.parse::<std::net::Ipv6Addr>() {
        Ok(v6) => format!("[{v6}]"),
        Err(_) => host.to_owned(),
    };
    spelling::read(&format!("http://{host}/")).ok()?.host_str().map(str::to_owned)
}

fn split_port(text: &str) -> (&str, Option<u16>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (text, None),
        },
        _ => (text, None),
    }
}

fn read_rule(entry: &str) -> Option<Rule> {
    let entry = entry.strip_prefix("http://").or_else(|| entry.strip_prefix("https://")).unwrap_or(entry);
    let entry = entry.trim_end_matches('/');
    if let Ok(net) = entry.parse::<IpNet>() {
        return Some(Rule::Addresses { net, port: None });
    }
    let (host, port) = split_port(entry);
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Some(Rule::Addresses { net: IpNet::from(address), port });
    }
    let host = canonical(host)?;
    let inside = host == "localhost";
    Some(Rule::Name { host, port, inside })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(egress: &Egress, url: &str) -> &'static str {
        egress.check(url).map_or_else(|refused| refused.code, |_| "ok")
    }

    #[test]
    fn only_the_listed_hosts_and_ports() {
        let egress = Egress::none().with_host("api.test").with_host("other.test:8443");
        for (url, expected) in [
            ("https://api.test/v1", "ok"),
            ("http://API.TEST/v1", "ok"),
            ("https://api.test:443/", "ok"),
            ("https://api.test:22/", "host.not_allowed"),
            ("https://api.test./", "host.not_allowed"),
            ("https://api.test.evil.test/", "host.not_allowed"),
            ("https://xapi.test/", "host.not_allowed"),
            ("https://other.test:8443/", "ok"),
            ("https://other.test/", "host.not_allowed"),
            ("https://8.8.8.8/", "host.not_allowed"),
            ("http://127.0.0.1/", "address.loopback"),
            ("http://[::ffff:127.0.0.1]/", "address.embedded"),
            ("http://169.254.169.254/latest/meta-data", "address.metadata"),
            ("http://localhost/", "host.not_allowed"),
        ] {
            assert_eq!(code(&egress, url), expected, "{url}");
        }
        assert_eq!(code(&Egress::none(), "https://api.test/"), "host.not_allowed");
    }

    #[test]
    fn inside_is_opened_exactly() {
        let egress = Egress::parse("127.0.0.1:7171, 10.0.0.0/8 localhost:11434").unwrap();
        for (url, expected) in [
            ("http://127.0.0.1:7171/notion", "ok"),
            ("http://127.0.0.1:7172/notion", "address.loopback"),
            ("http://[::ffff:127.0.0.1]:7171/", "address.embedded"),
            ("http://2130706433:7171/", "host.spelling"),
            ("http://10.2.3.4:9000/", "ok"),
            ("http://192.168.0.1/", "address.private"),
            ("http://localhost:11434/v1", "ok"),
            ("http://localhost:7171/v1", "host.not_allowed"),
        ] {
            assert_eq!(code(&egress, url), expected, "{url}");
        }
        let egress = Egress::none().with_inside_base("http://127.0.0.1:7171/slack");
        assert_eq!(code(&egress, "http://127.0.0.1:7171/slack/api/chat.postMessage"), "ok");
        assert_eq!(code(&egress, "http://127.0.0.1:80/"), "address.loopback");
    }

    #[test]
    fn metadata_stays_shut_whatever_a_rule_says() {
        let egress = Egress::parse("169.254.169.254 0.0.0.0/0 ::/0").unwrap();
        assert_eq!(code(&egress, "http://169.254.169.254/"), "address.metadata");
        assert_eq!(code(&egress, "http://[fe80::1]/"), "address.link_local");
        assert_eq!(
            code(&Egress::none().with_inside("169.254.169.254", 80), "http://169.254.169.254/"),
            "address.metadata"
        );
    }

    #[test]
    fn an_unreadable_list_is_an_error() {
        assert!(Egress::parse("http://user@x/").is_err());
        assert!(Egress::parse("한글.test").is_ok());
        assert!(Egress::parse("").unwrap().rules.is_empty());
    }
}
