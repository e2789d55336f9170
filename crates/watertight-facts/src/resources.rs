use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use crate::quantity::Quantity;

/// A resource that containers ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
    /// The node's disk: logs, what is written into the container, `emptyDir` volumes.
    EphemeralStorage,
}

impl Resource {
    /// The key in `requests` and `limits`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::EphemeralStorage => "ephemeral-storage",
        }
    }

    /// Whether a list of quantities has a value for it. Zero means "none": the scheduler and the
    /// kubelet treat a request or limit of 0 as absent. What the API server refuses is none either.
    pub(crate) fn is_in(self, list: Option<&BTreeMap<String, Written>>) -> bool {
        list.and_then(|list| list.get(self.name())).is_some_and(|quantity| is_some(&quantity.0))
    }
}

/// What is asked for of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// What the scheduler sets aside.
    Request,
    /// What the kubelet allows at most.
    Limit,
}

impl Asked {
    /// The key in `resources`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Request => "requests",
            Self::Limit => "limits",
        }
    }

    /// The word in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Limit => "limit",
        }
    }

    /// What is written under a key of `resources`.
    pub(crate) fn of(self, resources: Option<&ResourceRequirements>, resource: Resource) -> Option<&str> {
        let list = match self {
            Self::Request => resources?.requests.as_ref()?,
            Self::Limit => resources?.limits.as_ref()?,
        };
        Some(list.get(resource.name())?.0.trim())
    }
}

/// Whether a quantity is more than nothing.
pub(crate) fn is_some(quantity: &str) -> bool {
    quantity.parse::<Quantity>().is_ok_and(|quantity| quantity > Quantity::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_absent() {
        for zero in ["0", "0m", "0Mi", "0.0", "+0", "", "000", "0e3", "-1", "4GiB"] {
            assert!(!is_some(zero), "{zero}");
        }
        for some in ["1", "100m", "0.5", "10", "64Mi", "1e3", "1n", "0.1n"] {
            assert!(is_some(some), "{some}");
        }
    }
}
