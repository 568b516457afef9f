//! What strangers may send, each kind as a function of bytes: it must answer or refuse, and never panic, hang or grow.
//!
//! The fuzz targets call these, and so does the test suite with the corpus and with mutations of it, so that they cannot
//! rot. Adding a target: a function here, a file in `fuzz_targets/`, a row in [`TARGETS`], a folder in `corpus/`.

use std::io::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use forge_core::{ObjectFormat, ObjectId, RefName};
use forge_git::pktline::{self, Packet, PacketReader};
use forge_git::plain::ProtocolVersion;
use forge_git::receive::{self, Silent};
use forge_git::upload_pack::{Mode, UploadOptions, UploadPack};
use forge_git::{Cancel, Head, Kind, Limits, ObjectStore, Ref, RefSnapshot, fsck};

/// What takes any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: &[(&str, Target)] = &[
    ("packets", packets),
    ("commands", commands),
    ("fetch_request", fetch_request),
    ("fetch_arguments", fetch_arguments),
    ("negotiation", negotiation),
    ("pack", pack),
    ("entries", entries),
    ("delta", delta),
    ("objects", objects),
];

/// A small history: branches, a merge, a tag.
const HISTORY: &[u8] = include_bytes!("../history.pack");
/// Its commits, the newest first, and its tag.
const COMMITS: &str = include_str!("../history.txt");
/// How long one input may take.
const TIME: Duration = Duration::from_secs(5);

/// Packet lines: what is read and written again is the same.
pub fn packets(data: &[u8]) {
    let mut reader = PacketReader::new(data);
    let mut again = Vec::new();
    while let Ok(Some(packet)) = reader.read() {
        match packet {
            Packet::Flush => pktline::write_flush(&mut again).expect("memory"),
            Packet::Delimiter => pktline::write_delimiter(&mut again).expect("memory"),
            Packet::ResponseEnd => again.extend_from_slice(b"0002"),
            Packet::Data(data) => pktline::write_data(&mut again, data).expect("no longer than it was"),
        }
        let _ = packet.text();
    }
    assert!(data.get(..again.len()).is_some_and(|start| start.eq_ignore_ascii_case(&again)));
}

/// What a push asks for, before its pack.
pub fn commands(data: &[u8]) {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let mut reader = PacketReader::new(data);
        if let Ok(Some(commands)) = receive::read_commands(&mut reader, format, &limits()) {
            assert!(!commands.commands.is_empty());
            for command in &commands.commands {
                assert!(!command.written.chars().any(char::is_control));
            }
        }
    }
}

/// A fetch of protocol 0, stateless and over a connection.
pub fn fetch_request(data: &[u8]) {
    for mode in [Mode::Stateless, Mode::Stateful] {
        serve(ProtocolVersion::V0, mode, data);
    }
}

/// Commands of protocol 2.
pub fn fetch_arguments(data: &[u8]) {
    for mode in [Mode::Stateless, Mode::Stateful] {
        serve(ProtocolVersion::V2, mode, data);
    }
}

/// A fetch whose lines are sound: each byte chooses one of what clients say.
pub fn negotiation(data: &[u8]) {
    let known: Vec<&str> = COMMITS.lines().collect();
    let Some((first, rest)) = data.split_first() else { return };
    let is_newer = first & 1 == 1;
    let mut request = Vec::new();
    if is_newer {
        line(&mut request, "command=fetch");
        pktline::write_delimiter(&mut request).expect("memory");
    }
    for (at, byte) in rest.iter().take(200).enumerate() {
        let id = known[usize::from(*byte >> 4) % known.len()];
        let features = if at == 0 && !is_newer { " multi_ack_detailed side-band-64k ofs-delta" } else { "" };
        match byte & 15 {
            0..=2 => line(&mut request, &format!("want {id}{features}")),
            3..=5 => line(&mut request, &format!("have {id}")),
            6 => line(&mut request, &format!("have {}", "5".repeat(40))),
            7 => line(&mut request, &format!("shallow {id}")),
            8 => line(&mut request, &format!("deepen {}", byte >> 4)),
            9 => line(&mut request, "deepen-relative"),
            10 => line(&mut request, "deepen-since 1700000000"),
            11 => line(&mut request, "deepen-not refs/heads/side"),
            12 => line(&mut request, &format!("filter tree:{}", byte >> 4)),
            13 => line(&mut request, "thin-pack"),
            14 => line(&mut request, "done"),
            _ => pktline::write_flush(&mut request).expect("memory"),
        }
    }
    pktline::write_flush(&mut request).expect("memory");
    let version = if is_newer { ProtocolVersion::V2 } else { ProtocolVersion::V0 };
    let mode = if first & 2 == 2 { Mode::Stateful } else { Mode::Stateless };
    serve(version, mode, &request);
}

/// A pack as it comes, and the same with a checksum that is right.
pub fn pack(data: &[u8]) {
    ingest(data);
    let mut sealed = data.to_vec();
    seal(&mut sealed);
    ingest(&sealed);
}

/// A pack of sound entries with any contents: of each, a byte for its type, two for its length, then that many bytes.
pub fn entries(data: &[u8]) {
    let mut rest = data;
    let mut items: Vec<(u8, &[u8])> = Vec::new();
    while let [kind, high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(tail.len());
        let (body, after) = tail.split_at(length);
        items.push((*kind, body));
        rest = after;
        if items.len() == 64 {
            break;
        }
    }
    ingest(&packed(&items));
}

/// A blob and a delta on it: the first byte says how long the blob is.
pub fn delta(data: &[u8]) {
    let Some((length, rest)) = data.split_first() else { return };
    let (base, delta) = rest.split_at(usize::from(*length).min(rest.len()));
    ingest(&packed(&[(3, base), (6, delta)]));
}

/// Trees, commits and tags.
pub fn objects(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    let kind = [Kind::Tree, Kind::Commit, Kind::Tag, Kind::Blob][usize::from(kind & 3)];
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        for level in [fsck::Level::Strict, fsck::Level::Import] {
            let mut checker = fsck::Checker::new(format, level);
            let _ = checker.check(&format.null(), kind, body);
            let special: Vec<_> = checker.special().collect();
            for (id, special) in special {
                let _ = checker.check_special(&id, special, Some((Kind::Blob, body)));
            }
            let _ = checker.remarks();
        }
    }
    for (path, special) in [(".gitmodules", 0), (".gitattributes", 1)] {
        // A tree with a special file, and the input as that file.
        let mut tree = format!("100644 {path}\0").into_bytes();
        tree.extend_from_slice(&[7 + special; 20]);
        let mut checker = fsck::Checker::new(ObjectFormat::Sha1, fsck::Level::Strict);
        let _ = checker.check(&ObjectFormat::Sha1.null(), Kind::Tree, &tree);
        let special: Vec<_> = checker.special().collect();
        for (id, special) in special {
            let _ = checker.check_special(&id, special, Some((Kind::Blob, body)));
        }
    }
}

/// Small limits: an input that costs more than these is refused.
fn limits() -> Limits {
    Limits {
        max_pack_bytes: 1 << 20,
        max_object_bytes: 4 << 20,
        max_objects: 1_000,
        max_inflated_bytes: 16 << 20,
        max_thin_bases: 100,
        max_allocation: 8 << 20,
        ..Limits::default()
    }
}

struct Repository {
    store: ObjectStore,
    refs: RefSnapshot,
    _directory: tempfile::TempDir,
}

/// The repository with the small history, made once.
fn repository() -> &'static Repository {
    static MADE: OnceLock<Repository> = OnceLock::new();
    MADE.get_or_init(|| {
        let directory = tempfile::tempdir().expect("a directory");
        let limits = Limits::default();
        let store = ObjectStore::create(directory.path(), ObjectFormat::Sha1, &limits).expect("a store");
        let (level, cancel) = (fsck::Level::Strict, Cancel::new());
        let received = store.ingest(&mut &*HISTORY, &limits, level, &mut Silent, &cancel).expect("a pack");
        let _ = received.publish().expect("a pack");
        let ids: Vec<ObjectId> = COMMITS.lines().map(|line| line.parse().expect("an id")).collect();
        let name = |name: &str| name.parse::<RefName>().expect("a name");
        let refs = vec![
            Ref::direct(name("refs/heads/main"), ids[0], None),
            Ref::direct(name("refs/heads/side"), ids[2], None),
        ];
        let head = Head::Symbolic(name("refs/heads/main"));
        Repository { store, refs: RefSnapshot::new(Some(head), refs), _directory: directory }
    })
}

fn serve(version: ProtocolVersion, mode: Mode, request: &[u8]) {
    let repo = repository();
    let options = UploadOptions { limits: limits(), ..UploadOptions::default() };
    let cancel = Cancel::within(TIME);
    let visit = UploadPack::new(&repo.store, &repo.refs, &options, &cancel);
    let mut out = Vec::new();
    let _ = visit.serve(version, mode, &mut &request[..], &mut out);
    assert!(!cancel.is_cancelled(), "it took too long");
}

fn ingest(pack: &[u8]) {
    let repo = repository();
    let cancel = Cancel::within(TIME);
    let received = repo.store.ingest(&mut &*pack, &limits(), fsck::Level::Strict, &mut Silent, &cancel);
    assert!(!cancel.is_cancelled(), "it took too long");
    let Ok(quarantine) = received else { return };
    let tips: Vec<ObjectId> = quarantine.objects().iter().map(|object| object.id).collect();
    let _ = quarantine.check_connected(&repo.refs, &tips, &mut Silent, &cancel);
    assert!(!cancel.is_cancelled(), "it took too long");
}

/// A pack of entries, the types as in a pack: 1 to 4 are objects, 6 leans on the entry before, 7 on one of the history.
fn packed(items: &[(u8, &[u8])]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(items.len()).expect("few").to_be_bytes());
    let mut before = None;
    for (kind, body) in items {
        let start = pack.len();
        let kind = match (kind & 7, before) {
            (0 | 5, _) | (6, None) => 3,
            (kind, _) => kind,
        };
        let mut size = body.len();
        let mut byte = kind << 4 | u8::try_from(size & 15).expect("four bits");
        size >>= 4;
        while size > 0 {
            pack.push(byte | 0x80);
            byte = u8::try_from(size & 0x7f).expect("seven bits");
            size >>= 7;
        }
        pack.push(byte);
        match (kind, before) {
            (6, Some(before)) => pack.extend(offset(start - before)),
            (7, _) => {
                let first = COMMITS.lines().next().expect("a commit");
                let id: ObjectId = first.parse().expect("an id");
                pack.extend_from_slice(id.as_bytes());
            }
            _ => {}
        }
        let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        deflate.write_all(body).expect("memory");
        pack.extend(deflate.finish().expect("memory"));
        before = Some(start);
    }
    seal(&mut pack);
    pack
}

fn offset(mut distance: usize) -> Vec<u8> {
    let low = |value: usize| u8::try_from(value & 0x7f).expect("seven bits");
    let mut bytes = vec![low(distance)];
    while distance >= 0x80 {
        distance = (distance >> 7) - 1;
        bytes.push(low(distance) | 0x80);
    }
    bytes.reverse();
    bytes
}

/// Puts the checksum behind a pack.
fn seal(pack: &mut Vec<u8>) {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(pack);
    if let Ok(checksum) = hasher.try_finalize() {
        pack.extend_from_slice(checksum.as_bytes());
    }
}

fn line(out: &mut Vec<u8>, text: &str) {
    pktline::write_line(out, text).expect("a short line");
}
