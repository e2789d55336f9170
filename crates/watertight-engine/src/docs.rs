//! A control's page, taken apart: why, remedy, examples.

/// What an example shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExampleKind {
    /// Fails with the control.
    Fail,
    /// The failing example before it, after its fix.
    Fixed,
    /// Does not fail with the control.
    Pass,
}

/// One executed example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub kind: ExampleKind,
    /// The manifest.
    pub yaml: String,
}

/// The parts of a control's page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Docs {
    /// Why it matters: the first paragraph, on one line.
    pub why: String,
    /// What to do: the text below `## Remedy`.
    pub remedy: String,
    /// Everything else that is prose.
    pub more: String,
    /// The examples in order.
    pub examples: Vec<Example>,
}

impl Docs {
    /// Takes the Markdown of a doc comment apart.
    #[must_use]
    pub fn parse(markdown: &str) -> Self {
        let mut docs = Self::default();
        let mut in_remedy = false;
        let mut lines = markdown.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        while let Some(line) = lines.next() {
            if let Some(kind) = line.strip_prefix("```") {
                let yaml: String =
                    lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
                let kind = match kind {
                    "yaml,fail" => ExampleKind::Fail,
                    "yaml,fixed" => ExampleKind::Fixed,
                    "yaml,pass" => ExampleKind::Pass,
                    _ => continue,
                };
                docs.examples.push(Example { kind, yaml });
            } else if let Some(heading) = line.strip_prefix("## ") {
                in_remedy = heading == "Remedy";
                if !in_remedy {
                    docs.more.push_str(line);
                    docs.more.push('\n');
                }
            } else {
                let part = if in_remedy {
                    &mut docs.remedy
                } else if docs.more.is_empty() && !docs.why.ends_with("\n\n") {
                    &mut docs.why
                } else {
                    &mut docs.more
                };
                part.push_str(line);
                part.push('\n');
                if part.ends_with("\n\n") && part.trim().is_empty() {
                    part.clear();
                }
            }
        }
        docs.why = docs.why.split_whitespace().collect::<Vec<_>>().join(" ");
        docs.remedy = docs.remedy.trim().to_owned();
        docs.more = docs.more.trim().to_owned();
        docs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_comes_apart() {
        let docs = Docs::parse(
            " Why it\n matters.\n\n More of it.\n\n ## Remedy\n Do this.\n\n ```yaml,fail\n a: 1\n ```\n ```yaml,pass\n a: 2\n ```\n",
        );
        assert_eq!(docs.why, "Why it matters.");
        assert_eq!(docs.more, "More of it.");
        assert_eq!(docs.remedy, "Do this.");
        assert_eq!(docs.examples.len(), 2);
        assert_eq!(docs.examples[0], Example { kind: ExampleKind::Fail, yaml: "a: 1\n".into() });
    }
}
