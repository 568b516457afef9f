//! SSH keys.

use forge_app::MeAccess;
use forge_core::{SshKey, SshKeyId};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, again, page, wrong};
use crate::form::Form;
use crate::notice::Notice;
use crate::page::settings::{SshKeyRow, SshKeys};
use crate::url;
use crate::view::{FormErrors, When};

pub(in crate::handler) async fn show_ssh_keys(ctx: Ctx, Me(me): Me) -> Answer {
    page(&view(&ctx, &me, FormErrors::none(), "", "").await?)
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Add,
    Remove,
}

/// What the form and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct KeysForm {
    action: Action,
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    key: String,
}

pub(in crate::handler) async fn change_ssh_keys(ctx: Ctx, Me(me): Me, Form(form): Form<KeysForm>) -> Answer {
    match form.action {
        Action::Add => match ctx.app().add_ssh_key(&me, &ctx.origin, &form.name, &form.key).await {
            Ok(_) => ctx.done(url::SETTINGS_SSH_KEYS, Notice::KeyAdded),
            Err(error) => again(&view(&ctx, &me, wrong(error, &[])?, &form.name, &form.key).await?),
        },
        Action::Remove => {
            let id: SshKeyId = form.id.unwrap_or_default().parse().map_err(|_| Failure::not_found())?;
            ctx.app().remove_ssh_key(&me, &ctx.origin, id).await?;
            ctx.done(url::SETTINGS_SSH_KEYS, Notice::KeyRemoved)
        }
    }
}

async fn view(
    ctx: &Ctx,
    me: &MeAccess,
    errors: FormErrors,
    name: &str,
    key: &str,
) -> Result<SshKeys, Failure> {
    let keys = ctx.app().ssh_keys(me).await?;
    let now = ctx.now();
    let options = ctx.web.options();
    Ok(SshKeys {
        page: ctx.frame(),
        keys: keys.into_iter().map(|key| row(key, now)).collect(),
        errors,
        name: name.to_owned(),
        key: key.to_owned(),
        test_command: test_command(options.ssh_url.as_deref().unwrap_or_default()),
        host_fingerprint: options.ssh_fingerprint.clone(),
    })
}

fn row(key: SshKey, now: OffsetDateTime) -> SshKeyRow {
    let kind = key.public_key.split(' ').next().unwrap_or_default();
    SshKeyRow {
        id: key.id.to_string(),
        name: key.name,
        kind: kind_of(kind),
        fingerprint: key.fingerprint,
        added: When::on(key.created_at),
        last_used: key.last_used_at.map(|at| When::ago(at, now)),
    }
}

/// What people call a kind of key.
fn kind_of(name: &str) -> String {
    match name {
        "ssh-ed25519" => "ED25519".to_owned(),
        "sk-ssh-ed25519@openssh.com" => "ED25519 on a security key".to_owned(),
        "sk-ecdsa-sha2-nistp256@openssh.com" => "ECDSA on a security key".to_owned(),
        "ssh-rsa" => "RSA".to_owned(),
        other if other.starts_with("ecdsa-") => "ECDSA".to_owned(),
        other => other.to_owned(),
    }
}

/// The command that tries a key at an address such as `ssh://git@host:2222`.
fn test_command(address: &str) -> String {
    let place = address.strip_prefix("ssh://").unwrap_or(address).trim_end_matches('/');
    match place.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("ssh -T -p {port} {host}")
        }
        _ => format!("ssh -T {place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_to_try_a_key() {
        assert_eq!(test_command("ssh://git@forge.example:2222"), "ssh -T -p 2222 git@forge.example");
        assert_eq!(test_command("ssh://git@forge.example"), "ssh -T git@forge.example");
    }
}
