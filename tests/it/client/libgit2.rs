//! libgit2, as `RStudio` plug-ins, Visual Studio and many scripts bring it; here through pygit2.

use super::{Shallow, Town, python};

#[tokio::test(flavor = "multi_thread")]
async fn journey_over_https() {
    let town = Town::new().await;
    let (remote, program) = (town.forge.url("/alice/beds.git"), Town::program("libgit2.py"));
    town.journey("libgit2-https", &remote, Shallow::Yes, |words| {
        town.run(&python(), &[], &[&[program.as_str()], words].concat())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn journey_over_ssh() {
    let town = Town::new().await;
    let (remote, program) = (town.forge.ssh("alice/beds"), Town::program("libgit2.py"));
    town.journey("libgit2-ssh", &remote, Shallow::Yes, |words| {
        town.run(&python(), &[], &[&[program.as_str()], words].concat())
    });
}
