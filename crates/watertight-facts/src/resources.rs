use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// A compute resource that containers ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
}

impl Resource {
    /// The key in `requests` and `limits`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }

    /// Whether a list of quantities has a value for it. Zero means "none": the scheduler and the
    /// kubelet treat a request or limit of 0 as absent.
    pub(crate) fn is_in(self, list: Option<&BTreeMap<String, Quantity>>) -> bool {
        list.and_then(|list| list.get(self.name())).is_some_and(|quantity| !is_zero(&quantity.0))
    }
}

/// Whether a quantity is zero, whatever its suffix.
pub(crate) fn is_zero(quantity: &str) -> bool {
    let number = quantity.trim_start_matches(['+', '-']);
    let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    digits == 0 || number[..digits].bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_absent() {
        for zero in ["0", "0m", "0Mi", "0.0", "+0", "", "000"] {
            assert!(is_zero(zero), "{zero}");
        }
        for some in ["1", "100m", "0.5", "10", "64Mi", "1e3"] {
            assert!(!is_zero(some), "{some}");
        }
    }
}
