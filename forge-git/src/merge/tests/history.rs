//! Random histories, the same for the same seed, written by the real git.

use std::collections::BTreeMap;

use forge_core::ObjectId;

use crate::browse::testing::Repo;

/// A small generator of numbers: tests must not depend on the day.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let at = usize::try_from(self.roll(u64::try_from(all.len().max(1)).unwrap())).unwrap();
        all.get(at).cloned()
    }
}

/// Mode and content of each file.
pub(crate) type Files = BTreeMap<String, (u32, Vec<u8>)>;

/// Writes commits through `git fast-import`, all in one go.
pub(crate) struct History {
    stream: Vec<u8>,
    marks: usize,
    hex: usize,
}

impl History {
    pub(crate) fn new(hex: usize) -> Self {
        Self { stream: Vec::new(), marks: 0, hex }
    }

    /// Adds a commit with these files and parents; the answer is its mark.
    pub(crate) fn commit(&mut self, files: &Files, parents: &[usize], message: &str) -> usize {
        self.marks += 1;
        let mark = self.marks;
        let mut text = format!(
            "commit refs/heads/case{mark}\nmark :{mark}\n\
             author Ada Example <ada@example.org> {0} +0100\ncommitter Bob Example <bob@example.org> {0} +0000\n\
             data {1}\n{message}\n",
            1_700_000_000 + mark * 60,
            message.len()
        );
        for (number, parent) in parents.iter().enumerate() {
            text.push_str(if number == 0 { "from" } else { "merge" });
            text.extend([" :", &parent.to_string(), "\n"]);
        }
        text += "deleteall\n";
        self.stream.extend(text.into_bytes());
        for (path, (mode, content)) in files {
            if *mode == 0o160_000 {
                let id = String::from_utf8_lossy(content).repeat(self.hex);
                self.stream.extend(format!("M 160000 {} {path}\n", &id[..self.hex]).into_bytes());
                continue;
            }
            self.stream.extend(format!("M {mode:o} inline {path}\ndata {}\n", content.len()).into_bytes());
            self.stream.extend(content);
            self.stream.push(b'\n');
        }
        self.stream.push(b'\n');
        mark
    }

    /// Has git read all of it; the answer is the commit of each mark, from one.
    pub(crate) fn import(&self, repo: &Repo) -> Vec<ObjectId> {
        let marks = repo.root().join("marks");
        let export = format!("--export-marks={}", marks.display());
        repo.git_at(0, &["fast-import", "--quiet", "--force", &export], &self.stream);
        let text = std::fs::read_to_string(marks).expect("marks");
        let mut all: Vec<(usize, ObjectId)> = text
            .lines()
            .map(|line| {
                let (mark, id) = line[1..].split_once(' ').expect("two words");
                (mark.parse().expect("a number"), id.parse().expect("an id"))
            })
            .collect();
        all.sort_by_key(|(mark, _)| *mark);
        all.into_iter().map(|(_, id)| id).collect()
    }
}

/// A text of some lines of its own and some that stand everywhere.
fn text(dice: &mut Dice, name: u64) -> Vec<u8> {
    let mut content = Vec::new();
    for line in 0..10 + dice.roll(25) {
        let text = match dice.roll(5) {
            0 => "}\n".to_owned(),
            1 => "\n".to_owned(),
            _ => format!("file {name} line {line} word {}\n", dice.roll(1000)),
        };
        content.extend(text.into_bytes());
    }
    content
}

fn edit(dice: &mut Dice, content: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> =
        content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..=dice.roll(3) {
        let at = usize::try_from(dice.roll(u64::try_from(lines.len() + 1).unwrap())).unwrap();
        let new = format!("new {}\n", dice.roll(6)).into_bytes();
        match dice.roll(4) {
            0 if at < lines.len() => drop(lines.remove(at)),
            1 if at < lines.len() => lines[at] = new,
            2 if at < lines.len() => {
                let line = lines[at].clone();
                lines.insert(at, line);
            }
            _ => lines.insert(at, new),
        }
    }
    lines.concat()
}

/// The files that a history begins with.
pub(crate) fn start(dice: &mut Dice) -> Files {
    let mut files = Files::new();
    for number in 0..5 + dice.roll(5) {
        let directory = ["", "a/", "a/b/", "c/"][usize::try_from(dice.roll(4)).unwrap()];
        files.insert(format!("{directory}f{number}"), (0o100_644, text(dice, number)));
    }
    files.insert("link".into(), (0o120_000, b"f0".to_vec()));
    files.insert("sub".into(), (0o160_000, b"1".to_vec()));
    files.insert("data.bin".into(), (0o100_644, b"\0\x01\x02".to_vec()));
    files.insert("crlf.txt".into(), (0o100_644, b"one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix\r\n".to_vec()));
    files.insert("open".into(), (0o100_755, b"1\n2\n3\n4\n5\n6\nno end".to_vec()));
    files
}

/// The next state of the files.
pub(crate) fn change(dice: &mut Dice, files: &Files) -> Files {
    let mut files = files.clone();
    for _ in 0..=dice.roll(4) {
        let names: Vec<String> = files.keys().cloned().collect();
        let Some(name) = dice.pick(&names) else { break };
        let Some((mode, content)) = files.get(&name).cloned() else { continue };
        let is_text = mode & 0o170_000 == 0o100_000 && !content.contains(&0);
        match dice.roll(16) {
            0..=6 if is_text => drop(files.insert(name, (mode, edit(dice, &content)))),
            7 | 8 => {
                let to =
                    [format!("moved{}", dice.roll(3)), format!("c/m{}", dice.roll(2)), format!("a/{name}")];
                let to = dice.pick(&to).unwrap();
                if !clashes(&files, &to) {
                    files.remove(&name);
                    let content = if is_text && dice.roll(2) == 0 { edit(dice, &content) } else { content };
                    files.insert(to, (mode, content));
                }
            }
            9 => drop(files.remove(&name)),
            10 => {
                let to = format!("new{}", dice.roll(3));
                if !clashes(&files, &to) {
                    let number = 100 + dice.roll(3);
                    files.insert(to, (0o100_644, text(dice, number)));
                }
            }
            11 if is_text => drop(files.insert(name, (mode ^ 0o111, content))),
            12 => {
                let content = format!("f{}", dice.roll(3)).into_bytes();
                files.insert(if dice.roll(3) == 0 { name } else { "link".into() }, (0o120_000, content));
            }
            13 => {
                let content = format!("{}", 1 + dice.roll(3)).into_bytes();
                if !clashes(&files, "sub") || files.contains_key("sub") {
                    files.insert("sub".into(), (0o160_000, content));
                }
            }
            14 => {
                // A file becomes a directory.
                files.remove(&name);
                let to = format!("{name}/inside");
                if !clashes(&files, &to) {
                    files.insert(to, (mode, content));
                }
            }
            _ => drop(
                files.insert("data.bin".into(), (0o100_644, vec![0, u8::try_from(dice.roll(4)).unwrap()])),
            ),
        }
    }
    files
}

/// Whether a path is taken, or below a file, or a directory.
fn clashes(files: &Files, path: &str) -> bool {
    let below = format!("{path}/");
    files.keys().any(|old| old == path || old.starts_with(&below) || path.starts_with(&format!("{old}/")))
}
