//! pip with `git+https`: a partial clone by the real git underneath, then a checkout of a tag or of a commit by its id.

use super::{Town, python};

#[tokio::test(flavor = "multi_thread")]
async fn journey_installs_a_tag_and_a_commit() {
    let town = Town::new().await;
    let seed = &town.seed;
    seed.write("pyproject.toml", PROJECT);
    seed.write("beds/__init__.py", "FREE = 12\n");
    let pinned = seed.commit("README.md", "# Beds\n");
    seed.git(&["tag", "v2"]).unwrap();
    seed.write("beds/__init__.py", "FREE = 13\n");
    seed.commit("README.md", "# More beds\n");
    seed.git(&["push", "--quiet", "origin", "main", "v2"]).unwrap();
    let remote = town.forge.https(&town.alice, "alice/beds");
    for (revision, free) in [("@v2".to_owned(), "12"), (format!("@{pinned}"), "12"), (String::new(), "13")] {
        let target = town.alice.home().join(format!("site{}", revision.replace('@', "-")));
        let target = target.display().to_string();
        let installed = town.run(
            &python(),
            &[],
            &[
                "-m",
                "pip",
                "--isolated",
                "--quiet",
                "--disable-pip-version-check",
                "install",
                "--no-index",
                "--no-build-isolation",
                "--no-deps",
                "--target",
                &target,
                &format!("git+{remote}{revision}"),
            ],
        );
        assert!(installed.ok, "{revision}: {installed:?}");
        let said = town.run(&python(), &[("PYTHONPATH", &target)], &["-c", "import beds; print(beds.FREE)"]);
        assert_eq!(said.stdout.trim(), free, "{revision}: {said:?}");
    }
}

const PROJECT: &str = "\
[build-system]
requires = [\"setuptools\"]
build-backend = \"setuptools.build_meta\"

[project]
name = \"beds\"
version = \"1.0\"

[tool.setuptools]
packages = [\"beds\"]
";
