//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use forge_core::credential::Scope;
use forge_core::{ObjectFormat, ObjectId, OdsCode, OrgName, OrgRole, RepoPath, Username, Visibility};

/// A self-hosted git forge for sharing code.
#[derive(Debug, Parser)]
#[command(name = "forge", version, disable_help_subcommand = true)]
pub struct Cli {
    /// The settings file.
    #[arg(long, global = true, env = "FORGE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data directory, instead of the one in the settings.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What to do; `serve` if nothing is given.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves pages, git over HTTPS and git over SSH.
    Serve(Serve),
    /// Manages accounts.
    User {
        /// What to do.
        #[command(subcommand)]
        action: UserAction,
    },
    /// Manages access tokens.
    Token {
        /// What to do.
        #[command(subcommand)]
        action: TokenAction,
    },
    /// Manages SSH keys.
    SshKey {
        /// What to do.
        #[command(subcommand)]
        action: SshKeyAction,
    },
    /// Manages organisations.
    Org {
        /// What to do.
        #[command(subcommand)]
        action: OrgAction,
    },
    /// Manages repositories.
    Repo {
        /// What to do.
        #[command(subcommand)]
        action: RepoAction,
    },
    /// Checks and shows settings.
    Config {
        /// What to do.
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Writes a backup, while the server may run.
    Backup {
        /// A directory that is new or empty.
        dir: PathBuf,
    },
    /// Puts a backup into an empty data directory.
    Restore {
        /// What `forge backup` wrote.
        dir: PathBuf,
    },
    /// Examines settings, database and every repository, and changes nothing.
    Doctor,
    /// Examines the audit log.
    Audit {
        /// What to do.
        #[command(subcommand)]
        action: AuditAction,
    },
    /// Serves a plain repository directory over standard input and output.
    Git(Git),
}

/// How to serve.
#[derive(Debug, Clone, Default, Args)]
pub struct Serve {
    /// Fills an empty forge with a believable example, and prints its passwords.
    #[arg(long)]
    pub demo: bool,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserAction {
    /// Makes an account.
    Create {
        /// What they sign in as.
        name: Username,
        /// Where mail reaches them.
        #[arg(long)]
        email: String,
        /// What they are called.
        #[arg(long, default_value = "")]
        display_name: String,
        /// Makes them an administrator.
        #[arg(long)]
        admin: bool,
        /// Reads the password from standard input.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Removes somebody's authenticator app, passkeys and recovery codes, once you have made sure who asks.
    ResetSecondFactor {
        /// Whose.
        name: Username,
    },
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// Makes a token and prints it, and nothing else.
    Create {
        /// Whose.
        #[arg(long)]
        user: Username,
        /// What to call it.
        #[arg(long)]
        name: String,
        /// What it may do; reading and writing if nothing is given.
        #[arg(long)]
        scope: Vec<Scope>,
        /// A repository that it is limited to, as OWNER/NAME; every one that its owner reaches if nothing is given.
        #[arg(long)]
        only: Vec<RepoPath>,
        /// How many days it lasts.
        #[arg(long, default_value_t = 90)]
        days: u16,
    },
}

/// What to do with SSH keys.
#[derive(Debug, Subcommand)]
pub enum SshKeyAction {
    /// Adds a public key.
    Add {
        /// Whose.
        #[arg(long)]
        user: Username,
        /// What to call it; the comment of the key if nothing is given.
        #[arg(long, default_value = "")]
        name: String,
        /// The `.pub` file.
        file: PathBuf,
    },
}

/// What to do with organisations.
#[derive(Debug, Subcommand)]
pub enum OrgAction {
    /// Makes an organisation.
    Create {
        /// Its name in addresses.
        name: OrgName,
        /// Its name in words.
        #[arg(long, default_value = "")]
        display_name: String,
        /// Its code in the Organisation Data Service.
        #[arg(long, value_parser = ods_code)]
        ods: Option<OdsCode>,
        /// Its first owner.
        #[arg(long)]
        owner: Option<Username>,
    },
    /// Manages its members.
    Member {
        /// What to do.
        #[command(subcommand)]
        action: MemberAction,
    },
    /// Takes in a CSV file of the Organisation Data Service: organisations, such as etr.csv, or successions, such as succ.csv.
    ImportOds {
        /// The file.
        file: PathBuf,
    },
}

/// What to do with members of an organisation.
#[derive(Debug, Subcommand)]
pub enum MemberAction {
    /// Adds a member, or changes what they are.
    #[command(alias = "add")]
    Set {
        /// The organisation's name in addresses.
        org: OrgName,
        /// Who.
        name: Username,
        /// As what: reader, developer, maintainer or owner.
        #[arg(long, default_value_t = OrgRole::Developer)]
        role: OrgRole,
        /// What they answer for: information-governance, release-approver or auditor.
        #[arg(long)]
        duty: Vec<String>,
    },
    /// Removes a member.
    Remove {
        /// The organisation's name in addresses.
        org: OrgName,
        /// Who.
        name: Username,
    },
}

fn ods_code(text: &str) -> Result<OdsCode, String> {
    OdsCode::new(text).map_err(|error| error.to_string())
}

/// What to do with repositories.
#[derive(Debug, Subcommand)]
pub enum RepoAction {
    /// Makes an empty repository.
    Create {
        /// Its address, as OWNER/NAME.
        path: RepoPath,
        /// Who may see it.
        #[arg(long, default_value_t = Visibility::Private)]
        visibility: Visibility,
        /// What names its objects.
        #[arg(long, default_value_t = ObjectFormat::Sha1)]
        object_format: ObjectFormat,
        /// What it is, in a line.
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Takes in all branches, tags and notes of a git directory on this machine.
    Import {
        /// Its address, as OWNER/NAME; made if it is not there.
        path: RepoPath,
        /// A bare repository, a work tree or its `.git`.
        dir: PathBuf,
        /// Who may see it, if it is made.
        #[arg(long, default_value_t = Visibility::Private)]
        visibility: Visibility,
    },
    /// Packs all of a repository anew and sweeps what nobody has reached for the time of grace.
    Gc {
        /// Its address, as OWNER/NAME.
        path: RepoPath,
        /// Deletes at once what would wait for its time: only while nobody pushes or fetches.
        #[arg(long)]
        now: bool,
    },
    /// Removes an object for good, once no ref reaches it, and keeps it from coming back.
    Purge {
        /// The repository's address, as OWNER/NAME.
        path: RepoPath,
        /// The whole id of the object.
        object: ObjectId,
    },
    /// Writes a repository out as a bare one that any git reads.
    Export {
        /// Its address, as OWNER/NAME.
        path: RepoPath,
        /// A directory that is new or empty.
        dir: PathBuf,
    },
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Computes the chain of all entries again, and fails if one was changed or is missing.
    Verify,
}

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Reads the settings and says whether they do.
    Check,
    /// Prints an example settings file.
    Example,
}

/// The engine on a plain directory.
#[derive(Debug, Args)]
pub struct Git {
    /// `upload-pack`, `receive-pack` or `upload-archive`, then git's own options and the directory.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    pub arguments: Vec<OsString>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
