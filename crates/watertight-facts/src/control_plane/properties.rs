//! What holds for every command line, tried on random ones.

use proptest::prelude::*;
use proptest::sample::select;
use watertight_model::{KubernetesVersion, Snapshot};
use watertight_syntax::Limits;

use super::Configured;
use super::shell;
use crate::{Settings, World};

/// Flags with values that fit: one of each kind that behaves by itself.
const FLAGS: [(&str, [&str; 2]); 5] = [
    ("profiling", ["true", "false"]),
    ("anonymous-auth", ["true", "false"]),
    ("audit-log-path", ["/var/log/a b", "--odd"]),
    ("audit-log-maxage", ["0", "30"]),
    ("authorization-mode", ["Node,RBAC", "AlwaysAllow"]),
];

/// How one flag is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Joined,
    Apart,
    Underscores,
    Variable,
}

fn given() -> impl Strategy<Value = (usize, usize, Form)> {
    (0..FLAGS.len(), 0..2_usize, select(vec![Form::Joined, Form::Apart, Form::Underscores, Form::Variable]))
}

fn words(given: &[(usize, usize, Form)]) -> Vec<String> {
    let mut words = vec!["kube-apiserver".to_owned()];
    for &(flag, value, form) in given {
        let (name, values) = FLAGS[flag];
        let value = values[value];
        match form {
            // A boolean takes no second word.
            Form::Apart if name != "profiling" && name != "anonymous-auth" => {
                words.extend([format!("--{name}"), value.to_owned()]);
            }
            Form::Joined | Form::Apart => words.push(format!("--{name}={value}")),
            Form::Underscores => words.push(format!("--{}={value}", name.replace('-', "_"))),
            Form::Variable => words.push(format!(
                "--{name}=$(V{})",
                FLAGS[flag].1.iter().position(|own| *own == value).unwrap_or_default() + flag * 2
            )),
        }
    }
    words
}

fn environment() -> serde_json::Value {
    let values = FLAGS.iter().flat_map(|(_, values)| values).enumerate();
    values.map(|(number, value)| serde_json::json!({"name": format!("V{number}"), "value": value})).collect()
}

fn read(container: &serde_json::Value) -> Option<Configured> {
    let pod = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [container]}});
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.json", pod.to_string());
    let (snapshot, settings) = (builder.finish(), Settings::default());
    let world = World::new(&snapshot, &settings);
    snapshot.objects().flat_map(|(id, _)| world.components(id).to_vec()).next()
}

/// What holds after all flags: the last value, or all of a list.
fn model(given: &[(usize, usize, Form)], flag: usize) -> Option<String> {
    let (name, values) = FLAGS[flag];
    let mut own = given.iter().filter(|(other, ..)| *other == flag).map(|(_, value, _)| values[*value]);
    if name == "authorization-mode" {
        let all: Vec<&str> = own.collect();
        return (!all.is_empty()).then(|| all.join(","));
    }
    own.next_back().map(str::to_owned)
}

/// A word as a shell has to be given it to stay what it is.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_form_of_a_flag_does_not_matter(given in prop::collection::vec(given(), 0..6), split in 1..4_usize) {
        let words = words(&given);
        let at = split.min(words.len());
        let in_lists = serde_json::json!({"name": "c", "command": words[..at], "args": words[at..], "env": environment()});
        let mut forms = vec![in_lists];
        if !given.iter().any(|(.., form)| matches!(form, Form::Variable)) {
            let script = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
            forms.push(serde_json::json!({"name": "c", "command": ["/bin/sh", "-c", format!("exec {script}")]}));
        }
        for container in forms {
            let configured = read(&container).unwrap();
            for (flag, (name, _)) in FLAGS.iter().enumerate() {
                let setting = configured.setting(name, KubernetesVersion::NEWEST).unwrap();
                prop_assert_eq!(setting.is_written(), model(&given, flag).is_some(), "{}", name);
                if let Some(expected) = model(&given, flag) {
                    prop_assert_eq!(setting.list().join(","), expected, "{}", name);
                }
            }
        }
    }

    #[test]
    fn no_words_are_too_odd(
        command in prop::collection::vec("[-=$()a-z/ ,'\"`;|&]{0,12}|kube-apiserver|--profiling|sh|-c|env", 0..6),
        args in prop::collection::vec("\\PC{0,12}", 0..4),
        image in "[a-z/:@.]{0,12}|etcd",
    ) {
        let container = serde_json::json!({"name": "c", "image": image, "command": command, "args": args});
        if let Some(configured) = read(&container) {
            for row in super::defaults::TABLE.iter().filter(|row| row.component == configured.component()) {
                let _ = configured.setting(row.flag, KubernetesVersion::new(30)).map(|setting| setting.said("x"));
            }
        }
    }

    #[test]
    fn a_script_of_quoted_words_is_its_words(
        program in "[a-z]{6,9}",
        arguments in prop::collection::vec("\\PC{0,8}", 0..5),
    ) {
        let words: Vec<String> = [program].into_iter().chain(arguments).collect();
        let script = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let read = shell::commands(&script).unwrap();
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!(read[0].iter().map(|word| word.text.clone()).collect::<Vec<_>>(), words);
    }
}
