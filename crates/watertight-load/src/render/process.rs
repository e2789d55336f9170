//! Runs a tool that renders: no input, a limit on what it may say, a limit on how long it may take.
//!
//! The tool is a stranger. It may hang, leave children behind, print without end on either stream or wait
//! for input; none of that may hang or fill us. It runs in a process group of its own, which is killed as
//! a whole. Start reading at [`run`].

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// What to run.
pub(super) struct Job<'a> {
    /// The tool.
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<OsString>,
    /// Variables to set.
    pub(super) environment: Vec<(&'static str, OsString)>,
    /// Variables whose names begin so are not passed on.
    pub(super) hidden_variables: &'static [&'static str],
    pub(super) folder: &'a Path,
    pub(super) timeout: Duration,
    /// Most bytes of output.
    pub(super) limit: u64,
}

/// Why there is no output.
pub(super) enum Failed {
    NotStarted(io::Error),
    TimedOut,
    TooLarge,
    NotText,
    /// Its output could not be read to its end.
    Unreadable(io::Error),
    /// It ended, but what it had started kept its output open and could not be ended.
    LeftOpen,
    /// It says itself that it failed.
    Exit {
        status: ExitStatus,
        message: String,
    },
}

/// Most that is kept of what a tool says about its failure, in bytes; the rest is read and dropped.
const MESSAGE: u64 = 64 << 10;

/// How long the output may stay open after the tool has ended.
const GRACE: Duration = Duration::from_secs(2);

/// What a reading thread has to tell.
enum Heard {
    Output(Vec<u8>),
    TooLarge,
    Unreadable(io::Error),
    Message(Vec<u8>),
}

/// Runs a tool and gives its output.
pub(super) fn run(job: &Job<'_>) -> Result<String, Failed> {
    let mut command = Command::new(job.program);
    command.args(&job.arguments).current_dir(job.folder);
    for (name, _) in std::env::vars_os() {
        let hidden = |prefix: &&str| name.to_str().is_some_and(|name| name.starts_with(*prefix));
        if job.hidden_variables.iter().any(hidden) {
            command.env_remove(name);
        }
    }
    for (name, value) in &job.environment {
        command.env(name, value);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(Failed::NotStarted)?;
    let heard = listen(&mut child, job.limit);
    let done = wait(&mut child, &heard, job.timeout);
    if done.is_err() {
        end(&mut child);
    }
    let Done { status, output, message } = done?;
    if !status.success() {
        let message = String::from_utf8_lossy(&message).into_owned();
        return Err(Failed::Exit { status, message });
    }
    String::from_utf8(output).map_err(|_| Failed::NotText)
}

/// How an exit status is told.
pub(super) fn told(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended without an exit code".to_owned(),
    }
}

/// Reads both streams at once: a tool that fills one while we wait for the other would wait for ever.
fn listen(child: &mut Child, limit: u64) -> Receiver<Heard> {
    let (send, heard) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        let send = Sender::clone(&send);
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // Half an output would pass for the whole.
            let said = match output.take(limit + 1).read_to_end(&mut bytes) {
                Err(error) => Heard::Unreadable(error),
                Ok(_) if bytes.len() as u64 > limit => Heard::TooLarge,
                Ok(_) => Heard::Output(bytes),
            };
            // Nobody listens any more after a timeout.
            let _ = send.send(said);
        });
    }
    if let Some(mut errors) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = errors.by_ref().take(MESSAGE).read_to_end(&mut bytes);
            let _ = send.send(Heard::Message(bytes));
            let _ = io::copy(&mut errors, &mut io::sink());
        });
    }
    heard
}

struct Done {
    status: ExitStatus,
    output: Vec<u8>,
    message: Vec<u8>,
}

fn wait(child: &mut Child, heard: &Receiver<Heard>, timeout: Duration) -> Result<Done, Failed> {
    let begun = Instant::now();
    let (mut output, mut message) = (None, None);
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        match heard.recv_timeout(Duration::from_millis(10)) {
            Ok(Heard::Output(bytes)) => output = Some(bytes),
            Ok(Heard::Message(bytes)) => message = Some(bytes),
            Ok(Heard::TooLarge) => return Err(Failed::TooLarge),
            Ok(Heard::Unreadable(error)) => return Err(Failed::Unreadable(error)),
            Err(RecvTimeoutError::Timeout) => {}
            // Both streams are closed; the tool itself ends any moment.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(1)),
        }
        if ended.is_none() {
            ended = child.try_wait().map_err(Failed::NotStarted)?.map(|status| (status, Instant::now()));
        }
        match (ended, &output, &message) {
            (Some((status, _)), Some(_), Some(_)) => {
                let (output, message) = (output.unwrap_or_default(), message.unwrap_or_default());
                return Ok(Done { status, output, message });
            }
            (Some((_, at)), ..) if at.elapsed() > GRACE => return Err(Failed::LeftOpen),
            _ if begun.elapsed() > timeout => return Err(Failed::TimedOut),
            _ => {}
        }
    }
}

/// Ends the tool and whatever it has started. What has gone already cannot be ended, which is fine.
fn end(child: &mut Child) {
    let _ = rustix::process::kill_process_group(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::KILL,
    );
    let _ = child.kill();
    let _ = child.wait();
}

/// The first program of a name in a list of folders as `PATH` holds it.
pub(super) fn find(search: &std::ffi::OsStr, name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    std::env::split_paths(search)
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.join(name))
        .find(|path| {
            std::fs::metadata(path)
                .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        })
        // A relative path would be looked up from the folder that the tool runs in.
        .map(|path| std::path::absolute(&path).unwrap_or(path))
}
