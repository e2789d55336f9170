//! What the README shows is what the binary prints.

use crate::{root, run};

#[test]
fn the_output_in_the_readme_is_real() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let printed = run(&["scan", "examples"]).stdout;
    assert!(printed.contains(shown), "the README shows what is not printed:\n{shown}");
}

#[test]
fn the_flags_in_the_readme_exist() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let help = run(&["man"]).stdout.replace("\\-", "-");
    let flags = readme
        .split(['`', ' ', '\n', '|'])
        .filter(|word| word.starts_with("--") && word.ends_with(char::is_alphabetic));
    let unknown: Vec<&str> =
        flags.filter(|flag| !help.contains(flag) && *flag != "--quiet" && *flag != "--path").collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
