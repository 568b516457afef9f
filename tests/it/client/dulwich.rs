//! Dulwich: git in pure Python, as many tools for data carry it.

use super::{Shallow, Town, python};

#[tokio::test(flavor = "multi_thread")]
async fn journey_over_https() {
    let town = Town::new().await;
    let (remote, program) = (town.forge.url("/alice/beds.git"), Town::program("dulwich_client.py"));
    town.journey("dulwich-https", &remote, Shallow::Yes, |words| {
        town.run(&python(), &[], &[&[program.as_str()], words].concat())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn journey_over_ssh() {
    let town = Town::new().await;
    let (remote, program) = (town.forge.ssh("alice/beds"), Town::program("dulwich_client.py"));
    town.journey("dulwich-ssh", &remote, Shallow::Yes, |words| {
        town.run(&python(), &[], &[&[program.as_str()], words].concat())
    });
}
