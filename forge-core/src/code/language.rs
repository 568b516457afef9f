//! Which language a file is written in, by its name.

use crate::FilePath;

/// What a language is for. The language bar counts programs and markup; data and prose it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LanguageKind {
    /// Programs and queries.
    Programming,
    /// Pages and styles.
    Markup,
    /// Configuration and tables.
    Data,
    /// Text for people.
    Prose,
}

/// A language that files are written in.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// What people call it.
    pub name: &'static str,
    /// What it is for.
    pub kind: LanguageKind,
    /// The name by which highlighters know it; empty where none does.
    pub highlight: &'static str,
    /// Ends of file names, in lower case, without the dot.
    extensions: &'static [&'static str],
    /// Whole file names, in lower case.
    file_names: &'static [&'static str],
}

impl Language {
    /// The language of a file, by its name alone.
    pub fn of_path(path: &FilePath) -> Option<&'static Self> {
        Self::of_name(path.name())
    }

    /// The language of a file of this name.
    pub fn of_name(name: &[u8]) -> Option<&'static Self> {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if let Some(language) = LANGUAGES.iter().find(|language| language.file_names.contains(&name.as_str()))
        {
            return Some(language);
        }
        // The longest end wins: `a.d.ts` before `a.ts`.
        let mut rest = name.as_str();
        while let Some((_, end)) = rest.split_once('.') {
            if let Some(language) = LANGUAGES.iter().find(|language| language.extensions.contains(&end)) {
                return Some(language);
            }
            rest = end;
        }
        None
    }

    /// Every language that is known, by name.
    pub fn all() -> &'static [Self] {
        LANGUAGES
    }

    /// Whether the language bar counts it.
    pub fn is_counted(&self) -> bool {
        matches!(self.kind, LanguageKind::Programming | LanguageKind::Markup)
    }
}

/// How much of a tree is written in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanguageBytes {
    /// The language.
    pub language: &'static Language,
    /// Bytes of all its files.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
}

/// What the language bar shows of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LanguageShares {
    /// Most first.
    pub languages: Vec<LanguageBytes>,
    /// False when the budget ran out: the shares are then of the files seen so far.
    pub complete: bool,
}

impl LanguageShares {
    /// Bytes of all languages together.
    pub fn total(&self) -> u64 {
        self.languages.iter().map(|share| share.bytes).sum()
    }
}

/// Directories that hold what other people wrote, or documentation.
const NOT_COUNTED_DIRECTORIES: &[&str] = &[
    "node_modules",
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "bower_components",
    "renv",
    "packrat",
    ".venv",
    "venv",
    "site-packages",
    "__pycache__",
    "target",
    "dist",
    "docs",
    "doc",
    "man",
    "_site",
    "_book",
    "_freeze",
    "libs",
    "site_libs",
    ".github",
    ".gitlab",
    ".forge",
    ".idea",
    ".vscode",
    ".quarto",
    "_targets",
    "egg-info",
];

/// Files that a tool writes.
const GENERATED_FILES: &[&str] = &[
    "cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pipfile.lock",
    "uv.lock",
    "pdm.lock",
    "pixi.lock",
    "conda-lock.yml",
    "renv.lock",
    "manifest.toml",
    "go.sum",
    "gemfile.lock",
    "composer.lock",
    "flake.lock",
    "rcppexports.r",
    "rcppexports.cpp",
    "packages.lock.json",
];

/// Whether a directory of this name holds what the language bar does not count.
pub fn is_not_counted_directory(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    NOT_COUNTED_DIRECTORIES.contains(&name.as_str())
        || name.ends_with(".egg-info")
        || name.ends_with("_files")
}

/// Whether a file of this name is written by a tool: lock files, minified scripts, compiled help.
pub fn is_generated(path: &FilePath) -> bool {
    let name = String::from_utf8_lossy(path.name()).to_ascii_lowercase();
    let ends = [
        ".min.js",
        ".min.css",
        ".js.map",
        ".css.map",
        ".pb.go",
        "_pb2.py",
        ".designer.cs",
        ".lock.json",
        ".snap",
    ];
    let in_man =
        path.parts().any(|part| part == b"man") && name.rsplit_once('.').is_some_and(|(_, end)| end == "rd");
    GENERATED_FILES.contains(&name.as_str()) || ends.iter().any(|end| name.ends_with(end)) || in_man
}

use LanguageKind::{Data, Markup, Programming, Prose};

const fn language(
    name: &'static str,
    kind: LanguageKind,
    highlight: &'static str,
    extensions: &'static [&'static str],
    file_names: &'static [&'static str],
) -> Language {
    Language { name, kind, highlight, extensions, file_names }
}

/// By name. `.m` is MATLAB here, which analysts use, and not Objective-C.
static LANGUAGES: &[Language] = &[
    language("Batch", Programming, "batch", &["bat", "cmd"], &[]),
    language("BibTeX", Prose, "bibtex", &["bib"], &[]),
    language("C", Programming, "c", &["c", "h"], &[]),
    language("C#", Programming, "c-sharp", &["cs", "csx"], &[]),
    language("C++", Programming, "cpp", &["cpp", "cc", "cxx", "hpp", "hh", "hxx", "ipp"], &[]),
    language("CMake", Programming, "cmake", &["cmake"], &["cmakelists.txt"]),
    language("CQL", Programming, "", &["cql"], &[]),
    language("CSS", Markup, "css", &["css"], &[]),
    language("CSV", Data, "csv", &["csv"], &[]),
    language("Clojure", Programming, "clojure", &["clj", "cljs", "cljc", "edn"], &[]),
    language("DAX", Programming, "", &["dax"], &[]),
    language("Dart", Programming, "dart", &["dart"], &[]),
    language("Dockerfile", Programming, "dockerfile", &["dockerfile"], &["dockerfile", "containerfile"]),
    language("Elixir", Programming, "elixir", &["ex", "exs"], &[]),
    language("Erlang", Programming, "erlang", &["erl", "hrl"], &[]),
    language("F#", Programming, "fsharp", &["fs", "fsi", "fsx"], &[]),
    language("Fortran", Programming, "fortran", &["f", "f90", "f95", "f03", "for"], &[]),
    language("Go", Programming, "go", &["go"], &[]),
    language("Gradle", Programming, "groovy", &["gradle"], &[]),
    language("GraphQL", Programming, "graphql", &["graphql", "gql"], &[]),
    language("Groovy", Programming, "groovy", &["groovy"], &["jenkinsfile"]),
    language("HCL", Programming, "hcl", &["tf", "tfvars", "hcl"], &[]),
    language("HTML", Markup, "html", &["html", "htm", "xhtml"], &[]),
    language("Haskell", Programming, "haskell", &["hs", "lhs"], &[]),
    language("INI", Data, "ini", &["ini", "cfg", "editorconfig", "properties"], &[".gitconfig", ".flake8"]),
    language(
        "Ignore list",
        Data,
        "",
        &["gitignore", "dockerignore"],
        &[".gitignore", ".dockerignore", ".rbuildignore"],
    ),
    language("JSON", Data, "json", &["json", "geojson", "jsonl", "webmanifest", "tmdl.json"], &[]),
    language("Java", Programming, "java", &["java"], &[]),
    language("JavaScript", Programming, "javascript", &["js", "mjs", "cjs", "jsx"], &[]),
    language("Jinja", Markup, "jinja2", &["j2", "jinja", "jinja2"], &[]),
    language("Julia", Programming, "julia", &["jl"], &[]),
    language("Jupyter Notebook", Programming, "json", &["ipynb"], &[]),
    language("Kotlin", Programming, "kotlin", &["kt", "kts"], &[]),
    language("Less", Markup, "less", &["less"], &[]),
    language("Lua", Programming, "lua", &["lua"], &[]),
    language("MATLAB", Programming, "matlab", &["m", "mlx"], &[]),
    language("Makefile", Programming, "make", &["mk", "mak"], &["makefile", "gnumakefile", "justfile"]),
    language("Markdown", Prose, "markdown", &["md", "markdown", "mdown"], &[]),
    language("Nix", Programming, "nix", &["nix"], &[]),
    language("OCaml", Programming, "ocaml", &["ml", "mli"], &[]),
    language("Objective-C", Programming, "objc", &["mm"], &[]),
    language("PHP", Programming, "php", &["php"], &[]),
    language("PLpgSQL", Programming, "sql", &["pgsql", "plpgsql"], &[]),
    language("Perl", Programming, "perl", &["pl", "pm", "t"], &[]),
    language("Power Query M", Programming, "", &["pq", "pqm", "powerquery"], &[]),
    language("PowerShell", Programming, "powershell", &["ps1", "psm1", "psd1"], &[]),
    language("Python", Programming, "python", &["py", "pyi", "pyw", "pyx"], &["sconstruct", "snakefile"]),
    language("Quarto", Programming, "markdown", &["qmd"], &[]),
    language("R", Programming, "r", &["r", "rprofile"], &[".rprofile"]),
    language("R Markdown", Programming, "markdown", &["rmd", "rnw"], &[]),
    language("R package metadata", Data, "yaml", &["rproj"], &["description", "namespace"]),
    language("Rd", Prose, "", &["rd"], &[]),
    language("Ruby", Programming, "ruby", &["rb", "rake", "gemspec"], &["gemfile", "rakefile"]),
    language("Rust", Programming, "rust", &["rs"], &[]),
    language("SAS", Programming, "", &["sas"], &[]),
    language("SCSS", Markup, "scss", &["scss", "sass"], &[]),
    language("SPSS", Programming, "", &["sps"], &[]),
    language("SQL", Programming, "sql", &["sql", "ddl", "dml", "tsql", "prc", "viw", "udf"], &[]),
    language("SVG", Data, "xml", &["svg"], &[]),
    language("Scala", Programming, "scala", &["scala", "sbt", "sc"], &[]),
    language("Shell", Programming, "bash", &["sh", "bash", "zsh", "ksh"], &[".bashrc", ".zshrc", ".profile"]),
    language("Stan", Programming, "", &["stan"], &[]),
    language("Stata", Programming, "", &["do", "ado", "mata"], &[]),
    language("Svelte", Programming, "svelte", &["svelte"], &[]),
    language("Swift", Programming, "swift", &["swift"], &[]),
    language("TMDL", Programming, "", &["tmdl"], &[]),
    language("TOML", Data, "toml", &["toml"], &["cargo.lock", "pipfile", "poetry.lock", "uv.lock"]),
    language("TSV", Data, "csv", &["tsv", "tab"], &[]),
    language("TeX", Programming, "latex", &["tex", "sty", "cls", "ltx"], &[]),
    language(
        "Text",
        Prose,
        "",
        &["txt", "text", "rst", "adoc"],
        &["readme", "license", "licence", "copying", "notice"],
    ),
    language("TypeScript", Programming, "typescript", &["ts", "tsx", "mts", "cts"], &[]),
    language("Typst", Markup, "typst", &["typ"], &[]),
    language("VBA", Programming, "vb", &["bas", "frm", "vba"], &[]),
    language("Visual Basic", Programming, "vb", &["vb", "vbs"], &[]),
    language("Vue", Programming, "vue", &["vue"], &[]),
    language("XML", Data, "xml", &["xml", "xsd", "xsl", "xslt", "csproj", "dtsx", "rdl", "bpmn"], &[]),
    language("YAML", Data, "yaml", &["yaml", "yml"], &[".lintr", "citation.cff", "cff"]),
    language("Zig", Programming, "zig", &["zig"], &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(path: &str) -> Option<&'static str> {
        Language::of_path(&FilePath::new(path).unwrap()).map(|language| language.name)
    }

    #[test]
    fn knows_what_analysts_write() {
        for (path, name) in [
            ("R/beds.R", "R"),
            ("report.Rmd", "R Markdown"),
            ("site/index.qmd", "Quarto"),
            ("a/b.py", "Python"),
            ("q/Weekly Beds.SQL", "SQL"),
            ("x.sas", "SAS"),
            ("x.do", "Stata"),
            ("x.sps", "SPSS"),
            ("x.jl", "Julia"),
            ("x.dax", "DAX"),
            ("x.pq", "Power Query M"),
            ("x.m", "MATLAB"),
            ("n.ipynb", "Jupyter Notebook"),
            ("Dockerfile", "Dockerfile"),
            ("Makefile", "Makefile"),
            ("DESCRIPTION", "R package metadata"),
            ("types.d.ts", "TypeScript"),
            ("README", "Text"),
            (".gitignore", "Ignore list"),
        ] {
            assert_eq!(name_of(path), Some(name), "{path}");
        }
        for path in ["", "x", "x.unknown", "R", "x."] {
            assert_eq!(name_of(path), None, "{path}");
        }
    }

    #[test]
    fn the_table_is_sorted_lower_case_and_without_doubles() {
        let mut seen = std::collections::HashSet::new();
        for language in Language::all() {
            for end in language.extensions.iter().chain(language.file_names) {
                assert_eq!(*end, end.to_ascii_lowercase(), "{}", language.name);
            }
            for end in language.extensions {
                assert!(seen.insert(*end), "{end} stands twice");
            }
        }
        assert!(Language::all().is_sorted_by_key(|language| language.name));
        assert!(Language::all().len() >= 70);
    }

    #[test]
    fn knows_what_tools_write() {
        for path in ["Cargo.lock", "app/package-lock.json", "x.min.js", "man/beds.Rd", "renv.lock"] {
            assert!(is_generated(&FilePath::new(path).unwrap()), "{path}");
        }
        for path in ["R/beds.R", "lock.R", "x.js", "docs/beds.Rd"] {
            assert!(!is_generated(&FilePath::new(path).unwrap()), "{path}");
        }
        assert!(is_not_counted_directory(b"Vendor") && !is_not_counted_directory(b"R"));
    }
}
