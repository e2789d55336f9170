//! The way that an object is on, from the outside to a goal.

use serde::Serialize;

/// What whoever has an object gets to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Way {
    /// The worst goal, as `cluster-admin`.
    pub goal: &'static str,
    /// The steps to it, from the internet where that leads over the object, else from the object; `None` where nobody
    /// counted them.
    pub steps: Option<u32>,
    /// Whether the internet leads over the object.
    pub from_internet: bool,
}

impl Way {
    /// In one line, as in `reaches cluster-admin in 2 steps from the internet`.
    pub(crate) fn text(&self) -> String {
        let steps = match self.steps {
            Some(1) => " in 1 step".to_owned(),
            Some(steps) => format!(" in {steps} steps"),
            None => String::new(),
        };
        let from = if self.from_internet { " from the internet" } else { "" };
        format!("reaches {}{steps}{from}", self.goal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_one_line() {
        let way = |steps, from_internet| Way { goal: "cluster-admin", steps, from_internet }.text();
        assert_eq!(way(Some(2), true), "reaches cluster-admin in 2 steps from the internet");
        assert_eq!(way(Some(1), false), "reaches cluster-admin in 1 step");
        assert_eq!(way(None, false), "reaches cluster-admin");
    }
}
