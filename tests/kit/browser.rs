//! A real browser: headless Chromium, driven over `WebDriver` (W3C).

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::git::program;
use crate::http::Client;

/// A running Chromium with its driver. Both end when it is dropped.
pub struct Browser {
    driver: Child,
    client: Client,
    session: String,
    _profile: TempDir,
}

/// The page that is shown.
pub struct Page<'a> {
    browser: &'a Browser,
}

impl Browser {
    /// Starts one, with or without scripts.
    pub async fn start(scripts: bool) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the test command says where the browser is")]
        let path = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
        let (driver, port) = start_driver(&path("FORGE_TEST_BROWSER_DRIVER", "/usr/bin/chromedriver"));
        let client = Client::new(([127, 0, 0, 1], port).into());
        let profile = tempfile::tempdir().expect("a profile");
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if !scripts {
            arguments.push("--blink-settings=scriptEnabled=false".to_owned());
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": {
                "binary": path("FORGE_TEST_BROWSER", "/usr/bin/chromium"), "args": arguments,
            },
        } } });
        let answer = call(&client, http::Method::POST, "/session", &wanted).await;
        let session = answer["sessionId"].as_str().expect("a session").to_owned();
        Self { driver, client, session, _profile: profile }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        call(&self.client, http::Method::POST, &format!("/session/{}{path}", self.session), &body).await
    }

    async fn get(&self, path: &str) -> Value {
        call(&self.client, http::Method::GET, &format!("/session/{}{path}", self.session), &Value::Null).await
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) -> Page<'_> {
        self.post("/url", json!({ "url": url })).await;
        Page { browser: self }
    }

    /// What the console has said since it was last asked: errors, and what the content security policy refused.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({ "type": "browser" })).await;
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| format!("{}: {}", entry["level"], entry["message"])).collect()
    }

    /// The addresses that pages have asked for over the network since it was last asked.
    pub async fn requests(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({ "type": "performance" })).await;
        let entries = entries.as_array().cloned().unwrap_or_default();
        let events = entries.iter().filter_map(|entry| entry["message"].as_str());
        let events = events.filter_map(|event| serde_json::from_str::<Value>(event).ok());
        events
            .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
            .filter_map(|event| event["message"]["params"]["request"]["url"].as_str().map(str::to_owned))
            .filter(|url| url.starts_with("http") || url.starts_with("ws"))
            .collect()
    }

    /// Gives the browser a device that makes passkeys and always finds its owner there.
    pub async fn add_authenticator(&self) -> String {
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        });
        let made = self.post("/webauthn/authenticator", device).await;
        made.as_str().expect("a device").to_owned()
    }

    /// The passkeys on a device.
    pub async fn passkeys(&self, device: &str) -> Vec<Value> {
        let found = self.get(&format!("/webauthn/authenticator/{device}/credentials")).await;
        found.as_array().cloned().unwrap_or_default()
    }

    /// Makes the window this wide and high, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        self.post("/window/rect", json!({ "width": width, "height": height })).await;
    }
}

impl Page<'_> {
    /// The title.
    pub async fn title(&self) -> String {
        self.browser.get("/title").await.as_str().unwrap_or_default().to_owned()
    }

    /// The address.
    pub async fn url(&self) -> String {
        self.browser.get("/url").await.as_str().unwrap_or_default().to_owned()
    }

    /// What a person reads.
    pub async fn text(&self) -> String {
        let body = self.element("body").await;
        self.browser.get(&format!("/element/{body}/text")).await.as_str().unwrap_or_default().to_owned()
    }

    /// Types into the field that a CSS selector finds.
    pub async fn fill(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.browser.post(&format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// Clicks what a CSS selector finds.
    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.browser.post(&format!("/element/{element}/click"), json!({})).await;
    }

    /// Presses a key, named by its code point in WebDriver or by the character it writes.
    pub async fn press(&self, key: char) {
        let strokes = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.browser.post("/actions", actions).await;
    }

    /// Runs a script of the driver and says what it returns. This works where the page's own scripts are off too.
    pub async fn script(&self, script: &str) -> Value {
        self.browser.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// A picture of the window, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        let picture = self.browser.get("/screenshot").await;
        base64::engine::general_purpose::STANDARD
            .decode(picture.as_str().unwrap_or_default())
            .expect("a picture")
    }

    async fn element(&self, selector: &str) -> String {
        let found =
            self.browser.post("/element", json!({ "using": "css selector", "value": selector })).await;
        let id = found.as_object().and_then(|object| object.values().next()).and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("nothing on the page is `{selector}`: {found}")).to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

async fn call(client: &Client, method: http::Method, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = client.send(method, path, &[("content-type", "application/json")], body).await;
    let value: Value = serde_json::from_slice(&answer.body).expect("an answer in JSON");
    assert!(answer.status.is_success(), "{path}: {value}");
    value["value"].clone()
}

/// How often the driver is started anew: it looks for a free port, and somebody else may be quicker to take it.
const TRIES: usize = 3;

fn start_driver(path: &str) -> (Child, u16) {
    for _ in 0..TRIES {
        let mut command = program(path);
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().expect("chromedriver starts");
        if let Some(port) = port_of(&mut driver) {
            return (driver, port);
        }
        let _ = driver.wait();
    }
    panic!("chromedriver found no port")
}

/// The port that the driver listens on; nothing if it ended without one.
fn port_of(driver: &mut Child) -> Option<u16> {
    let output = driver.stdout.take().expect("its output");
    for line in BufReader::new(output).lines() {
        let line = line.expect("a line");
        if let Some((_, rest)) = line.split_once("started successfully on port ") {
            return Some(rest.trim_end_matches('.').parse().expect("a port"));
        }
    }
    None
}
