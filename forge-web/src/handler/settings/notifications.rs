//! What somebody wants to be told.

use forge_core::notification::MailChoice;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, page};
use crate::form::Form;
use crate::notice::Notice;
use crate::page::notification::NotificationSettings;
use crate::url;
use crate::view::{Choice, FormErrors};

pub(in crate::handler) async fn show_notification_settings(ctx: Ctx, Me(me): Me) -> Answer {
    let chosen = ctx.app().mail_choice(&me).await?;
    let choice = |choice: MailChoice| {
        let (label, hint) = words(choice);
        Choice {
            value: choice.name().to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            is_chosen: choice == chosen,
        }
    };
    page(&NotificationSettings {
        page: ctx.frame(),
        errors: FormErrors::none(),
        choices: MailChoice::ALL.into_iter().map(choice).collect(),
    })
}

fn words(choice: MailChoice) -> (&'static str, &'static str) {
    match choice {
        MailChoice::All => ("Everything that I follow", "One email for each thing that somebody does"),
        MailChoice::Turn => {
            ("Only what is up to me", "When you are asked to review, given something, or mentioned")
        }
        MailChoice::Digest => ("Once a day", "One email with all that is new"),
        MailChoice::None => ("Nothing", "Look at your notifications here"),
    }
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct MailForm {
    mail: String,
}

pub(in crate::handler) async fn change_notification_settings(
    ctx: Ctx,
    Me(me): Me,
    Form(form): Form<MailForm>,
) -> Answer {
    let choice = form.mail.parse().map_err(|_| Failure::bad_request("There is no such choice."))?;
    ctx.app().set_mail_choice(&me, choice).await?;
    ctx.done(url::SETTINGS_NOTIFICATIONS, Notice::NotificationsSaved)
}
