//! Many at once.

use forge_app::{NewUser, Origin};
use forge_core::{Email, Secret};
use forge_tests::Forge;

/// Of many pushes of different commits to one branch, one wins each round, and the ref is always one of them.
#[tokio::test(flavor = "multi_thread")]
async fn one_push_wins_each_race() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.https(&alice, "alice/beds");
    let base = alice.work_tree();
    base.commit("base", "0");
    base.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let racers: Vec<_> = (0..8)
        .map(|number| {
            let work = alice.clone_of(&remote, &[]).unwrap();
            work.commit(&format!("racer {number}"), number.to_string());
            work
        })
        .collect();
    let heads: Vec<_> = racers.iter().map(forge_tests::WorkTree::head).collect();
    let outcomes: Vec<bool> = std::thread::scope(|scope| {
        let running: Vec<_> = racers
            .iter()
            .map(|work| scope.spawn(|| work.try_git(&["push", "--quiet", &remote, "HEAD:main"]).ok))
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|won| **won).count(), 1, "{outcomes:?}");
    let winner = outcomes.iter().position(|won| *won).unwrap();
    let now = base.git(&["ls-remote", &remote, "refs/heads/main"]).unwrap();
    assert!(now.starts_with(&heads[winner]));
    alice.clone_of(&remote, &[]).unwrap().fsck();
}

/// The link for the first administrator works once, also for two who use it at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn one_person_becomes_the_first_administrator() {
    let forge = Forge::new().await;
    let app = forge.app();
    let link = app.offer_setup().await.unwrap().unwrap();
    let newcomer = |name: &str| NewUser {
        name: name.parse().unwrap(),
        display_name: String::new(),
        email: Email::new(&format!("{name}@example.nhs.uk")).unwrap(),
        password: Secret::from("tea biscuits umbrella"),
        is_admin: false,
    };
    let origin = Origin::console();
    let (one, two, three, four) = tokio::join!(
        app.set_up(&origin, link.expose(), newcomer("ines")),
        app.set_up(&origin, link.expose(), newcomer("maya")),
        app.set_up(&origin, link.expose(), newcomer("tom")),
        app.set_up(&origin, link.expose(), newcomer("priya")),
    );
    let made = [one, two, three, four].into_iter().flatten().count();
    assert_eq!(made, 1);
}
