//! The page of an edge, taken apart: precondition, upstream source, examples.

use crate::edge::AttackEdge;

/// An example, which the tests run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Every edge of the entry that the manifest draws, as in `user/dev -[pods-exec]-> pods/shop`; none of a manifest
    /// that it is silent about.
    pub edges: Vec<String>,
    /// The manifest.
    pub yaml: String,
    /// The version of Kubernetes that it is about, as in `1.34`; none where the newest will do.
    pub version: Option<String>,
}

/// The parts of the page of an edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What it takes: the first paragraph, on one line.
    pub precondition: String,
    /// The other paragraphs, one line each.
    pub more: Vec<String>,
    /// Where in Kubernetes, Linux or a runtime it is written; empty where the page names nothing.
    pub upstream: String,
    /// The examples in order.
    pub examples: Vec<Example>,
}

impl AttackEdge {
    /// Its page.
    #[must_use]
    pub fn page(&self) -> Page {
        Page::parse(self.markdown)
    }
}

impl Page {
    /// Takes the Markdown of a doc comment apart.
    fn parse(markdown: &str) -> Self {
        const UPSTREAM: &str = "Upstream: ";
        let mut page = Self::default();
        let mut paragraphs: Vec<String> = vec![String::new()];
        let mut lines = markdown.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        while let Some(line) = lines.next() {
            if let Some(kind) = line.strip_prefix("```") {
                let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                if kind.starts_with("yaml") {
                    let version = kind.split(',').nth(2).map(str::to_owned);
                    page.examples.push(example(&block, version));
                }
            } else if line.is_empty() {
                paragraphs.push(String::new());
            } else if let Some(paragraph) = paragraphs.last_mut() {
                let gap = if paragraph.is_empty() { "" } else { " " };
                paragraph.push_str(gap);
                paragraph.push_str(line);
            }
        }
        for paragraph in paragraphs.into_iter().filter(|own| !own.is_empty()) {
            match paragraph.strip_prefix(UPSTREAM) {
                Some(upstream) => upstream.clone_into(&mut page.upstream),
                None if page.precondition.is_empty() => page.precondition = paragraph,
                None => page.more.push(paragraph),
            }
        }
        page
    }
}

fn example(block: &[&str], version: Option<String>) -> Example {
    let mut example = Example { edges: Vec::new(), yaml: String::new(), version };
    for line in block {
        match line.strip_prefix("#> ") {
            Some(edge) => example.edges.push(edge.trim().to_owned()),
            None => {
                example.yaml.push_str(line);
                example.yaml.push('\n');
            }
        }
    }
    example
}
