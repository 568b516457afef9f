//! What organisations demand of the people in them.

use std::time::Duration;

use forge_app::{NewToken, Origin};
use forge_core::{Actor, ObjectFormat, OrgPolicy, Username, Visibility};
use forge_tests::{Client, Forge, PASSWORD, Person};

const CONSOLE: Actor = Actor::System { reason: "test" };
const FACTOR: &str = "/settings/second-factor";
const DAY: Duration = Duration::from_hours(24);

/// Says what an organisation demands.
async fn demand(forge: &Forge, org: &str, policy: OrgPolicy) {
    let access = forge.app().authorize_org(&CONSOLE, &org.parse().unwrap()).await.unwrap();
    forge.app().set_policy(&access, &Origin::console(), &policy).await.unwrap();
}

/// Puts an organisation below another.
async fn below(forge: &Forge, org: &str, above: &str) {
    let access = forge.app().authorize_org(&CONSOLE, &org.parse().unwrap()).await.unwrap();
    forge.app().set_parent(&access, &Origin::console(), Some(&above.parse().unwrap())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_demanded_of_those_below_and_of_nobody_else() {
    let forge = Forge::new().await;
    let (olive, mina, otto) = (forge.user("olive").await, forge.user("mina").await, forge.user("otto").await);
    forge.org("region", &[&olive]).await;
    forge.org("anytown", &[&olive, &mina]).await;
    below(&forge, "anytown", "region").await;
    forge.repo(&mina, "beds").await;
    forge.repo(&otto, "wards").await;
    let (in_it, outside) = (forge.client(), forge.client());
    in_it.sign_in("mina").await;
    outside.sign_in("otto").await;
    let by_password = |person: &Person, repo: &str| {
        let remote = forge.https(person, repo).replace(&person.token, &PASSWORD.replace(' ', "%20"));
        person.git(&["ls-remote", &remote])
    };
    assert_eq!(in_it.get("/explore").await.status, 200);
    assert!(by_password(&mina, "mina/beds").ok);

    demand(&forge, "region", OrgPolicy { second_factor: true, ..OrgPolicy::default() }).await;
    let sent = in_it.get("/explore").await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, FACTOR));
    assert!(in_it.get(FACTOR).await.text().contains("You must set up a second factor"));
    assert_eq!(outside.get("/explore").await.status, 200, "who is not in it goes on");
    let refused = by_password(&mina, "mina/beds");
    assert!(!refused.ok, "the password alone lets nobody in by git: {refused:?}");
    assert!(by_password(&otto, "otto/wards").ok);

    demand(&forge, "region", OrgPolicy::default()).await;
    assert_eq!(in_it.get("/explore").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_live_no_longer_than_an_organisation_lets_them() {
    let forge = Forge::new().await;
    let (olive, mina) = (forge.user("olive").await, forge.user("mina").await);
    forge.org("anytown", &[&olive, &mina]).await;
    forge.repo(&mina, "beds").await;
    let app = forge.app();
    let site = app.authorize_site(&CONSOLE).unwrap();
    let name: Username = "mina".parse().unwrap();
    let make = async |days| {
        let new = NewToken {
            name: "backup".to_owned(),
            scopes: "repository:read".parse().unwrap(),
            days,
            only: Vec::new(),
        };
        app.create_token_for(&site, &Origin::console(), &name, &new).await
    };
    let (long, _) = make(90).await.unwrap();
    let uses = |token: &str| {
        let remote = forge.https(&mina, "mina/beds").replace(&mina.token, token);
        mina.git(&["ls-remote", &remote]).ok
    };
    forge.clock().advance(DAY * 11);
    assert!(uses(long.expose()));

    demand(&forge, "anytown", OrgPolicy { longest_token_days: Some(10), ..OrgPolicy::default() }).await;
    assert!(!uses(long.expose()), "it is older than the policy allows");
    let refused = make(11).await.unwrap_err();
    assert!(refused.to_string().contains("A token lasts between 1 and 10 days here."), "{refused}");
    let (short, _) = make(10).await.unwrap();
    assert!(uses(short.expose()));
    let client = forge.client();
    client.sign_in("mina").await;
    let page = client.get("/settings/tokens").await.text();
    assert!(page.contains("10 days") && page.contains("7 days"), "{page}");
    assert!(!page.contains("30 days"), "what is longer is not offered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_above_a_new_ceiling_is_listed_and_narrowed() {
    let forge = Forge::new().await;
    let (olive, mina) = (forge.user("olive").await, forge.user("mina").await);
    forge.user("otto").await;
    forge.org("region", &[&olive]).await;
    forge.org("anytown", &[&mina]).await;
    below(&forge, "anytown", "region").await;
    for (path, visibility) in [
        ("region/beds", Visibility::Internal),
        ("anytown/wards", Visibility::Internal),
        ("anytown/theatres", Visibility::Organisation),
        ("anytown/secret", Visibility::Private),
    ] {
        forge.make_repo(path, visibility, ObjectFormat::Sha1).await;
    }
    let (owner, otto) = (forge.client(), forge.client());
    owner.sign_in("olive").await;
    otto.sign_in("otto").await;
    let policies = "/organisations/region/policies";
    let lower = "/organisations/region/policies/lower";
    assert!(!owner.get(policies).await.text().contains(lower));
    let ceiling = Some(Visibility::Private);
    demand(&forge, "region", OrgPolicy { visibility_ceiling: ceiling, ..OrgPolicy::default() }).await;
    assert_eq!(otto.get("/anytown/wards").await.status, 200, "nothing is narrowed unasked");
    let page = owner.get(policies).await.text();
    for text in ["region/beds", "anytown/wards", "1 other repository"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("theatres") && !page.contains("secret"), "they are not for her to see");
    assert!(!otto.get(policies).await.text().contains(lower));
    assert_eq!(otto.submit(policies, lower, &[]).await.status, 403);

    let done = owner.submit(policies, lower, &[]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    for path in ["/region/beds", "/anytown/wards", "/anytown/theatres"] {
        assert_eq!(otto.get(path).await.status, 404, "{path}");
    }
    assert!(!owner.get(policies).await.text().contains(lower), "there is nothing left to do");
    let member = forge.client();
    member.sign_in("mina").await;
    let why = member.get("/anytown/wards/settings/visibility").await.text();
    assert!(why.contains("The policies of region allow no more."), "{why}");
}

/// A transfer is no way out of what an organisation further up demands.
#[tokio::test(flavor = "multi_thread")]
async fn no_repository_slips_out_of_policies_by_a_transfer() {
    let forge = Forge::new().await;
    let (olive, mina) = (forge.user("olive").await, forge.user("mina").await);
    forge.admin("ada").await;
    forge.org("region", &[&olive]).await;
    forge.org("anytown", &[&mina]).await;
    forge.org("free", &[&mina]).await;
    below(&forge, "anytown", "region").await;
    for name in ["wards", "beds"] {
        forge.make_repo(&format!("anytown/{name}"), Visibility::Private, ObjectFormat::Sha1).await;
    }
    let (owner, ada) = (forge.client(), forge.client());
    owner.sign_in("mina").await;
    ada.sign_in("ada").await;
    let give = async |client: &Client, name: &str, to: &str| {
        let settings = format!("/anytown/{name}/settings");
        client.submit(&settings, &format!("{settings}/transfer"), &[("owner", to)]).await
    };
    for policy in [
        OrgPolicy { widening_needs_second: true, ..OrgPolicy::default() },
        OrgPolicy { visibility_ceiling: Some(Visibility::Organisation), ..OrgPolicy::default() },
        OrgPolicy { required_reviews: 1, ..OrgPolicy::default() },
    ] {
        demand(&forge, "region", policy).await;
        for to in ["mina", "free"] {
            let refused = give(&owner, "wards", to).await;
            assert_eq!(refused.status, 422, "{policy:?}");
            assert!(refused.text().contains("policies that would not hold there"), "{}", refused.text());
        }
        let settings = "/organisations/anytown/settings";
        let fields = [("action", "successor"), ("successor", "free")];
        let refused = owner.submit(settings, settings, &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
    }
    assert_eq!(give(&ada, "beds", "free").await.status, 303, "an administrator of the site may");
    demand(&forge, "free", OrgPolicy { required_reviews: 2, ..OrgPolicy::default() }).await;
    assert_eq!(give(&owner, "wards", "free").await.status, 303, "where it is as strict, it may go");
}
