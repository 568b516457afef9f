//! OpenPGP keys, with which people sign what they make.

use forge_app::{MeAccess, Recent};
use forge_core::{GpgKey, GpgKeyId};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, again, page, wrong};
use crate::form::Form;
use crate::notice::Notice;
use crate::page::settings::{GpgKeyRow, GpgKeys};
use crate::url;
use crate::view::{FormErrors, When};

pub(in crate::handler) async fn show_gpg_keys(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    page(&view(&ctx, &me, FormErrors::none(), &KeysForm::default()).await?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Add,
    Remove,
}

/// What the form and the buttons have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct KeysForm {
    action: Action,
    id: Option<String>,
    #[serde(default)]
    key: String,
    #[serde(default)]
    signature: String,
}

pub(in crate::handler) async fn change_gpg_keys(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<KeysForm>,
) -> Answer {
    match form.action {
        Action::Add => match ctx.app().add_gpg_key(&me, &ctx.origin, &form.key, &form.signature).await {
            Ok(()) => ctx.done(url::SETTINGS_GPG_KEYS, Notice::GpgKeyAdded),
            Err(error) => again(&view(&ctx, &me, wrong(error, &[])?, &form).await?),
        },
        Action::Remove => {
            let id: GpgKeyId = form.id.unwrap_or_default().parse().map_err(|_| Failure::not_found())?;
            ctx.app().remove_gpg_key(&me, &ctx.origin, id).await?;
            ctx.done(url::SETTINGS_GPG_KEYS, Notice::GpgKeyRemoved)
        }
    }
}

async fn view(
    ctx: &Ctx,
    me: &MeAccess<Recent>,
    errors: FormErrors,
    form: &KeysForm,
) -> Result<GpgKeys, Failure> {
    let (keys, now) = (ctx.app().gpg_keys(me).await?, ctx.now());
    let text = ctx.app().gpg_text_to_sign(&me.person().name);
    Ok(GpgKeys {
        page: ctx.frame(),
        keys: keys.iter().map(|key| row(key, now)).collect(),
        errors,
        key: form.key.clone(),
        signature: form.signature.clone(),
        sign_command: format!("echo '{text}' | gpg --armor --detach-sign"),
    })
}

fn row(key: &GpgKey, now: OffsetDateTime) -> GpgKeyRow {
    // What lasts longest says until when anything counts.
    let ends =
        key.signers.iter().map(|signer| signer.until).reduce(|one, other| Some(one?.max(other?))).flatten();
    GpgKeyRow {
        id: key.id.to_string(),
        name: key.names.first().cloned().unwrap_or_else(|| "Without a name".to_owned()),
        fingerprint: grouped(&key.fingerprint),
        parts: key.signers.len(),
        added: When::on(key.created_at),
        expires: ends.map(When::on),
        is_expired: ends.is_some_and(|end| end <= now),
        is_revoked: key.signers.is_empty(),
    }
}

/// A fingerprint as `gpg --fingerprint` prints it.
fn grouped(fingerprint: &str) -> String {
    let groups: Vec<String> =
        fingerprint.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_in_groups() {
        assert_eq!(grouped("0123456789"), "0123 4567 89");
    }
}
