//! OpenPGP keys, with which people sign what they make.

use forge_app::{MeAccess, Recent};
use forge_core::{GpgKey, GpgKeyId};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, again, page, wrong};
use crate::form::Form;
use crate::handler::key::{KeyAction, lasting, named};
use crate::handler::present::counted;
use crate::notice::Notice;
use crate::page::key::KeyRow;
use crate::page::settings::GpgKeys;
use crate::url;
use crate::view::{FormErrors, StateTag, When};

pub(in crate::handler) async fn show_gpg_keys(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    page(&view(&ctx, &me, FormErrors::none(), &KeysForm::default()).await?)
}

/// What the form and the buttons have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct KeysForm {
    action: KeyAction,
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
        KeyAction::Add => match ctx.app().add_gpg_key(&me, &ctx.origin, &form.key, &form.signature).await {
            Ok(()) => ctx.done(url::SETTINGS_GPG_KEYS, Notice::GpgKeyAdded),
            Err(error) => again(&view(&ctx, &me, wrong(error, &[])?, &form).await?),
        },
        KeyAction::Remove => {
            let id: GpgKeyId = named(form.id.as_deref())?;
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

fn row(key: &GpgKey, now: OffsetDateTime) -> KeyRow {
    // What lasts longest says until when anything counts.
    let ends =
        key.signers.iter().map(|signer| signer.until).reduce(|one, other| Some(one?.max(other?))).flatten();
    let parts = u64::try_from(key.signers.len()).unwrap_or(u64::MAX);
    let mut row = lasting(ends, now);
    if key.signers.is_empty() {
        row.tags = vec![StateTag { label: "Revoked", colour: "red" }];
    }
    KeyRow {
        id: key.id.to_string(),
        name: key.names.first().cloned().unwrap_or_else(|| "Without a name".to_owned()),
        fingerprint: grouped(&key.fingerprint),
        note: counted(parts, "part signs", "parts sign"),
        added: When::on(key.created_at),
        ..row
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
