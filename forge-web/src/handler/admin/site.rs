//! What administrators say to everybody: the announcement and the text on acceptable use.

use forge_app::SiteAccess;
use forge_core::site::{Announcement, AnnouncementLevel};
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Time};

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Site, again, page, wrong};
use crate::form::Form;
use crate::handler::present::counted;
use crate::notice::Notice;
use crate::page::site::{EditAnnouncement, EditTerms, TermsRow};
use crate::url;
use crate::view::{Choice, FormErrors, When};

pub(in crate::handler) async fn show_announcement(ctx: Ctx, Site(access): Site) -> Answer {
    let day = |at: OffsetDateTime| at.date().to_string();
    let form = match ctx.app().announcement(&access).await? {
        Some(found) => AnnouncementForm {
            action: Action::Save,
            text: found.text,
            level: found.level.name().to_owned(),
            from: found.from.map(day).unwrap_or_default(),
            until: found.until.map(|at| day(at - Duration::days(1))).unwrap_or_default(),
        },
        None => AnnouncementForm::default(),
    };
    page(&announcement_view(&ctx, FormErrors::none(), &form))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Save,
    Remove,
}

/// What the form has.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct AnnouncementForm {
    action: Action,
    #[serde(default)]
    text: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

pub(in crate::handler) async fn change_announcement(
    ctx: Ctx,
    Site(access): Site,
    Form(form): Form<AnnouncementForm>,
) -> Answer {
    if matches!(form.action, Action::Remove) {
        ctx.app().announce(&access, &ctx.origin, None).await?;
        return ctx.done(url::ADMIN_ANNOUNCEMENT, Notice::AnnouncementSaved);
    }
    let mut errors = FormErrors::none();
    let level = form.level.parse().unwrap_or(AnnouncementLevel::Information);
    let from = day(&mut errors, "from", &form.from);
    let until = day(&mut errors, "until", &form.until).map(|day| day.saturating_add(Duration::days(1)));
    if !errors.is_empty() {
        return again(&announcement_view(&ctx, errors, &form));
    }
    let new = Announcement { text: form.text.trim().to_owned(), level, from, until };
    match ctx.app().announce(&access, &ctx.origin, Some(&new)).await {
        Ok(()) => ctx.done(url::ADMIN_ANNOUNCEMENT, Notice::AnnouncementSaved),
        Err(error) => again(&announcement_view(&ctx, wrong(error, &[])?, &form)),
    }
}

/// A day as people write it; nothing for an empty field.
fn day(errors: &mut FormErrors, field: &str, text: &str) -> Option<OffsetDateTime> {
    if text.is_empty() {
        return None;
    }
    if let Ok(date) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        Some(date.with_time(Time::MIDNIGHT).assume_utc())
    } else {
        errors.add(field, "Enter a date as year, month and day, such as 2026-11-22");
        None
    }
}

fn announcement_view(ctx: &Ctx, errors: FormErrors, form: &AnnouncementForm) -> EditAnnouncement {
    let level = |level: AnnouncementLevel, label: &str| Choice {
        value: level.name().to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        is_chosen: form.level == level.name()
            || (form.level.is_empty() && level == AnnouncementLevel::Information),
    };
    EditAnnouncement {
        page: ctx.frame(),
        errors,
        text: form.text.clone(),
        levels: vec![
            level(AnnouncementLevel::Information, "Good to know"),
            level(AnnouncementLevel::Warning, "Something will not work"),
        ],
        from: form.from.clone(),
        until: form.until.clone(),
    }
}

pub(in crate::handler) async fn show_edit_terms(ctx: Ctx, Site(access): Site) -> Answer {
    let text = ctx.app().all_terms(&access).await?.first().map(|shown| shown.terms.text.clone());
    page(&terms_view(&ctx, &access, FormErrors::none(), text.unwrap_or_default()).await?)
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct EditTermsForm {
    text: String,
}

pub(in crate::handler) async fn publish_terms(
    ctx: Ctx,
    Site(access): Site,
    Form(form): Form<EditTermsForm>,
) -> Answer {
    match ctx.app().publish_terms(&access, &ctx.origin, &form.text).await {
        Ok(_) => ctx.done(url::ADMIN_ACCEPTABLE_USE, Notice::TermsPublished),
        Err(error) => again(&terms_view(&ctx, &access, wrong(error, &[])?, form.text).await?),
    }
}

async fn terms_view(
    ctx: &Ctx,
    access: &SiteAccess,
    errors: FormErrors,
    text: String,
) -> Result<EditTerms, Failure> {
    let versions = ctx.app().all_terms(access).await?;
    let row = |shown: forge_app::TermsShown| TermsRow {
        version: shown.terms.version.to_string(),
        published: When::on(shown.terms.published_at),
        by: shown.terms.published_by,
        accepted: counted(shown.accepted, "person", "people"),
    };
    Ok(EditTerms { page: ctx.frame(), errors, text, versions: versions.into_iter().map(row).collect() })
}
