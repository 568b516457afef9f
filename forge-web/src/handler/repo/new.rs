//! Making a repository.

use forge_app::{MeAccess, NewRepository, Start};
use forge_core::{ObjectFormat, OwnerName, RepoName, Visibility};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, Query, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::page::repo::NewRepo;
use crate::url;
use crate::view::{Choice, FormErrors};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct NewRepoQuery {
    owner: Option<String>,
}

pub(in crate::handler) async fn new_repo(ctx: Ctx, Me(me): Me, Query(query): Query<NewRepoQuery>) -> Answer {
    let form = NewRepoForm {
        owner: query.owner.unwrap_or_default(),
        visibility: Visibility::Private.name().to_owned(),
        readme: true,
        ..NewRepoForm::default()
    };
    page(&view(&ctx, &me, FormErrors::none(), &form).await?)
}

/// What the form has.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct NewRepoForm {
    owner: String,
    name: String,
    description: String,
    visibility: String,
    #[serde(default)]
    readme: bool,
    licence: String,
}

pub(in crate::handler) async fn create_repo(ctx: Ctx, Me(me): Me, Form(form): Form<NewRepoForm>) -> Answer {
    let mut errors = FormErrors::none();
    let owner = parsed(&mut errors, "owner", OwnerName::new(form.owner.as_str()));
    let name = parsed(&mut errors, "name", RepoName::new(form.name.trim()));
    let visibility = parsed(&mut errors, "visibility", form.visibility.parse::<Visibility>());
    let (Some(owner), Some(name), Some(visibility)) = (owner, name, visibility) else {
        return again(&view(&ctx, &me, errors, &form).await?);
    };
    let access = ctx.app().authorize_owner(&ctx.visitor.actor, &owner).await?;
    let new = NewRepository {
        name,
        description: one_line(&form.description),
        visibility,
        format: ObjectFormat::Sha1,
        start: Start { readme: form.readme, licence: form.licence == "mit" },
    };
    match ctx.app().create_repository(&access, &ctx.origin, &new).await {
        Ok(made) => see_other(&url::repo(&made.path)),
        Err(error) => again(&view(&ctx, &me, wrong(error, &[])?, &form).await?),
    }
}

/// The text of a box with several lines, as one.
pub(in crate::handler) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn view(ctx: &Ctx, me: &MeAccess, errors: FormErrors, form: &NewRepoForm) -> Result<NewRepo, Failure> {
    let owners = ctx.app().possible_owners(me).await?;
    let choice = Choice::plain::<&str>;
    Ok(NewRepo {
        page: ctx.frame(),
        errors,
        owners: owners
            .iter()
            .map(|owner| choice(owner.name.as_str(), &owner.display_name, &form.owner))
            .collect(),
        name: form.name.clone(),
        description: form.description.clone(),
        visibilities: visibilities(&form.visibility, ctx.app().has_public_reading()),
        with_readme: form.readme,
        licences: vec![
            choice("", "None yet", &form.licence),
            choice("mit", "MIT: anybody may use it for anything", &form.licence),
        ],
    })
}

/// Who can see a repository, as a choice. Public is offered only where the site has it.
pub(super) fn visibilities(chosen: &str, has_public: bool) -> Vec<Choice> {
    Visibility::ALL
        .iter()
        .filter(|visibility| has_public || **visibility != Visibility::Public || chosen == visibility.name())
        .map(|visibility| {
            let (label, hint) = visibility_words(*visibility);
            Choice {
                value: visibility.name().to_owned(),
                label: label.to_owned(),
                hint: hint.to_owned(),
                is_chosen: visibility.name() == chosen,
            }
        })
        .collect()
}

/// A visibility as people read it, and what it means.
pub(in crate::handler) fn visibility_words(visibility: Visibility) -> (&'static str, &'static str) {
    match visibility {
        Visibility::Private => ("Private", "Only you, or the members of the organisation that owns it"),
        Visibility::Organisation => {
            ("Organisation", "Also everybody who shares an organisation with its owner")
        }
        Visibility::Internal => ("Internal", "Everybody who can sign in to this site"),
        Visibility::Public => ("Public", "Everybody, without signing in"),
    }
}
