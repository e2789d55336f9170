//! Annotations: read back as the runner of GitHub Actions reads them.

use super::scan_rich;

/// A command as the runner takes it: its name, its properties, its text.
type Command<'l> = (&'l str, Vec<(&'l str, String)>, String);

fn command(line: &str) -> Option<Command<'_>> {
    let (head, text) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let unescaped = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let properties = properties.split(',').filter_map(|property| property.split_once('='));
    Some((name, properties.map(|(key, value)| (key, unescaped(value))).collect(), unescaped(text)))
}

#[test]
fn the_whole_output() {
    insta::assert_snapshot!(scan_rich("github").stdout);
}

#[test]
fn commands_are_read_back() {
    let output = scan_rich("github").stdout;
    let commands: Vec<_> = output.lines().filter_map(command).collect();
    let property = |number: usize, key: &str| {
        commands[number].1.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone())
    };
    assert_eq!(commands[0].0, "error");
    assert_eq!(property(0, "file").unwrap(), "k8s/a web/größe #1.yaml");
    assert_eq!((property(0, "line").unwrap(), property(0, "col").unwrap()), ("14".into(), "27".into()));
    assert_eq!(property(0, "title").unwrap(), "critical: privileged-container");
    // A name that holds a command of its own, behind a line break, is text.
    assert!(commands[0].2.contains("\\u{a}::error::%0A {0}"), "{}", commands[0].2);
    assert!(commands.iter().all(|(name, ..)| ["error", "warning", "notice"].contains(name)));
    assert!(output.lines().all(|line| !line.contains("##[")));
}

#[test]
fn the_worst_comes_first_and_the_totals_last() {
    let output = scan_rich("github").stdout;
    let rank = |line: &str| match command(line).map(|(name, ..)| name.to_owned()).as_deref() {
        Some("error") => 0,
        Some("warning") => 1,
        _ => 2,
    };
    let ranks: Vec<_> = output.lines().map(rank).collect();
    assert!(ranks.is_sorted(), "{output}");
    let (name, properties, text) = command(output.lines().last().unwrap()).unwrap();
    assert_eq!((name, properties), ("notice", vec![("title", "watertight".to_owned())]));
    assert!(text.contains("1 unknown verdict, 1 gap"), "{text}");
    assert!(output.lines().filter(|line| line.starts_with("::notice")).count() <= 10);
}
