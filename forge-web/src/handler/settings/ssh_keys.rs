//! SSH keys.

use forge_app::{MeAccess, Recent, SSH_NAMESPACE, text_to_sign};
use forge_core::{SshKey, SshKeyId, Username};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, again, page, wrong};
use crate::form::Form;
use crate::handler::key::{lasting, lifetimes, named};
use crate::notice::Notice;
use crate::page::key::KeyRow;
use crate::page::settings::SshKeys;
use crate::url;
use crate::view::{FormErrors, StateTag, When};

pub(in crate::handler) async fn show_ssh_keys(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    page(&view(&ctx, &me, FormErrors::none(), &KeysForm::default()).await?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Add,
    Verify,
    Remove,
}

/// What the form and the buttons have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct KeysForm {
    action: Action,
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    lifetime: String,
    #[serde(default)]
    signature: String,
}

pub(in crate::handler) async fn change_ssh_keys(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<KeysForm>,
) -> Answer {
    match form.action {
        Action::Add => match ctx
            .app()
            .add_ssh_key(&me, &ctx.origin, &form.name, &form.key, form.lifetime.parse().ok())
            .await
        {
            Ok(_) => ctx.done(url::SETTINGS_SSH_KEYS, Notice::KeyAdded),
            Err(error) => again(&view(&ctx, &me, wrong(error, &[])?, &form).await?),
        },
        Action::Verify => {
            let id: SshKeyId = named(form.id.as_deref())?;
            match ctx.app().verify_ssh_key(&me, &ctx.origin, id, &form.signature).await {
                Ok(()) => ctx.done(url::SETTINGS_SSH_KEYS, Notice::KeyVerified),
                Err(error) => again(&view(&ctx, &me, wrong(error, &[])?, &form).await?),
            }
        }
        Action::Remove => {
            let id: SshKeyId = named(form.id.as_deref())?;
            ctx.app().remove_ssh_key(&me, &ctx.origin, id).await?;
            ctx.done(url::SETTINGS_SSH_KEYS, Notice::KeyRemoved)
        }
    }
}

async fn view(
    ctx: &Ctx,
    me: &MeAccess<Recent>,
    errors: FormErrors,
    form: &KeysForm,
) -> Result<SshKeys, Failure> {
    let keys = ctx.app().ssh_keys(me).await?;
    let now = ctx.now();
    let options = ctx.web.options();
    Ok(SshKeys {
        page: ctx.frame(),
        keys: keys.into_iter().map(|key| row(&me.person().name, key, now)).collect(),
        errors,
        name: form.name.clone(),
        key: form.key.clone(),
        lifetimes: lifetimes(&form.lifetime),
        must_verify: ctx.app().credentials().verified_ssh_keys_only,
        test_command: test_command(options.ssh_url.as_deref().unwrap_or_default()),
        host_fingerprint: options.ssh_fingerprint.clone(),
    })
}

fn row(owner: &Username, key: SshKey, now: OffsetDateTime) -> KeyRow {
    let text = text_to_sign(owner, &key);
    let kind = kind_of(key.public_key.split(' ').next().unwrap_or_default());
    let is_verified = key.verified_at.is_some();
    let (label, colour) = if is_verified { ("Verified", "green") } else { ("Not verified", "grey") };
    let mut row = lasting(key.expires_at, now);
    row.tags.insert(0, StateTag { label, colour });
    KeyRow {
        id: key.id.to_string(),
        name: key.name,
        fingerprint: format!("{kind} {}", key.fingerprint),
        added: When::on(key.created_at),
        lets_in: true,
        last_used: key.last_used_at.map(|at| When::ago(at, now)),
        from: key.last_used_from,
        proof: (!is_verified)
            .then(|| format!("echo '{text}' | ssh-keygen -Y sign -n {SSH_NAMESPACE} -f ~/.ssh/id_ed25519")),
        ..row
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
