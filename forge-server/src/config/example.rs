//! The example settings file, made from the defaults so that it cannot disagree with them.

use std::fmt::Write as _;

use crate::config::Config;

/// A settings file in which every key stands with its default, commented out, and what it is for.
pub fn example() -> String {
    let config = Config::default();
    let mut text = String::from(
        "# Settings of Forge. Every key stands here with its default, or an example where there is none.\n\
         # Each can also be given in the environment: FORGE_HTTP_LISTEN is http.listen.\n",
    );
    for section in all(&config) {
        let _ = write!(text, "\n# {}\n[{}]\n", section.about, section.name);
        for (key, value, about) in section.keys {
            let _ = write!(text, "# {about}\n# {key} = {value}\n");
        }
    }
    text
}

/// Every key there is: its section, itself, and its default or an example.
pub(super) fn sections(config: &Config) -> Vec<(&'static str, &'static str, String)> {
    let all = all(config);
    all.flat_map(|section| section.keys.into_iter().map(move |(key, value, _)| (section.name, key, value)))
        .collect()
}

/// A key, its value as TOML, and what it is for.
type Key = (&'static str, String, &'static str);

struct Section {
    name: &'static str,
    about: &'static str,
    keys: Vec<Key>,
}

fn quoted(text: impl std::fmt::Display) -> String {
    format!("\"{text}\"")
}

/// All there are, in the order of the file.
fn all(config: &Config) -> impl Iterator<Item = Section> {
    places(config).into_iter().chain(doors(config)).chain(bounds(config))
}

/// Where things are kept.
fn places(config: &Config) -> Vec<Section> {
    let data = vec![
        (
            "dir",
            quoted(config.data.dir.display()),
            "The directory for repositories, keys and the embedded database.",
        ),
        (
            "secret_key",
            quoted("/etc/forge/secret.key"),
            "The key that seals what a copy of the database must not give away; made in data.dir at first need.",
        ),
    ];
    let database = vec![
        (
            "url",
            quoted(&config.database.url),
            "Empty for an SQLite file in data.dir, or postgres://user:password@host/name.",
        ),
        ("max_readers", config.database.max_readers.to_string(), "Connections for reading at most."),
        (
            "patience",
            quoted(config.database.patience),
            "How long a statement may take before the database counts as out of reach.",
        ),
    ];
    let storage = vec![
        ("url", quoted(&config.storage.url), "Empty for data.dir, or s3://bucket/prefix."),
        ("endpoint", quoted("https://s3.example.nhs.uk"), "The S3 server, when it is not Amazon's."),
        ("region", quoted("eu-west-2"), "The region of the bucket."),
        (
            "access_key_id",
            quoted("forge"),
            "Who asks. Without it, the AWS_* variables or the role of the machine say so.",
        ),
        (
            "secret_access_key_file",
            quoted("/etc/forge/s3.secret"),
            "A file with the secret of the key; secret_access_key is the secret itself.",
        ),
        (
            "cache",
            quoted(config.storage.cache),
            "Copies of packs that stay in data.dir, besides those in use.",
        ),
    ];
    vec![
        Section { name: "data", about: "Where things are kept.", keys: data },
        Section { name: "database", about: "Which database.", keys: database },
        Section { name: "storage", about: "Where packs are kept.", keys: storage },
    ]
}

/// Where the doors open.
fn doors(config: &Config) -> Vec<Section> {
    let http = vec![
        (
            "listen",
            quoted(config.http.listen),
            "The address to listen on. Other than loopback needs TLS or a trusted proxy.",
        ),
        (
            "public_url",
            quoted("https://forge.example.nhs.uk"),
            "The address that people type, when it is not the one listened on.",
        ),
        (
            "tls_certificate",
            quoted("/etc/forge/tls.crt"),
            "A PEM file with the certificate chain, for HTTPS without a proxy.",
        ),
        ("tls_key", quoted("/etc/forge/tls.key"), "A PEM file with the key of the certificate."),
        (
            "trusted_proxies",
            "[]".to_owned(),
            "Addresses or networks of reverse proxies whose X-Forwarded-For and -Proto are believed.",
        ),
        (
            "metrics",
            config.http.metrics.to_string(),
            "Whether /metrics is answered. Leave it off where the address is public.",
        ),
        (
            "drain",
            quoted(config.http.drain),
            "How long running requests may take to end when the forge stops.",
        ),
    ];
    let ssh = vec![
        ("enabled", config.ssh.enabled.to_string(), "Whether it is served at all."),
        ("listen", quoted(config.ssh.listen), "The address to listen on."),
        ("public_host", quoted("forge.example.nhs.uk"), "The host, or host:port, that people type."),
        (
            "host_key",
            quoted("/var/lib/forge/ssh_host_ed25519_key"),
            "The ed25519 host key; made in data.dir at first start.",
        ),
        (
            "verified_keys_only",
            config.ssh.verified_keys_only.to_string(),
            "Whether a key lets in only once its owner has proven that it is theirs.",
        ),
        (
            "user_certificate_authorities",
            "[]".to_owned(),
            "Public keys, as in a .pub file, whose user certificates let in the one person that each names.",
        ),
        (
            "revoked_certificate_serials",
            "[]".to_owned(),
            "Serial numbers of certificates that were taken back.",
        ),
        ("revoked_certificate_ids", "[]".to_owned(), "Key ids of certificates that were taken back."),
    ];
    vec![
        Section { name: "http", about: "Pages and git over HTTPS.", keys: http },
        Section { name: "ssh", about: "Git over SSH.", keys: ssh },
    ]
}

/// How mail is sent.
fn mail(config: &Config) -> Vec<Key> {
    vec![
        ("transport", quoted("folder"), "smtp, folder (one file for each mail), or log (mail goes nowhere)."),
        ("from", quoted(&config.mail.from), "The sender."),
        (
            "private_content",
            config.mail.private_content.to_string(),
            "Whether mails about repositories that not everybody can see say what was written; the link is always there.",
        ),
        (
            "folder",
            quoted("/var/spool/forge"),
            "Where mail is put by the way folder; data.dir/mail when empty.",
        ),
        ("host", quoted("smtp.example.nhs.uk"), "The mail server."),
        ("port", "587".to_owned(), "Its port; the usual one of the security when empty."),
        ("security", quoted("starttls"), "starttls, tls, or none for a server on this machine."),
        (
            "authority",
            quoted("/etc/forge/mail-authority.pem"),
            "The certificate of an authority of your own that vouches for the server, beside the public ones.",
        ),
        ("user", quoted("forge"), "The user it asks for."),
        (
            "password_file",
            quoted("/etc/forge/smtp.secret"),
            "A file with the password it asks for; password is the password itself.",
        ),
    ]
}

/// How much of everything there may be, and what is said of it.
fn bounds(config: &Config) -> Vec<Section> {
    let limits = vec![
        ("push", quoted(config.limits.push), "The largest pack that a push may send."),
        ("file", quoted(config.limits.file), "The largest file that a push may hold."),
        ("objects", config.limits.objects.to_string(), "Objects in one push at most."),
        ("transfers", config.limits.transfers.to_string(), "Fetches and pushes at one time; the rest wait."),
        ("transfer_time", quoted(config.limits.transfer_time), "How long one fetch or push may take."),
        ("silence", quoted(config.limits.silence), "How long one may stay without a byte moving either way."),
        (
            "bundles",
            quoted(config.limits.bundles),
            "The size of a repository from which on clones are offered most of it as one bundle; 0 offers none.",
        ),
        (
            "answers",
            quoted(config.limits.answers),
            "Disk for packs that were sent before, for those who ask again; 0 keeps none.",
        ),
        (
            "recheck",
            quoted(config.limits.recheck),
            "How often running transfers and connections ask again whether they may go on.",
        ),
    ];
    let jobs = vec![
        (
            "workers",
            config.jobs.workers.to_string(),
            "Workers for quick work and as many for heavy work; with 0 other processes do it.",
        ),
        ("poll", quoted(config.jobs.poll), "How often a worker looks for work that another process put in."),
    ];
    let maintenance = vec![
        ("grace", quoted(config.maintenance.grace), "How long objects stay that no ref reaches."),
        (
            "scrub_every",
            quoted(config.maintenance.scrub_every),
            "How often every pack is read again to find damage.",
        ),
    ];
    let tokens = vec![(
        "longest_days",
        config.tokens.longest_days.to_string(),
        "The longest life of an access token, in days.",
    )];
    let password = vec![
        ("memory", quoted(config.password.memory), "Memory for one hash."),
        ("passes", config.password.passes.to_string(), "Passes over it."),
        ("at_once", config.password.at_once.to_string(), "Hashes at one time."),
    ];
    let sign_in = vec![
        ("site_name", quoted(&config.sign_in.site_name), "What authenticator apps and mails call this site."),
        (
            "second_factor",
            quoted("nobody"),
            "Of whom a second factor is demanded: nobody, administrators or everyone.",
        ),
        (
            "sign_up",
            quoted("closed"),
            "Who may make an account for themself: closed (nobody), invitation, or ods (also members of organisations here).",
        ),
    ];
    let audit = vec![(
        "sink",
        quoted("syslog:tcp://logs.example.nhs.uk:601"),
        "Where every entry is copied to: file:/path, syslog:udp://host:port or syslog:tcp://host:port.",
    )];
    let mail = mail(config);
    let access = vec![
        (
            "public_repositories",
            config.access.public_repositories.to_string(),
            "Whether repositories may be public, to be read by people who are not signed in.",
        ),
        (
            "networks",
            "[]".to_owned(),
            "Addresses or networks that the site is open to, over HTTPS and SSH; with none, it is open to all.",
        ),
    ];
    let log = vec![
        ("format", quoted("human"), "human or json."),
        ("level", quoted(&config.log.level), "What to write, as in info or warn,forge_git=debug."),
    ];
    vec![
        Section { name: "limits", about: "What one transfer may use.", keys: limits },
        Section { name: "jobs", about: "Work in the background.", keys: jobs },
        Section { name: "maintenance", about: "How repositories are looked after.", keys: maintenance },
        Section { name: "tokens", about: "Passwords for programs.", keys: tokens },
        Section { name: "password", about: "The cost of Argon2id.", keys: password },
        Section { name: "sign_in", about: "How people sign in.", keys: sign_in },
        Section { name: "audit", about: "The audit log.", keys: audit },
        Section { name: "mail", about: "How mail is sent.", keys: mail },
        Section { name: "access", about: "Who may see what at most.", keys: access },
        Section { name: "log", about: "What is written to standard error.", keys: log },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_it_is_understood() {
        let uncommented: String = example()
            .lines()
            .filter_map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest
                        .split_once(" = ")
                        .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_')) =>
                {
                    Some(format!("{rest}\n"))
                }
                _ if line.starts_with('[') => Some(format!("{line}\n")),
                _ => None,
            })
            .collect();
        let config: Config = toml::from_str(&uncommented).unwrap();
        assert_eq!(config.limits.push, Config::default().limits.push);
        assert_eq!(config.validate(), Ok(()));
        let keys = uncommented.lines().filter(|line| line.contains(" = ")).count();
        assert_eq!(keys, 61, "a new key needs a line in the example");
    }

    #[test]
    fn the_example_in_deploy_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/forge.example.toml");
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == example(), "write it anew: cargo run -- config example > deploy/forge.example.toml");
    }
}
