//! What is demanded before a merge, and the ways of merging that are allowed.

use forge_app::{Read, Receiver};
use forge_core::{Actor, MergeMethod, ObjectFormat, Permission, RefName, Visibility};
use forge_tests::Forge;

const CONSOLE: Actor = Actor::System { reason: "test" };

#[tokio::test(flavor = "multi_thread")]
async fn rules_and_policies_together_say_what_a_merge_needs() {
    let forge = Forge::new().await;
    let (olive, mina) = (forge.user("olive").await, forge.user("mina").await);
    forge.org("anytown", &[&olive, &mina]).await;
    forge.make_repo("anytown/beds", Visibility::Private, ObjectFormat::Sha1).await;
    let owner = forge.client();
    owner.sign_in("olive").await;
    let rules = "/anytown/beds/settings/rules";
    let set = |approvals, statuses| {
        [
            ("action", "set"),
            ("kind", "branch"),
            ("pattern", "main"),
            ("push_names", "mina"),
            ("approvals", approvals),
            ("owners_approval", "true"),
            ("statuses", statuses),
            ("up_to_date", "true"),
        ]
    };
    for (fields, why) in [
        (set("6", ""), "Enter a number from 0 to 5."),
        (set("-1", ""), "Enter a number from 0 to 5."),
        (set("many", ""), "Enter a number from 0 to 5."),
        (set("1", "a\tb"), "The name of a status has 1 to 100 characters"),
    ] {
        let refused = owner.submit(rules, rules, &fields).await;
        assert_eq!(refused.status, 422, "{why}");
        assert!(refused.text().contains(why), "{why}: {}", refused.text());
    }
    let made = owner.submit(rules, rules, &set("1", "ci/tests\r\n\r\nLint and style")).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let page = owner.get(rules).await.text();
    for text in [
        "Whoever may look after the repository, and mina",
        "1 person; they lapse with new commits",
        "Lint and style, ci/tests",
        "Up to date with the branch",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let change =
        page.split("href=\"").find_map(|rest| rest.split('"').next().filter(|url| url.contains("?change=")));
    let change = change.unwrap().replace("#pattern", "");
    let filled = owner.get(&change).await.text();
    for text in [
        "value=\"main\"",
        "Lint and style\nci/tests</textarea>",
        "id=\"approvals\" name=\"approvals\" type=\"text\" value=\"1\"",
    ] {
        assert!(filled.contains(text), "{text}: {filled}");
    }
    forge.make_repo("anytown/wards", Visibility::Private, ObjectFormat::Sha1).await;
    let (id, other) = (owner.get(rules).await.hidden_field("id").unwrap(), "/anytown/wards/settings/rules");
    let foreign = owner.submit(other, other, &[("action", "remove"), ("id", id.as_str())]).await;
    assert_eq!(foreign.status, 404, "a rule of another repository");
    assert!(owner.get(rules).await.text().contains(&id));
    assert!(!owner.get(&format!("{other}?change={id}")).await.text().contains("Lint and style"));
    let demands = async |branch: &str| {
        let access = forge.app().authorize::<Read>(&CONSOLE, &"anytown/beds".parse().unwrap()).await.unwrap();
        forge.app().merge_demands(&access, &RefName::branch(branch).unwrap()).await.unwrap()
    };
    let found = demands("main").await;
    assert_eq!((found.approvals, found.owners_approval, found.approvals_lapse), (1, true, true));
    assert_eq!(found.statuses.len(), 2);
    assert!(found.up_to_date && !found.linear);
    assert_eq!(demands("other").await.approvals, 0);

    let policies = "/organisations/anytown/policies";
    let demand = [
        ("visibility_ceiling", ""),
        ("required_reviews", "2"),
        ("longest_token_days", ""),
        ("repository_makers", ""),
    ];
    let said = owner.submit(policies, policies, &demand).await;
    assert_eq!(said.status, 303, "{}", said.text());
    assert_eq!(demands("main").await.approvals, 2, "the organisation demands more");
    assert_eq!(demands("other").await.approvals, 2, "of every branch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_says_how_it_merges() {
    let forge = Forge::new().await;
    let olive = forge.user("olive").await;
    forge.repo(&olive, "beds").await;
    forge.user("mina").await;
    let owner = forge.client();
    owner.sign_in("olive").await;
    let (settings, merging) = ("/olive/beds/settings", "/olive/beds/settings/merging");
    let none = owner.submit(settings, merging, &[]).await;
    assert_eq!(none.status, 422);
    assert!(none.text().contains("Choose at least one."));
    let chosen = [("merge_method", "squash"), ("merge_method", "fast-forward")];
    let saved = owner.submit(settings, merging, &chosen).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let access = forge.app().authorize::<Read>(&CONSOLE, &"olive/beds".parse().unwrap()).await.unwrap();
    let methods = &access.repo().merge_methods;
    assert_eq!(methods.iter().collect::<Vec<_>>(), [MergeMethod::Squash, MergeMethod::FastForward]);
    let writing = Receiver::Person("mina".parse().unwrap());
    forge.grant("olive/beds", writing, Permission::Write, None).await;
    let writer = forge.client();
    writer.sign_in("mina").await;
    assert_eq!(writer.submit("/olive/beds", merging, &chosen).await.status, 403);
}
