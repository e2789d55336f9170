//! `cargo xtask readme`: what the README tells people to type has to work.

use std::process::Command;

use crate::steps::step;
use crate::workspace::root;
use crate::{Outcome, only, option};

/// Runs every command of the README's `sh` blocks, except the one named by `--ran`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    only(arguments, &["--ran"], &[])?;
    let ran = option(arguments, "--ran")?;
    let readme =
        std::fs::read_to_string(root().join("README.md")).map_err(|error| format!("README.md: {error}"))?;
    let commands = commands(&readme);
    if commands.len() != 2 {
        return Err(format!("README.md shows {} set-up commands in `sh` blocks, not two", commands.len()));
    }
    if let Some(ran) = ran
        && !commands.iter().any(|command| command == ran)
    {
        return Err(format!("README.md does not show `{ran}`"));
    }
    for command in commands.iter().filter(|command| Some(command.as_str()) != ran) {
        // Findings are what the example is for: 1 says that there are some.
        let accept = if command.contains(" scan ") { "test $? -le 1" } else { "false" };
        let script = format!("{command} || {accept}");
        step(command, Command::new("sh").args(["-c", &script]).current_dir(root()))?;
    }
    Ok(())
}

/// The commands of fenced `sh` blocks: comments left out, a leading `$` too, continued lines joined.
fn commands(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "```sh" {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
        for command in block.join("\n").replace("\\\n", " ").lines() {
            let command = command.trim().trim_start_matches("$ ");
            if !command.is_empty() && !command.starts_with('#') {
                found.push(command.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_those_of_sh_blocks() {
        let text = "a\n```sh\n# first\n$ cargo run \\\n    -- scan x\n\n```\n```text\nno\n```\n```sh\ncargo xtask test\n```\n";
        assert_eq!(commands(text), ["cargo run -- scan x", "cargo xtask test"]);
    }
}
