//! What is under way ends when whoever began it may not go on: within a minute as it is set, within seconds here.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use forge_app::Origin;
use forge_core::{AccountState, Actor};
use forge_server::config::Seconds;
use forge_tests::{Forge, Person};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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
    const BYTES: usize = 24 << 20;
    let (forge, dora) = forge().await;
    let work = dora.work_tree();
    let mut noise = crate::random::Random::new(7);
    let bytes: Vec<u8> = (0..BYTES / 8).flat_map(|_| noise.next().to_le_bytes()).collect();
    let head = work.commit("noise.bin", bytes);
    work.git(&["push", "--quiet", &forge.https(&dora, "dora/beds"), "main"]).unwrap();
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
    assert!(received < BYTES, "{received} bytes came");
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "this test is about the real client")]
async fn a_push_over_ssh_ends_when_its_key_is_removed() {
    let (forge, dora) = forge().await;
    let address = forge.ssh_address();
    let mut ssh = Command::new("ssh")
        .env_clear()
        .env("PATH", env!("PATH"))
        .args(["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes"])
        .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
        .args(["-l", "git", "-i", &dora.key.display().to_string(), "-p", &address.port().to_string()])
        .args([&address.ip().to_string(), "git-receive-pack 'dora/beds.git'"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The advertisement is there, so the push is under way.
    let mut first = [0; 4];
    std::io::Read::read_exact(ssh.stdout.as_mut().unwrap(), &mut first).unwrap();
    let client = forge.client();
    client.sign_in("dora").await;
    let keys = "/settings/ssh-keys";
    let id = client.get(keys).await.hidden_field("id").unwrap();
    let removed = client.submit(keys, keys, &[("action", "remove"), ("id", &id)]).await;
    assert_eq!(removed.status, 303);
    let input = ssh.stdin.take();
    let ended = tokio::task::spawn_blocking(move || ssh.wait_with_output().unwrap());
    let output = tokio::time::timeout(SOON, ended).await.expect("the connection ends").unwrap();
    drop(input);
    assert!(!output.status.success());
}
