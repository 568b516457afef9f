//! A few kilobytes that unfold to gigabytes: each is refused by a limit, in half a second and under 50 MB.

use std::io::Write as _;
use std::time::{Duration, Instant};

use forge_tests::Forge;
use http::Method;

/// The most that a bomb may cost.
const TIME: Duration = Duration::from_millis(500);
const MEMORY: u64 = 50 << 20;
/// Sent bytes of a bomb at most.
const SIZE: usize = 16 << 10;

/// This process's memory now and at its worst, in bytes.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let read = |key: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    };
    (read("VmRSS:"), read("VmHWM:"))
}

/// Does something and fails when it cost too much. Each bomb has a test, and so, in the suite, a process of its own.
async fn cheap<T>(what: &str, work: impl Future<Output = T>) -> T {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (before, start) = (memory().0, Instant::now());
    let outcome = work.await;
    let (took, cost) = (start.elapsed(), memory().1.saturating_sub(before));
    assert!(took < TIME * slowness(), "{what} took {took:?}");
    assert!(cost < MEMORY, "{what} cost {} MB", cost >> 20);
    outcome
}

/// How much slower than a release this build is allowed to be.
fn slowness() -> u32 {
    if cfg!(debug_assertions) { 4 } else { 1 }
}

fn deflated(bytes: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for bytes in bytes {
        deflate.write_all(&bytes).unwrap();
    }
    deflate.finish().unwrap()
}

/// The type and size before an entry of a pack.
fn header(kind: u8, mut size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut byte = kind << 4 | u8::try_from(size & 15).unwrap();
    size >>= 4;
    while size > 0 {
        bytes.push(byte | 0x80);
        byte = u8::try_from(size & 0x7f).unwrap();
        size >>= 7;
    }
    bytes.push(byte);
    bytes
}

fn sealed(count: u32, entries: &[u8]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(count.to_be_bytes());
    pack.extend_from_slice(entries);
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(&pack);
    pack.extend_from_slice(hasher.try_finalize().unwrap().as_bytes());
    pack
}

/// A push of one branch with this pack behind it.
fn push(pack: &[u8]) -> Vec<u8> {
    let command = format!("{} {} refs/heads/main\0report-status", "0".repeat(40), "1".repeat(40));
    let mut body = format!("{:04x}{command}0000", command.len() + 4).into_bytes();
    body.extend_from_slice(pack);
    body
}

/// A forge with an empty repository, and what to send to it.
async fn town() -> (Forge, String) {
    use base64::Engine as _;
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("alice:{}", alice.token));
    (forge, format!("Basic {basic}"))
}

async fn post(town: &(Forge, String), service: &str, gzip: bool, body: Vec<u8>) -> forge_tests::Answer {
    let kind = format!("application/x-{service}-request");
    let mut headers = vec![("authorization", town.1.as_str()), ("content-type", kind.as_str())];
    headers.extend(gzip.then_some(("content-encoding", "gzip")));
    town.0.client().send(Method::POST, &format!("/alice/beds.git/{service}"), &headers, body).await
}

/// Sends a push twice, the second time as the measured one, and expects a refusal that names the reason.
async fn refused(what: &str, pack: Vec<u8>, reason: &str) {
    let town = Box::pin(town()).await;
    // The first request pays for what is made once.
    post(&town, "git-receive-pack", false, push(b"PACK")).await;
    assert!(pack.len() <= SIZE, "{what} is {} bytes", pack.len());
    let answer = cheap(what, post(&town, "git-receive-pack", false, push(&pack))).await;
    let text = answer.text();
    assert!(
        text.contains("unpack ") && !text.contains("unpack ok") && text.contains(reason),
        "{what}: {text}"
    );
    let objects = town.0.data().join("repositories");
    let left: Vec<_> = files(&objects).into_iter().filter(|path| path.contains("incoming-")).collect();
    assert!(left.is_empty(), "{what} left {left:?}");
}

fn files(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        found.push(entry.path().display().to_string());
        found.extend(files(&entry.path()));
    }
    found
}

/// An object that says it has a few bytes and unfolds to 8 GB.
#[tokio::test(flavor = "multi_thread")]
async fn a_zlib_bomb_behind_a_small_size_journey() {
    let zeros = deflated((0..10).map(|_| vec![0; 1 << 20]));
    refused("a small size", sealed(1, &[header(3, 100), zeros].concat()), "").await;
}

/// An object that says it has 8 GB.
#[tokio::test(flavor = "multi_thread")]
async fn a_zlib_bomb_with_its_true_size_journey() {
    let zeros = deflated((0..10).map(|_| vec![0; 1 << 20]));
    refused("a large size", sealed(1, &[header(3, 8 << 30), zeros].concat()), "limit").await;
}

/// A whole gibibyte of zeros, just as git would send it: a megabyte.
#[tokio::test(flavor = "multi_thread")]
async fn a_gibibyte_of_zeros_journey() {
    let town = town().await;
    post(&town, "git-receive-pack", false, push(b"PACK")).await;
    let pack = sealed(1, &[header(3, 1 << 30), gibibyte()].concat());
    let answer = cheap("a gibibyte", post(&town, "git-receive-pack", false, push(&pack))).await;
    let text = answer.text();
    assert!(text.contains("unpack ") && text.contains("limit") && !text.contains("unpack ok"), "{text}");
    let left = files(&town.0.data().join("repositories"));
    assert!(!left.iter().any(|path| path.contains("incoming-") || path.contains(".pack")), "{left:?}");
}

/// A gibibyte of zeros, deflated.
fn gibibyte() -> Vec<u8> {
    let mut mebibyte = Vec::with_capacity(64 << 10);
    let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
    deflate.compress_vec(&vec![0; 1 << 20], &mut mebibyte, flate2::FlushCompress::Full).unwrap();
    // After a full flush the same bytes mean the same again.
    let sum = u32::try_from((1_u64 << 30) % 65_521).unwrap() << 16 | 1;
    [&[0x78, 0xda][..], &mebibyte.repeat(1024), &[3, 0], &sum.to_be_bytes()].concat()
}

/// A header alone that asks for room.
#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_of_all_objects_there_could_be_journey() {
    refused("four billion objects", sealed(u32::MAX, &[]), "limit").await;
}

/// Deltas that each copy their base many times over: sixteen kilobytes for terabytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_delta_bomb_journey() {
    let base = vec![b'a'; 1 << 16];
    let mut entries = [header(3, 1 << 16), deflated([base].into_iter())].concat();
    let (mut size, mut distance) = (1_u64 << 16, entries.len());
    let mut count = 1;
    for _ in 0..8 {
        // Sixteen copies of the whole base each.
        let next = size * 16;
        let mut delta = [varint(size), varint(next)].concat();
        for _ in 0..16 {
            copy(&mut delta, size);
        }
        let length = u64::try_from(delta.len()).unwrap();
        let entry = [header(6, length), offset(distance), deflated([delta].into_iter())].concat();
        distance = entry.len();
        entries.extend(entry);
        (size, count) = (next, count + 1);
    }
    refused("a chain of deltas", sealed(count, &entries), "limit").await;
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

/// A copy of the base from its start, of 16 MiB less one at most.
fn copy(delta: &mut Vec<u8>, size: u64) {
    let size = size.min(0x00ff_ffff);
    delta.push(0x80 | 0x70);
    delta.extend_from_slice(&size.to_le_bytes()[..3]);
}

fn offset(mut distance: usize) -> Vec<u8> {
    let low = |value: usize| u8::try_from(value & 0x7f).unwrap();
    let mut bytes = vec![low(distance)];
    while distance >= 0x80 {
        distance = (distance >> 7) - 1;
        bytes.push(low(distance) | 0x80);
    }
    bytes.reverse();
    bytes
}

/// A request to fetch that unfolds to a hundred gigabytes of packets, compressed as a transport.
#[tokio::test(flavor = "multi_thread")]
async fn a_gzip_bomb_to_upload_pack_journey() {
    let town = town().await;
    post(&town, "git-upload-pack", false, b"0000".to_vec()).await;
    let line = format!("0032want {}\n", "1".repeat(40)).repeat(20_000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..200 {
        gzip.write_all(line.as_bytes()).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    let answer = cheap("a gzip bomb", post(&town, "git-upload-pack", true, bomb)).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert!(answer.text().contains("unfolds to at most"), "{}", answer.text());
    let zeros = {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        (0..16).for_each(|_| gzip.write_all(&vec![0; 1 << 20]).unwrap());
        gzip.finish().unwrap()
    };
    assert!(zeros.len() <= SIZE + 512);
    let answer = cheap("zeros", post(&town, "git-receive-pack", true, zeros)).await;
    assert!(!answer.text().contains("unpack ok"), "{answer:?}");
}
