use std::fmt;

use watertight_syntax::{Kind, Value};

/// A number of pods, or a share of them: `IntOrString` as budgets and rollouts read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// That many.
    Count(i64),
    /// So many of a hundred.
    Percent(i64),
}

impl Amount {
    /// What is written; `None` for what is neither, which the API server refuses (`IsValidPercent` in
    /// `k8s.io/apimachinery/pkg/util/validation`).
    #[must_use]
    pub fn of(value: Value<'_>) -> Option<Self> {
        if value.kind() == Kind::String {
            let digits = value.as_str()?.strip_suffix('%')?;
            let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok());
            return Some(Self::Percent(number??));
        }
        value.as_i64().map(Self::Count)
    }

    /// So many of these pods, a share rounded up (`GetScaledValueFromIntOrPercent` in
    /// `k8s.io/apimachinery/pkg/util/intstr`).
    #[must_use]
    pub fn of_pods(self, pods: i64) -> i64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => {
                let hundredfold = i128::from(percent) * i128::from(pods);
                let rounded_up = hundredfold.div_euclid(100) + i128::from(hundredfold.rem_euclid(100) > 0);
                i64::try_from(rounded_up).unwrap_or(i64::MAX)
            }
        }
    }
}

/// As it is written.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use watertight_syntax::{Limits, yaml};

    fn read(text: &str) -> Option<Amount> {
        let documents = yaml::parse(&text.into(), &Limits::default());
        Amount::of(documents[0].document.as_ref().unwrap().as_ref().unwrap().root())
    }

    #[test]
    fn shares_are_rounded_up() {
        for (text, pods, worth) in [
            ("1", 5, 1),
            ("50%", 5, 3),
            ("'50%'", 1, 1),
            ("0%", 9, 0),
            ("1%", 1, 1),
            ("100%", 7, 7),
            ("34%", 3, 2),
        ] {
            assert_eq!(read(text).map(|amount| amount.of_pods(pods)), Some(worth), "{text} of {pods}");
        }
        for text in ["'1'", "half", "'%'", "'-1%'", "1.5", "[]", "'1.5%'"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
