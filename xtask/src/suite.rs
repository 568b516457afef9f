//! `cargo xtask test`: the whole suite, one step after the other, closed by a plain count.

use anyhow::Result;

use crate::clients::{self, Clients};
use crate::count::Count;
use crate::postgres::Cluster;
use crate::process::{self, Stream};
use crate::report::{Report, note, say};
use crate::tools::{self, Tools};
use crate::{check, deny};

/// Where the tests find PostgreSQL; set by hand, it is used as it is.
const POSTGRES_URL: &str = "FORGE_TEST_POSTGRES_URL";
/// Where the tests find a server that speaks S3; each test starts one of its own.
const S3_SERVER: &str = "FORGE_TEST_S3_SERVER";
/// Where the tests find the browser, and what drives it.
const BROWSER: &str = "FORGE_TEST_BROWSER";
const BROWSER_DRIVER: &str = "FORGE_TEST_BROWSER_DRIVER";

/// Runs everything and answers whether all of it is in order.
pub(crate) fn run() -> Result<bool> {
    note("tools ...");
    let tools = tools::ready()?;
    let clients = Clients::ready()?;
    let (cluster, postgres_url) = postgres(&tools)?;

    let mut report = Report::default();
    clients.tell(&mut report);
    check::steps(&mut report);
    deny::steps(&mut report);
    let mut count = Count::default();
    report.step("tests (cargo nextest)", || tests(&tools, &clients, &postgres_url, &mut count));
    report.step("doctests (cargo test --doc)", || doctests(&mut count));
    drop(cluster);

    if count.is_empty() {
        note("no test ran at all, and that is not a pass");
    }
    let in_order = report.close() && !count.is_empty();
    say(&count.line());
    Ok(in_order)
}

fn postgres(tools: &Tools) -> Result<(Option<Cluster>, String)> {
    if let Some(url) = process::variable(POSTGRES_URL) {
        note(&format!("PostgreSQL: the one that {POSTGRES_URL} names"));
        return Ok((None, url));
    }
    note("PostgreSQL: starting a cluster for this run ...");
    let cluster = Cluster::start(&tools.postgres)?;
    let url = cluster.url().to_owned();
    Ok((Some(cluster), url))
}

fn tests(tools: &Tools, clients: &Clients, postgres_url: &str, count: &mut Count) -> Result<bool> {
    let profile = if process::variable("CI").is_some() { "ci" } else { "default" };
    let mut command = process::cargo(&["nextest", "run", "--locked", "--workspace", "--profile", profile]);
    command.args(["--no-fail-fast", "--cargo-quiet"]);
    if let Some(filter) = clients.filter() {
        command.args(["--filterset", &filter]);
    }
    command.env(POSTGRES_URL, postgres_url).env(clients::FOLDER, &clients.folder);
    command.env(S3_SERVER, &tools.s3_server);
    command.env(BROWSER, &tools.browser).env(BROWSER_DRIVER, &tools.browser_driver);
    process::read_along(&mut command, Stream::Error, |line| {
        if let Some(found) = Count::from_nextest(line) {
            count.add(found);
        }
    })
}

fn doctests(count: &mut Count) -> Result<bool> {
    let mut command =
        process::cargo(&["test", "--locked", "--doc", "--workspace", "--no-fail-fast", "--quiet"]);
    process::read_along(&mut command, Stream::Out, |line| {
        if let Some(found) = Count::from_doctest(line) {
            count.add(found);
        }
    })
}
