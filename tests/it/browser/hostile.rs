//! Names and contents that would like to be scripts.

use forge_tests::{Browser, Forge};

use super::journey::{assert_clean, follow, sign_in};

const NAME: &str = "\"><img src=x onerror=alert(1)>";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_text_and_run_nothing() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.org("anytown", &[&alice]).await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    let script = "<script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\">";
    work.write(
        "README.md",
        format!("# {NAME}\n\n{script}\n\n[a link](javascript:alert(1)) ![p](x\" onerror=alert(1))\n"),
    );
    work.write("code.R", format!("# {script}\n\"{NAME}\"\n"));
    work.write("table.csv", format!("name,b\n{script},\"{}\"\n", NAME.replace('"', "\"\"")));
    work.write("picture.svg", format!("<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>"));
    work.write("page.html", script);
    work.write(
        "book.ipynb",
        serde_json::json!({ "cells": [
            { "cell_type": "markdown", "metadata": {}, "source": [script] },
            { "cell_type": "code", "execution_count": 1, "metadata": {}, "source": [script], "outputs": [
                { "output_type": "display_data", "metadata": {}, "data": { "text/html": [script], "text/plain": [script] } }
            ] },
        ], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 })
        .to_string(),
    );
    work.write(&format!("{NAME}.txt"), script);
    work.write(&format!("{NAME}/{NAME}"), script);
    work.git(&["add", "--all"]).unwrap();
    work.git(&[
        "commit",
        "--quiet",
        "--author",
        "Eve\" onmouseover=\"alert(1) <eve@example.nhs.uk>",
        "-m",
        &format!("{NAME}\n\n{script}"),
    ])
    .unwrap();
    let head = work.head();
    let branch = "\"><img/src=x/onerror=alert(1)>";
    work.git(&["branch", branch]).unwrap();
    work.git(&["tag", "-a", "-m", NAME, "v\"><svg/onload=alert(1)>"]).unwrap();
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "--all"]).unwrap();
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "--tags"]).unwrap();

    let browser = Browser::start(true).await;
    sign_in(&browser, &forge, "alice").await;
    let page = browser.open(&forge.url("/settings/profile")).await;
    page.script("document.querySelector('#name').value = ''").await;
    page.fill("#name", NAME).await;
    follow(&page, "main form button[type=submit]").await;
    assert!(page.text().await.contains("Your profile has been saved."), "{}", page.text().await);
    let page = browser.open(&forge.url("/alice/beds/settings")).await;
    page.fill("#description", NAME).await;
    follow(&page, "form[action$='/settings/general'] button").await;
    assert!(page.text().await.contains("The settings have been saved."), "{}", page.text().await);

    let name = forge_web::url::encode_segment(NAME.as_bytes());
    let branch = forge_web::url::encode_path(branch.as_bytes());
    let mut addresses: Vec<String> =
        ["/", "/explore", "/alice", "/organisations/anytown/members", "/settings/profile"]
            .map(str::to_owned)
            .into();
    addresses.push(format!("/explore?q={name}"));
    addresses.push(format!("/sign-in?then={name}"));
    addresses.push(format!("/{name}/{name}"));
    for rest in ["", "/tree/main", "/commits/main", "/branches", "/tags", "/settings", "/settings/delete"] {
        addresses.push(format!("/alice/beds{rest}"));
    }
    for file in
        ["README.md", "README.md?plain=1", "code.R", "table.csv", "picture.svg", "page.html", "book.ipynb"]
    {
        addresses.push(format!("/alice/beds/blob/main/{file}"));
        addresses.push(format!("/alice/beds/raw/main/{file}"));
    }
    addresses.push(format!("/alice/beds/commit/{head}"));
    for path in ["524541444d452e6d64", "7461626c652e637376", "626f6f6b2e6970796e62"] {
        addresses.push(format!("/alice/beds/commit/{head}/rendered?path={path}"));
    }
    addresses.push(format!("/alice/beds/blob/main/{name}.txt"));
    addresses.push(format!("/alice/beds/tree/main/{name}"));
    addresses.push(format!("/alice/beds/blob/{branch}/code.R"));
    addresses.push(format!("/alice/beds/commits/{branch}/{name}.txt"));
    let mut shown = 0;
    for address in &addresses {
        if ["/raw/main/page.html", "/raw/main/picture.svg"].iter().any(|saved| address.ends_with(saved)) {
            // These are saved, not shown: the page that asked for them stays.
            continue;
        }
        let page = browser.open(&forge.url(address)).await;
        // An alert would make the driver refuse the next call; these are what would be left of one that was closed.
        let title = page.title().await;
        assert_ne!(title, "ran", "{address}");
        let left = page
            .script("return [...document.querySelectorAll('main script, [onerror], [onload], [onmouseover], img[src=x], a[href^=\"javascript:\"]')].map(e => e.outerHTML)")
            .await;
        assert_eq!(left, serde_json::json!([]), "{address}");
        shown += usize::from(page.text().await.contains("onerror=alert(1)>"));
    }
    assert!(shown > 12, "the names are shown as text on {shown} of {} pages", addresses.len());
    assert_clean(&browser, &forge).await;
}
