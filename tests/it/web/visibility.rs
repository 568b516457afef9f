//! Who may see a repository: public ones, second persons, ends, and policies from above.

use forge_app::Origin;
use forge_core::{Actor, Duties, ObjectFormat, OrgRole, Visibility};
use forge_tests::{Client, Forge};

use super::mail::mails;

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn public_repositories_are_read_by_everybody_and_the_rest_stays_hidden() {
    let forge = Forge::with(|config| config.access.public_repositories = true).await;
    let olive = forge.user("olive").await;
    forge.make_repo("olive/open", Visibility::Public, ObjectFormat::Sha1).await;
    forge.make_repo("olive/shut", Visibility::Internal, ObjectFormat::Sha1).await;
    let work = olive.work_tree();
    let head = work.commit("README.md", "# Beds\n");
    for repo in ["olive/open", "olive/shut"] {
        work.git(&["push", "--quiet", &forge.https(&olive, repo), "main"]).unwrap();
    }
    let nobody = forge.client();
    for rest in [
        "",
        "/tree/main",
        "/blob/main/README.md",
        "/raw/main/README.md",
        "/commits/main",
        "/branches",
        "/tags",
        "/archive/main.zip",
    ] {
        let found = nobody.get(&format!("/olive/open{rest}")).await;
        assert!(matches!(found.status.as_u16(), 200 | 303), "{rest}: {}", found.status);
        assert_ne!(
            found.header("location"),
            forge_web::url::sign_in_then(&format!("/olive/open{rest}")),
            "{rest}"
        );
        for repo in ["shut", "none"] {
            let hidden = nobody.get(&format!("/olive/{repo}{rest}")).await;
            let there = format!("/olive/{repo}{rest}");
            assert_eq!(hidden.header("location"), forge_web::url::sign_in_then(&there), "{there}");
            assert!(hidden.body.is_empty());
        }
    }
    assert!(nobody.get("/olive/open").await.text().contains("Sign in"));
    assert_eq!(nobody.get("/olive/open/settings").await.status, 303, "more than reading asks to sign in");
    assert_eq!(nobody.get(&format!("/olive/open/commit/{head}")).await.status, 200);
    for path in ["/olive", "/approvals"] {
        assert_eq!(nobody.get(path).await.status, 303, "{path}");
    }
    assert!(nobody.get("/").await.text().contains("Look at public repositories"));
    let explore = nobody.get("/explore").await.text();
    assert!(explore.contains("olive/open") && explore.contains("1 repository"), "{explore}");
    assert!(!explore.contains("olive/shut"), "{explore}");
    let searched = nobody.get("/explore?q=shut").await.text();
    assert!(searched.contains("0 repositories"), "not even a count: {searched}");
    let copy = olive.clone_of(&forge.anonymous("olive/open"), &[]).unwrap();
    assert!(!copy.try_git(&["push", "origin", "HEAD:more"]).ok, "reading is not pushing");
    let asked = "/info/refs?service=git-upload-pack";
    let shut = nobody.get(&format!("/olive/shut.git{asked}")).await;
    let none = nobody.get(&format!("/olive/none.git{asked}")).await;
    assert_eq!((shut.status.as_u16(), &shut.body), (401, &none.body));
    assert_eq!(shut.header("www-authenticate"), none.header("www-authenticate"));
    let wrong = [("authorization", "Basic eDp3cm9uZw==")];
    let wrong = nobody.send(http::Method::GET, &format!("/olive/open.git{asked}"), &wrong, "").await;
    assert_eq!(wrong.status, 401, "wrong credentials are wrong, even where none are needed");

    let owner = signed_in(&forge, "olive").await;
    let visibility = "/olive/open/settings/visibility";
    assert_eq!(owner.submit(visibility, visibility, &[("visibility", "private")]).await.status, 303);
    assert_eq!(nobody.get("/olive/open").await.status, 303, "at once");
    assert_eq!(nobody.get("/olive/open/archive/main.zip").await.status, 303);
    assert!(!copy.try_git(&["fetch", "origin"]).ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_agrees_or_refuses() {
    let forge = Forge::new().await;
    let (orla, ines) = (forge.user("orla").await, forge.user("ines").await);
    forge.user("otto").await;
    forge.org("anytown", &[&orla, &ines]).await;
    let app = forge.app();
    let access =
        app.authorize_org(&Actor::System { reason: "test" }, &"anytown".parse().unwrap()).await.unwrap();
    let duties = Duties { information_governance: true, ..Duties::default() };
    app.set_member(&access, &Origin::console(), &"ines".parse().unwrap(), OrgRole::Reader, duties)
        .await
        .unwrap();
    forge.make_repo("anytown/beds", Visibility::Private, ObjectFormat::Sha1).await;
    let (owner, governor, otto) =
        (signed_in(&forge, "orla").await, signed_in(&forge, "ines").await, signed_in(&forge, "otto").await);
    let policies = "/organisations/anytown/policies";
    let policy = |second, ceiling| {
        [
            ("visibility_ceiling", ceiling),
            ("widening_needs_second", second),
            ("required_reviews", "1"),
            ("longest_token_days", "30"),
            ("repository_makers", "maintainer"),
        ]
    };
    assert_eq!(governor.submit("/settings/profile", policies, &policy("true", "")).await.status, 403);
    assert_eq!(owner.submit(policies, policies, &policy("true", "")).await.status, 303);
    let shown = governor.get(policies).await.text();
    assert!(
        shown.contains("set by anytown") && shown.contains("30 days") && shown.contains("Maintainers"),
        "{shown}"
    );
    mails(&forge).await;
    let visibility = "/anytown/beds/settings/visibility";
    let ask = [("visibility", "internal"), ("reason", "Other trusts want it"), ("days", "30")];
    assert_eq!(owner.submit(visibility, visibility, &ask).await.status, 303);
    assert_eq!(otto.get("/anytown/beds").await.status, 404, "not before somebody has agreed");
    let told = mails(&forge).await;
    assert_eq!(told.len(), 1, "whoever may decide and did not ask: {told:?}");
    for text in [
        "ines@example.nhs.uk",
        "Other trusts want it",
        "orla asks to let more people see anytown/beds",
        "/approvals",
    ] {
        assert!(told[0].contains(text), "{text}: {}", told[0]);
    }
    assert!(owner.get("/approvals").await.text().contains("somebody else must decide"));
    assert!(otto.get("/approvals").await.text().contains("Nothing waits for you."));
    let page = governor.get("/approvals").await;
    assert!(page.text().contains("Other trusts want it") && page.text().contains("for 30 days"));
    let id = page.hidden_field("id").unwrap();
    let decide = |action, note| [("action", action), ("id", id.as_str()), ("note", note)];
    assert_eq!(owner.submit("/approvals", "/approvals", &decide("agree", "")).await.status, 403);
    assert_eq!(otto.submit("/settings/profile", "/approvals", &decide("agree", "")).await.status, 404);
    assert_eq!(governor.submit("/approvals", "/approvals", &decide("refuse", "")).await.status, 422);
    assert_eq!(
        governor.submit("/approvals", "/approvals", &decide("agree", "No data in it")).await.status,
        303
    );
    assert_eq!(otto.get("/anytown/beds").await.status, 200);
    let told = mails(&forge).await;
    assert_eq!(told.len(), 1, "{told:?}");
    for text in ["orla@example.nhs.uk", "ines has agreed", "No data in it"] {
        assert!(told[0].contains(text), "{text}: {}", told[0]);
    }
    assert_eq!(
        governor.submit("/approvals", "/settings/profile", &decide("agree", "")).await.status,
        400,
        "a form of one page is none of another"
    );
    let again = governor.submit("/settings/profile", "/approvals", &decide("refuse", "No")).await;
    assert_eq!(again.status, 422, "a request is decided once");
    let history = owner.get(visibility).await.text();
    for text in ["Private to internal", "Decided by ines: No data in it", "Until"] {
        assert!(history.contains(text), "{text}");
    }
    // Narrowing needs nobody.
    assert_eq!(owner.submit(visibility, visibility, &[("visibility", "private")]).await.status, 303);
    assert_eq!(otto.get("/anytown/beds").await.status, 404);
    assert_eq!(owner.submit(policies, policies, &policy("true", "organisation")).await.status, 303);
    let over = owner.submit(visibility, visibility, &ask).await;
    assert_eq!(over.status, 422);
    assert!(over.text().contains("A policy of anytown allows organisation at most."), "{}", over.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_come_from_above_and_nobody_slips_out() {
    let forge = Forge::new().await;
    let (rena, orla, mina) = (forge.user("rena").await, forge.user("orla").await, forge.user("mina").await);
    forge.org("region", &[&rena]).await;
    forge.org("anytown", &[&orla, &rena, &mina]).await;
    forge.role("anytown", &rena, OrgRole::Owner).await;
    let (region, owner, mina) =
        (signed_in(&forge, "rena").await, signed_in(&forge, "orla").await, signed_in(&forge, "mina").await);
    let settings = "/organisations/anytown/settings";
    assert_eq!(mina.get(settings).await.status, 403);
    let below = |parent| [("action", "parent"), ("parent", parent)];
    assert_eq!(owner.submit(settings, settings, &below("region")).await.status, 422, "only who owns both");
    assert_eq!(region.submit(settings, settings, &below("nowhere")).await.status, 422);
    assert_eq!(region.submit(settings, settings, &below("anytown")).await.status, 422, "not below itself");
    assert_eq!(region.submit(settings, settings, &below("region")).await.status, 303);
    assert_eq!(owner.submit(settings, settings, &below("")).await.status, 422, "nor does anybody slip out");
    let policies = "/organisations/region/policies";
    let strict = [
        ("visibility_ceiling", "private"),
        ("required_reviews", "9"),
        ("longest_token_days", ""),
        ("repository_makers", "maintainer"),
    ];
    assert_eq!(region.submit(policies, policies, &strict).await.status, 422, "nine reviews are too many");
    let strict = strict.map(|(name, value)| if value == "9" { (name, "2") } else { (name, value) });
    assert_eq!(region.submit(policies, policies, &strict).await.status, 303);
    let page = owner.get("/organisations/anytown/policies").await.text();
    assert!(page.contains("set by region"), "{page}");
    let profile = owner.get("/anytown").await.text();
    assert!(profile.contains("Part of") && owner.get("/region").await.text().contains("Organisations below"));
    let new = |visibility| {
        [
            ("owner", "anytown"),
            ("name", "beds"),
            ("description", ""),
            ("visibility", visibility),
            ("licence", ""),
        ]
    };
    let refused = mina.submit("/new", "/new", &new("private")).await;
    assert!(refused.text().contains("it takes a maintainer to make a repository"), "{}", refused.text());
    assert_eq!(owner.submit("/new", "/new", &new("internal")).await.status, 422);
    assert_eq!(owner.submit("/new", "/new", &new("private")).await.status, 303);
    let about = |website| {
        [("action", "about"), ("display_name", "Anytown"), ("description", "Beds"), ("website", website)]
    };
    assert_eq!(owner.submit(settings, settings, &about("javascript:alert(1)")).await.status, 422);
    assert_eq!(owner.submit(settings, settings, &about("https://www.example.nhs.uk")).await.status, 303);
    assert!(owner.get("/anytown").await.text().contains("https://www.example.nhs.uk"));
}
