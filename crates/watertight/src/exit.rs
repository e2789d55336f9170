//! Exit codes and the one place that prints an error.

use std::process::ExitCode;

/// Nothing at or above the threshold.
pub const CLEAN: u8 = 0;
/// Findings at or above the threshold. Wins over [`INCOMPLETE`].
pub const FINDINGS: u8 = 1;
/// Wrong usage or an internal error.
pub const USAGE: u8 = 2;
/// Something that was there could not be read, rendered or judged.
pub const INCOMPLETE: u8 = 3;

/// Why the command could not be carried out.
#[derive(Debug)]
pub struct Failure {
    message: String,
    help: Option<String>,
    quiet: bool,
}

impl Failure {
    /// What went wrong, in the user's words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, quiet: false }
    }

    /// What to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A bug; where it is was told already.
    pub fn internal() -> Self {
        Self::new("this is a bug in Watertight; please report it with the line above")
    }

    /// The reader of our output went away (`watertight … | head`): end without a word.
    pub fn closed_pipe() -> Self {
        Self { message: String::new(), help: None, quiet: true }
    }

    /// Whether nobody reads our output any more.
    pub fn is_closed_pipe(&self) -> bool {
        self.quiet
    }

    /// What went wrong, for somewhere else than the end of the command.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Prints it, once, and gives the exit code.
    pub fn report(self) -> ExitCode {
        if self.quiet {
            return ExitCode::from(CLEAN);
        }
        let mut stderr = anstream::stderr().lock();
        use std::io::Write;
        // When stderr is gone too there is nobody left to tell.
        let _ = writeln!(stderr, "\u{1b}[1m\u{1b}[31merror\u{1b}[0m: {}", self.message);
        if let Some(help) = self.help {
            let _ = writeln!(stderr, "  \u{1b}[1mhelp\u{1b}[0m: {help}");
        }
        ExitCode::from(USAGE)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::closed_pipe();
        }
        Self::new(format!("cannot write the result: {error}"))
    }
}
