//! A small HTTP client that keeps cookies, follows nothing, and shows everything.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::forge::PASSWORD;
use crate::process::Process;

/// A browser without a screen.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The value of the first hidden field of this name.
    pub fn hidden_field(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\""))?;
        Some(rest.split('"').next()?.to_owned())
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { pool: Pool::builder(TokioExecutor::new()).build_http(), address, cookies: Arc::default() }
    }

    /// The same browser, with its cookies, where the server is now.
    #[must_use]
    pub fn at(&self, process: &Process) -> Self {
        Self { cookies: Arc::clone(&self.cookies), ..process.client() }
    }

    /// Gets a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Bytes::new()).await
    }

    /// Sends anything.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.expect("an answer")
    }

    /// Sends anything; nothing comes back where the server goes away.
    async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Option<Answer> {
        let cookies: Vec<String> = {
            let cookies = self.cookies.lock().expect("cookies");
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let response = self.pool.request(request).await.ok()?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        self.keep_cookies(&parts.headers);
        Some(Answer { status: parts.status, headers: parts.headers, body })
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().expect("cookies");
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap_or_default();
            let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            if value.is_empty() || line.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Plants a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().expect("cookies").insert(name.to_owned(), value.to_owned());
    }

    /// The cookies it has.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().expect("cookies").clone()
    }

    /// Fills in the form on one page and posts it to an address, with the page's own token.
    pub async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_submit(page, action, fields).await.expect("an answer")
    }

    /// The same; nothing comes back where the server goes away.
    pub async fn try_submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let form = self.try_send(Method::GET, page, &[], Bytes::new()).await?;
        let token = form.hidden_field("csrf").unwrap_or_default();
        let mut all = vec![("csrf", token.as_str())];
        all.extend_from_slice(fields);
        self.try_post(action, &all).await
    }

    /// Posts fields.
    pub async fn post(&self, action: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(action, fields).await.expect("an answer")
    }

    async fn try_post(&self, action: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let body: String = form_urlencoded(fields);
        let origin = format!("http://{}", self.address);
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
        self.try_send(Method::POST, action, &headers, body).await
    }

    /// Signs in.
    pub async fn sign_in(&self, name: &str) {
        let fields = [("username", name), ("password", PASSWORD), ("then", "/")];
        let answer = self.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }
}

fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}
