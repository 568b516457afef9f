//! What Markdown may do to a page, and what it may not.

use std::time::{Duration, Instant};

use super::*;

fn base() -> LinkBase {
    let directory = FilePath::new("docs/guide").unwrap();
    LinkBase::new("rr8/beds".parse().unwrap(), Rev::Name("main".to_owned()), directory)
}

fn html(text: &str) -> String {
    render(text.as_bytes(), &base()).unwrap().to_string()
}

#[test]
fn renders_what_readmes_use() {
    assert_eq!(html("# A & B\n"), "<h2 id=\"doc-a--b\">A &amp; B</h2>\n");
    assert!(html("###### deep\n").starts_with("<h6"));
    assert!(html("| a | b |\n|---|--:|\n| 1 | 2 |\n").contains("<td align=\"right\">2</td>"));
    assert!(html("~~x~~").contains("<del>x</del>"));
    assert!(html("- [x] done\n- [ ] open\n").contains("☑ done"));
    assert!(html("- [ ] open\n").contains("☐ open"));
    assert!(html("> [!WARNING]\n> Take care\n").contains("class=\"markdown-alert markdown-alert-warning\""));
    assert!(html("```r\nx <- TRUE\n```\n").contains("<span class=\"n\">TRUE</span>"));
    assert!(html("```{python}\ndef f(): pass\n```\n").contains("<span class=\"k\">def</span>"));
    let notes = html("a[^1]\n\n[^1]: b\n");
    assert!(notes.contains("href=\"#doc-fn-1\"") && notes.contains("id=\"doc-fn-1\""), "{notes}");
    assert!(!html("---\ntitle: x\n---\ntext\n").contains("title"));
}

#[test]
fn links_lead_to_files_at_the_same_revision() {
    for (target, expected) in [
        ("setup.md", "/rr8/beds/blob/main/docs/guide/setup.md"),
        ("../R/a%20b.R#L3", "/rr8/beds/blob/main/docs/R/a%20b.R#L3"),
        ("/README.md", "/rr8/beds/blob/main/README.md"),
        ("img/", "/rr8/beds/tree/main/docs/guide/img"),
        ("../../../x", "#"),
        ("https://example.org/x?y#z", "https://example.org/x?y#z"),
        ("#part", "#doc-part"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ] {
        let html = html(&format!("[x](<{target}>)"));
        assert!(html.contains(&format!("href=\"{expected}\"")), "{target}: {html}");
    }
    let picture = html("![plot](img/plot.png)");
    assert!(picture.contains("src=\"/rr8/beds/raw/main/docs/guide/img/plot.png\""), "{picture}");
    assert!(picture.contains("alt=\"plot\""), "{picture}");
}

#[test]
fn pictures_of_other_hosts_are_links() {
    let html = html("![build](https://example.org/badge.svg) ![](//example.org/x.png)");
    assert!(!html.contains("<img"), "{html}");
    assert!(html.contains("href=\"https://example.org/badge.svg\""), "{html}");
    assert!(html.contains("build (picture on another site)"), "{html}");
}

#[test]
fn nothing_runs() {
    for hostile in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "[x](javascript:alert(1))",
        "[x](JAVASCRIPT:alert(1))",
        "[x](java&#x0A;script:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "<iframe src=https://example.org></iframe>",
        "<form action=/sign-out method=post><button>x</button></form>",
        "<style>body{display:none}</style>",
        "```\"><script>alert(1)</script>\nx\n```",
        "# \" onmouseover=\"alert(1)",
        "[^\"><script>]\n\n[^\"><script>]: x",
        "[x](https://example.org \"\\\" onmouseover=\\\"alert(1)\")",
        "> [!NOTE] <img src=x onerror=alert(1)>\n> x",
    ] {
        let html = html(hostile);
        let lower = html.to_lowercase();
        for bad in [
            "<script",
            "<img src=x",
            "<svg",
            "<iframe",
            "<form",
            "<style",
            "href=\"javascript",
            "href=\"data:",
            "src=\"javascript",
        ] {
            assert!(!lower.contains(bad), "{hostile}: {html}");
        }
        for attribute in ["onerror", "onmouseover", "style"] {
            assert!(!has_attribute(&html, attribute), "{hostile}: {html}");
        }
    }
}

/// Whether any element has the attribute, as opposed to text that mentions it.
fn has_attribute(html: &str, attribute: &str) -> bool {
    html.split('<').skip(1).any(|part| {
        let tag = part.split('>').next().unwrap_or_default();
        let outside_quotes: String = tag.split('"').step_by(2).collect();
        outside_quotes.contains(&format!(" {attribute}"))
    })
}

fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().concat()
}

#[test]
fn worst_cases_end_soon() {
    let depth = 100_000;
    let columns = format!("|{}\n|{}\n|{}\n", "a|".repeat(10_000), "-|".repeat(10_000), "b|".repeat(10_000));
    for (name, text) in [
        ("quotes", ">".repeat(depth)),
        ("quotes with text", format!("{} x", "> ".repeat(depth))),
        ("brackets", "[".repeat(depth)),
        ("closed brackets", "[".repeat(depth / 2) + &"]".repeat(depth / 2)),
        ("links", "[a](".repeat(depth / 4)),
        ("stars", "*".repeat(depth)),
        ("emphasis", "*a ".repeat(depth / 3)),
        ("mixed emphasis", "*a _b ".repeat(depth / 6)),
        ("nested emphasis", format!("{}a{}", "*a **b ".repeat(5_000), "** *".repeat(5_000))),
        ("backticks", (1..450).map(|n| "`".repeat(n) + " ").collect()),
        ("nested lists", many(500, |n| format!("{}- a\n", "  ".repeat(n)))),
        ("list marks", "- ".repeat(depth)),
        ("columns", columns),
        ("autolinks", "www.a.".repeat(depth / 6)),
        ("mail", "a@".repeat(depth / 2)),
        ("notes", many(5_000, |n| format!("[^{n}]\n\n[^{n}]: x\n\n"))),
        ("references", many(5_000, |n| format!("[{n}]: x\n[{n}]\n"))),
        ("headings", "# a\n".repeat(20_000)),
        ("entities", "&".repeat(depth)),
        ("fences", "```r\nx\n```\n".repeat(2_000)),
        ("a file of lines", "word word\n".repeat(100_000)),
    ] {
        let begun = Instant::now();
        let result = render(text.as_bytes(), &base());
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(10), "{name} took {took:?}: {}", result.is_ok());
    }
    assert_eq!(render(&vec![b'a'; MAX_BYTES + 1], &base()), Err(NotRendered::TooLarge));
    assert_eq!(render(">".repeat(depth).as_bytes(), &base()), Err(NotRendered::TooComplicated));
}

#[test]
fn diagrams_and_formulas_are_text() {
    let diagram = html("```mermaid\ngraph TD; click A href \"javascript:alert(1)\"\n```\n");
    assert!(diagram.starts_with("<pre tabindex=\"0\"><code>") && !diagram.contains("<a "), "{diagram}");
    for formula in [
        "$\\href{javascript:alert(1)}{x}$",
        "$$\n\\href{javascript:alert(1)}{x}\n$$",
        "```math\n\\href{javascript:alert(1)}{x}\n```",
    ] {
        let html = html(formula);
        assert!(html.contains("\\href{javascript:alert(1)}{x}") && !html.contains("<a "), "{html}");
    }
}

#[test]
fn chunks_say_how_they_are_run() {
    let chunk = html("```{r setup, echo=FALSE, fig.cap=\"<b>\"}\nx <- TRUE\n```\n");
    assert!(
        chunk.contains("<span class=\"a\">{r setup, echo=FALSE, fig.cap=\"&lt;b&gt;\"}</span>\n"),
        "{chunk}"
    );
    assert!(chunk.contains("<span class=\"n\">TRUE</span>"), "{chunk}");
    assert!(html("```{python}\nx = 1\n```\n").contains("{python}</span>"));
    assert!(!html("```r echo\nx\n```\n").contains("echo"));
}

#[test]
fn a_rule_is_not_nesting() {
    assert!(html(&"-".repeat(200)).contains("<hr>"));
    assert!(html(&format!("Title\n{}", "-".repeat(200))).contains("<h3"));
}

#[test]
fn bytes_that_are_not_utf8_are_shown() {
    assert!(render(b"caf\xe9", &base()).unwrap().as_str().contains("caf\u{fffd}"));
    assert_eq!(render("\u{feff}x".as_bytes(), &base()).unwrap().as_str(), "<p>x</p>\n");
}

#[test]
fn hidden_characters_are_marked() {
    let html = html("a\u{202e}b `c\u{200b}d` <i>\u{2066}</i>\n\n<p>\u{202e}\n");
    assert!(!html.contains(['\u{202e}', '\u{200b}', '\u{2066}']), "{html}");
    assert_eq!(html.matches("⟨U+").count(), 4, "{html}");
}
