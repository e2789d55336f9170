//! Whom the user counts among the platform.

use std::fmt;
use std::str::FromStr;

use crate::namespace_class::NamePattern;

/// Users, groups and service accounts of the platform, by name; `*` stands for any text. Nobody by default:
/// the control plane's own subjects are known without being named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformSubjects {
    /// Users.
    pub users: Vec<NamePattern>,
    /// Groups.
    pub groups: Vec<NamePattern>,
    /// Service accounts.
    pub service_accounts: Vec<AccountPattern>,
}

impl PlatformSubjects {
    /// Whether a user is of the platform.
    #[must_use]
    pub fn has_user(&self, name: &str) -> bool {
        self.users.iter().any(|pattern| pattern.fits(name))
    }

    /// Whether a group is of the platform.
    #[must_use]
    pub fn has_group(&self, name: &str) -> bool {
        self.groups.iter().any(|pattern| pattern.fits(name))
    }

    /// Whether a service account is of the platform.
    #[must_use]
    pub fn has_service_account(&self, namespace: &str, name: &str) -> bool {
        self.service_accounts.iter().any(|pattern| pattern.fits(namespace, name))
    }
}

/// Service accounts by namespace and name: `flux-system/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPattern {
    namespace: NamePattern,
    name: NamePattern,
}

impl AccountPattern {
    /// Whether a service account is meant.
    #[must_use]
    pub fn fits(&self, namespace: &str, name: &str) -> bool {
        self.namespace.fits(namespace) && self.name.fits(name)
    }
}

impl fmt::Display for AccountPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl FromStr for AccountPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected NAMESPACE/NAME, with `*` for any text";
        let (namespace, name) = text.split_once('/').ok_or(WRONG)?;
        let name = NamePattern::of_any(name).filter(|_| !name.contains('/')).ok_or(WRONG)?;
        Ok(Self { namespace: namespace.parse().map_err(|_| WRONG)?, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_named_with_their_namespace() {
        let pattern: AccountPattern = "flux-*/kustomize-controller".parse().unwrap();
        assert!(pattern.fits("flux-system", "kustomize-controller"));
        assert!(!pattern.fits("shop", "kustomize-controller") && !pattern.fits("flux-system", "default"));
        for text in ["default", "a/", "/a", "a/b/c", "A/b", ""] {
            assert!(text.parse::<AccountPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn subjects_are_told_apart() {
        let pattern = |text: &str| NamePattern::of_any(text).unwrap();
        let subjects = PlatformSubjects {
            users: vec![pattern("ops@*")],
            groups: vec![pattern("Platform")],
            service_accounts: vec!["argocd/*".parse().unwrap()],
        };
        assert!(subjects.has_user("ops@example.com") && !subjects.has_group("ops@example.com"));
        assert!(subjects.has_group("Platform") && !subjects.has_group("platform"));
        assert!(subjects.has_service_account("argocd", "x") && !subjects.has_service_account("a", "x"));
    }
}
