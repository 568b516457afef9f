//! A small town: people, their credentials, and repositories of every kind.

use forge_app::{App, Origin, SignIn, SignInStep};
use forge_core::{Actor, Secret};
use forge_tests::{Forge, PASSWORD};

/// Signs somebody in with a browser and says as whom they act.
pub(super) async fn browser_of(app: &App, name: &str) -> Actor {
    let secret = session_of(app, name).await;
    app.actor_of_session(&Origin::console(), &secret).await.unwrap().unwrap().actor
}

/// The value of the session cookie of somebody who has just signed in.
pub(super) async fn session_of(app: &App, name: &str) -> String {
    let entered =
        SignIn { login: name.to_owned(), password: Secret::from(PASSWORD), user_agent: "a test".to_owned() };
    match app.sign_in(&Origin::console(), &entered).await.unwrap() {
        SignInStep::Done(signed_in) => signed_in.secret.expose().clone(),
        SignInStep::SecondFactor(_) => panic!("{name} has no second factor"),
    }
}

/// The fingerprint of somebody's SSH key.
pub(super) async fn fingerprint_of(app: &App, name: &str) -> String {
    let me = app.authorize_me(&browser_of(app, name).await).unwrap();
    app.ssh_keys(&me).await.unwrap().remove(0).fingerprint
}

/// Puts something into a repository, by git.
pub(super) fn fill(forge: &Forge, person: &forge_tests::Person, repo: &str) -> String {
    let work = person.work_tree();
    work.write("LICENSE", "MIT\n");
    let head = work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(person, repo), "main"]).unwrap();
    head
}
