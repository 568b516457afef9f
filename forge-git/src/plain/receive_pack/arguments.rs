//! The command line of `git receive-pack`.

use crate::{Error, Result};

/// What git's own program takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for one option of the program")]
pub struct ReceivePackArguments {
    pub(super) stateless: bool,
    pub(super) advertise: bool,
    pub(super) skip_connectivity: bool,
    pub(super) quiet: bool,
    pub(super) reject_thin: bool,
    pub(super) dir: String,
}

impl ReceivePackArguments {
    /// Reads the arguments behind the program's name.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        let mut parsed = Self::default();
        let mut dir = None;
        let mut only_dirs = false;
        for argument in arguments {
            match argument.as_str() {
                "--" if !only_dirs => only_dirs = true,
                "--stateless-rpc" if !only_dirs => parsed.stateless = true,
                "--advertise-refs" | "--http-backend-info-refs" if !only_dirs => parsed.advertise = true,
                "--skip-connectivity-check" if !only_dirs => parsed.skip_connectivity = true,
                "--reject-thin-pack-for-testing" if !only_dirs => parsed.reject_thin = true,
                "-q" | "--quiet" if !only_dirs => parsed.quiet = true,
                option if !only_dirs && option.starts_with('-') => {
                    return Err(Error::invalid(format!("unknown option {option}")));
                }
                _ if dir.is_some() => return Err(Error::invalid("receive-pack takes one directory")),
                _ => dir = Some(argument.clone()),
            }
        }
        parsed.dir = dir.ok_or_else(|| Error::invalid("usage: receive-pack [options] <directory>"))?;
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_options_of_git() {
        let parse = |arguments: &[&str]| {
            ReceivePackArguments::parse(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        let parsed = parse(&["--stateless-rpc", "--skip-connectivity-check", "-q", "x.git"]).unwrap();
        assert!(parsed.stateless && parsed.skip_connectivity && parsed.quiet && !parsed.advertise);
        assert_eq!(parsed.dir, "x.git");
        assert!(parse(&["--http-backend-info-refs", "."]).unwrap().advertise);
        assert_eq!(parse(&["--", "-x"]).unwrap().dir, "-x");
        for bad in [&["--what", "x"][..], &[], &["a", "b"]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
