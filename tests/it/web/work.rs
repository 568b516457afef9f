//! What a refusal costs: as much work whoever is asked for, counted and not timed.

use forge_tests::{PASSWORD, Process, Town};
use http::Method;

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

/// How many questions the process asks its database for an act: the fewest of a few times, because what it does besides counts too.
async fn questions(process: &Process, mut act: impl AsyncFnMut()) -> u64 {
    let so_far = || {
        let page = process.page("/metrics");
        let line = page.lines().find_map(|line| line.strip_prefix("forge_database_questions_total "));
        line.map_or(0, |number| number.parse::<u64>().unwrap())
    };
    let mut fewest = u64::MAX;
    for _ in 0..5 {
        let before = so_far();
        act().await;
        fewest = fewest.min(so_far() - before);
    }
    fewest
}

/// A24: what is hidden costs as much as what is not there, at every door, under its address, an old one, and that of nobody.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_costs_as_much_as_what_is_not_there() {
    let mut town = Town::new(PROGRAM, &[("ACCESS_PUBLIC_REPOSITORIES", "true")]);
    town.settle();
    let email = ["--email", "olive@example.nhs.uk", "--password-stdin"];
    town.console(&[&["user", "create", "olive"], &email[..]].concat(), &format!("{PASSWORD}\n"));
    town.console(&["repo", "create", "olive/before"], "");
    let process = town.start();
    let olive = process.client();
    olive.sign_in("olive").await;
    let renamed = olive.submit("/olive/before", "/olive/before/settings/rename", &[("name", "secret")]).await;
    assert_eq!(renamed.status, 303, "{}", renamed.text());
    let (alice, nobody) = (process.client(), process.client());
    alice.sign_in("alice").await;
    let addresses = ["olive/secret", "olive/absent", "olive/before", "nowhere/absent"];
    let all_alike = |door: &str, costs: Vec<u64>| {
        assert!(
            costs.iter().all(|cost| *cost == costs[0] && *cost > 0),
            "{door}: {addresses:?} cost {costs:?}"
        );
    };
    for rest in ["", "/raw/main/README.md", "/archive/main.zip", "/tickets/1", "/settings/access"] {
        for (client, status) in [(&alice, 404), (&nobody, 303)] {
            let mut costs = Vec::new();
            for address in addresses {
                let path = format!("/{address}{rest}");
                let ask = async || assert_eq!(client.get(&path).await.status, status, "{path}");
                costs.push(questions(&process, ask).await);
            }
            all_alike(rest, costs);
        }
    }
    let bearer = format!("Bearer {}", town.token());
    let doors = [
        (Method::GET, "/", ".git/info/refs?service=git-upload-pack"),
        (Method::POST, "/", ".git/git-upload-pack"),
        (Method::POST, "/", ".git/git-receive-pack"),
        (Method::GET, "/api/v1/repos/", "/commits/0000000000000000000000000000000000000000/statuses"),
    ];
    for (method, before, rest) in doors {
        let service = rest.rsplit('/').next().unwrap();
        let kind = if before == "/" {
            format!("application/x-{service}-request")
        } else {
            "application/json".to_owned()
        };
        let mut costs = Vec::new();
        for address in addresses {
            let path = format!("{before}{address}{rest}");
            let headers = [("authorization", bearer.as_str()), ("content-type", kind.as_str())];
            let ask = async || {
                assert_eq!(nobody.send(method.clone(), &path, &headers, "0000").await.status, 404, "{path}");
            };
            costs.push(questions(&process, ask).await);
        }
        all_alike(rest, costs);
    }
    let work = town.work_tree();
    let mut costs = Vec::new();
    for address in addresses {
        let remote = town.ssh(&process).replace("alice/beds", address);
        let ask = async || assert!(!work.try_git(&["ls-remote", &remote]).ok, "{remote}");
        costs.push(questions(&process, ask).await);
    }
    all_alike("ssh", costs);
}
