//! `forge git upload-pack`: one visit to a plain directory over stdin and stdout.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use super::{Environment, PlainRepository, ProtocolVersion, Settings};
use crate::upload_pack::{
    Bundles, FilterPolicy, HiddenRefs, Mode, Served, Unborn, UploadOptions, UploadPack, WantPolicy,
};
use crate::{Cancel, Error, Limits, Result};

/// The deepest filter on trees that is taken.
const DEPTH: &str = "uploadpackfilter.tree.maxdepth";

/// The command line of git's own program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadPackArguments {
    strict: bool,
    stateless: bool,
    advertise: bool,
    timeout: Option<Duration>,
    dir: String,
}

impl UploadPackArguments {
    /// Reads the arguments behind the program's name.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        let mut parsed = Self::default();
        let mut dir = None;
        let mut only_dirs = false;
        for argument in arguments {
            match argument.as_str() {
                "--" if !only_dirs => only_dirs = true,
                "--strict" if !only_dirs => parsed.strict = true,
                "--no-strict" if !only_dirs => parsed.strict = false,
                "--stateless-rpc" if !only_dirs => parsed.stateless = true,
                "--advertise-refs" | "--http-backend-info-refs" if !only_dirs => parsed.advertise = true,
                option if !only_dirs && option.starts_with("--timeout=") => {
                    let seconds = option.trim_start_matches("--timeout=").parse();
                    let seconds: u64 =
                        seconds.map_err(|_| Error::invalid("--timeout takes a number of seconds"))?;
                    parsed.timeout = (seconds > 0).then(|| Duration::from_secs(seconds));
                }
                option if !only_dirs && option.starts_with("--") => {
                    return Err(Error::invalid(format!("unknown option {option}")));
                }
                _ if dir.is_some() => return Err(Error::invalid("upload-pack takes one directory")),
                _ => dir = Some(argument.clone()),
            }
        }
        parsed.dir = dir.ok_or_else(|| Error::invalid("usage: upload-pack [options] <directory>"))?;
        Ok(parsed)
    }

    /// How long the peer may be silent, where the caller can enforce it.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }
}

/// Serves one visit.
pub fn upload_pack(
    arguments: &UploadPackArguments,
    environment: &Environment,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<Served> {
    let limits = Limits::default();
    let repository = PlainRepository::open(Path::new(&arguments.dir), arguments.strict, environment)?;
    let store = repository.store(&limits)?;
    let refs = repository.snapshot(&store)?;
    let options = options(&repository, environment)?;
    let cancel = Cancel::new();
    let visit = UploadPack::new(&store, &refs, &options, &cancel);
    let version = environment.protocol();
    let mode = if arguments.stateless { Mode::Stateless } else { Mode::Stateful };
    if arguments.advertise {
        // The HTTP door writes the service line itself; here the caller is git's own, which does too.
        visit.advertise(version, if version == ProtocolVersion::V2 { mode } else { Mode::Stateless }, out)?;
        return Ok(Served::default());
    }
    if mode == Mode::Stateful {
        visit.advertise(version, mode, out)?;
    }
    visit.serve(version, mode, input, out)
}

/// What the repository's configuration says about serving it.
fn options(repository: &PlainRepository, environment: &Environment) -> Result<UploadOptions> {
    let settings = repository.settings();
    let flag = |key: &str| settings.flag(key).unwrap_or(false);
    let hidden = settings.all_of_either("transfer.hiderefs", "uploadpack.hiderefs");
    let keepalive = settings.number("uploadpack.keepalive").unwrap_or(5);
    // Protocol 2 of git itself gives whatever is asked for by its id.
    let any = flag("uploadpack.allowanysha1inwant") || environment.protocol() == ProtocolVersion::V2;
    let agent =
        environment.find("GIT_USER_AGENT").filter(|agent| agent.chars().all(|c| c.is_ascii_graphic()));
    let default = UploadOptions::default();
    Ok(UploadOptions {
        agent: agent.map_or(default.agent.clone(), str::to_owned),
        session_id: flag("transfer.advertisesid").then(|| session_id(environment)),
        hidden: HiddenRefs::new(hidden, repository.namespace()),
        wants: WantPolicy {
            hidden_tips: any || flag("uploadpack.allowtipsha1inwant"),
            reachable: any || flag("uploadpack.allowreachablesha1inwant"),
            any,
        },
        filters: filters(settings)?,
        ref_in_want: flag("uploadpack.allowrefinwant"),
        unborn: match settings.text("lsrefs.unborn") {
            Some("allow") => Unborn::Allow,
            Some("ignore") => Unborn::Ignore,
            _ => Unborn::Advertise,
        },
        object_info: flag("transfer.advertiseobjectinfo"),
        bundles: flag("uploadpack.advertisebundleuris").then(|| {
            let keys = settings.starting_with("bundle.");
            Bundles::Listed(keys.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
        }),
        cut: repository.shallow()?,
        // What git finds out by its bitmaps.
        deep_bases: settings.flag("pack.usebitmaps") != Some(false),
        keepalive: if keepalive == 0 { Duration::MAX } else { Duration::from_secs(keepalive) },
        ..default
    })
}

fn filters(settings: &Settings) -> Result<FilterPolicy> {
    let exceptions = settings.starting_with("uploadpackfilter.").filter_map(|(key, _)| {
        let name = key.strip_prefix("uploadpackfilter.")?.strip_suffix(".allow")?;
        Some((name.to_owned(), settings.flag(key).unwrap_or(false)))
    });
    let max_tree_depth = settings.number(DEPTH);
    if max_tree_depth.is_none() && settings.text(DEPTH).is_some() {
        return Err(Error::invalid(format!("unable to parse '{DEPTH}': it is no number")));
    }
    Ok(FilterPolicy {
        enabled: settings.flag("uploadpack.allowfilter").unwrap_or(false),
        allow: settings.flag("uploadpackfilter.allow").unwrap_or(true),
        exceptions: exceptions.collect(),
        max_tree_depth,
    })
}

/// A name for this process that both sides can log.
fn session_id(environment: &Environment) -> String {
    let own = format!("forge-{}", std::process::id());
    match environment.find("GIT_TRACE2_PARENT_SID").filter(|sid| sid.chars().all(|c| c.is_ascii_graphic())) {
        Some(parent) => format!("{parent}/{own}"),
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<UploadPackArguments> {
        UploadPackArguments::parse(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn takes_the_options_of_git() -> Result<()> {
        let parsed = parse(&["--strict", "--stateless-rpc", "--timeout=30", "x.git"])?;
        assert!(parsed.strict && parsed.stateless && !parsed.advertise);
        assert_eq!((parsed.timeout(), parsed.dir.as_str()), (Some(Duration::from_secs(30)), "x.git"));
        assert!(parse(&["--http-backend-info-refs", "--stateless-rpc", "."])?.advertise);
        for bad in [&["--what", "x"][..], &[], &["a", "b"], &["--timeout=x", "a"]] {
            assert!(matches!(parse(bad), Err(Error::Invalid(_))), "{bad:?}");
        }
        Ok(())
    }
}
