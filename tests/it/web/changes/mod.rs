//! What pages of changes show: of merge requests, of commits, and between any two revisions.

mod compare;
mod edges;
mod endless;
mod history;
mod kinds;
mod large;
mod patches;
mod threads;
mod versions;

use forge_app::Receiver;
use forge_core::{Permission, Username};
use forge_tests::{Answer, Client, Forge, Person, WorkTree};

const LIST: &str = "/ann/beds/merge-requests";
const ONE: &str = "/ann/beds/merge-requests/1";

/// Somebody with a repository and a clone of it, and somebody who reviews.
struct Desk {
    forge: Forge,
    ann: Person,
    work: WorkTree,
    author: Client,
    reviewer: Client,
}

impl Desk {
    /// With `main` as these files make it, pushed.
    async fn new(files: &[(&str, &[u8])]) -> Self {
        let forge = Forge::new().await;
        let (ann, rosa) = (forge.user("ann").await, forge.user("rosa").await);
        forge.repo(&ann, "beds").await;
        let name = Username::new(&rosa.name).unwrap();
        forge.grant("ann/beds", Receiver::Person(name), Permission::Write, None).await;
        let work = ann.work_tree();
        let (author, reviewer) = (forge.client(), forge.client());
        author.sign_in("ann").await;
        reviewer.sign_in("rosa").await;
        let desk = Self { forge, ann, work, author, reviewer };
        for (path, bytes) in files {
            desk.work.write(path, bytes);
        }
        desk.commit("First");
        desk.push("main");
        desk
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.work.git(arguments).unwrap().trim().to_owned()
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.work.head()
    }

    fn push(&self, what: &str) {
        let remote = self.forge.https(&self.ann, "ann/beds");
        self.git(&["push", "--quiet", &remote, what]);
    }

    /// Has git make commits, each of which says something else in one file.
    fn import(&self, branch: &str, count: u32, message: impl Fn(u32) -> String) {
        let mut stream = String::new();
        for number in 0..count {
            let (time, message) = (1_700_000_000 + number, message(number));
            let head = format!("commit refs/heads/{branch}\ncommitter A <a@example.nhs.uk> {time} +0000\n");
            let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
            let (length, text) = (message.len(), number.to_string());
            let file = format!("M 644 inline steps.txt\ndata {}\n{text}\n\n", text.len());
            stream.extend([head, format!("data {length}\n{message}\n"), from.to_owned(), file]);
        }
        let arguments = ["fast-import", "--quiet", "--force"];
        let output = forge_tests::git_fed(self.work.path(), &arguments, stream.as_bytes());
        assert!(output.ok, "{output:?}");
    }

    /// Opens a merge request of a branch that was pushed.
    async fn open(&self, source: &str) {
        let made = self.offer(source, "main", "A change").await;
        assert_eq!(made.status.as_u16(), 303, "{}", made.text());
    }

    /// The author sends the form that opens a merge request.
    async fn offer(&self, source: &str, target: &str, title: &str) -> Answer {
        let fields =
            [("source", source), ("target", target), ("title", title), ("body", ""), ("reviewers", "@rosa")];
        let form = format!("{LIST}/new?source={source}&target={target}");
        self.author.submit(&form, &format!("{LIST}/new"), &fields).await
    }

    /// The author merges a merge request whose head is this commit; what came of it.
    async fn merge(&self, number: u64, head: &str, method: &str) -> (u16, String) {
        let one = format!("{LIST}/{number}");
        let fields = [("head", head), ("method", method), ("message", "")];
        let answer = self.author.submit(&one, &format!("{one}/merge"), &fields).await;
        (answer.status.as_u16(), answer.text())
    }

    /// The reviewer says something about a line of a version.
    async fn say(&self, version: &str, path: &str, line: &str, text: &str) -> Answer {
        let form = format!("{ONE}/comment?version={version}&side=new&path={}&line={line}", hex(path));
        let fields = [
            ("version", version),
            ("side", "new"),
            ("path", &hex(path)),
            ("start", line),
            ("end", line),
            ("body", text),
            ("action", "comment"),
        ];
        self.reviewer.submit(&form, &format!("{ONE}/comment"), &fields).await
    }

    async fn page(&self, address: &str) -> String {
        let answer = self.reviewer.get(address).await;
        assert_eq!(answer.status.as_u16(), 200, "{address}: {}", answer.text());
        answer.text()
    }
}

fn hex(path: impl AsRef<[u8]>) -> String {
    path.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The section of a page that shows a file.
fn section<'a>(page: &'a str, path: &str) -> &'a str {
    let found = page
        .split("<section class=\"forge-box forge-diff\"")
        .find(|part| part.contains(&format!(">{path}</h3>")));
    found.unwrap_or_else(|| panic!("{path} in {page}")).split("</section>").next().unwrap()
}

/// The address behind a label of a link.
fn link<'a>(html: &'a str, label: &str) -> String {
    let before: &'a str = html
        .split(label)
        .next()
        .filter(|before| before.len() < html.len())
        .unwrap_or_else(|| panic!("{label}"));
    let href = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    href.replace("&#38;", "&").replace("&amp;", "&")
}

fn numbered(count: usize) -> String {
    (1..=count).map(|number| format!("line {number}\n")).collect::<Vec<_>>().concat()
}
