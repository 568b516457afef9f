//! What is under way ends when whoever began it may not go on: within a minute as it is set, within seconds here.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use forge_app::Origin;
use forge_core::{AccountState, Actor};
use forge_server::config::Seconds;
use forge_tests::{Forge, PASSWORD, Person};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ssh::keys::{certify, new_key, public, with_key};

/// Far less than a stalled transfer is otherwise left alone for, and far more than the second between two checks.
const SOON: Duration = Duration::from_secs(40);

async fn forge() -> (Forge, Person) {
    let forge = Forge::with(|config| config.limits.recheck = Seconds(1)).await;
    forge.admin("ada").await;
    let dora = forge.user("dora").await;
    forge.repo(&dora, "beds").await;
    (forge, dora)
}

async fn disable(forge: &Forge, person: &Person) {
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    let name = person.name.parse().unwrap();
    let console = Origin::console();
    forge.app().set_account_state(&site, &console, &name, AccountState::Disabled).await.unwrap();
}

/// Begins a request to git over HTTP whose body goes on.
async fn begin(forge: &Forge, person: &Person, service: &str, body: &str) -> TcpStream {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("x:{}", person.token));
    let head = format!(
        "POST /dora/beds.git/{service} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {basic}\r\n\
         Content-Type: application/x-{service}-request\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
        forge.http_address(),
        body.len(),
    );
    let mut stream = TcpStream::connect(forge.http_address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Bytes that no clone gets done with at once, and that do not pack any smaller.
const NOISE: usize = 24 << 20;

/// Pushes that much, and says what the head is then.
fn make_noise(forge: &Forge, person: &Person) -> String {
    let work = person.work_tree();
    let mut noise = crate::random::Random::new(7);
    let bytes: Vec<u8> = (0..NOISE / 8).flat_map(|_| noise.next().to_le_bytes()).collect();
    let head = work.commit("noise.bin", bytes);
    work.git(&["push", "--quiet", &forge.https(person, "dora/beds"), "main"]).unwrap();
    head
}

/// What comes until the connection ends.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    let ended = tokio::time::timeout(SOON, stream.read_to_end(&mut said)).await;
    assert!(ended.is_ok(), "the transfer went on: {}", String::from_utf8_lossy(&said));
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_over_http_ends_when_its_pusher_is_disabled() {
    let (forge, dora) = forge().await;
    let command = format!("{} {} refs/heads/main\0report-status\n", "0".repeat(40), "1".repeat(40));
    let mut stream =
        begin(&forge, &dora, "git-receive-pack", &format!("{:04x}{command}0000", command.len() + 4)).await;
    disable(&forge, &dora).await;
    // Nothing was answered yet, so the refusal has a status of its own.
    let said = String::from_utf8_lossy(&rest(&mut stream).await).into_owned();
    assert!(said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.1 5") || said.is_empty(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_over_http_ends_when_its_token_is_revoked() {
    let (forge, dora) = forge().await;
    let head = make_noise(&forge, &dora);
    let mut stream =
        begin(&forge, &dora, "git-upload-pack", &format!("0032want {head}\n00000009done\n")).await;
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut first = [0; 4096];
    stream.read_exact(&mut first).await.unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&first));

    let client = forge.client();
    client.sign_in("dora").await;
    let tokens = "/settings/tokens";
    let id = client.get(tokens).await.hidden_field("id").unwrap();
    let revoked = client.submit(tokens, tokens, &[("action", "revoke"), ("id", &id)]).await;
    assert_eq!(revoked.status, 303);
    // A slow client, for longer than it takes until the next check; then one that takes what it gets.
    let (start, mut received) = (Instant::now(), first.len());
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    while start.elapsed() < Duration::from_secs(6) {
        pace.tick().await;
        match stream.read(&mut first).await {
            Ok(0) | Err(_) => break,
            Ok(count) => received += count,
        }
    }
    let mut all = Vec::new();
    let ended = tokio::time::timeout(SOON, stream.read_to_end(&mut all)).await;
    assert!(ended.is_ok(), "the connection ends");
    received += all.len();
    assert!(received < NOISE, "{received} bytes came");
}

/// Starts a command of git over SSH, by the real client.
#[expect(clippy::disallowed_methods, reason = "these tests are about the real client")]
fn begin_ssh(forge: &Forge, person: &Person, command: &str) -> Child {
    let address = forge.ssh_address();
    Command::new("ssh")
        .env_clear()
        .env("PATH", env!("PATH"))
        .args(["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes"])
        .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
        .args(["-l", "git", "-i", &person.key.display().to_string(), "-p", &address.port().to_string()])
        .args([&address.ip().to_string(), command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a command of git over SSH says until it ends. Its input stays open, so that nothing but the server ends it.
async fn rest_of_ssh(mut ssh: Child) -> Output {
    let input = ssh.stdin.take();
    let ended = tokio::task::spawn_blocking(move || ssh.wait_with_output().unwrap());
    let output = tokio::time::timeout(SOON, ended).await.expect("the connection ends").unwrap();
    drop(input);
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_over_ssh_ends_when_its_key_is_removed() {
    let (forge, dora) = forge().await;
    let mut ssh = begin_ssh(&forge, &dora, "git-receive-pack 'dora/beds.git'");
    // The advertisement is there, so the push is under way.
    let mut first = [0; 4];
    std::io::Read::read_exact(ssh.stdout.as_mut().unwrap(), &mut first).unwrap();
    let client = forge.client();
    client.sign_in("dora").await;
    let keys = "/settings/ssh-keys";
    let id = client.get(keys).await.hidden_field("id").unwrap();
    let removed = client.submit(keys, keys, &[("action", "remove"), ("id", &id)]).await;
    assert_eq!(removed.status, 303);
    assert!(!rest_of_ssh(ssh).await.status.success());
}

/// A12: whatever somebody came in with, nothing of it goes on once their account is switched off, neither what stands nor
/// what runs.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_disabled_person_came_in_with_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let authority = new_key(dir.path(), "authority", &["-t", "ed25519"]);
    let line = public(&authority);
    let forge = Forge::with(|config| {
        config.limits.recheck = Seconds(1);
        config.ssh.user_certificate_authorities = vec![line];
    })
    .await;
    forge.admin("ada").await;
    let dora = forge.user("dora").await;
    forge.repo(&dora, "beds").await;
    let head = make_noise(&forge, &dora);
    let key = new_key(dir.path(), "certified", &["-t", "ed25519"]);
    certify(&authority, "laptop", &key, &["-n", "dora", "-V", "-5m:+1h"]);
    let certified = with_key(&dora, &key);
    let browser = forge.client();
    browser.sign_in("dora").await;
    let doors = [
        (&dora, forge.https(&dora, "dora/beds")),
        (&dora, forge.ssh("dora/beds")),
        (&certified, forge.ssh("dora/beds")),
    ];
    for (person, remote) in &doors {
        assert!(person.git(&["ls-remote", remote]).ok, "{remote}");
    }

    let wanted = format!("0032want {head}\n00000009done\n");
    let command = format!("{} {} refs/heads/new\0report-status\n", "0".repeat(40), "1".repeat(40));
    let sent = format!("{:04x}{command}0000", command.len() + 4);
    let mut push = begin(&forge, &dora, "git-receive-pack", &sent).await;
    let mut fetch = begin(&forge, &dora, "git-upload-pack", &wanted).await;
    fetch.write_all(b"0\r\n\r\n").await.unwrap();
    let mut first = [0; 4096];
    fetch.read_exact(&mut first).await.unwrap();
    let mut running = Vec::new();
    for person in [&dora, &certified] {
        for (command, input) in [("git-receive-pack", sent.as_str()), ("git-upload-pack", wanted.as_str())] {
            let mut ssh = begin_ssh(&forge, person, &format!("{command} 'dora/beds.git'"));
            std::io::Write::write_all(ssh.stdin.as_mut().unwrap(), input.as_bytes()).unwrap();
            // The advertisement is there, so it is under way.
            std::io::Read::read_exact(ssh.stdout.as_mut().unwrap(), &mut [0; 4]).unwrap();
            running.push((command, ssh));
        }
    }
    disable(&forge, &dora).await;

    for (command, ssh) in running {
        let output = rest_of_ssh(ssh).await;
        assert!(
            !output.status.success() && output.stdout.len() < NOISE,
            "{command}: {}",
            output.stdout.len()
        );
    }
    rest(&mut push).await;
    assert!(rest(&mut fetch).await.len() < NOISE, "the fetch was cut short");
    assert_eq!(browser.get("/settings/profile").await.status, 303, "her browser is signed out");
    for (person, remote) in &doors {
        assert!(!person.git(&["ls-remote", remote]).ok, "{remote}");
    }
    let fields = [("username", "dora"), ("password", PASSWORD), ("then", "/")];
    assert_eq!(forge.client().submit("/sign-in", "/sign-in", &fields).await.status, 422);
    let log = forge.client();
    log.sign_in("ada").await;
    let log = log.get("/admin/audit/export?format=jsonl&action=account.disable").await.text();
    assert!(log.contains("dora"), "{log}");
}
