//! What a refusal costs: as much work whoever is asked for, counted and not timed.

use forge_tests::{Process, Town};

/// The program `forge`, as these tests were built with it.
const PROGRAM: &str = env!("CARGO_BIN_EXE_forge-under-test");

/// How many passwords were compared with a hash since the process started.
fn checks(process: &Process) -> u64 {
    let page = process.page("/metrics");
    let line = page.lines().find_map(|line| line.strip_prefix("forge_password_checks_total "));
    line.map_or(0, |number| number.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_there_costs_as_much_as_whoever_is() {
    let mut town = Town::new(PROGRAM, &[]);
    town.settle();
    let process = town.start();
    let mut pages = Vec::new();
    for name in ["alice", "nobody-here", "alice@example.nhs.uk", "nobody@example.nhs.uk", "no name"] {
        let client = process.client();
        let before = checks(&process);
        let fields = [("username", name), ("password", "not the password"), ("then", "/")];
        let answer = client.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.status, 422, "{name}");
        assert_eq!(checks(&process) - before, 1, "one password is compared for {name}");
        let token = answer.hidden_field("csrf").unwrap();
        pages.push(answer.text().replace(&token, "TOKEN").replace(name, "NAME"));
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "and the page is the same");
}
