//! Whole visits, with the real git as the judge of what is sent.

use std::collections::BTreeSet;

use forge_core::{ObjectFormat, ObjectId};

use super::*;
use crate::pktline::{Packet, write_delimiter, write_flush, write_line};
use crate::receive::testing::Repo;
use crate::{Head, Limits};

/// What came back: the lines before the pack, and the pack.
struct Answer {
    lines: Vec<String>,
    pack: Vec<u8>,
}

/// The refs of a repository with `HEAD` on its main branch.
fn refs(repo: &Repo) -> RefSnapshot {
    let main = forge_core::RefName::branch("main").expect("a name");
    RefSnapshot::new(Some(Head::Symbolic(main)), repo.refs().refs().to_vec())
}

fn serve(
    repo: &Repo,
    options: &UploadOptions,
    version: ProtocolVersion,
    request: &[u8],
) -> (Result<Served>, Vec<u8>) {
    let (store, refs, cancel) = (repo.store(), refs(repo), Cancel::new());
    let visit = UploadPack::new(&store, &refs, options, &cancel);
    let mut out = Vec::new();
    let served = visit.serve(version, Mode::Stateless, &mut &request[..], &mut out);
    (served, out)
}

/// A request of protocol 2.
fn command(repo: &Repo, name: &str, arguments: &[String]) -> Vec<u8> {
    let mut request = Vec::new();
    write_line(&mut request, &format!("command={name}")).expect("a line");
    write_line(&mut request, &format!("object-format={}", repo.store().format())).expect("a line");
    write_delimiter(&mut request).expect("a packet");
    for argument in arguments {
        write_line(&mut request, argument).expect("a line");
    }
    write_flush(&mut request).expect("a packet");
    request
}

fn read(out: &[u8]) -> Answer {
    let mut reader = PacketReader::new(out);
    let mut answer = Answer { lines: Vec::new(), pack: Vec::new() };
    let mut in_pack = false;
    while let Some(packet) = reader.read().expect("a packet") {
        match packet {
            Packet::Data(data) if in_pack || data.first().is_some_and(|band| *band <= 3) => {
                match data.split_first() {
                    Some((1, rest)) => {
                        in_pack = true;
                        answer.pack.extend_from_slice(rest);
                    }
                    Some((3, rest)) => answer.lines.push(String::from_utf8_lossy(rest).into_owned()),
                    _ => {}
                }
            }
            Packet::Data(data) => answer.lines.push(String::from_utf8_lossy(data).trim_end().to_owned()),
            Packet::Flush => answer.lines.push("0000".to_owned()),
            Packet::Delimiter => answer.lines.push("0001".to_owned()),
            Packet::ResponseEnd => answer.lines.push("0002".to_owned()),
        }
    }
    answer
}

fn fetch_with(repo: &Repo, options: &UploadOptions, arguments: &[String]) -> Answer {
    let (served, out) = serve(repo, options, ProtocolVersion::V2, &command(repo, "fetch", arguments));
    let answer = read(&out);
    assert!(served.is_ok(), "{served:?}: {:?}", answer.lines);
    answer
}

fn fetch(repo: &Repo, arguments: &[String]) -> Answer {
    fetch_with(repo, &UploadOptions::default(), arguments)
}

fn args(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// The names of all objects of a pack, once the real git has indexed it in `client`.
fn index(client: &Repo, pack: &[u8], options: &[&str]) -> BTreeSet<String> {
    let args = [&["index-pack", "--stdin"], options].concat();
    let name = String::from_utf8(client.bytes(&args, pack)).expect("text");
    let name = name.split_whitespace().last().expect("a name").to_owned();
    let file = client.objects().join(format!("pack/pack-{name}.idx"));
    let listed = client.bytes(
        &["show-index", &format!("--object-format={}", client.store().format())],
        &std::fs::read(file).expect("an index"),
    );
    let listed = String::from_utf8(listed).expect("text");
    listed.lines().filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect()
}

fn listed(repo: &Repo, arguments: &[&str]) -> BTreeSet<String> {
    let text = repo.git(&[&["rev-list", "--objects"], arguments].concat());
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// The header types of a pack, by a walk over it with inflation.
fn has_offset_deltas(repo: &Repo, pack: &[u8]) -> bool {
    let file = repo.path().join("looked-at.pack");
    std::fs::write(&file, pack).expect("a file");
    let kind = crate::hash::kind(repo.store().format());
    let file = gix_pack::data::File::at(&file, kind).expect("a pack");
    let entries = file.streaming_iter().expect("entries");
    entries
        .map(|entry| entry.expect("an entry"))
        .any(|entry| matches!(entry.header, gix_pack::data::entry::Header::OfsDelta { .. }))
}

#[test]
fn a_clone_holds_exactly_what_git_lists() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let repo = Repo::with_history(format, 12);
        repo.git(&["tag", "-a", "v1", "-m", "v1", "HEAD~3"]);
        for packed in [false, true] {
            if packed {
                repo.git(&["repack", "-q", "-a", "-d"]);
            }
            let head = repo.id("HEAD");
            let wants =
                args(&[&format!("want {head}"), &format!("want {head}"), "ofs-delta", "include-tag", "done"]);
            let answer = fetch(&repo, &wants);
            assert_eq!(answer.lines, ["packfile", "0000"]);
            let client = Repo::new(format);
            assert_eq!(index(&client, &answer.pack, &[]), listed(&repo, &["HEAD", "v1"]), "packed: {packed}");
        }
    }
}

#[test]
fn offset_deltas_are_sent_only_if_asked_for() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 12);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let want = format!("want {}", repo.id("HEAD"));
    let with = fetch(&repo, &args(&[&want, "ofs-delta", "done"])).pack;
    let without = fetch(&repo, &args(&[&want, "done"])).pack;
    assert!(has_offset_deltas(&repo, &with));
    assert!(!has_offset_deltas(&repo, &without));
    let client = Repo::sha1();
    assert_eq!(index(&client, &without, &[]), listed(&repo, &["HEAD"]));
}

#[test]
fn a_fetch_completes_a_client_and_thin_packs_lean_only_on_what_it_has() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 20);
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~8"]);
    repo.write("other/a.txt", b"a\n");
    repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-edit", "side"]);
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    for have in ["HEAD~1", "HEAD~5", "HEAD~15", "side", "side~1"] {
        let client = Repo::sha1();
        let old = client
            .bytes(&["index-pack", "--stdin"], &repo.pack(&format!("{have}\n"), &["--delta-base-offset"]));
        assert!(!old.is_empty());
        let lines = [&format!("want {}", repo.id("HEAD")), &format!("have {}", repo.id(have))];
        let lines = args(&[lines[0], lines[1], "thin-pack", "ofs-delta", "done"]);
        let answer = fetch(&repo, &lines);
        assert_eq!(answer.lines, ["packfile", "0000"], "no acknowledgments once the client is done");
        let sent = index(&client, &answer.pack, &["--fix-thin"]);
        let needed = listed(&repo, &["HEAD", &format!("^{have}")]);
        assert!(sent.is_superset(&needed), "{have}: something is missing");
        client.git(&["update-ref", "refs/heads/main", &repo.id("HEAD").to_string()]);
        client.git(&["fsck", "--strict", "--connectivity-only"]);
        assert_eq!(listed(&client, &["HEAD"]), listed(&repo, &["HEAD"]));
    }
}

#[test]
fn shallow_clients_are_complete_however_they_deepen() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 15);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let tip = repo.id("HEAD");
    let client = Repo::sha1();
    let mut border: BTreeSet<String> = BTreeSet::new();
    let mut has_tip = false;
    for (deepen, commits) in [("deepen 2", 2), ("deepen 6", 6), ("deepen 4", 6), ("deepen 2147483647", 15)] {
        let mut lines = args(&[&format!("want {tip}"), deepen, "thin-pack", "ofs-delta", "done"]);
        lines.extend(border.iter().map(|id| format!("shallow {id}")));
        lines.extend(has_tip.then(|| format!("have {tip}")));
        let answer = fetch(&repo, &lines);
        assert_eq!(answer.lines.first().map(String::as_str), Some("shallow-info"));
        for line in &answer.lines {
            if let Some(id) = line.strip_prefix("shallow ") {
                border.insert(id.to_owned());
            } else if let Some(id) = line.strip_prefix("unshallow ") {
                assert!(border.remove(id));
            }
        }
        index(&client, &answer.pack, &["--fix-thin"]);
        let text: String = border.iter().flat_map(|id| [id.as_str(), "\n"]).collect();
        let file = client.path().join(".git/shallow");
        if text.is_empty() {
            std::fs::remove_file(file).expect("the file goes");
        } else {
            std::fs::write(file, text).expect("a file");
        }
        client.git(&["update-ref", "refs/heads/main", &tip.to_string()]);
        client.git(&["fsck", "--connectivity-only"]);
        if deepen != "deepen 4" {
            assert_eq!(client.git(&["rev-list", "--count", "HEAD"]), commits.to_string(), "{deepen}");
        }
        has_tip = true;
    }
    assert_eq!(listed(&client, &["HEAD"]), listed(&repo, &["HEAD"]));
}

/// libgit2 takes nothing behind the id, not even a line feed.
#[test]
fn shallow_lines_end_with_the_id() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    let (tip, border) = (repo.id("HEAD"), repo.id("HEAD~1"));
    let first = args(&[&format!("want {tip}"), "deepen 1", "done"]);
    let (_, shallow) =
        serve(&repo, &UploadOptions::default(), ProtocolVersion::V2, &command(&repo, "fetch", &first));
    let deeper = [&format!("want {tip}"), &format!("shallow {tip}"), "deepen 2", "done"];
    let deeper = command(&repo, "fetch", &args(&deeper));
    let (_, unshallow) = serve(&repo, &UploadOptions::default(), ProtocolVersion::V2, &deeper);
    for (out, packet) in [
        (&shallow, format!("0034shallow {tip}00")),
        (&unshallow, format!("0034shallow {border}00")),
        (&unshallow, format!("0036unshallow {tip}00")),
    ] {
        assert!(String::from_utf8_lossy(out).contains(&packet), "{packet}");
    }
}

/// Whoever knows the name of a deleted commit could otherwise have its history by calling it the end of their own.
#[test]
fn a_border_that_no_ref_leads_to_gives_out_no_history() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    repo.git(&["checkout", "-q", "-b", "secret"]);
    repo.write("secret.txt", b"secret");
    let secret = repo.commit("secret");
    repo.write("secret.txt", b"more");
    let named = repo.commit("more");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "secret"]);
    let main = repo.id("HEAD");
    for deepen in [&["deepen 2147483647"][..], &["deepen 5", "deepen-relative"]] {
        let (want, shallow) = (format!("want {main}"), format!("shallow {named}"));
        let lines = [&[want.as_str(), shallow.as_str()], deepen, &["done"]].concat();
        let answer = fetch(&repo, &args(&lines));
        assert!(!answer.lines.iter().any(|line| line.contains("unshallow")), "{:?}", answer.lines);
        let client = Repo::sha1();
        let sent = index(&client, &answer.pack, &[]);
        assert!(!sent.contains(&secret.to_string()), "{deepen:?}");
    }
}

/// As git has it: the whole border moves, also where nothing is wanted.
#[test]
fn relative_deepening_moves_the_whole_border() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 6);
    repo.git(&["branch", "other", "HEAD~1"]);
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~4"]);
    repo.write("side.txt", b"side");
    let side = repo.commit("side");
    let border = repo.id("other");
    let lines = [
        format!("want {side}"),
        format!("shallow {side}"),
        format!("shallow {border}"),
        format!("have {side}"),
        "deepen 2".to_owned(),
        "deepen-relative".to_owned(),
        "done".to_owned(),
    ];
    let answer = fetch(&repo, &lines);
    for id in [side, border] {
        assert!(answer.lines.contains(&format!("unshallow {id}")), "{:?}", answer.lines);
    }
}

#[test]
fn filters_leave_out_what_git_leaves_out() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 8);
    repo.write("deep/er/est/file", b"x");
    repo.commit("deep");
    let specs = [
        "blob:none",
        "blob:limit=200",
        "tree:0",
        "tree:1",
        "tree:2",
        "tree:3",
        "object:type=tree",
        "object:type=commit",
        "object:type=blob",
        "combine:tree:3+blob:limit=200",
    ];
    for spec in specs {
        let answer =
            fetch(&repo, &args(&[&format!("want {}", repo.id("HEAD")), &format!("filter {spec}"), "done"]));
        let client = Repo::sha1();
        let name = String::from_utf8(client.bytes(&["index-pack", "--stdin"], &answer.pack)).expect("text");
        assert!(!name.is_empty());
        let listed = listed(&repo, &["HEAD", &format!("--filter={spec}")]);
        let sent = client.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
        assert_eq!(sent.lines().map(str::to_owned).collect::<BTreeSet<_>>(), listed, "{spec}");
    }
}

/// The case of a partial client that had to ask for each file that a thin pack leant on.
#[test]
fn thin_packs_lean_on_nothing_that_a_filter_left_out() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let noise: Vec<String> = (0..60_u32).map(|n| format!("{:08x}", n.wrapping_mul(2_654_435_761))).collect();
    let commit = |name: &str, text: &str| {
        repo.write("a", text.as_bytes());
        repo.commit(name)
    };
    let old = commit("Large", &noise.concat());
    let new = commit("Small", &noise[..20].concat());
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    let ask = |filter: &str| {
        let lines = args(&[&format!("want {new}"), &format!("have {old}"), "thin-pack", filter, "done"]);
        fetch(&repo, &lines).pack
    };
    let leans = |pack: &[u8]| {
        let client = Repo::new(ObjectFormat::Sha1);
        !client.run(&["index-pack", "--stdin"], pack).status.success()
    };
    assert!(leans(&ask("ofs-delta")), "a whole client has the large file");
    let partial = ask("filter blob:limit=300");
    assert!(!leans(&partial), "a partial client lacks it");
    let client = Repo::new(ObjectFormat::Sha1);
    assert!(index(&client, &partial, &[]).contains(&repo.id("HEAD:a").to_string()));
}

#[test]
fn a_stored_delta_is_taken_before_a_whole_copy_in_another_pack() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 30);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let want = args(&[&format!("want {}", repo.id("HEAD")), "ofs-delta", "done"]);
    let small = fetch(&repo, &want).pack.len();
    // The same objects and one more, all of them whole: the larger pack is looked at first.
    repo.write("more.txt", b"more");
    repo.commit("more");
    let whole = repo.pack("HEAD", &["--window=0", "--no-reuse-delta", "--no-reuse-object"]);
    repo.bytes(&["index-pack", "--stdin"], &whole);
    assert!(whole.len() > 2 * small);
    assert!(fetch(&repo, &want).pack.len() < small + 100, "but for objects that are whole in both");
}

#[test]
fn a_base_deep_in_the_clients_history_is_leant_on() {
    let repo = Repo::sha1();
    let noise = noise(16_384);
    repo.write("file", &noise);
    repo.commit("base");
    for number in 0..20 {
        repo.write("file", format!("{number}").as_bytes());
        repo.commit("between");
    }
    let old = repo.id("HEAD");
    repo.write("file", &noise[..16_300]);
    repo.commit("nearly as it was");
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    let (want, have) = (format!("want {}", repo.id("HEAD")), format!("have {old}"));
    let lines = args(&[&want, &have, "thin-pack", "ofs-delta", "done"]);
    let deep = fetch(&repo, &lines).pack;
    assert!(deep.len() < 1000, "{}", deep.len());
    let client = Repo::sha1();
    client.bytes(&["index-pack", "--stdin"], &repo.pack(&format!("{old}\n"), &[]));
    assert!(index(&client, &deep, &["--fix-thin"]).contains(&repo.id("HEAD:file").to_string()));
    let flat = UploadOptions { deep_bases: false, ..UploadOptions::default() };
    assert!(fetch_with(&repo, &flat, &lines).pack.len() > 16_000);
    let whole = args(&[&want, &have, "ofs-delta", "done"]);
    assert!(fetch(&repo, &whole).pack.len() > 16_000, "not to a client that wants no thin pack");
}

/// Bytes that do not pack.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    next.take(length).collect()
}

#[test]
fn what_the_client_has_need_not_be_here_to_the_end() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 4);
    let lines = [format!("want {}", repo.id("HEAD")), format!("have {}", repo.id("HEAD~1"))];
    let lines = args(&[&lines[0], &lines[1], "ofs-delta", "done"]);
    let whole = fetch(&repo, &lines).pack;
    let gone = repo.id("HEAD~2").to_string();
    let (directory, name) = gone.split_at(2);
    std::fs::remove_file(repo.objects().join(directory).join(name)).expect("a loose object");
    assert_eq!(fetch(&repo, &lines).pack, whole);
    let clone = args(&[&format!("want {}", repo.id("HEAD")), "ofs-delta", "done"]);
    let (_, out) =
        serve(&repo, &UploadOptions::default(), ProtocolVersion::V2, &command(&repo, "fetch", &clone));
    assert!(read(&out).pack.is_empty(), "a clone is not made with a hole in it");
}

#[test]
fn what_no_visible_ref_leads_to_is_not_given_out() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    let (old_blob, tree) = (repo.id("HEAD~2:growing.txt"), repo.id("HEAD~1^{tree}"));
    repo.git(&["checkout", "-q", "-b", "secret"]);
    repo.write("secret.txt", b"secret");
    let hidden = repo.commit("secret");
    let blob = repo.id("HEAD:secret.txt");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("gone.txt", b"gone");
    let gone = repo.commit("gone");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let options =
        UploadOptions { hidden: HiddenRefs::new(["refs/heads/secret"], ""), ..UploadOptions::default() };
    for has_bitmaps in [false, true] {
        if has_bitmaps {
            build_bitmaps(&repo);
        }
        for id in [hidden, blob, gone, ObjectId::Sha1([7; 20])] {
            let request = command(&repo, "fetch", &args(&[&format!("want {id}"), "done"]));
            let mut first = Vec::new();
            write_line(&mut first, &format!("want {id} side-band-64k")).expect("a line");
            first.extend(b"00000009done\n");
            for (version, request) in [(ProtocolVersion::V2, request), (ProtocolVersion::V0, first)] {
                let (served, out) = serve(&repo, &options, version, &request);
                assert!(matches!(served, Err(Error::Invalid(_))), "{id}");
                assert_eq!(read(&out).lines, [format!("ERR upload-pack: not our ref {id}")]);
            }
        }
        for id in [repo.id("HEAD~1"), old_blob, tree] {
            assert!(!fetch_with(&repo, &options, &args(&[&format!("want {id}"), "done"])).pack.is_empty());
        }
        let whole = fetch_with(&repo, &options, &args(&[&format!("want {}", repo.id("HEAD")), "done"]));
        assert_eq!(index(&Repo::sha1(), &whole.pack, &[]), listed(&repo, &["HEAD"]));
    }
}

/// Puts everything, also what only the reflog knows, into one pack with a reachability file.
fn build_bitmaps(repo: &Repo) {
    repo.git(&["repack", "-q", "-a", "-d"]);
    let files = std::fs::read_dir(repo.objects().join("pack")).expect("a directory");
    let mut names = files.map(|file| file.expect("a file").file_name().into_string().expect("text"));
    let pack = names.find_map(|name| name.strip_prefix("pack-")?.strip_suffix(".pack")?.parse().ok());
    let tips: Vec<_> = repo.refs().refs().iter().map(|found| found.target).collect();
    let limits = Limits::default();
    let built = crate::reach::build(&repo.store(), &pack.expect("a pack"), &tips, &limits, &Cancel::new());
    assert!(matches!(built, Ok(crate::reach::Built::Written { .. })), "{built:?}");
}

#[test]
fn protocol_2_acknowledges_until_it_is_ready() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 6);
    let (want, have) = (format!("want {}", repo.id("HEAD")), repo.id("HEAD~3"));
    let unknown = "1".repeat(40);
    let answer = fetch(&repo, &args(&[&want, &format!("have {unknown}")]));
    assert_eq!(answer.lines, ["acknowledgments", "NAK", "0000"]);
    let answer = fetch(&repo, &args(&[&want, &format!("have {unknown}"), &format!("have {have}")]));
    assert_eq!(
        answer.lines,
        ["acknowledgments", &format!("ACK {have}"), "ready", "0001", "packfile", "0000"]
    );
    let answer = fetch(&repo, &args(&[&want, &format!("have {have}"), "wait-for-done"]));
    assert_eq!(answer.lines, ["acknowledgments", &format!("ACK {have}"), "0000"]);
    assert!(answer.pack.is_empty());
}

#[test]
fn protocol_0_says_nak_once_and_acknowledges_in_each_mode() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 6);
    let (head, have) = (repo.id("HEAD"), repo.id("HEAD~3"));
    let ask = |features: &str, rest: &[String]| {
        let mut request = Vec::new();
        write_line(&mut request, &format!("want {head} {features} side-band-64k")).expect("a line");
        write_flush(&mut request).expect("a packet");
        for line in rest {
            write_line(&mut request, line).expect("a line");
        }
        let (served, out) = serve(&repo, &UploadOptions::default(), ProtocolVersion::V0, &request);
        assert!(served.is_ok(), "{served:?}");
        let answer = read(&out);
        assert!(!answer.pack.is_empty());
        answer.lines
    };
    assert_eq!(ask("", &args(&["done"])), ["NAK", "0000"]);
    assert_eq!(ask("multi_ack_detailed", &args(&["done"])), ["NAK", "0000"]);
    let lines = [format!("have {have}"), "done".to_owned()];
    let ack = format!("ACK {have}");
    assert_eq!(ask("", &lines), [ack.clone(), "0000".to_owned()]);
    assert_eq!(ask("multi_ack", &lines), [format!("{ack} continue"), ack.clone(), "0000".to_owned()]);
    assert_eq!(ask("multi_ack_detailed", &lines), [format!("{ack} common"), ack, "0000".to_owned()]);
}

#[test]
fn ls_refs_tells_what_was_asked_for() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 2);
    repo.git(&["tag", "-a", "v1", "-m", "v1"]);
    let (head, tag) = (repo.id("HEAD"), repo.id("v1"));
    let ask = |repo: &Repo, arguments: &[&str]| {
        let request = command(repo, "ls-refs", &args(arguments));
        let (served, out) = serve(repo, &UploadOptions::default(), ProtocolVersion::V2, &request);
        assert!(served.is_ok(), "{served:?}");
        read(&out).lines
    };
    assert_eq!(
        ask(&repo, &["peel", "symrefs"]),
        [
            format!("{head} HEAD symref-target:refs/heads/main"),
            format!("{head} refs/heads/main"),
            format!("{tag} refs/tags/v1 peeled:{head}"),
            "0000".to_owned(),
        ]
    );
    assert_eq!(ask(&repo, &["ref-prefix refs/tags/"]), [format!("{tag} refs/tags/v1"), "0000".to_owned()]);
    let empty = Repo::sha1();
    assert_eq!(ask(&empty, &["symrefs", "unborn"]), ["unborn HEAD symref-target:refs/heads/main", "0000"]);
    assert_eq!(ask(&empty, &["symrefs"]), ["0000"]);
}

#[test]
fn an_object_that_is_missing_fails_before_the_pack_starts() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    let blob = repo.id("HEAD:growing.txt").to_string();
    let (dir, file) = blob.split_at(2);
    std::fs::remove_file(repo.objects().join(dir).join(file)).expect("it goes");
    let request = command(&repo, "fetch", &args(&[&format!("want {}", repo.id("HEAD")), "done"]));
    let (served, out) = serve(&repo, &UploadOptions::default(), ProtocolVersion::V2, &request);
    assert!(matches!(served, Err(Error::Corrupt(_))), "{served:?}");
    let text = String::from_utf8_lossy(&out).into_owned();
    assert!(
        text.contains("aborting due to possible repository corruption") && !text.contains("PACK"),
        "{text}"
    );
}

#[test]
fn limits_are_named_to_the_client() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 2);
    let limits = Limits { max_haves: 1, ..Limits::default() };
    let options = UploadOptions { limits, ..UploadOptions::default() };
    let have = format!("have {}", "1".repeat(40));
    let request = command(&repo, "fetch", &args(&[&format!("want {}", repo.id("HEAD")), &have, &have]));
    let (served, out) = serve(&repo, &options, ProtocolVersion::V2, &request);
    assert!(matches!(served, Err(Error::TooLarge { limit: 1, .. })));
    assert_eq!(read(&out).lines, ["ERR upload-pack: the number of haves is over the limit of 1"]);
}
