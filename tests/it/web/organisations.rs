//! Organisations through time: other names, the register, successors, and people who leave.

use forge_app::Origin;
use forge_core::{Actor, ObjectFormat, Visibility};
use forge_tests::{Client, Forge};

/// Two organisations that do not exist, as the files of the register have them.
const ORGANISATIONS: &str = "\
\"ZZ1\",\"ANYTOWN HOSPITALS NHS TRUST\",\"Y54\",\"QXX\",\"1 HIGH STREET\",,,\"ANYTOWN\",,\"AA1 1AA\",\"20010401\",\"20260331\",,,,,,,,,,\"0\",,,,,\r
\"ZZ2\",\"ANYTOWN, \"\"DISTRICT\"\" AND COAST NHS TRUST\",\"Y54\",\"QXX\",\"1 HIGH STREET\",,,\"ANYTOWN\",,\"AA1 1AA\",\"20260401\",,,,,,,,,,,\"0\",,,,,\r
\"?\",\"NOT AN ORGANISATION\",,,,,,,,,,,,,,,,,,,,,,,,,\r
";
const SUCCESSIONS: &str =
    "\"ZZ1\",\"ZZ2\",\"M\",\"20260401\",\"1\"\r\n\"ZZ9\",\"ZZ2\",\"M\",\"20260401\",\"1\"\r\n";

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_organisation_moves_to_its_successor_and_links_stay() {
    let forge = Forge::new().await;
    let olive = forge.user("olive").await;
    forge.admin("ada").await;
    let (ada, owner) = (signed_in(&forge, "ada").await, signed_in(&forge, "olive").await);
    for (name, code) in [("anytown", "ZZ1"), ("district", "ZZ2")] {
        forge.org(name, &[&olive]).await;
        let settings = format!("/organisations/{name}/settings");
        let about = [("action", "about"), ("display_name", name), ("ods_code", code)];
        let refused = owner.submit(&settings, &settings, &about).await;
        assert_eq!(refused.status, 422, "a code lets people in: its owner cannot claim one");
        assert!(!owner.get(&settings).await.text().contains("name=\"ods_code\""));
        assert_eq!(ada.submit(&settings, &settings, &about).await.status, 303);
        let kept = owner.submit(&settings, &settings, &about[..2]).await;
        assert_eq!(kept.status, 303, "the rest is for its owner: {}", kept.text());
        assert!(owner.get(&settings).await.text().contains(code), "and the code stays");
    }
    let new = [("display_name", "Mine"), ("name", "mine"), ("description", ""), ("ods_code", "ZZ3")];
    let claimed = owner.submit("/organisations/new", "/organisations/new", &new).await;
    assert_eq!(claimed.status, 422);
    assert!(claimed.text().contains("Only an administrator of the site gives"), "{}", claimed.text());
    let app = forge.app();
    let site = app.authorize_site(&Actor::System { reason: "test" }).unwrap();
    for _ in 0..2 {
        let done = app.import_ods(&site, &Origin::console(), ORGANISATIONS).await.unwrap();
        assert_eq!((done.organisations, done.closed, done.refused, done.total), (2, 1, 1, 2));
        assert_eq!(done.reasons[0].0, 3);
        let done = app.import_ods(&site, &Origin::console(), SUCCESSIONS).await.unwrap();
        assert_eq!((done.successions, done.unknown, done.total), (1, 1, 2));
    }
    forge.make_repo("anytown/beds", Visibility::Private, ObjectFormat::Sha1).await;
    let work = olive.work_tree();
    work.commit("a", "1");
    let remote = forge.https(&olive, "anytown/beds");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let client = signed_in(&forge, "olive").await;
    let page = client.get("/anytown").await.text();
    for text in ["This organisation is closed", "since 2026-03-31", "DISTRICT", "href=\"/district\""] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(client.get("/district").await.text().contains("open since 2026-04-01"));
    let register = ada.get("/admin/register").await.text();
    for text in
        ["The register has 2 organisations.", "1 line not understood", "1 succession", "ODS ZZ1", "Closed"]
    {
        assert!(register.contains(text), "{text}: {register}");
    }
    let settings = "/organisations/anytown/settings";
    for bad in ["nowhere", "anytown"] {
        let refused = client.submit(settings, settings, &[("action", "successor"), ("successor", bad)]).await;
        assert_eq!(refused.status, 422, "{bad}");
    }
    let moved =
        client.submit(settings, settings, &[("action", "successor"), ("successor", "district")]).await;
    assert_eq!(moved.status, 303, "{}", moved.text());
    assert_eq!(client.get("/anytown/beds").await.header("location"), "/district/beds");
    work.commit("a", "2");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    assert_eq!(client.get("/district/beds").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_name_leads_on_and_nobody_gets_the_clones() {
    let forge = Forge::new().await;
    let olive = forge.user("olive").await;
    forge.user("otto").await;
    forge.org("anytown", &[&olive]).await;
    forge.make_repo("anytown/beds", Visibility::Private, ObjectFormat::Sha1).await;
    let (owner, otto) = (signed_in(&forge, "olive").await, signed_in(&forge, "otto").await);
    let settings = "/organisations/anytown/settings";
    let rename = |name| [("action", "rename"), ("name", name)];
    assert_eq!(owner.submit(settings, settings, &rename("otto")).await.status, 422, "somebody has it");
    assert_eq!(owner.submit(settings, settings, &rename("a b")).await.status, 422);
    let renamed = owner.submit(settings, settings, &rename("newtown")).await;
    assert_eq!(renamed.header("location"), "/organisations/newtown/settings", "{}", renamed.text());
    assert_eq!(owner.get("/anytown").await.header("location"), "/newtown");
    assert_eq!(owner.get("/anytown/beds").await.header("location"), "/newtown/beds");
    assert_eq!(otto.get("/anytown/beds").await.status, 404, "only for those who may see it");
    let work = olive.work_tree();
    work.commit("a", "1");
    work.git(&["push", "--quiet", &forge.ssh("anytown/beds"), "main"]).unwrap();
    assert_eq!(owner.get("/newtown/beds/tree/main").await.status, 200);
    let new = [("display_name", "Mine"), ("name", "anytown"), ("description", ""), ("ods_code", "")];
    let taken = otto.submit("/organisations/new", "/organisations/new", &new).await;
    assert_eq!(taken.status, 422, "the old name is for nobody else: clones still use it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_leaver_alone_owns_is_listed_and_handed_over() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let (lena, hari) = (forge.user("lena").await, forge.user("hari").await);
    forge.repo(&lena, "beds").await;
    forge.org("anytown", &[&lena, &hari]).await;
    let app = forge.app();
    forge.team("anytown", "analysts", None, &[]).await;
    let console = Actor::System { reason: "test" };
    let team = app
        .authorize_team(&console, &"anytown".parse().unwrap(), &"analysts".parse().unwrap())
        .await
        .unwrap();
    app.set_team_member(&team, &Origin::console(), &"lena".parse().unwrap(), true).await.unwrap();
    let (ada, hari) = (signed_in(&forge, "ada").await, signed_in(&forge, "hari").await);
    let leaver = "/admin/leavers/lena";
    assert_eq!(hari.get(leaver).await.status, 404);
    assert!(ada.get("/lena").await.text().contains(leaver));
    let page = ada.get(leaver).await.text();
    for text in ["lena/beds", "anytown: analysts", "Organisations that nobody else owns"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for bad in ["", "who", "lena"] {
        let refused = ada.submit(leaver, leaver, &[("successor", bad), ("switch_off", "true")]).await;
        assert_eq!(refused.status, 422, "{bad}");
    }
    let done = ada.submit(leaver, leaver, &[("successor", "hari"), ("switch_off", "true")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert!(ada.get(leaver).await.text().contains("there is nothing to hand over"));
    assert_eq!(hari.get("/hari/beds").await.status, 200);
    assert_eq!(hari.get("/organisations/anytown/settings").await.status, 200, "an owner now");
    assert!(hari.get("/organisations/anytown/teams/analysts").await.text().contains("Maintainer"));
    assert!(!lena.git(&["ls-remote", &forge.https(&lena, "lena/beds")]).ok, "the account is off");
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_hand_over_what_a_member_alone_looks_after() {
    let forge = Forge::new().await;
    let (olive, lena, hari) = (forge.user("olive").await, forge.user("lena").await, forge.user("hari").await);
    forge.user("otto").await;
    forge.repo(&lena, "own").await;
    forge.org("anytown", &[&olive, &lena, &hari]).await;
    forge.org("elsewhere", &[&lena]).await;
    let app = forge.app();
    let console = Actor::System { reason: "test" };
    for (org, name) in [("anytown", "analysts"), ("elsewhere", "others")] {
        forge.team(org, name, None, &[]).await;
        let team = app.authorize_team(&console, &org.parse().unwrap(), &name.parse().unwrap()).await.unwrap();
        app.set_team_member(&team, &Origin::console(), &"lena".parse().unwrap(), true).await.unwrap();
    }
    let (owner, member) = (signed_in(&forge, "olive").await, signed_in(&forge, "hari").await);
    let leaver = "/organisations/anytown/leavers/lena";
    assert!(owner.get("/organisations/anytown/members").await.text().contains(leaver));
    assert_eq!(member.get(leaver).await.status, 403);
    assert_eq!(owner.get("/organisations/anytown/leavers/otto").await.status, 404, "who is not in it");
    let page = owner.get(leaver).await.text();
    assert!(page.contains("analysts"), "{page}");
    for hidden in ["others", "elsewhere", "lena/own"] {
        assert!(!page.contains(hidden), "{hidden} is not for the owners of this one");
    }
    for bad in ["", "lena", "otto", "who", "a b"] {
        let refused = owner.submit(leaver, leaver, &[("successor", bad)]).await;
        assert_eq!(refused.status, 422, "{bad}");
    }
    let done = owner.submit(leaver, leaver, &[("successor", "hari")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert!(member.get("/organisations/anytown/teams/analysts").await.text().contains("Maintainer"));
    assert!(!owner.get("/organisations/anytown/members").await.text().contains(leaver), "they are gone");
    let lena = signed_in(&forge, "lena").await;
    assert_eq!(lena.get("/lena/own").await.status, 200, "the account stays");

    let last = "/organisations/anytown/leavers/olive";
    assert!(owner.get(last).await.text().contains("Nobody else owns the organisation."));
    assert_eq!(owner.submit(last, last, &[("successor", "hari")]).await.status, 303);
    assert_eq!(member.get("/organisations/anytown/settings").await.status, 200, "an owner now");
    assert_eq!(owner.get("/organisations/anytown/settings").await.status, 403);
    let free = "/organisations/anytown/leavers/hari";
    assert!(member.get(free).await.text().contains("Nobody else owns"));
}
