use super::*;

fn path(text: &str) -> FilePath {
    FilePath::new(text).unwrap()
}

fn owners(file: &CodeOwners, at: &str) -> String {
    file.owners_of(&path(at)).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_last_match_of_each_section_counts() {
    let file = CodeOwners::parse(
        b"# All\n* @Ada\n*.sql @bob dba@Example.org # not @this\n\
          \n[Data][2] @nhs-north/data\n/migrations/\n*.csv @eve\n!/migrations/README.md\n\
          ^[Words]\ndocs/ @writers\n\r\n[DATA]\n/more/\n",
    );
    assert_eq!(file.errors, []);
    assert_eq!(owners(&file, "src/a.rs"), "@ada");
    assert_eq!(owners(&file, "src/a.sql"), "@bob dba@example.org");
    assert_eq!(owners(&file, "migrations/1.sql"), "@bob dba@example.org @nhs-north/data");
    assert_eq!(owners(&file, "migrations/1.csv"), "@ada @eve");
    assert_eq!(owners(&file, "migrations/README.md"), "@ada");
    assert_eq!(owners(&file, "more/x"), "@ada @nhs-north/data");
    let names: Vec<_> = file
        .sections
        .iter()
        .map(|section| (section.name.as_str(), section.required, section.is_optional))
        .collect();
    assert_eq!(names, [("", 1, false), ("Data", 2, false), ("Words", 1, true)]);
}

#[test]
fn touched_paths_are_grouped_by_rule() {
    let file = CodeOwners::parse(b"* @ada\n/free\n[SQL]\n*.sql @bob\n");
    let paths = ["a.sql", "b.sql", "c", "free"].map(path);
    let found = file.ownerships(&paths);
    let shown: Vec<_> = found
        .iter()
        .map(|one| {
            let paths: Vec<_> = one.paths.iter().map(ToString::to_string).collect();
            (one.rule.line, one.section.name.as_str(), paths.join(" "))
        })
        .collect();
    assert_eq!(shown, [(1, "", "a.sql b.sql c".into()), (4, "SQL", "a.sql b.sql".into())]);
}

#[test]
fn slips_are_told_with_their_line_and_the_rest_counts() {
    let file = CodeOwners::parse(
        b"* @ada nobody @@maintainer\n[Open\n[]\n[Many][0] @x\n[Two][2\n^[Maybe][3]\n!x @y\nalone\n@/x y\n",
    );
    let lines: Vec<_> = file.errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]);
    assert_eq!(owners(&file, "z"), "@ada");
    for error in &file.errors {
        assert!(error.text.len() > 20, "{error:?}");
    }
}

#[test]
fn everything_has_a_limit() {
    let many = "a @b\n".repeat(MAX_RULES + 10);
    let file = CodeOwners::parse(many.as_bytes());
    assert_eq!((file.sections[0].rules.len(), file.errors.len()), (MAX_RULES, 1));
    let crowd = (0..200).fold("* ".to_owned(), |text, number| format!("{text}@p{number} "));
    let file = CodeOwners::parse(crowd.as_bytes());
    assert_eq!((file.sections[0].rules[0].owners.len(), file.errors.len()), (MAX_OWNERS, 1));
    let long = "x".repeat(MAX_CODE_OWNERS + 1);
    let file = CodeOwners::parse(long.as_bytes());
    assert!(file.errors[0].text.contains("524288") && file.sections.is_empty());
    let wrong = "x y\n".repeat(500);
    assert_eq!(CodeOwners::parse(wrong.as_bytes()).errors.len(), MAX_ERRORS);
    assert_eq!(CodeOwners::parse(b""), CodeOwners::default());
    // Bytes that are no text still make no owner of anything else.
    assert_eq!(CodeOwners::parse(b"\xff\xfe @ada\n").sections[0].rules.len(), 1);
}
