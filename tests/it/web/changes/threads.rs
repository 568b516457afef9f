//! A merge request that everybody has something to say of: bounded work, and nothing is lost.

use std::collections::BTreeSet;

use forge_tests::{Client, Process, Town, WorkTree};

use super::{hex, link, numbered};

/// The program `forge`, as these tests were built with it.
const PROGRAM: &str = env!("CARGO_BIN_EXE_forge-under-test");
const ONE: &str = "/alice/beds/merge-requests/1";
/// Threads in all, and those that were resolved.
const THREADS: usize = 355;
const RESOLVED: usize = 120;

/// A process whose statements are counted, a merge request, and whoever opened it.
struct Talk {
    process: Process,
    client: Client,
    _work: WorkTree,
    _town: Town,
}

impl Talk {
    async fn new() -> Self {
        let mut town = Town::new(PROGRAM, &[]);
        town.settle();
        let process = town.start();
        let work = town.work_tree();
        work.commit("README.md", "# Beds\n");
        let remote = town.https(&process);
        work.git(&["push", "--quiet", &remote, "main"]).unwrap();
        work.git(&["checkout", "--quiet", "-b", "work"]).unwrap();
        work.commit("f.txt", numbered(THREADS));
        let options = ["push", "--quiet", "-o", "merge_request.create", "-o", "merge_request.target=main"];
        work.git(&[&options[..], &[&remote, "work"]].concat()).unwrap();
        let client = process.client();
        client.sign_in("alice").await;
        Self { process, client, _work: work, _town: town }
    }

    async fn page(&self, address: &str) -> String {
        let answer = self.client.get(address).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
        answer.text()
    }

    /// Says something about each of these lines.
    async fn say(&self, lines: impl IntoIterator<Item = usize>) {
        let csrf = self.client.get(ONE).await.hidden_field("csrf").unwrap();
        let path = hex("f.txt");
        for line in lines {
            let (line, body) = (line.to_string(), format!("Remark {line}."));
            let fields = [
                ("csrf", csrf.as_str()),
                ("version", "1"),
                ("side", "new"),
                ("path", &path),
                ("start", &line),
                ("end", &line),
                ("body", &body),
                ("action", "comment"),
            ];
            let said = self.client.post(&format!("{ONE}/comment"), &fields).await;
            assert_eq!(said.status, 303, "{}", said.text());
        }
    }

    /// Resolves these threads.
    async fn resolve(&self, ids: &[String]) {
        let csrf = self.client.get(ONE).await.hidden_field("csrf").unwrap();
        for id in ids {
            let fields = [("csrf", csrf.as_str()), ("thread", id), ("action", "resolve")];
            let done = self.client.post(&format!("{ONE}/thread"), &fields).await;
            assert_eq!(done.status, 303, "{}", done.text());
        }
    }

    /// Questions that the database was asked since the process began.
    fn statements(&self) -> u64 {
        let page = self.process.page("/metrics");
        let line = page.lines().find_map(|line| line.strip_prefix("forge_database_questions_total "));
        line.unwrap().parse().unwrap()
    }

    /// What opening a page costs the database, once everything that is kept was found.
    async fn cost(&self, address: &str) -> u64 {
        self.page(address).await;
        let before = self.statements();
        self.page(address).await;
        self.statements() - before
    }
}

/// The threads of a page, by what their places are called.
fn threads(page: &str) -> Vec<String> {
    let found = page.split("id=\"thread-").skip(1);
    found.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_threads_cost_no_more_statements_than_a_few() {
    let talk = Talk::new().await;
    talk.say(1..=5).await;
    let addresses = [ONE.to_owned(), format!("{ONE}/changes"), format!("{ONE}?page=1")];
    let mut few = Vec::new();
    for address in &addresses {
        few.push(talk.cost(address).await);
    }
    talk.say(6..=THREADS).await;
    for (address, few) in addresses.iter().zip(few) {
        let many = talk.cost(address).await;
        assert!(
            few > 5 && many <= few + 2,
            "{address}: {few} statements for 5 threads, {many} for {THREADS}"
        );
        let page = talk.page(address).await;
        assert!(page.len() < 2_000_000, "{address}: {} bytes", page.len());
    }

    // Every one has its place beside its line; so many are shown whole, the others lead to the conversation.
    let page = talk.page(&addresses[1]).await;
    let all = threads(&page);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), THREADS);
    assert_eq!(page.matches("1 comment, begun by alice: read the conversation").count(), THREADS - 200);
    let brief = link(&page, "1 comment, begun by alice: read the conversation");
    let (address, id) = brief.split_once('#').unwrap();
    assert!(talk.page(address).await.contains(&format!("id=\"{id}\"")), "{brief}");
    // The conversation has all of them, part by part.
    let (mut seen, mut address) = (BTreeSet::new(), format!("{ONE}?page=1"));
    loop {
        let page = talk.page(&address).await;
        seen.extend(threads(&page));
        if !page.contains("rel=\"next\"") {
            break;
        }
        address = link(&page, "Next<span");
    }
    assert_eq!(seen, all.iter().cloned().collect());

    // What waits is shown whole before what is resolved, and one steps from one open thread to the next.
    talk.resolve(&all[..RESOLVED]).await;
    let page = talk.page(&addresses[1]).await;
    assert_eq!(threads(&page).len(), THREADS);
    let brief: Vec<&str> = page.split("read the conversation</a>").skip(1).collect();
    let resolved = brief
        .iter()
        .filter(|part| part.trim_start().starts_with("<span class=\"forge-meta\">resolved"))
        .count();
    assert_eq!((brief.len(), resolved), (THREADS - 200, RESOLVED), "no open one gives way to a resolved one");
    let page = talk.page(ONE).await;
    assert!(page.contains("Conversation (235 open)"), "{page}");
    let first = link(&page, "Go to the first of 235 open threads");
    assert!(first.ends_with(&format!("#thread-{}", all[RESOLVED])), "{first}");
    let (mut steps, mut at) = (1, first);
    loop {
        let (address, id) = at.split_once('#').unwrap();
        let page = talk.page(address).await;
        let mut id = id.to_owned();
        // All those of this part, and then the first of the next one.
        let next = loop {
            let box_of = page.split(&format!("id=\"{id}\"")).nth(1).unwrap();
            let box_of = box_of.split("class=\"forge-story__item\"").next().unwrap();
            if !box_of.contains("Next open thread") {
                break None;
            }
            steps += 1;
            let next = link(box_of, "Next open thread");
            match next.strip_prefix('#') {
                Some(here) => here.clone_into(&mut id),
                None => break Some(next),
            }
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    assert_eq!(steps, THREADS - RESOLVED);
    // A resolved one is folded, with what was said inside.
    let page = talk.page(&format!("{ONE}?page=1")).await;
    let fold = page.split("<details class=\"forge-thread__fold\"><summary>Resolved by alice").nth(1).unwrap();
    assert!(fold.split("</details>").next().unwrap().contains("Remark "), "{fold}");
}
