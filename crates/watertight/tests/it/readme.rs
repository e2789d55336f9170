//! What the README shows is what the binary prints.

use crate::{root, run};

#[test]
fn the_output_in_the_readme_is_real() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let printed = run(&["scan", "examples"]).stdout;
    assert!(printed.contains(shown), "the README shows what is not printed:\n{shown}");
}

/// A block that begins with `$ watertight …` shows lines of what that prints, in order; `…` stands for others.
#[test]
fn what_commands_of_the_readme_print_is_what_is_shown() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("```text\n$ watertight ").skip(1);
    let mut shown = 0;
    for block in blocks.map(|block| block.split("```").next().unwrap()) {
        let (command, lines) = block.split_once('\n').unwrap();
        let printed = run(&command.split(' ').collect::<Vec<_>>()).stdout;
        let mut rest = printed.lines();
        for line in lines.lines().filter(|line| line.trim() != "…") {
            assert!(
                rest.any(|own| own.trim_end() == line),
                "{command}: not printed here:\n{line}\nbut:\n{printed}"
            );
        }
        shown += 1;
    }
    assert_eq!(shown, 2, "the README shows commands with what they print");
}

#[test]
fn the_flags_in_the_readme_exist() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    // What commands print is looked at above.
    let mut parts = readme.split("```text\n");
    let first = parts.next().unwrap();
    let readme: String =
        std::iter::once(first).chain(parts.map(|part| part.split_once("```\n").unwrap().1)).collect();
    let mut unknown = Vec::new();
    // Code stands between backticks: every second piece.
    for code in readme.split('`').skip(1).step_by(2) {
        let own = code.rsplit_once("watertight ").map(|(_, own)| own);
        let command: Vec<&str> = own
            .unwrap_or("scan")
            .split(' ')
            .take_while(|word| {
                word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.starts_with('-')
            })
            .take(
                if own.is_some_and(|own| {
                    ["audit ", "net ", "psa ", "rbac "].iter().any(|group| own.starts_with(group))
                }) {
                    2
                } else {
                    1
                },
            )
            .collect();
        let flags: Vec<&str> = code
            .split([' ', '\n', '=', '|'])
            .filter(|word| word.starts_with("--") && word.ends_with(char::is_alphabetic))
            .filter(|flag| !["--quiet", "--path"].contains(flag))
            .collect();
        if flags.is_empty() {
            continue;
        }
        let help = run(&[&command[..], &["--help"]].concat()).stdout;
        unknown.extend(
            flags.into_iter().filter(|flag| !help.contains(flag)).map(|flag| format!("{command:?} {flag}")),
        );
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}
