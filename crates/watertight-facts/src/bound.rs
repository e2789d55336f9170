//! Bounds that the user sets on what containers ask for.

use std::fmt;
use std::str::FromStr;

use crate::quantity::Quantity;
use crate::resources::{Asked, Resource};

/// A bound on a container's request or limit: `limits.memory<=4Gi`, `requests.cpu>=50m`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// What of the resource is bounded.
    pub asked: Asked,
    /// The resource.
    pub resource: Resource,
    /// On which side.
    pub side: Side,
    /// The last value allowed.
    pub quantity: Quantity,
    /// The quantity as the user wrote it.
    pub text: String,
}

/// On which side values are bounded. The bound itself is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// From above.
    AtMost,
    /// From below.
    AtLeast,
}

impl Bound {
    /// Whether a value is allowed.
    #[must_use]
    pub fn allows(&self, value: Quantity) -> bool {
        match self.side {
            Side::AtMost => value <= self.quantity,
            Side::AtLeast => value >= self.quantity,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::AtMost => "<=",
            Side::AtLeast => ">=",
        };
        write!(f, "{}.{}{side}{}", self.asked.key(), self.resource.name(), self.text)
    }
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, side, quantity) = if let Some((field, quantity)) = text.split_once("<=") {
            (field, Side::AtMost, quantity)
        } else if let Some((field, quantity)) = text.split_once(">=") {
            (field, Side::AtLeast, quantity)
        } else {
            // Without quotes a shell takes `<` and `>` for itself, and what follows never comes here.
            return Err(
                "expected a field, `<=` or `>=`, and a quantity, in quotes: 'limits.memory<=4Gi'".into()
            );
        };
        let (asked, resource) = match field.trim() {
            "requests.cpu" => (Asked::Request, Resource::Cpu),
            "requests.memory" => (Asked::Request, Resource::Memory),
            "limits.cpu" => (Asked::Limit, Resource::Cpu),
            "limits.memory" => (Asked::Limit, Resource::Memory),
            other => {
                return Err(format!(
                    "`{other}` has no bounds: expected requests.cpu, requests.memory, limits.cpu or limits.memory"
                ));
            }
        };
        let text = quantity.trim();
        let quantity: Quantity = text.parse().map_err(|error| format!("{error}"))?;
        if quantity < Quantity::ZERO {
            return Err(format!("`{text}` is negative, and no request or limit is"));
        }
        if quantity.is_beyond() {
            return Err(format!("`{text}` is more than any machine has"));
        }
        Ok(Self { asked, resource, side, quantity, text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_read_and_written() {
        for text in ["limits.memory<=4Gi", "limits.cpu>=0", "requests.memory<=1.5e9", "requests.cpu>=50m"] {
            assert_eq!(text.parse::<Bound>().unwrap().to_string(), text);
        }
        assert_eq!(" limits.cpu <= 2 ".parse::<Bound>().unwrap().to_string(), "limits.cpu<=2");
    }

    #[test]
    fn the_bound_itself_is_allowed() {
        let allows =
            |bound: &str, value: &str| bound.parse::<Bound>().unwrap().allows(value.parse().unwrap());
        for (bound, inside, outside) in [
            ("limits.memory<=4Gi", "4096Mi", "4294967296001m"),
            ("limits.cpu<=1", "1000m", "1k"),
            ("requests.cpu>=50m", "0.05", "49999999n"),
        ] {
            assert!(allows(bound, inside) && !allows(bound, outside), "{bound}");
        }
    }

    #[test]
    fn an_error_says_what_is_expected() {
        for (text, said) in [
            ("limits.memory", "in quotes"),
            ("limits.memory=4Gi", "in quotes"),
            ("limits.memory<4Gi", "in quotes"),
            ("limit.memory<=4Gi", "`limit.memory` has no bounds: expected requests.cpu"),
            ("<=4Gi", "`` has no bounds"),
            ("limits.memory<=", "a quantity is missing"),
            ("limits.memory<=4GB", "`GB` is no suffix"),
            ("limits.memory<=<=4G", "begins with a number"),
            ("limits.cpu>=-1", "`-1` is negative"),
            ("limits.cpu<=1e99", "more than any machine"),
        ] {
            let error = text.parse::<Bound>().unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
