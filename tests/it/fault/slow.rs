//! Clients that hardly send, that take nothing, and that are gone.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::Engine as _;
use forge_tests::{Process, Town, system};

use super::{expect_clone, noise, settled};

/// Longer than any of these clients may take.
const LONG: Duration = Duration::from_mins(1);

/// The head of a request to git, with its body announced but not sent.
fn begin(town: &Town, process: &Process, service: &str, length: usize) -> TcpStream {
    let remote = town.https(process);
    let pair = remote.trim_start_matches("http://").split('@').next().unwrap();
    let basic = base64::engine::general_purpose::STANDARD.encode(pair);
    let mut stream = TcpStream::connect(process.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let head = format!(
        "POST /alice/beds.git/{service} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {basic}\r\n\
         Content-Type: application/x-{service}-request\r\nGit-Protocol: version=2\r\nContent-Length: {length}\r\n\r\n",
        process.address()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn a_sender_of_one_byte_a_second_is_dropped() {
    let (town, process, work) = settled(&[("LIMITS_SILENCE", "2 s")]);
    let since = Instant::now();
    let mut stream = begin(&town, &process, "git-receive-pack", 100_000);
    let mut reader = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        // A receiver that has given up answers a byte with a reset.
        while stream.write_all(b"0").is_ok() && since.elapsed() < LONG {
            std::thread::park_timeout(Duration::from_secs(1));
        }
    });
    let mut answer = Vec::new();
    // The answer or the reset, whichever is first.
    let _ = reader.read_to_end(&mut answer);
    drop(reader);
    sender.join().unwrap();
    assert!(since.elapsed() < LONG / 2, "{:?}", since.elapsed());
    expect_clone(&town, &process, &work.head());
}

/// How many sockets of the forge have a client at the other end.
fn open_connections(process: &Process) -> usize {
    let port = format!("sport = :{}", process.address().rsplit(':').next().unwrap());
    let listed = system("ss", &["-Htn", "state", "established", &port]);
    assert!(listed.ok, "{listed:?}");
    listed.stdout.lines().count()
}

#[test]
fn a_reader_that_stops_and_one_that_vanishes_are_let_go() {
    let (town, process, work) = settled(&[("LIMITS_SILENCE", "2 s"), ("LIMITS_TRANSFERS", "2")]);
    work.commit("large", noise(24 << 20));
    work.git(&["push", "--quiet", &town.https(&process), "main"]).unwrap();
    let head = work.head();
    let want = format!("0011command=fetch0001000fno-progress0032want {head}\n0009done\n0000");
    let since = Instant::now();
    // Two that take nothing hold both places there are; two more go away in the middle.
    let silent: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut stream = begin(&town, &process, "git-upload-pack", want.len());
            stream.write_all(want.as_bytes()).unwrap();
            let mut first = [0; 64];
            stream.read_exact(&mut first).unwrap();
            assert!(first.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&first));
            stream
        })
        .collect();
    for _ in 0..2 {
        let mut stream = begin(&town, &process, "git-upload-pack", want.len());
        stream.write_all(want.as_bytes()).unwrap();
    }
    // This one gets its turn when those are given up.
    expect_clone(&town, &process, &head);
    assert!(since.elapsed() < LONG, "{:?}", since.elapsed());
    while open_connections(&process) > 0 && since.elapsed() < LONG {
        std::thread::park_timeout(Duration::from_millis(50));
    }
    assert_eq!(open_connections(&process), 0, "nobody is left on the line");
    drop(silent);
}
