//! What an organisation demands, what holds in it, and where each value comes from.

use forge_app::{AboveCeiling, OrgAccess, PolicyOverview};
use forge_core::{OrgPolicy, OrgRole, Organisation, Ruled, Visibility};
use http::Uri;
use serde::Deserialize;

use super::role_label;
use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, MeRecently, Org, SignedIn, again, page, wrong};
use crate::form::Form;
use crate::handler::present::{counted, parsed};
use crate::handler::repo::visibility_words;
use crate::notice::Notice;
use crate::page::organisation::{Policies, PolicyRow};
use crate::url;
use crate::view::{Choice, FormErrors, Link};

pub(in crate::handler) async fn show_policies(ctx: Ctx, SignedIn(signed_in): SignedIn, uri: Uri) -> Answer {
    let name = Address::of(&uri).org(1).ok_or_else(Failure::not_found)?;
    let found = ctx.app().organisation(&signed_in, &name).await?;
    let owner = ctx.app().authorize_org(&ctx.visitor.actor, &name).await.ok();
    page(&view(&ctx, &found, owner.as_ref(), FormErrors::none(), None).await?)
}

/// A button without anything to fill in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct LowerForm {}

pub(in crate::handler) async fn lower_visibilities(
    ctx: Ctx,
    Org(access): Org,
    Form(LowerForm {}): Form<LowerForm>,
) -> Answer {
    ctx.app().lower_to_ceiling(&access, &ctx.origin).await?;
    ctx.done(&url::org_page(&access.organisation().name, "policies"), Notice::VisibilitiesLowered)
}

/// What the form has.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct PolicyForm {
    visibility_ceiling: String,
    #[serde(default)]
    second_factor: bool,
    #[serde(default)]
    widening_needs_second: bool,
    required_reviews: String,
    longest_token_days: String,
    repository_makers: String,
}

pub(in crate::handler) async fn change_policies(
    ctx: Ctx,
    Org(access): Org,
    MeRecently(_): MeRecently,
    Form(form): Form<PolicyForm>,
) -> Answer {
    let mut errors = FormErrors::none();
    let ceiling = match form.visibility_ceiling.as_str() {
        "" => None,
        text => parsed(&mut errors, "visibility_ceiling", text.parse::<Visibility>()),
    };
    let makers = match form.repository_makers.as_str() {
        "" => None,
        text => parsed(&mut errors, "repository_makers", text.parse::<OrgRole>()),
    };
    // What is no number is refused with the limit, as a number beyond it.
    let reviews = form.required_reviews.trim().parse::<u8>().unwrap_or(u8::MAX);
    let days = match form.longest_token_days.trim() {
        "" => None,
        text => Some(text.parse::<u16>().unwrap_or(0)),
    };
    if !errors.is_empty() {
        return again(&view(&ctx, access.organisation(), Some(&access), errors, Some(form)).await?);
    }
    let policy = OrgPolicy {
        visibility_ceiling: ceiling,
        second_factor: form.second_factor,
        required_reviews: reviews,
        longest_token_days: days,
        widening_needs_second: form.widening_needs_second,
        repository_makers: makers,
    };
    match ctx.app().set_policy(&access, &ctx.origin, &policy).await {
        Ok(()) => ctx.done(&url::org_page(&access.organisation().name, "policies"), Notice::PolicySaved),
        Err(error) => {
            again(&view(&ctx, access.organisation(), Some(&access), wrong(error, &[])?, Some(form)).await?)
        }
    }
}

async fn view(
    ctx: &Ctx,
    of: &Organisation,
    owner: Option<&OrgAccess>,
    errors: FormErrors,
    form: Option<PolicyForm>,
) -> Result<Policies, Failure> {
    let signed_in = ctx.app().signed_in(&ctx.visitor.actor)?;
    let overview = ctx.app().policy_overview(&signed_in, of).await?;
    let above = match owner {
        Some(access) => ctx.app().above_ceiling(access).await?,
        None => AboveCeiling::default(),
    };
    let too_wide = above.known.iter().map(|repo| {
        let (words, _) = visibility_words(repo.visibility);
        Link::new(format!("{}: {words}", repo.path), url::repo(&repo.path))
    });
    let too_wide = too_wide.collect();
    let others = match above.others {
        0 => String::new(),
        others => {
            counted(u64::try_from(others).unwrap_or(u64::MAX), "other repository", "other repositories")
        }
    };
    let form = form.unwrap_or_else(|| written(&overview.own));
    let choice = Choice::plain::<String>;
    let mut ceilings = vec![choice("", "Nothing said here".to_owned(), &form.visibility_ceiling)];
    ceilings.extend(Visibility::ALL.iter().map(|visibility| {
        let (label, hint) = visibility_words(*visibility);
        choice(visibility.name(), format!("{label}: {}", lower_first(hint)), &form.visibility_ceiling)
    }));
    let mut makers = vec![choice("", "Nothing said here".to_owned(), &form.repository_makers)];
    makers.extend(OrgRole::ALL.iter().filter(|role| **role >= OrgRole::Developer).map(|role| {
        choice(role.name(), format!("{}s and those above", role_label(*role)), &form.repository_makers)
    }));
    Ok(Policies {
        page: ctx.frame(),
        organisation: of.display_name.clone(),
        organisation_url: url::owner(&of.name.clone().into()),
        rows: rows(&overview),
        action: url::org_page(&of.name, "policies"),
        can_change: owner.is_some(),
        errors,
        lower_action: url::org_page(&of.name, "policies/lower"),
        too_wide,
        others_too_wide: others,
        ceilings,
        second_factor: form.second_factor,
        required_reviews: form.required_reviews,
        longest_token_days: form.longest_token_days,
        widening_needs_second: form.widening_needs_second,
        makers,
    })
}

fn written(own: &OrgPolicy) -> PolicyForm {
    PolicyForm {
        visibility_ceiling: own.visibility_ceiling.map(Visibility::name).unwrap_or_default().to_owned(),
        second_factor: own.second_factor,
        widening_needs_second: own.widening_needs_second,
        required_reviews: own.required_reviews.to_string(),
        longest_token_days: own.longest_token_days.map(|days| days.to_string()).unwrap_or_default(),
        repository_makers: own.repository_makers.map(OrgRole::name).unwrap_or_default().to_owned(),
    }
}

fn rows(overview: &PolicyOverview) -> Vec<PolicyRow> {
    let holds = &overview.effective;
    vec![
        row(overview, "The most people that may see a repository", &holds.visibility_ceiling, |value| {
            visibility_words(*value).0.to_owned()
        }),
        row(overview, "Second factor", &holds.second_factor, |value| demanded(*value)),
        row(
            overview,
            "A second person before more people see a repository",
            &holds.widening_needs_second,
            |value| demanded(*value),
        ),
        row(overview, "Reviews before a change is merged", &holds.required_reviews, ToString::to_string),
        row(overview, "Longest life of an access token", &holds.longest_token_days, |value| {
            value.map_or_else(|| "As the site says".to_owned(), |days| format!("{days} days"))
        }),
        row(overview, "Who may make repositories", &holds.repository_makers, |value| {
            format!("{}s and those above", role_label(*value))
        }),
    ]
}

fn row<T>(
    overview: &PolicyOverview,
    what: &str,
    ruled: &Ruled<T>,
    words: impl Fn(&T) -> String,
) -> PolicyRow {
    let from = match ruled.from.and_then(|org| overview.name_of(org)) {
        Some(name) => format!("set by {name}"),
        None => "as everywhere".to_owned(),
    };
    PolicyRow { what: what.to_owned(), value: words(&ruled.value), from }
}

fn demanded(value: bool) -> String {
    if value { "Demanded" } else { "Not demanded" }.to_owned()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(char::to_lowercase).into_iter().flatten().chain(chars).collect()
}
