//! What a token reaches: its scopes, the repositories it is limited to, its life, and never another token.

use forge_tests::{Client, Forge, Person};

use super::town::fill;

const TOKENS: &str = "/settings/tokens";

struct Town {
    forge: Forge,
    olive: Person,
    client: Client,
}

async fn town() -> Town {
    let forge = Forge::with(|config| config.tokens.longest_days = 60).await;
    let olive = forge.user("olive").await;
    let otto = forge.user("otto").await;
    for name in ["beds", "wards"] {
        forge.repo(&olive, name).await;
        fill(&forge, &olive, &format!("olive/{name}"));
    }
    forge.repo(&otto, "secret").await;
    let client = forge.client();
    client.sign_in("olive").await;
    Town { forge, olive, client }
}

impl Town {
    /// Makes a token on the page, and gives the person who uses it.
    async fn make(&self, scope: &str, repositories: &str) -> Person {
        let fields = [
            ("action", "create"),
            ("name", "ward laptop"),
            ("scope", scope),
            ("lifetime", "30"),
            ("repositories", repositories),
        ];
        let made = self.client.submit(TOKENS, TOKENS, &fields).await;
        let text = made.text();
        let (_, rest) = text.split_once("value=\"forge_").expect("the token is shown");
        let token = format!("forge_{}", rest.split('"').next().unwrap());
        let mut person = self.olive.clone();
        person.token = token;
        person
    }

    fn reads(&self, person: &Person, repo: &str) -> bool {
        person.git(&["ls-remote", &self.forge.https(person, repo)]).ok
    }

    async fn refused(&self, fields: &[(&str, &str)]) -> String {
        let mut all = vec![("action", "create"), ("name", "x"), ("scope", "repository:read")];
        all.retain(|(name, _)| !fields.iter().any(|(changed, _)| name == changed));
        all.extend(fields);
        let answer = self.client.submit(TOKENS, TOKENS, &all).await;
        assert_eq!(answer.status, 422, "{fields:?}: {}", answer.text());
        answer.text()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_token_reaches_what_was_chosen_and_for_it_the_rest_is_not_there() {
    let town = town().await;
    let one = town.make("repository:write", "olive/beds").await;
    assert!(town.reads(&one, "olive/beds"));
    let elsewhere = one.git(&["ls-remote", &town.forge.https(&one, "olive/wards")]);
    let nowhere = one.git(&["ls-remote", &town.forge.https(&one, "olive/wares")]);
    assert!(!elsewhere.ok);
    assert_eq!(elsewhere.stderr.replace("wards", "wares"), nowhere.stderr, "as not there");
    let page = town.client.get(TOKENS).await.text();
    assert!(page.contains("Only in olive/beds"), "{page}");
    assert!(page.contains("from 127.0.0.0/24"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_something_else_opens_no_repository() {
    let town = town().await;
    for scope in ["account:write", "organisation:write"] {
        let token = town.make(scope, "").await;
        assert!(!town.reads(&token, "olive/beds"), "{scope}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_is_wrong_with_a_token() {
    let town = town().await;
    let hidden = town.refused(&[("lifetime", "30"), ("repositories", "otto/secret")]).await;
    let missing = town.refused(&[("lifetime", "30"), ("repositories", "otto/absent")]).await;
    let sentence = "There is no repository otto/secret, or you do not have access to it.";
    assert!(hidden.contains(sentence), "{hidden}");
    assert!(missing.contains(&sentence.replace("secret", "absent")), "{missing}");
    let long = town.refused(&[("lifetime", "90")]).await;
    assert!(long.contains("between 1 and 60 days"), "{long}");
    let unknown = town.refused(&[("lifetime", "30"), ("scope", "repository:own")]).await;
    assert!(unknown.contains("Choose what the token may do"), "{unknown}");
}
