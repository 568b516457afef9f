//! The accept loop on a real port.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::testing::Forge;

struct Running {
    forge: Forge,
    address: SocketAddr,
    done: tokio::task::JoinHandle<Result<(), ServeError>>,
}

async fn serve_with(change: impl FnOnce(&mut WebOptions)) -> Running {
    let forge = Forge::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut options = WebOptions::new("http://127.0.0.1/".parse().unwrap());
    change(&mut options);
    let done = forge.app.tasks().spawn(serve(forge.app.clone(), listener, options));
    Running { forge, address, done }
}

async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    read_all(&mut stream).await
}

#[tokio::test]
async fn headers_that_never_end_are_not_waited_for() {
    let running = serve_with(|options| options.limits.headers = Duration::from_millis(200)).await;
    for start in ["", "G", "GET / HTTP/1.1\r\nHost: x\r\nX-A: b", "PRI * HT"] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let answer = read_all(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    let whole = ask(running.address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(whole.starts_with("HTTP/1.1 200") && whole.ends_with("ok\n"), "{whole}");
}

#[tokio::test]
async fn odd_requests_are_refused_and_the_connection_closed() {
    let running = serve_with(|_| {}).await;
    let many = "X: a\r\n".repeat(200);
    let large = format!("X: {}\r\n", "a".repeat(1_000_000));
    for head in [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "X: a\r\n folded\r\n",
        many.as_str(),
        large.as_str(),
    ] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let request = format!(
            "POST /sign-in HTTP/1.1\r\nHost: x\r\n{head}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = read_all(&mut stream).await;
        assert!(!answer.contains("200 OK"), "a second request was seen: {answer}");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{head:.40} {answer}");
    }
}

#[tokio::test]
async fn what_is_running_may_end_when_the_forge_stops() {
    let running = serve_with(|_| {}).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let head = "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    running.forge.app.tasks().stop();
    stream.write_all(b"a=bc").await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(running.done.await.unwrap().is_ok());
    assert!(TcpStream::connect(running.address).await.is_err(), "nobody new comes in");
}

#[tokio::test]
async fn unsafe_options_do_not_serve() {
    let running = serve_with(|options| options.public_url = "http://forge.example/".parse().unwrap()).await;
    assert!(matches!(running.done.await.unwrap(), Err(ServeError::Options(_))));
    let missing = TlsFiles { certificates: "/nonexistent/a.pem".into(), key: "/nonexistent/b.pem".into() };
    let running = serve_with(|options| options.tls = Some(missing)).await;
    assert!(matches!(running.done.await.unwrap(), Err(ServeError::Tls(TlsError::Read { .. }))));
}

/// A certificate for 127.0.0.1, and what trusts it.
fn certificate(dir: &std::path::Path) -> (TlsFiles, rustls::RootCertStore) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let files = TlsFiles { certificates: dir.join("a.pem"), key: dir.join("b.pem") };
    std::fs::write(&files.certificates, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    (files, roots)
}

async fn connect(
    address: SocketAddr,
    roots: rustls::RootCertStore,
    versions: &[&'static rustls::SupportedProtocolVersion],
    protocol: &[u8],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(address).await?;
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(address.ip().into(), stream).await
}

async fn speak_http1(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> String {
    let request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    read_all(&mut stream).await
}

#[tokio::test]
async fn tls_speaks_both_versions_and_takes_a_new_certificate() {
    use rustls::version::{TLS12, TLS13};
    let dir = tempfile::tempdir().unwrap();
    let (files, roots) = certificate(dir.path());
    let tls = files.clone();
    let running = serve_with(|options| {
        options.tls = Some(tls);
        options.public_url = "https://forge.example/".parse().unwrap();
    })
    .await;
    for version in [&TLS12, &TLS13] {
        let stream = connect(running.address, roots.clone(), &[version], b"http/1.1").await.unwrap();
        assert!(speak_http1(stream).await.starts_with("HTTP/1.1 200"));
    }
    let stream = connect(running.address, roots, &[&TLS13], b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = hyper::client::conn::http2::handshake(
        hyper_util::rt::TokioExecutor::new(),
        hyper_util::rt::TokioIo::new(stream),
    )
    .await
    .unwrap();
    running.forge.app.tasks().spawn(connection);
    let request =
        http::Request::get("https://forge.example/healthz").body(axum::body::Body::empty()).unwrap();
    assert_eq!(sender.send_request(request).await.unwrap().status(), 200);

    let loaded = tls::Tls::load(&files).unwrap();
    let before = Arc::as_ptr(loaded.acceptor().config());
    let (_, _) = certificate(dir.path());
    loaded.reload();
    let after = Arc::as_ptr(loaded.acceptor().config());
    assert_ne!(before, after, "the new one is in use");
    std::fs::write(&files.key, "nonsense").unwrap();
    loaded.reload();
    assert_eq!(Arc::as_ptr(loaded.acceptor().config()), after, "a broken one is not");
}
