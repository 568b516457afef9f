//! What a site that vouches for people is asked: its description, its keys, a token, and what it knows of somebody.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use moka::future::Cache;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use url::Url;

use super::jwt::{Keys, SigningKey, verified};
use super::options::{ClientProof, Provider};
use crate::ambient::Ambient;
use crate::egress::{Outgoing, Way};

/// How long a description and keys are kept.
const KEPT: Duration = Duration::from_mins(15);
/// How far the site's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;

/// What a site says about itself.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Description {
    issuer: String,
    pub(super) authorization_endpoint: Url,
    token_endpoint: Url,
    userinfo_endpoint: Option<Url>,
    jwks_uri: Url,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// What was sent along, and must come back.
#[derive(Debug, Clone)]
pub(super) struct Expected<'a> {
    pub(super) nonce: &'a str,
    pub(super) verifier: &'a str,
    pub(super) redirect: &'a str,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    token_type: String,
    id_token: String,
}

/// Sites that were asked a while ago.
pub(crate) struct Sites {
    descriptions: Cache<String, Description>,
    keys: Cache<String, Keys>,
}

impl Sites {
    pub(crate) fn new() -> Self {
        Self {
            descriptions: Cache::builder().max_capacity(100).time_to_live(KEPT).build(),
            keys: Cache::builder().max_capacity(100).time_to_live(KEPT).build(),
        }
    }

    /// What a site says about itself. It must be the site that was asked, and its endpoints where requests may go.
    pub(super) async fn description(&self, provider: &Provider) -> Result<Description, String> {
        let key = provider.issuer.to_string();
        if let Some(known) = self.descriptions.get(&key).await {
            return Ok(known);
        }
        let place = format!("{}/.well-known/openid-configuration", issuer(provider));
        let place: Url = place.parse().map_err(|_| "the issuer is no address".to_owned())?;
        let found: Description = ask(&way(provider), Outgoing::get(place)).await?;
        if found.issuer != issuer(provider) && found.issuer != provider.issuer.as_str() {
            return Err(format!("the description is of another issuer, {:?}", found.issuer));
        }
        let endpoints =
            [Some(&found.token_endpoint), Some(&found.jwks_uri), found.userinfo_endpoint.as_ref()];
        if let Some(foreign) = endpoints.into_iter().flatten().find(|url| !way(provider).allows(url)) {
            return Err(format!("its endpoint {foreign} is on a host that the settings do not name"));
        }
        self.descriptions.insert(key, found.clone()).await;
        Ok(found)
    }

    /// The keys of a site; asked for anew when none fits, since sites change them.
    async fn keys(&self, provider: &Provider, place: &Url, anew: bool) -> Result<Keys, String> {
        let key = place.to_string();
        if !anew && let Some(known) = self.keys.get(&key).await {
            return Ok(known);
        }
        let found: Keys = ask(&way(provider), Outgoing::get(place.clone())).await?;
        self.keys.insert(key, found.clone()).await;
        Ok(found)
    }

    /// Changes a code for what the site says of a person. Everything is checked that the standard asks for.
    pub(super) async fn claims(
        &self,
        provider: &Provider,
        ambient: &Ambient,
        code: &str,
        expected: &Expected<'_>,
    ) -> Result<Value, String> {
        let site = self.description(provider).await?;
        let tokens: Tokens =
            ask(&way(provider), token_request(provider, ambient, &site, code, expected)?).await?;
        if !tokens.token_type.eq_ignore_ascii_case("bearer") {
            return Err("the site gave a token of another kind than bearer".to_owned());
        }
        let keys = self.keys(provider, &site.jwks_uri, false).await?;
        let mut claims = match verified(&tokens.id_token, &keys) {
            Ok(claims) => claims,
            Err(_) => verified(&tokens.id_token, &self.keys(provider, &site.jwks_uri, true).await?)?,
        };
        check(&claims, &site.issuer, &provider.client_id, expected.nonce, ambient.now())?;
        let Some(place) = &site.userinfo_endpoint else { return Ok(claims) };
        let mut request = Outgoing::get(place.clone());
        request.headers.push(("authorization", format!("Bearer {}", tokens.access_token)));
        let more: Value = ask(&way(provider), request).await?;
        if more.get("sub") != claims.get("sub") {
            return Err("the site told of somebody else than it had signed for".to_owned());
        }
        if let (Some(claims), Some(more)) = (claims.as_object_mut(), more.as_object()) {
            for (name, value) in more {
                // What was signed counts more.
                claims.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        Ok(claims)
    }
}

/// The issuer as sites write it: without the slash that an address gets when it has no path.
pub(super) fn issuer(provider: &Provider) -> &str {
    provider.issuer.as_str().trim_end_matches('/')
}

fn way(provider: &Provider) -> Way {
    let mut hosts = provider.hosts.clone();
    hosts.extend(provider.issuer.host_str().map(str::to_owned));
    Way { hosts }
}

async fn ask<T: DeserializeOwned>(way: &Way, request: Outgoing) -> Result<T, String> {
    let host = request.url.host_str().unwrap_or_default().to_owned();
    let body = way.fetch(request).await?;
    // What it said is not repeated: it may hold tokens.
    serde_json::from_slice(&body)
        .map_err(|_| format!("{host} answered with something else than was asked for"))
}

fn token_request(
    provider: &Provider,
    ambient: &Ambient,
    site: &Description,
    code: &str,
    expected: &Expected<'_>,
) -> Result<Outgoing, String> {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", expected.redirect),
        ("code_verifier", expected.verifier),
    ];
    let place = site.token_endpoint.clone();
    let id = provider.client_id.as_str();
    match &provider.client_proof {
        ClientProof::Post(secret) => {
            fields.extend([("client_id", id), ("client_secret", secret.expose().as_str())]);
            Ok(Outgoing::form(place, &fields))
        }
        ClientProof::Basic(secret) => {
            let encode =
                |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = STANDARD.encode(format!("{}:{}", encode(id), encode(secret.expose())));
            let mut request = Outgoing::form(place, &fields);
            request.headers.push(("authorization", format!("Basic {pair}")));
            Ok(request)
        }
        ClientProof::PrivateKey { pem, kid } => {
            let now = ambient.now().unix_timestamp();
            let claims = json!({
                "iss": id, "sub": id, "aud": site.token_endpoint.as_str(), "iat": now, "exp": now + 60,
                "jti": hex::encode(ambient.random::<16>()),
            });
            let assertion = SigningKey::read(pem.expose())?.sign(kid, &claims)?;
            fields.extend([
                ("client_id", id),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion.as_str()),
            ]);
            Ok(Outgoing::form(place, &fields))
        }
    }
}

/// A moment in the claims, in whole seconds since 1970; sites may write parts of seconds too.
pub(super) fn seconds(claims: &Value, name: &str) -> Option<i64> {
    let written = claims.get(name)?;
    let rounded = || i64::try_from(Duration::try_from_secs_f64(written.as_f64()?).ok()?.as_secs()).ok();
    written.as_i64().or_else(rounded)
}

/// Whether a signed token is for us, for this very request, and of now.
fn check(claims: &Value, issuer: &str, client: &str, nonce: &str, now: OffsetDateTime) -> Result<(), String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let seconds = |name: &str| seconds(claims, name);
    if text("iss") != issuer {
        return Err("the token is of another issuer".to_owned());
    }
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_presented_by = text("azp");
    let is_ours = audience.contains(&client)
        && (audience.len() == 1 || !is_presented_by.is_empty())
        && (is_presented_by.is_empty() || is_presented_by == client);
    if !is_ours {
        return Err("the token is for another site".to_owned());
    }
    let present = now.unix_timestamp();
    if seconds("exp").is_none_or(|end| end.saturating_add(LEEWAY) <= present) {
        return Err("the token has expired".to_owned());
    }
    if seconds("iat").is_none_or(|begun| begun > present + LEEWAY) {
        return Err("the token is of the future".to_owned());
    }
    if !bool::from(text("nonce").as_bytes().ct_eq(nonce.as_bytes())) {
        return Err("the token belongs to another request".to_owned());
    }
    if text("sub").is_empty() || text("sub").len() > 255 {
        return Err("the token names nobody".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_counts_for_us_now_and_for_this_request() {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let good = || {
            json!({
                "iss": "https://login.example.nhs.uk", "aud": "forge", "exp": 1_800_000_300, "iat": 1_800_000_000,
                "nonce": "n", "sub": "s",
            })
        };
        let judge = |claims: &Value| check(claims, "https://login.example.nhs.uk", "forge", "n", now);
        assert_eq!(judge(&good()), Ok(()));
        let with = |name: &str, value: Value| {
            let mut claims = good();
            claims[name] = value;
            claims
        };
        for bad in [
            with("iss", json!("https://evil.example")),
            with("iss", json!("https://login.example.nhs.uk/")),
            with("aud", json!("other")),
            with("aud", json!(["forge", "other"])),
            with("aud", json!([])),
            with("azp", json!("other")),
            with("exp", json!(1_799_999_000)),
            with("exp", json!("never")),
            with("iat", json!(1_800_001_000)),
            with("nonce", json!("m")),
            with("nonce", json!("")),
            with("sub", json!("")),
            with("sub", json!(7)),
        ] {
            assert!(judge(&bad).is_err(), "{bad}");
        }
        let mut several = with("aud", json!(["other", "forge"]));
        several["azp"] = json!("forge");
        assert_eq!(judge(&several), Ok(()));
    }
}
