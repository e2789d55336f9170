//! What this workspace does to itself: `cargo xtask COMMAND`.
//!
//! Never part of what users run. Each command is one module; [`COMMANDS`] is the list.

mod bench;
mod determinism;
mod docs;
mod fuzz;
mod generate;
mod readme;
mod steps;
mod suite;
#[cfg(test)]
mod tidy;
mod workspace;

/// Why a command did not do what it was asked for, in words.
type Outcome<T = ()> = Result<T, String>;

/// A command: its name, what it does, and the function that takes the further arguments.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        about: "every test and doctest; arguments go to the test runner",
        run: suite::run,
    },
    Command { name: "docs", about: "write the generated documents", run: docs::run },
    Command {
        name: "bench",
        about: "measure speed and memory; --check fails on a missed gate, --rounds N",
        run: bench::run,
    },
    Command { name: "fuzz", about: "fuzz TARGET --seconds N [-- libFuzzer arguments]", run: fuzz::run },
    Command {
        name: "generate-audit-log",
        about: "--events N --seed S [--policy FILE] [--rbac FILE] [--garbage PERCENT] --out FILE[.gz]",
        run: generate::audit_log::run,
    },
    Command {
        name: "readme",
        about: "run the commands that the README shows; --ran COMMAND skips one",
        run: readme::run,
    },
    Command {
        name: "determinism",
        about: "run the main command with its inputs in two orders and compare the bytes",
        run: determinism::run,
    },
    Command {
        name: "generate-cluster",
        about: "write a made-up cluster: --pods N [--seed S] --out FILE.wt",
        run: generate::cluster::run,
    },
];

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        eprintln!("{}", usage());
        return 2.into();
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("error: no command `{name}`\n\n{}", usage());
        return 2.into();
    };
    match (command.run)(rest) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let lines = COMMANDS.iter().map(|command| format!("  {:<18} {}\n", command.name, command.about));
    format!("usage: cargo xtask COMMAND\n\n{}", lines.collect::<String>())
}

/// The value after an option: `--seconds 60`.
fn option<'a>(arguments: &'a [String], name: &str) -> Outcome<Option<&'a str>> {
    let Some(at) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
    arguments.get(at + 1).map(|value| Some(value.as_str())).ok_or_else(|| format!("{name} needs a value"))
}

/// Refuses what a command does not know; `options` take a value, `flags` do not.
fn only(arguments: &[String], options: &[&str], flags: &[&str]) -> Outcome {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if options.contains(&argument.as_str()) {
            rest.next();
        } else if !flags.contains(&argument.as_str()) {
            return Err(format!("unknown argument `{argument}`"));
        }
    }
    Ok(())
}
