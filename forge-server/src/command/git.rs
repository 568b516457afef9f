//! `forge git upload-pack|receive-pack|upload-archive`: the engine on a plain directory, for git's own tests.

use std::ffi::OsString;
use std::io::{BufReader, BufWriter, stdin, stdout};
use std::process::ExitCode;

use forge_git::plain::{
    Environment, ReceivePackArguments, UploadPackArguments, receive_pack, upload_archive, upload_pack,
};

use crate::cli::Git;

/// What git's own programs end with after `fatal:`.
const FATAL: u8 = 128;
/// What git's own programs end with when they are called wrongly.
const USAGE: u8 = 129;
/// The programs there are.
const PROGRAMS: &str = "upload-pack, receive-pack or upload-archive";
/// Bytes read and written at a time.
const BUFFER: usize = 64 << 10;

/// Runs the engine over standard input and output.
pub fn run(git: &Git) -> ExitCode {
    let texts: Result<Vec<String>, OsString> =
        git.arguments.iter().cloned().map(OsString::into_string).collect();
    let Ok(arguments) = texts else { return usage("the arguments are not UTF-8 text") };
    let Some((program, arguments)) = arguments.split_first() else {
        return usage(PROGRAMS);
    };
    let environment = Environment::from_process();
    let mut input = BufReader::with_capacity(BUFFER, stdin().lock());
    let mut out = BufWriter::with_capacity(BUFFER, stdout().lock());
    let done = match program.as_str() {
        "upload-pack" => UploadPackArguments::parse(arguments)
            .and_then(|arguments| upload_pack(&arguments, &environment, &mut input, &mut out))
            .map(drop),
        "receive-pack" => ReceivePackArguments::parse(arguments)
            .and_then(|arguments| receive_pack(&arguments, &environment, now(), &mut input, &mut out)),
        "upload-archive" => upload_archive(arguments, &environment, now(), &mut input, &mut out),
        _ => return usage(PROGRAMS),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fatal: {error}");
            ExitCode::from(FATAL)
        }
    }
}

fn usage(text: &str) -> ExitCode {
    eprintln!("forge git: {text}");
    ExitCode::from(USAGE)
}

/// Seconds since 1970, for reflogs.
#[expect(clippy::disallowed_methods, reason = "a program of its own, without the server's clock")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
}
