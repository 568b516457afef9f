//! Journeys with the git clients of other people: each clones, commits, tags, pushes, fetches, and clones shallowly where
//! it can. What it made is judged by the real git.
//!
//! The clients are installed by `cargo xtask tools`. Where one cannot be, `cargo xtask test` leaves its module out and says
//! so by name; run in any other way, its journey fails.

mod dulwich;
mod gitoxide;
mod isomorphic_git;
mod jgit;
mod lfs;
mod libgit2;
mod pip;
mod r;
mod versions;

use std::path::{Path, PathBuf};

use forge_tests::{Forge, Output, Person, WorkTree, client, client_folder};

/// A forge over HTTPS with a history worth cloning.
struct Town {
    forge: Forge,
    alice: Person,
    /// The real git's copy of `alice/beds`.
    seed: WorkTree,
}

/// What a client can do beside cloning, pushing and fetching.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shallow {
    Yes,
    No,
}

impl Town {
    async fn new() -> Self {
        let forge = Forge::with_tls().await;
        let alice = forge.user("alice").await;
        forge.repo(&alice, "beds").await;
        let seed = alice.clone_of(&forge.ssh("alice/beds"), &[]).unwrap();
        for number in 0..30 {
            seed.write(&format!("wards/{}/{number}.csv", number % 4), format!("ward,beds\n{number},12\n"));
            seed.commit("growing.csv", "ward,beds,free\n".repeat(200 * (number + 1)));
        }
        seed.git(&["tag", "-a", "-m", "First", "v1", "HEAD~20"]).unwrap();
        seed.git(&["checkout", "--quiet", "-b", "trial", "HEAD~10"]).unwrap();
        seed.commit("trial.csv", "a trial\n");
        seed.git(&["checkout", "--quiet", "main"]).unwrap();
        seed.git(&["merge", "--quiet", "-m", "Bring the trial in", "trial"]).unwrap();
        seed.git(&["push", "--quiet", "origin", "main", "trial", "v1"]).unwrap();
        Self { forge, alice, seed }
    }

    /// Where the program of a client is.
    fn program(name: &str) -> String {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("it/client/programs").join(name).display().to_string()
    }

    /// Runs a client with everything it may need to know in its environment.
    fn run(&self, program: &Path, more: &[(&str, &str)], arguments: &[&str]) -> Output {
        let authority = self.forge.authority().display().to_string();
        let key = self.alice.key.display().to_string();
        let mut environment = vec![
            ("FORGE_USER", self.alice.name.as_str()),
            ("FORGE_TOKEN", self.alice.token.as_str()),
            ("FORGE_KEY", key.as_str()),
            ("FORGE_AUTHORITY", authority.as_str()),
            ("GIT_SSL_CAINFO", authority.as_str()),
            ("NODE_EXTRA_CA_CERTS", authority.as_str()),
        ];
        environment.extend_from_slice(more);
        client(&self.alice, program, &environment, arguments)
    }

    /// Makes the whole journey with one client at one door: `act` runs its program with the words it is given.
    fn journey(&self, name: &str, remote: &str, shallow: Shallow, act: impl Fn(&[&str]) -> Output) {
        let done = |words: &[&str]| {
            let output = act(words);
            assert!(output.ok, "{name} {words:?}: {output:?}");
            output.stdout.trim().to_owned()
        };
        let folder = self.alice.home().join(name);
        let first = folder.display().to_string();
        let in_first = |arguments: &[&str]| {
            let arguments = [&["-C", first.as_str()], arguments].concat();
            self.alice.git(&arguments).success().unwrap()
        };

        let listed = self.seed.git(&["ls-remote", "origin", "refs/heads/main"]).unwrap();
        done(&["clone", remote, &first]);
        assert!(listed.starts_with(in_first(&["rev-parse", "HEAD"]).trim()), "{listed}");
        assert_eq!(in_first(&["status", "--porcelain"]), "");
        assert_eq!(in_first(&["rev-parse", "v1"]), self.seed.git(&["rev-parse", "v1"]).unwrap());
        in_first(&["fsck", "--full", "--strict"]);

        done(&["push", &first, name]);
        let judge = self.alice.clone_of(&self.forge.ssh("alice/beds"), &[]).unwrap();
        judge.fsck();
        assert_eq!(judge.head(), in_first(&["rev-parse", "HEAD"]).trim());
        assert_eq!(judge.git(&["show", &format!("HEAD:{name}.txt")]).unwrap(), format!("by {name}\n"));
        assert_eq!(judge.git(&["cat-file", "-t", &format!("v-{name}")]).unwrap().trim(), "tag");

        let newer = judge.commit("elsewhere.txt", format!("after {name}\n"));
        judge.git(&["push", "--quiet", "origin", "HEAD:main"]).unwrap();
        let behind = act(&["push", &first, &format!("{name}-behind")]);
        assert!(!behind.ok, "a push that would lose history: {behind:?}");
        assert_eq!(done(&["fetch", &first]), newer);
        in_first(&["fsck", "--full", "--strict"]);
        in_first(&["cat-file", "-e", &newer]);
        let listed = judge.git(&["ls-remote", "origin", "refs/heads/main"]).unwrap();
        assert!(listed.starts_with(&newer), "{listed}");

        if shallow == Shallow::Yes {
            let short = folder.with_extension("shallow").display().to_string();
            done(&["shallow", remote, &short]);
            let count = self.alice.git(&["-C", &short, "rev-list", "--count", "HEAD"]).success().unwrap();
            assert_eq!(count.trim(), "1");
            self.alice.git(&["-C", &short, "fsck"]).success().unwrap();
        }
    }
}

/// Python with the clients in it.
fn python() -> PathBuf {
    client_folder().join("python/bin/python")
}

/// A program of the system, by the names it may have.
fn system(names: &[&str]) -> PathBuf {
    let found = names.iter().find_map(|name| {
        std::env::split_paths(env!("PATH"))
            .chain(["/usr/bin".into()])
            .map(|at| at.join(name))
            .find(|at| at.is_file())
    });
    found.unwrap_or_else(|| panic!("{names:?} is not there: run `cargo xtask tools` first"))
}
