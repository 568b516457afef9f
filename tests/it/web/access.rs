//! Giving people and teams access to a repository, and who can see it and why.

use forge_core::{ObjectFormat, Visibility};
use forge_tests::{Client, Forge};

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outside_collaborator_comes_and_goes() {
    let forge = Forge::new().await;
    let (olive, otto) = (forge.user("olive").await, forge.user("otto").await);
    forge.repo(&olive, "beds").await;
    let (owner, client) = (signed_in(&forge, "olive").await, signed_in(&forge, "otto").await);
    let access = "/olive/beds/settings/access";
    assert_eq!(client.get("/olive/beds").await.status, 404);
    let give = |name, permission, days| {
        [("action", "give"), ("username", name), ("permission", permission), ("days", days)]
    };
    for (fields, why) in [
        (give("", "write", ""), "Enter a username"),
        (give("nobody", "write", ""), "There is no person of this name."),
        (give("otto", "king", ""), "A permission is read"),
        (give("otto", "write", "0"), "Enter a number of days from 1"),
        (give("otto", "write", "99999"), "Enter a number of days from 1"),
        (give("olive", "write", ""), "It is theirs"),
    ] {
        let answer = owner.submit(access, access, &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        assert!(answer.text().contains(why), "{why}");
    }
    let given = owner.submit(access, access, &give("otto", "write", "30")).await;
    assert_eq!(given.status, 303, "{}", given.text());
    assert_eq!(client.get("/olive/beds").await.status, 200);
    assert_eq!(client.get("/olive/beds/settings").await.status, 403, "pushing is not looking after");
    assert_eq!(client.get(access).await.status, 403);
    assert!(
        client.get("/").await.text().contains("olive/beds"),
        "what is given to somebody is on their start page"
    );
    let work = otto.work_tree();
    work.commit("a", "1");
    work.git(&["push", "--quiet", &forge.ssh("olive/beds"), "main"]).unwrap();

    let page = owner.get(access).await;
    for text in
        ["From outside", "Given to them: Push, until", "It is theirs", "only the people below can see it"]
    {
        assert!(page.text().contains(text), "{text}");
    }
    let id = page.hidden_field("id").unwrap();
    let other = signed_in(&forge, "otto").await;
    let stolen = [("action", "revoke"), ("id", id.as_str())];
    assert_eq!(other.submit("/settings/profile", access, &stolen).await.status, 403);
    assert_eq!(owner.submit(access, access, &stolen).await.status, 303);
    assert_eq!(client.get("/olive/beds").await.status, 404, "at once");
    assert!(!work.try_git(&["push", &forge.ssh("olive/beds"), "main:more"]).ok);
    assert!(!client.get("/").await.text().contains("olive/beds"));
    assert_eq!(owner.submit(access, access, &stolen).await.status, 404, "it is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_and_counts_nothing_hidden() {
    let forge = Forge::new().await;
    let olive = forge.user("olive").await;
    forge.user("otto").await;
    forge.org("anytown", &[&olive]).await;
    forge.repo(&olive, "kestrel").await;
    forge.make_repo("anytown/kestrel-wards", Visibility::Organisation, ObjectFormat::Sha1).await;
    let (own, other) = (signed_in(&forge, "olive").await, signed_in(&forge, "otto").await);
    assert!(own.get("/explore?q=kestrel").await.text().contains("2 repositories"));
    let (hidden, missing) = (other.get("/explore?q=kestrel").await, other.get("/explore?q=osprey").await);
    let essence = |text: &str| text.replace("osprey", "kestrel");
    let token = |text: &str, token: Option<String>| token.map_or(text.to_owned(), |t| text.replace(&t, ""));
    assert_eq!(
        token(&essence(&hidden.text()), hidden.hidden_field("csrf")),
        token(&essence(&missing.text()), missing.hidden_field("csrf")),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_made_given_access_and_left() {
    let forge = Forge::new().await;
    let (orla, tess) = (forge.user("orla").await, forge.user("tess").await);
    forge.user("otto").await;
    forge.org("anytown", &[&orla, &tess]).await;
    forge.role("anytown", &tess, forge_core::OrgRole::Reader).await;
    forge.make_repo("anytown/beds", Visibility::Private, ObjectFormat::Sha1).await;
    let (owner, client) = (signed_in(&forge, "orla").await, signed_in(&forge, "tess").await);
    let teams = "/organisations/anytown/teams";
    let new = |name, parent| {
        [("display_name", "Bed team"), ("name", name), ("description", ""), ("parent", parent)]
    };
    assert_eq!(client.submit("/settings/profile", teams, &new("mine", "")).await.status, 403);
    assert_eq!(
        owner.submit(teams, teams, &new("analysts", "")).await.header("location"),
        format!("{teams}/analysts")
    );
    assert_eq!(owner.submit(teams, teams, &new("Analysts", "")).await.status, 422, "a name is taken once");
    assert_eq!(owner.submit(teams, teams, &new("beds", "nowhere")).await.status, 422);
    assert_eq!(owner.submit(teams, teams, &new("beds", "analysts")).await.status, 303);
    let beds = "/organisations/anytown/teams/beds";
    let stranger = [("action", "add"), ("username", "otto")];
    assert_eq!(owner.submit(beds, beds, &stranger).await.status, 422, "only members of the organisation");
    let maintains = [("action", "make-maintainer"), ("username", "tess")];
    assert_eq!(owner.submit(beds, beds, &maintains).await.status, 303);
    let page = client.get(beds).await.text();
    assert!(page.contains("Maintainer") && page.contains("Part of"), "{page}");
    assert_eq!(client.submit(beds, beds, &[("action", "add"), ("username", "orla")]).await.status, 303);
    assert_eq!(
        client.submit(beds, beds, &[("action", "delete"), ("confirmation", "beds")]).await.status,
        403,
        "a maintainer manages people and does not delete"
    );
    assert_eq!(client.get("/organisations/anytown/teams/none").await.status, 404);

    let access = "/anytown/beds/settings/access";
    assert_eq!(client.get("/anytown/beds/settings").await.status, 403);
    let give = [("action", "give"), ("team", "analysts"), ("permission", "maintain"), ("days", "")];
    assert_eq!(owner.submit(access, access, &give).await.status, 303);
    assert_eq!(client.get("/anytown/beds/settings").await.status, 200, "by the team above hers");
    assert!(owner.get(access).await.text().contains("In the team Bed team, which was given: Look after"));
    let wrong = [("action", "delete"), ("confirmation", "wards")];
    let analysts = "/organisations/anytown/teams/analysts";
    assert_eq!(owner.submit(analysts, analysts, &wrong).await.status, 422);
    let right = [("action", "delete"), ("confirmation", "analysts")];
    assert_eq!(owner.submit(analysts, analysts, &right).await.status, 303);
    assert_eq!(client.get("/anytown/beds/settings").await.status, 403, "the grant went with the team");
    assert_eq!(client.get(beds).await.status, 404, "the teams below go too");
}
