//! `remotes::install_git()` of R: how analysts install each other's packages.

use super::{Town, system};

#[tokio::test(flavor = "multi_thread")]
async fn journey_installs_a_package() {
    let town = Town::new().await;
    let seed = &town.seed;
    seed.write("pkg/DESCRIPTION", DESCRIPTION);
    seed.write("pkg/NAMESPACE", "export(free)\n");
    seed.write("pkg/R/free.R", "free <- function() 12\n");
    seed.commit("README.md", "# Beds\n");
    seed.git(&["tag", "v2"]).unwrap();
    seed.write("pkg/R/free.R", "free <- function() 13\n");
    seed.commit("README.md", "# More beds\n");
    seed.git(&["push", "--quiet", "origin", "main", "v2"]).unwrap();
    let remote = town.forge.https(&town.alice, "alice/beds");
    let rscript = system(&["Rscript"]);
    for (reference, free) in [("v2", "12"), ("main", "13")] {
        let library = town.alice.home().join(format!("library-{reference}"));
        std::fs::create_dir(&library).unwrap();
        let library = library.display().to_string();
        let environment = [("R_LIBS_USER", library.as_str()), ("R_REMOTES_NO_ERRORS_FROM_WARNINGS", "true")];
        let install = format!(
            "remotes::install_git('{remote}', subdir = 'pkg', ref = '{reference}', git = 'external', \
             upgrade = 'never', dependencies = FALSE, lib = '{library}')"
        );
        let installed = town.run(&rscript, &environment, &["--vanilla", "-e", &install]);
        assert!(installed.ok, "{reference}: {installed:?}");
        let ask = "cat(beds::free())";
        let said = town.run(&rscript, &environment, &["-e", ask]);
        assert_eq!(said.stdout.trim(), free, "{reference}: {said:?}");
    }
}

const DESCRIPTION: &str = "\
Package: beds
Version: 1.0
Title: Beds
Description: Free beds.
License: MIT
Author: Test
Maintainer: Test <test@example.nhs.uk>
";
