//! Two clients that do the same, one with the engine and one with stock git, and what must then be the same of both.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use forge_tests::Output;

use super::{git, try_git};
use crate::random::Random;

/// The client of the engine, and its twin of stock git.
pub(super) struct Twins {
    ours: Client,
    stock: Client,
    /// What they did so far, for whoever reads a failure.
    story: Vec<String>,
    filter: Option<&'static str>,
    /// Whether stock git went wrong, so that the two cannot be compared any more.
    parted: bool,
    seed: u64,
}

struct Client {
    dir: PathBuf,
}

const FILTERS: &[&str] = &[
    "blob:none",
    "blob:limit=300",
    "tree:0",
    "tree:1",
    "tree:3",
    "object:type=commit",
    "object:type=tree",
    "combine:blob:limit=900+tree:2",
];

impl Twins {
    pub(super) fn new(folder: &Path, seed: u64, number: usize, ours: &str, stock: &str) -> Self {
        let make = |name: &str, url: &str| {
            let dir = folder.join(format!("{name}-{number}"));
            git(folder, &["init", "--quiet", "--bare", &dir.display().to_string()]);
            git(&dir, &["remote", "add", "origin", url]);
            Client { dir }
        };
        let (ours, stock) = (make("ours", ours), make("stock", stock));
        Self { ours, stock, story: Vec::new(), filter: None, parted: false, seed }
    }

    /// The first visit: whole, shallow in one of three ways, or partial.
    pub(super) fn first(&mut self, random: &mut Random, branches: usize) {
        let mut options: Vec<String> = Vec::new();
        match random.below(6) {
            0 => options.push(format!("--depth={}", 1 + random.below(6))),
            1 => options.push(format!("--shallow-since={}", 1_700_000_000 + random.below(45_000))),
            2 => options.push(format!("--shallow-exclude=refs/heads/b{}", random.below(branches))),
            3 | 4 => {
                let filter = *random.pick(FILTERS);
                self.filter = Some(filter);
                options.push(format!("--filter={filter}"));
                if random.chance(20) {
                    options.push(format!("--depth={}", 1 + random.below(4)));
                }
            }
            _ => {}
        }
        self.fetch(random, options, branches);
    }

    /// Another visit, of whatever kind the client may make now.
    pub(super) fn again(&mut self, random: &mut Random, branches: usize) {
        if self.parted {
            return;
        }
        if self.filter.is_none() && random.chance(30) {
            self.commit(random);
        }
        let is_shallow = self.stock.dir.join("shallow").exists();
        let mut options = Vec::new();
        match random.below(8) {
            0 => options.push(format!("--depth={}", 1 + random.below(8))),
            1 if is_shallow => options.push(format!("--deepen={}", 1 + random.below(4))),
            2 if is_shallow => options.push("--unshallow".to_owned()),
            3 => options.push("--refetch".to_owned()),
            4 => options.push(format!("--shallow-exclude=refs/heads/b{}", random.below(branches))),
            5 => options.push("--prune".to_owned()),
            _ => {}
        }
        self.fetch(random, options, branches);
    }

    /// Gives both clients commits that the server has never seen.
    fn commit(&mut self, random: &mut Random) {
        let refs = git(&self.stock.dir, &["for-each-ref", "--format=%(objectname)", "refs/remotes"]);
        let refs: Vec<&str> = refs.lines().collect();
        if refs.is_empty() {
            return;
        }
        let tip = *random.pick(&refs);
        let number = self.story.len();
        self.story.push(format!("commit on {tip}"));
        for client in [&self.ours, &self.stock] {
            let tree = format!("{tip}^{{tree}}");
            let commit = git(&client.dir, &["commit-tree", "-p", tip, "-m", "local", &tree]);
            git(&client.dir, &["update-ref", &format!("refs/heads/local-{number}"), commit.trim()]);
        }
    }

    fn fetch(&mut self, random: &mut Random, options: Vec<String>, branches: usize) {
        let mut arguments = vec!["-c".to_owned(), format!("protocol.version={}", random.below(3))];
        arguments.extend(["fetch", "--quiet", "--no-auto-gc"].map(str::to_owned));
        arguments.extend(options);
        match random.below(4) {
            0 => arguments.push("--no-tags".to_owned()),
            1 => arguments.push("--tags".to_owned()),
            _ => {}
        }
        arguments.push("origin".to_owned());
        if random.chance(25) {
            let one = random.below(branches);
            arguments.push(format!("+refs/heads/b{one}:refs/remotes/origin/b{one}"));
        } else {
            arguments.push("+refs/heads/*:refs/remotes/origin/*".to_owned());
        }
        self.story.push(arguments.join(" "));
        let (ours_before, stock_before) = (self.ours.objects(), self.stock.objects());
        let (ours, stock) = (self.ours.run(&arguments), self.stock.run(&arguments));
        assert_eq!(ours.ok, stock.ok, "{}\nours {ours:?}\nstock {stock:?}", self.tale());
        let said = ours.stderr.to_lowercase();
        assert!(ours.ok || !said.contains("hung up"), "{}\n{ours:?}", self.tale());
        self.compare();
        let (ours, stock) = (self.ours.objects() - ours_before, self.stock.objects() - stock_before);
        assert!(ours <= stock + stock / 2 + 40, "{}\n{ours} objects came, of stock git {stock}", self.tale());
    }

    fn compare(&mut self) {
        assert_eq!(self.ours.refs(), self.stock.refs(), "{}", self.tale());
        self.parted = self.stock_forgot_a_border();
        if !self.parted {
            assert_eq!(self.ours.border(), self.stock.border(), "{}", self.tale());
        }
        let checked = try_git(&self.ours.dir, &["fsck", "--connectivity-only"]);
        assert!(checked.ok, "{}\n{checked:?}", self.tale());
        let (ours, stock) = (self.ours.reached(), self.stock.reached());
        if self.parted {
            assert!(self.filter.is_some() || ours.1.is_empty(), "{}\nmissing {:?}", self.tale(), ours.1);
            return;
        }
        let lacking: Vec<_> = stock.0.difference(&ours.0).filter(|id| !self.is_left_out(id)).collect();
        assert!(lacking.is_empty(), "{}\nlacking {lacking:?}", self.tale());
        if self.filter.is_none() {
            assert_eq!(ours.0, stock.0, "{}", self.tale());
            assert!(ours.1.is_empty(), "{}\nmissing {:?}", self.tale(), ours.1);
        }
    }

    /// Whether stock git left commits where they were when it was to deepen relatively, and ours did not.
    ///
    /// Stock git asks which of the client's borders its refs lead to, by a walk that follows dates and gives up early. Where the date
    /// of a tip is far too old, it takes a border below that for one that no ref leads to.
    fn stock_forgot_a_border(&self) -> bool {
        let was_relative = self.story.last().is_some_and(|line| line.contains("--deepen="));
        let (ours, stock) = (self.ours.border(), self.stock.border());
        was_relative && ours.is_subset(&stock) && ours != stock
    }

    /// Whether the filter leaves an object out wherever it stands.
    ///
    /// Stock git's packs lean on such objects now and then although a partial client lacks them. The client then asks for each
    /// by name while it indexes the pack, and so has more than it wanted. Ours lean on no such object.
    fn is_left_out(&self, id: &str) -> bool {
        let Some(filter) = self.filter else { return false };
        let kind = git(&self.stock.dir, &["cat-file", "-t", id]);
        let size: u64 = git(&self.stock.dir, &["cat-file", "-s", id]).trim().parse().unwrap();
        match (filter, kind.trim()) {
            ("blob:none" | "tree:0" | "tree:1" | "object:type=commit" | "object:type=tree", "blob")
            | ("tree:0" | "object:type=commit", "tree") => true,
            ("blob:limit=300", "blob") => size >= 300,
            ("combine:blob:limit=900+tree:2", "blob") => size >= 900,
            _ => false,
        }
    }

    fn tale(&self) -> String {
        format!("seed {}, in {}:\n  {}", self.seed, self.ours.dir.display(), self.story.join("\n  "))
    }
}

impl Client {
    fn run(&self, arguments: &[String]) -> Output {
        try_git(&self.dir, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn refs(&self) -> String {
        git(&self.dir, &["for-each-ref"])
    }

    fn border(&self) -> BTreeSet<String> {
        let text = std::fs::read_to_string(self.dir.join("shallow")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How many objects are stored, one that is stored twice counting twice.
    fn objects(&self) -> usize {
        let counted = git(&self.dir, &["count-objects", "-v"]);
        let read = |key: &str| -> usize {
            counted.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim().parse().unwrap()
        };
        read("count:") + read("in-pack:")
    }

    /// What all refs reach: what is there, and what is not.
    fn reached(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let arguments = ["rev-list", "--objects", "--all", "--no-object-names", "--missing=print"];
        let listed = git(&self.dir, &arguments);
        let (missing, there): (BTreeSet<_>, BTreeSet<_>) =
            listed.lines().map(str::to_owned).partition(|line| line.starts_with('?'));
        (there, missing)
    }
}
