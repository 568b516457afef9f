//! A mail server: aiosmtpd, as a process of one test. It takes mail over TLS from whoever knows the password, and nothing else.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};

use forge_server::config::{Config, Security, Transport};
use serde_json::Value;

use crate::clients::client_folder;
use crate::git::program;
use crate::tls::Authority;

/// A running mail server. It ends when it is dropped.
pub struct MailServer {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    port: u16,
    security: Security,
    authority: Authority,
}

impl MailServer {
    /// Starts one that puts off its first mails.
    pub fn start(security: Security, put_off: u32) -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.files();
        let mode = if security == Security::Tls { "tls" } else { "starttls" };
        let mut child = program(client_folder().join("python/bin/python"))
            .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("it/web/smtp.py"))
            .arg(mode)
            .args([certificate, key])
            .arg(put_off.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python starts");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = said.next().expect("the server says where it is").expect("a line");
        let port = line.strip_prefix("at ").expect("its port").parse().expect("a port");
        Self { child, said, port, security, authority }
    }

    /// Names the server in a forge's settings, with all that it asks for.
    pub fn configure(&self, config: &mut Config) {
        config.mail.transport = Transport::Smtp;
        "localhost".clone_into(&mut config.mail.host);
        config.mail.port = Some(self.port);
        config.mail.security = self.security;
        "forge".clone_into(&mut config.mail.user);
        "of the forge".clone_into(&mut config.mail.password);
        config.mail.authority = Some(self.authority.certificate().to_owned());
    }

    /// The next mail that it took; waits for it.
    pub fn next_mail(&mut self) -> Value {
        let line = self.said.next().expect("the server runs").expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }

    /// Ends it; says whatever else it took.
    pub fn rest(mut self) -> Vec<String> {
        let _ = self.child.kill();
        self.said.by_ref().map_while(Result::ok).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
