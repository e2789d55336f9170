//! Ports as people ask for them.

use watertight_netpol::{Connections, Intervals, Protocol, ServicePort};

/// A port that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// By number, or several from one to another.
    Numbers(u16, u16, Protocol),
    /// By the name that the destination's containers or the service give it, on whatever protocol unless one is said.
    Named(String, Option<Protocol>),
}

impl Port {
    /// Whether a port of a service is asked for.
    pub fn is_of(&self, port: &ServicePort) -> bool {
        match self {
            Self::Numbers(from, to, protocol) => {
                (*from..=*to).contains(&port.port) && *protocol == port.protocol
            }
            Self::Named(name, protocol) => {
                *name == port.name && protocol.is_none_or(|protocol| protocol == port.protocol)
            }
        }
    }

    /// The connections to a port of this number; `None` for one with a name.
    pub fn connections(&self) -> Option<Connections> {
        match self {
            Self::Numbers(from, to, protocol) => {
                Some(Connections::of(*protocol, &Intervals::range(*from, *to)))
            }
            Self::Named(..) => None,
        }
    }
}

/// As in `TCP 5432`, `TCP 5000-6000`, `dns`.
impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Numbers(from, to, protocol) if from == to => write!(f, "{protocol} {from}"),
            Self::Numbers(from, to, protocol) => write!(f, "{protocol} {from}-{to}"),
            Self::Named(name, None) => f.write_str(name),
            Self::Named(name, Some(protocol)) => write!(f, "{protocol} {name}"),
        }
    }
}

/// As in `5432`, `5432/TCP`, `5000-6000`, `dns`, `dns/UDP`.
impl std::str::FromStr for Port {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (port, protocol) = match text.split_once('/') {
            Some((port, protocol)) => (port, Some(protocol)),
            None => (text, None),
        };
        let protocol = protocol.map(|word| {
            let named = |known: &Protocol| known.to_string().eq_ignore_ascii_case(word);
            let found = Protocol::WITH_PORTS.into_iter().find(named);
            found.ok_or("the protocol is TCP, UDP or SCTP, as in 53/UDP")
        });
        let protocol = protocol.transpose()?;
        if is_name(port) {
            return Ok(Self::Named(port.to_owned(), protocol));
        }
        let (from, to) = port.split_once('-').unwrap_or((port, port));
        let number = |digits: &str| digits.parse::<u16>().ok().filter(|number| *number != 0);
        match (number(from), number(to)) {
            (Some(from), Some(to)) if from <= to => {
                Ok(Self::Numbers(from, to, protocol.unwrap_or(Protocol::Tcp)))
            }
            (Some(_), Some(_)) => Err("the range begins after its end".to_owned()),
            _ => Err("a port is a number from 1 to 65535, a range as in 5000-6000, or a name of lower-case \
                      letters, digits and dashes"
                .to_owned()),
        }
    }
}

/// Whether a text can name a port. Of a container a name has at most 15 letters, digits and dashes, among them a letter
/// (`IsValidPortName`, `staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go`), of a service it is a label
/// of DNS (`ValidateServicePort`, `pkg/apis/core/validation/validation.go`).
fn is_name(text: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 63
        && text.bytes().all(is_sign)
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_a_range_or_a_name() {
        use Protocol::{Tcp, Udp};
        for (text, wanted) in [
            ("5432", Port::Numbers(5432, 5432, Tcp)),
            ("53/udp", Port::Numbers(53, 53, Udp)),
            ("5000-6000", Port::Numbers(5000, 6000, Tcp)),
            ("5000-6000/UDP", Port::Numbers(5000, 6000, Udp)),
            ("dns", Port::Named("dns".to_owned(), None)),
            ("dns/UDP", Port::Named("dns".to_owned(), Some(Udp))),
            ("8080-http", Port::Named("8080-http".to_owned(), None)),
        ] {
            assert_eq!(text.parse::<Port>(), Ok(wanted), "{text}");
        }
        for text in [
            "",
            "0",
            "65536",
            "6000-5000",
            "5000-",
            "-5000",
            "0-9",
            "HTTP",
            "a_b",
            "http-",
            "80/ICMP",
            "/TCP",
        ] {
            assert!(text.parse::<Port>().is_err(), "{text}");
        }
    }
}
