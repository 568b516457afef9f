//! What may be asked for in a session, and what is said to everything else.

use forge_core::{ObjectFormat, Visibility};
use forge_tests::Forge;

use super::ssh;

const NOT_FOUND: &str = "ERROR: Repository not found, or you do not have access to it.\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_is_a_greeting() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    for options in [["-T"].as_slice(), &["-t"], &[]] {
        let answer = ssh(&forge, &alice, options, None);
        assert_eq!(answer.status, 0, "{options:?}: {}", answer.stderr);
        assert!(answer.stdout.starts_with("Hi alice! You are signed in to Forge."), "{}", answer.stdout);
        assert!(answer.stdout.contains("Shell access is not offered"), "{}", answer.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_else_is_refused_in_words() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let long = format!("git-upload-pack '{}'", "a".repeat(5000));
    for (command, status, words) in [
        ("id", 127, "not a command of Forge"),
        ("git-shell -c id", 127, "not a command of Forge"),
        ("git-upload-pack 'alice/beds'; id", 128, "not quoted as git does it"),
        ("git-upload-pack 'alice/beds", 128, "not quoted as git does it"),
        ("git-upload-pack $(id)", 128, "not quoted as git does it"),
        ("git-upload-pack --strict 'alice/beds'", 128, "too many or too few words"),
        ("git-upload-pack 'alice/beds\n'", 128, "control characters"),
        (long.as_str(), 128, "longer than 4096 bytes"),
        ("git-upload-archive --list 'alice/beds'", 128, "too many or too few words"),
        ("git-lfs-authenticate alice/beds.git download", 1, "Git LFS is not available yet"),
        ("git-lfs-authenticate alice/beds.git badverb", 1, "Git LFS is not available yet"),
        ("git-lfs-authenticate", 1, "Git LFS is not available yet"),
        ("git-upload-pack '../../etc/passwd'", 128, "Repository not found"),
        ("git-receive-pack '/'", 128, "Repository not found"),
    ] {
        let answer = ssh(&forge, &alice, &[], Some(command));
        assert_eq!(answer.status, status, "{command}: {}", answer.stderr);
        assert!(
            answer.stderr.starts_with("ERROR: ") && answer.stderr.contains(words),
            "{command}: {}",
            answer.stderr
        );
        assert_eq!(answer.stdout, "", "{command}");
    }
    let sftp = ssh(&forge, &alice, &["-s"], Some("sftp"));
    assert_eq!((sftp.status, sftp.stdout.as_str()), (255, ""));
    assert!(sftp.stderr.contains("subsystem request failed"), "{}", sftp.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_forwarded() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let tunnel = ssh(&forge, &alice, &["-W", "127.0.0.1:22"], None);
    assert_eq!((tunnel.status, tunnel.stdout.as_str()), (255, ""));
    let socket = format!("{}/socket:127.0.0.1:22", alice.home().display());
    for remote in ["0:127.0.0.1:22", socket.as_str()] {
        let answer = ssh(&forge, &alice, &["-o", "ExitOnForwardFailure=yes", "-R", remote], None);
        assert_eq!((answer.status, answer.stdout.as_str()), (255, ""), "{remote}");
        assert!(answer.stderr.contains("failed"), "{remote}: {}", answer.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_is_missing() {
    let forge = Forge::new().await;
    let olive = forge.user("olive").await;
    let otto = forge.user("otto").await;
    forge.repo(&olive, "secret").await;
    for verb in ["git-upload-pack", "git-receive-pack", "git-upload-archive"] {
        for path in ["olive/secret", "olive/nope", "nobody/secret", "olive"] {
            let answer = ssh(&forge, &otto, &[], Some(&format!("{verb} '/{path}.git'")));
            assert_eq!((answer.status, answer.stderr.as_str()), (128, NOT_FOUND), "{verb} {path}");
            assert_eq!(answer.stdout, "", "{verb} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_read_is_told_so() {
    let forge = Forge::new().await;
    let olive = forge.user("olive").await;
    let rhea = forge.user("rhea").await;
    forge.make_repo("olive/open", Visibility::Internal, ObjectFormat::Sha1).await;
    let push = ssh(&forge, &rhea, &[], Some("git-receive-pack '/olive/open.git'"));
    assert_eq!((push.status, push.stdout.as_str()), (128, ""));
    assert!(push.stderr.starts_with("ERROR: You can read olive/open but not push to it."), "{}", push.stderr);
    let fetch = rhea.git(&["ls-remote", &forge.ssh("olive/open")]);
    assert!(fetch.ok, "{fetch:?}");
    assert!(olive.git(&["ls-remote", &forge.ssh("olive/open")]).ok);
}
