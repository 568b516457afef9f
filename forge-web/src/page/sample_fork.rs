//! Pages about forks with made-up values.

use askama::Template;

use super::repo::{ForkLinks, ForkRepo, Forks, PickCommit};
use super::sample::{Add, Flavour};
use super::sample_repo::header;
use crate::view::{Paging, RepoSection};

/// Every page about forks.
pub(super) fn pages(f: Flavour, add: &mut Add<'_>) {
    let fork = ForkRepo {
        page: f.page("/x/fork"),
        repo: header(f, RepoSection::Code),
        errors: f.errors(&[("name", "There is a repository of this name already. Choose another.")]),
        owners: vec![f.choice("a-shah", "Asha Shah", "", true), f.choice("rr8", "Anytown", "", false)],
        name: f.text("bed-occupancy"),
        visibilities: vec![f.choice("private", "Private", "Only you", true)],
    };
    add("fork", fork.render());
    let forks = Forks {
        page: f.page("/x/forks"),
        repo: header(f, RepoSection::Code),
        count: "2 forks".to_owned(),
        repos: f.repos(),
        paging: Paging::default(),
        fork_url: f.option("/x/fork".to_owned()),
    };
    add("forks", forks.render());
    let pick = PickCommit {
        page: f.page("/x/commit/3/pick"),
        repo: header(f, RepoSection::Commits),
        errors: f.errors(&[("onto", "There is no branch old.")]),
        title: f.text("Use the median"),
        commit_url: f.url("/x/commit/3"),
        short_id: "3f2a91c0de".to_owned(),
        ways: vec![f.choice("revert", "Revert it", "Takes back what it changed", true)],
        branches: f.list(vec![f.choice("main", "main", "", true)]),
    };
    add("pick", pick.render());
}

/// What the first page of a repository says of forks.
pub(super) fn links(f: Flavour) -> ForkLinks {
    ForkLinks {
        from: f.option(f.link("northdale/bed-occupancy", "/northdale/bed-occupancy")),
        gone: None,
        forks: f.link("2 forks", "/x/forks"),
        fork_url: f.option("/x/fork".to_owned()),
    }
}
