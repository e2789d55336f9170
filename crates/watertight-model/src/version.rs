use std::fmt;
use std::str::FromStr;

/// A Kubernetes minor version (`1.37`): what defaults, removals and `latest` are judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KubernetesVersion {
    /// The `37` of `1.37`.
    pub minor: u16,
}

impl KubernetesVersion {
    /// The newest version that the rules of this build know.
    pub const NEWEST: Self = Self { minor: 37 };

    /// Version 1.`minor`.
    #[must_use]
    pub const fn new(minor: u16) -> Self {
        Self { minor }
    }
}

impl Default for KubernetesVersion {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// A version that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not of the form `1.N`.
    #[error("not a Kubernetes version: expected something like `1.36` or `v1.36.2`")]
    Malformed,
    /// Newer than the rules of this build.
    #[error("Kubernetes 1.{0} is newer than this build knows (up to {newest})", newest = KubernetesVersion::NEWEST)]
    TooNew(u16),
}

impl FromStr for KubernetesVersion {
    type Err = VersionError;

    /// Reads `1.36`, `v1.36`, `v1.36.2`, `1.36+` and vendors' `v1.36.2-eks-1a2b`.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let rest =
            text.strip_prefix('v').unwrap_or(text).strip_prefix("1.").ok_or(VersionError::Malformed)?;
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let minor = rest[..digits].parse().map_err(|_| VersionError::Malformed)?;
        if !matches!(rest.as_bytes().get(digits), None | Some(b'.' | b'+' | b'-')) {
            return Err(VersionError::Malformed);
        }
        let version = Self { minor };
        if version > Self::NEWEST { Err(VersionError::TooNew(minor)) } else { Ok(version) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_servers_and_people_write() {
        for text in ["1.36", "v1.36", "v1.36.2", "1.36+", "v1.36.2-eks-1a2b"] {
            assert_eq!(text.parse(), Ok(KubernetesVersion::new(36)), "{text}");
        }
        for text in ["", "1", "2.1", "1.x", "v1.", "1.36x", "latest", "1.99999999"] {
            assert_eq!(text.parse::<KubernetesVersion>(), Err(VersionError::Malformed), "{text}");
        }
        assert_eq!("1.99".parse::<KubernetesVersion>(), Err(VersionError::TooNew(99)));
    }
}
