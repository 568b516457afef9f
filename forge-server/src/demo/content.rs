//! Who and what is in the demo. Files lie beside this one in `files/`.

use forge_core::Visibility;

pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) display_name: &'static str,
    pub(super) about: &'static str,
    pub(super) is_admin: bool,
}

pub(super) struct Organisation {
    pub(super) name: &'static str,
    pub(super) display_name: &'static str,
    pub(super) description: &'static str,
    pub(super) ods_code: &'static str,
    /// The first is its owner.
    pub(super) members: &'static [&'static str],
}

pub(super) struct Repository {
    pub(super) path: &'static str,
    pub(super) description: &'static str,
    pub(super) visibility: Visibility,
}

pub(super) struct Commit {
    pub(super) repository: &'static str,
    pub(super) branch: &'static str,
    pub(super) author: &'static str,
    pub(super) days_ago: i64,
    pub(super) message: &'static str,
    pub(super) files: &'static [(&'static str, &'static str)],
}

pub(super) const PEOPLE: &[Person] = &[
    Person { name: "ines", display_name: "Ines Okafor", about: "administers the forge", is_admin: true },
    Person {
        name: "maya",
        display_name: "Maya Hart",
        about: "leads analysis at the trust, owns its organisation",
        is_admin: false,
    },
    Person { name: "tom", display_name: "Tom Reyes", about: "analyst at the trust, member", is_admin: false },
    Person {
        name: "priya",
        display_name: "Priya Nair",
        about: "data engineer at the board, owns its organisation",
        is_admin: false,
    },
];

pub(super) const ORGANISATIONS: &[Organisation] = &[
    Organisation {
        name: "northdale",
        display_name: "Northdale Hospitals",
        description: "Analysis for a hospital trust that does not exist",
        ods_code: "ZZ901",
        members: &["maya", "tom"],
    },
    Organisation {
        name: "eastmoor-icb",
        display_name: "Eastmoor Integrated Care Board",
        description: "Shared pipelines of an integrated care board that does not exist",
        ods_code: "ZZ902",
        members: &["priya"],
    },
];

pub(super) const REPOSITORIES: &[Repository] = &[
    Repository {
        path: "northdale/length-of-stay",
        description: "How long patients stay, by ward and month, in R and Quarto",
        visibility: Visibility::Internal,
    },
    Repository {
        path: "eastmoor-icb/waiting-times",
        description: "A Python package that counts weeks waited from referral to treatment",
        visibility: Visibility::Internal,
    },
    Repository {
        path: "northdale/reporting-sql",
        description: "Queries behind the monthly board report",
        visibility: Visibility::Organisation,
    },
    Repository {
        path: "tom/scratch",
        description: "Notes and small experiments",
        visibility: Visibility::Private,
    },
];

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!("files/", $path))
    };
}

pub(super) const COMMITS: &[Commit] = &[
    Commit {
        repository: "northdale/length-of-stay",
        branch: "main",
        author: "maya",
        days_ago: 64,
        message: "Start the length of stay analysis\n\nThe question came from the bed management group.",
        files: &[("README.md", file!("los/README-1.md")), (".gitignore", file!("los/gitignore"))],
    },
    Commit {
        repository: "northdale/length-of-stay",
        branch: "main",
        author: "maya",
        days_ago: 61,
        message: "Count whole nights between admission and discharge",
        files: &[("R/stay.R", file!("los/stay-1.R")), ("DESCRIPTION", file!("los/DESCRIPTION"))],
    },
    Commit {
        repository: "northdale/length-of-stay",
        branch: "main",
        author: "tom",
        days_ago: 40,
        message: "Summarise by ward, and test the summary",
        files: &[
            ("R/stay.R", file!("los/stay-2.R")),
            ("tests/testthat/test-stay.R", file!("los/test-stay.R")),
        ],
    },
    Commit {
        repository: "northdale/length-of-stay",
        branch: "main",
        author: "tom",
        days_ago: 12,
        message: "Write the report in Quarto",
        files: &[("report.qmd", file!("los/report.qmd")), ("README.md", file!("los/README-2.md"))],
    },
    Commit {
        repository: "northdale/length-of-stay",
        branch: "median-by-age",
        author: "tom",
        days_ago: 3,
        message: "Try medians by age band",
        files: &[("R/age.R", file!("los/age.R"))],
    },
    Commit {
        repository: "eastmoor-icb/waiting-times",
        branch: "main",
        author: "priya",
        days_ago: 90,
        message: "Count weeks waited",
        files: &[
            ("README.md", file!("wait/README.md")),
            ("pyproject.toml", file!("wait/pyproject.toml")),
            ("src/waiting_times/__init__.py", file!("wait/init.py")),
            ("src/waiting_times/weeks.py", file!("wait/weeks-1.py")),
        ],
    },
    Commit {
        repository: "eastmoor-icb/waiting-times",
        branch: "main",
        author: "priya",
        days_ago: 33,
        message: "Stop the clock when treatment starts\n\nPauses count as waiting, as the rules suite says.",
        files: &[
            ("src/waiting_times/weeks.py", file!("wait/weeks-2.py")),
            ("tests/test_weeks.py", file!("wait/test_weeks.py")),
        ],
    },
    Commit {
        repository: "northdale/reporting-sql",
        branch: "main",
        author: "maya",
        days_ago: 120,
        message: "Add the queries behind the board report",
        files: &[
            ("README.md", file!("sql/README.md")),
            ("board report/01 admissions.sql", file!("sql/admissions.sql")),
            ("board report/02 occupancy.sql", file!("sql/occupancy-1.sql")),
        ],
    },
    Commit {
        repository: "northdale/reporting-sql",
        branch: "main",
        author: "tom",
        days_ago: 8,
        message: "Leave day cases out of occupancy",
        files: &[("board report/02 occupancy.sql", file!("sql/occupancy-2.sql"))],
    },
    Commit {
        repository: "tom/scratch",
        branch: "main",
        author: "tom",
        days_ago: 5,
        message: "Keep notes",
        files: &[("notes.md", file!("scratch/notes.md"))],
    },
];
