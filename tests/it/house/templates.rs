//! What a template may not hold: anything that the strict content security policy would refuse.

use super::{files, none, read, root, shown};

#[test]
fn templates_hold_no_inline_style_or_script() {
    let mut findings = Vec::new();
    for path in files(&root().join("templates"), &[".html"]) {
        findings.extend(inline(&read(&path)).into_iter().map(|what| format!("{}: {what}", shown(&path))));
    }
    none(
        &findings,
        "The content security policy refuses inline style and script. Put style into a class of the style sheet and \
         behaviour into a script file that finds its element by a data attribute.",
    );
}

#[test]
fn the_finder_finds() {
    for refused in [
        r#"<p style="color: red">"#,
        r#"<a class="x" onclick="go()">"#,
        "<p\n  onmouseover='x'>",
        "<style>p { }</style>",
        "<script>go()</script>",
        r#"<script type="module">go()</script>"#,
        r#"<a href="javascript:go()">"#,
    ] {
        assert_eq!(inline(refused).len(), 1, "{refused}");
    }
    for allowed in [
        r#"<script type="module" src="{{ asset }}"></script>"#,
        r#"<p class="style">one = two</p>"#,
        r#"<link rel="stylesheet" href="{{ asset }}">"#,
        "<p>You can set style = bold, and conversion=1.</p>",
        r#"<input value="{{ value }}" data-onclick="copy">"#,
    ] {
        assert_eq!(inline(allowed), Vec::<String>::new(), "{allowed}");
    }
}

/// The inline styles and scripts in a template, one entry each.
fn inline(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in tags(text) {
        let lower = tag.to_ascii_lowercase();
        let attributes: Vec<&str> = lower.split_whitespace().skip(1).collect();
        let is_event = |attribute: &str| attribute.starts_with("on") && attribute.contains('=');
        let is_refused = lower.starts_with("style")
            || (lower.starts_with("script") && !lower.contains("src="))
            || lower.contains("javascript:")
            || attributes.iter().any(|attribute| attribute.starts_with("style=") || is_event(attribute));
        if is_refused {
            found.push(format!("<{}>", tag.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    found
}

/// The inside of every opening tag.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split('<').skip(1).filter(|part| part.starts_with(|it: char| it.is_ascii_alphabetic())).map(|part| {
        let end = part.find('>').unwrap_or(part.len());
        &part[..end]
    })
}
