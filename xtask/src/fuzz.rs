//! `cargo xtask fuzz TARGET --seconds N`: coverage-guided fuzzing on a stable toolchain.
//!
//! libFuzzer is compiled from source by `libfuzzer-sys`, and the compiler's coverage pass is asked
//! for by its own name, so that no nightly compiler is needed. The targets are in `fuzz/src/lib.rs`.

use std::process::{Command, Stdio};

use crate::steps::{step, works};
use crate::workspace::root;
use crate::{Outcome, option};

const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds a target and runs it for a while. Inputs that reach new code are kept in
/// `fuzz/corpus-found/TARGET`, failing ones in `fuzz/artifacts`; neither is committed.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (own, passed_on) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[][..]),
    };
    let Some((target, rest)) = own.split_first() else { return Err("name a target".to_owned()) };
    crate::only(rest, &["--seconds"], &[])?;
    let seconds: u32 = option(rest, "--seconds")?
        .unwrap_or("60")
        .parse()
        .map_err(|_| "--seconds needs a whole number".to_owned())?;
    if !works("c++", &["--version"]) {
        return Err("libFuzzer needs a C++ compiler; on Debian: apt-get install g++".to_owned());
    }
    let fuzz = root().join("fuzz");
    let host = host()?;
    let mut build = crate::workspace::cargo();
    // With `--target`, build scripts and macros are left without the flags.
    build.args(["build", "--release", "--target", &host, "--bin", target, "--target-dir"]);
    build.arg(fuzz.join("target")).arg("--manifest-path").arg(fuzz.join("Cargo.toml"));
    step("build", build.env("RUSTFLAGS", FLAGS).env_remove("CARGO_TARGET_DIR"))?;

    let found = fuzz.join("corpus-found").join(target);
    let artifacts = fuzz.join("artifacts").join("");
    for folder in [&found, &artifacts] {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut run = Command::new(fuzz.join("target").join(&host).join("release").join(target));
    run.arg(&found).arg(fuzz.join("seeds"));
    run.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}", artifacts.display()));
    run.args(["-max_len=4096", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]).args(passed_on);
    step(target, &mut run)
}

fn host() -> Outcome<String> {
    let output = Command::new("rustc").arg("-vV").stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// The targets themselves, compiled without the fuzzer.
#[cfg(test)]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_pass_every_target() {
        let seeds = crate::workspace::files_below(&root().join("fuzz/seeds")).unwrap();
        assert!(seeds.len() >= 10, "the seeds are gone");
        for seed in seeds {
            let bytes = std::fs::read(&seed).unwrap();
            for (name, target) in targets::TARGETS {
                let passed = std::panic::catch_unwind(|| target(&bytes));
                assert!(passed.is_ok(), "{name}: {}", seed.display());
            }
        }
    }
}
