//! Changes as their readers see them: a notebook, a table, a report, a picture, in a merge request and in a commit.

use base64::Engine as _;
use forge_tests::{Client, Forge};

/// A picture of 320 by 160 pixels, and one of 400 by 200.
const PICTURES: [&str; 2] = [
    "iVBORw0KGgoAAAANSUhEUgAAAUAAAACgCAIAAADywSLLAAACHklEQVR42u3TQQ0AQAgEsVWKoTOEKTwg4n6kyUiYJtU63LzocLE4wAJYAAtgASyABTDAAlgAC2ABLIAFMMACWAALYAEsgAUwwAJYAAtgASyABbAABlgAC2ABLIAFsAAGWAALYAEsgAWwAAZYAAtgASyABbAABlgAC2ABLIAFsAAWwAALYAEsgAWwABbAAAtgASyABbAAFsAAC2ABLIAFsAAWwAC7HGABLIAFsAAWwAIYYAEsgAWwABbAAhhgASyABbAAFsACGGABLIAFsAAWwAJYFgdYAAtgASyABbAABlgAC2ABLIAFsAAGWAALYAEsgAWwAAZYAAtgASyABbAAFsAAC2ABLIAFsAAWwAALYAEsgAWwABbAAAtgASyABbAAFsAAC2ABLIAFsAAWwAIYYAEsgAWwABbAAhhgASyABbAAFsACGGABLIAFsAAWwAIYYJcDLIAFsAAWwAJYAAMsgAWwABbAAlgAAyyABbAAFsACWAADLIAFsAAWwAJYAAtggAWwABbAAlgAC2CABbAAFsACWAALYIAFsAAWwAJYAAtggAWwABbAAlgAC2ABDLAAFsACWAALYAEMsAAWwAJYAAtgAQywABbAAlgAC2ABDLAAFsACWAALYAEsgAEWwAJYAAtgASyAARbAAlgAC2ABLIABFsACWAALYAEsgAF2OcACWAALYAEsgAUwwAJYAAtgASyABTDAAlgAC2ABrL8WUdmG8ntA2osAAAAASUVORK5CYII=",
    "iVBORw0KGgoAAAANSUhEUgAAAZAAAADICAIAAABJdyC1AAADAklEQVR42u3UQQ0AAAgDMZSiAAFIQx4q+JAmlbBdRA780cVnJo5gIVggWAgWCJZggWAhWCBYCBYIlmCBYCFYIFgIFgiWYIFgIVggWAgWuLRggWAhWCBYCBaChWCBYCFYIFgIFoKFYIFgIVggWAgWgoVggWAhWCBYCBaChWCBYCFYIFgIFoKFYIFgIVggWIJl4ggWggWChWCBYAkWCBaCBYKFYIFgCRYIFoIFgoVggWAJFggWggWChWAhWF4tWCBYCBYIFoKFYCFYIFgIFggWgoVgIVggWAgWCBaChWAhWCBYCBYIFoKFYCFYIFgIFggWgoVgIVggWAgWCJZgWTmChWCBYCFYIFiCBYKFYIFgIVggWIIFgoVggWAhWCBYggWChWCBYCFYCBaCBYKFYIFgIVgIFoIFgoVggWAhWAgWggWChWCBYCFYCBaCBYKFYIFgIVgIFoIFgoVggWAhWAgWggWChWCBYAkWCBaCBYKFYIFgCRYIFoIFgoVggWAJFggWggWChWCBYAkWCBaCBYKFYCFYCBYIFoIFgoVgIVgIFggWggWChWAhWAgWCBaCBYKFYCFYCBYIFoIFgoVgIVgIFggWggWChWAhWAgWCBaCBYIlWCBYCBYIFoIFgiVYIFgIFggWggWCJVggWAgWCBaCBYIlWCBYCBYIFoKFYCFYIFgIFggWgoVgIVggWAgWCBaChWAhWCBYCBYIFoKFYCFYIFgIFggWgoVgIVggWAgWCBaChWAhWCBYCBYIlmCBYCFYIFgIFgiWYIFgIVggWAgWCJZggWAhWCBYCBYIlmCBYCFYIFgIFoKFYIFgIVggWAgWgoVggWAhWCBYCBaChWCBYCFYIFgIFoKFYIFgIVggWAgWgoVggWAhWCBYCBaChWCBYCFYIFiCBYKFYIFgIVggWIIFgoVggWAhWCBYggWChWCBYCFYIFiCBYKFYIFgIVgIFoIFgoVggWAhWAgWggWChWCBYCFYCBaCBYKFYIFgIVgIFoIFgoVggWAhWAgWggWCxZ0FZxcDdr5d9q0AAAAASUVORK5CYII=",
];

const ONE: &str = "/ann/beds/merge-requests/1";

fn notebook(code: &str, output: &str) -> String {
    let cells = [
        "  {\n   \"cell_type\": \"markdown\",\n   \"id\": \"a\",\n   \"source\": [\n    \"# Beds\"\n   ]\n  }".to_owned(),
        format!(
            "  {{\n   \"cell_type\": \"code\",\n   \"id\": \"b\",\n   \"outputs\": [{output}],\n   \"source\": [\n    \"beds = read()\\n\",\n    \"{code}\"\n   ]\n  }}"
        ),
    ];
    format!("{{\n \"cells\": [\n{}\n ],\n \"metadata\": {{}},\n \"nbformat\": 4\n}}\n", cells.join(",\n"))
}

const HOSTILE: &str = "{\"output_type\": \"display_data\", \"data\": {\"text/html\": \"<script>alert(1)</script>\", \
                       \"image/svg+xml\": \"<svg onload=alert(1)>\", \"application/javascript\": \"alert(1)\"}}";

fn report(title: &str, text: &str) -> String {
    format!("---\ntitle: {title}\n---\n\n# Beds\n\n{text}\n\n```{{r setup, echo=FALSE}}\nx <- 1\n```\n")
}

fn hex(path: &str) -> String {
    path.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn rendered(path: &str) -> String {
    format!("{ONE}/rendered?version=1&path={}", hex(path))
}

/// A merge request of Ann's that changes one file of each kind, and the head of its branch.
async fn town(forge: &Forge) -> (Client, String) {
    let ann = forge.user("ann").await;
    forge.repo(&ann, "beds").await;
    let work = ann.work_tree();
    let picture = |at: usize| base64::engine::general_purpose::STANDARD.decode(PICTURES[at]).unwrap();
    work.write("beds.ipynb", notebook("print(beds)", ""));
    work.write("wards.csv", "ward,open\nA1,24\nB2,30\nC3,12\n");
    work.write("report.qmd", report("Winter", "The first text of the report."));
    work.write("plot.png", picture(0));
    work.commit("README.md", "# Beds\n");
    let remote = forge.https(&ann, "ann/beds");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    work.git(&["checkout", "--quiet", "-b", "change"]).unwrap();
    work.write("beds.ipynb", notebook("plot(beds)", HOSTILE));
    work.write("wards.csv", "ward,open\nA1,25\nB2,30\nD4,8\n");
    work.write("report.qmd", report("Spring", "The second text of the report. <script>alert(1)</script>"));
    let head = work.commit("plot.png", picture(1));
    work.git(&["push", "--quiet", &remote, "change"]).unwrap();
    let client = forge.client();
    client.sign_in("ann").await;
    let form = "/ann/beds/merge-requests/new?source=change&target=main";
    let fields = [("source", "change"), ("target", "main"), ("title", "Show all"), ("body", "")];
    assert_eq!(client.submit(form, "/ann/beds/merge-requests/new", &fields).await.status, 303);
    (client, head)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notebook_is_compared_cell_by_cell_and_commented_on() {
    let forge = Forge::new().await;
    let (client, head) = town(&forge).await;
    let address = rendered("beds.ipynb");
    let changes = client.get(&format!("{ONE}/changes")).await.text();
    assert!(changes.contains("/rendered?version=1"), "{changes}");
    let page = client.get(&address).await.text();
    for text in [
        "Cell 1",
        "not changed",
        "Cell 2 (code)",
        "What it produced has changed",
        "Table, drawing or widget: not shown",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("alert(1)"), "{page}");
    // The new line of the cell stands on line 16 of the file, and is commented on there.
    let form = format!("{ONE}/comment?version=1&side=new&path={}&line=16", hex("beds.ipynb"));
    assert!(client.get(&form).await.text().contains("plot(beds)"));
    let said = [
        ("version", "1"),
        ("side", "new"),
        ("path", &hex("beds.ipynb")),
        ("start", "16"),
        ("end", "16"),
        ("body", "Why a plot?"),
        ("back", &address),
        ("action", "comment"),
    ];
    let answer = client.submit(&form, &format!("{ONE}/comment"), &said).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(
        answer.header("location").starts_with(&format!("{address}#thread-")),
        "{}",
        answer.header("location")
    );
    let page = client.get(&address).await.text();
    let (cell, thread) = (page.find("Cell 2 (code)").unwrap(), page.find("Why a plot?").unwrap());
    assert!(cell < thread && !page.contains("Said of this file"), "{page}");
    assert!(client.get(&format!("{ONE}/changes")).await.text().contains("Why a plot?"));
    let commit = client.get(&format!("/ann/beds/commit/{head}/rendered?path={}", hex("beds.ipynb"))).await;
    assert!(commit.text().contains("Cell 2 (code)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_shows_which_values_changed() {
    let forge = Forge::new().await;
    let (client, _) = town(&forge).await;
    let page = client.get(&rendered("wards.csv")).await.text();
    for text in [
        "1 row changed, 1 row added, 1 row removed.",
        "Rows are told apart by the column “ward”.",
        "<span class=\"nhsuk-u-visually-hidden\">was </span>24</del>",
        "<span class=\"nhsuk-u-visually-hidden\">is now </span>25</ins>",
        "<th scope=\"col\">Row</th>",
        "Comment on row 1",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_compared_part_by_part() {
    let forge = Forge::new().await;
    let (client, _) = town(&forge).await;
    let page = client.get(&rendered("report.qmd")).await.text();
    for text in
        ["Winter", "Spring", "The first text", "The second text", "{r setup, echo=FALSE}", "Before", "After"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("<script>alert(1)"), "{page}");
    let file = client.get("/ann/beds/blob/change/report.qmd").await.text();
    assert!(file.contains("<th scope=\"row\">title</th>") && file.contains("Spring"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn points_of_a_picture_are_commented_on_without_scripts() {
    let forge = Forge::new().await;
    let (client, head) = town(&forge).await;
    let address = rendered("plot.png");
    let page = client.get(&address).await.text();
    for text in
        ["320 pixels wide, 160 high, 599 bytes", "400 pixels wide, 200 high, 827 bytes", "data-pictures"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let raw = client.get(&format!("/ann/beds/raw/{head}/plot.png")).await;
    assert_eq!(raw.header("content-type"), "image/png");
    assert_eq!(raw.header("content-security-policy"), "default-src 'none'; sandbox");
    // What a browser sends when the picture is clicked.
    let path = hex("plot.png");
    let form = format!(
        "{ONE}/comment?version=1&side=new&path={path}&point=1&width=400&height=200&at.x=200&at.y=25&back={}",
        address.replace('?', "%3F").replace('&', "%26").replace('=', "%3D").replace('/', "%2F")
    );
    let chosen = client.get(&form).await.text();
    assert!(chosen.contains("value=\"50\"") && chosen.contains("value=\"12.5\""), "{chosen}");
    let said = [
        ("version", "1"),
        ("side", "new"),
        ("path", path.as_str()),
        ("point", "1"),
        ("x", "50"),
        ("y", "12.5"),
        ("body", "This edge is wrong"),
        ("back", &address),
        ("action", "comment"),
    ];
    let answer = client.submit(&form, &format!("{ONE}/comment"), &said).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let page = client.get(&address).await.text();
    assert!(page.contains("<circle cx=\"200\" cy=\"25\""), "{page}");
    assert!(page.contains("point 50% from the left and 12.5% from the top"), "{page}");
    assert!(page.contains("This edge is wrong"));
    let outside =
        [("x", "150"), ("y", "1"), ("body", "x"), ("version", "1"), ("side", "new"), ("path", path.as_str())];
    assert_eq!(client.submit(&form, &format!("{ONE}/comment"), &outside).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found() {
    let forge = Forge::new().await;
    let (client, _) = town(&forge).await;
    let addresses = [
        rendered("no.csv"),
        rendered("..").replace("2e2e", "zz"),
        format!("{ONE}/rendered?version=9&path=61"),
    ];
    for address in addresses {
        assert_eq!(client.get(&address).await.status, 404, "{address}");
    }
    let plain = client.get(&rendered("README.md")).await;
    assert!(plain.text().contains("No part is different"), "{}", plain.text());
}
