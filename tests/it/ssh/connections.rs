//! Connections that do not behave.

use std::time::{Duration, Instant};

use forge_tests::Forge;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::ssh;

#[tokio::test(flavor = "multi_thread")]
async fn silent_ones_make_room_and_keep_nobody_out() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(forge.ssh_address()).await.unwrap());
    }
    let answer = ssh(&forge, &alice, &[], None);
    assert!(answer.stdout.starts_with("Hi alice!"), "{}", answer.stderr);
    // More than 256 from one address that have not signed in: the first has had to leave, long before its time was up.
    let start = Instant::now();
    let mut said = Vec::new();
    let first = silent.first_mut().unwrap();
    tokio::time::timeout(Duration::from_secs(10), first.read_to_end(&mut said)).await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(said.starts_with(b"SSH-2.0-Forge\r\n"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_ends_only_its_own_connection() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    for nonsense in [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        vec![0; 70_000],
        vec![0xff; 70_000],
        b"SSH-1.5-old\r\n".to_vec(),
        [b"SSH-2.0-x\r\n".to_vec(), vec![0xff; 300_000]].concat(),
        [b"SSH-2.0-x\r\n".to_vec(), vec![0; 64]].concat(),
    ] {
        let mut connection = TcpStream::connect(forge.ssh_address()).await.unwrap();
        // The server may be gone before it has all.
        let _ = connection.write_all(&nonsense).await;
        let mut said = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(30), connection.read_to_end(&mut said)).await;
        assert!(ended.is_ok(), "{:?}", String::from_utf8_lossy(nonsense.get(..20).unwrap_or(&nonsense)));
    }
    let answer = ssh(&forge, &alice, &[], None);
    assert!(answer.stdout.starts_with("Hi alice!"), "{}", answer.stderr);
}
