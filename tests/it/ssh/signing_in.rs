//! Who gets in, and as whom.

use forge_app::Origin;
use forge_core::{AccountState, Actor};
use forge_tests::Forge;

use super::{bare_ssh, ssh};

/// Identity was once taken from an offered key elsewhere: whoever offered somebody's public key and then signed with
/// their own was let in as that somebody.
#[tokio::test(flavor = "multi_thread")]
async fn an_offered_key_sets_nothing() {
    let forge = Forge::new().await;
    let olive = forge.user("olive").await;
    let otto = forge.user("otto").await;
    // Only the public half, as anybody can have it: the client offers it, is told that it would do, and cannot sign.
    let offered = otto.home().join("olive.pub");
    std::fs::copy(olive.key.with_extension("pub"), &offered).unwrap();
    let offered = offered.display().to_string();
    let own = otto.key.display().to_string();
    let answer = bare_ssh(&forge, &["-l", "git", "-i", &offered, "-i", &own], None);
    assert!(answer.stdout.starts_with("Hi otto!"), "{} {}", answer.stdout, answer.stderr);
    let without = bare_ssh(&forge, &["-l", "git", "-i", &offered], None);
    assert_eq!((without.status, without.stdout.as_str()), (255, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_user_git_with_a_known_key_gets_in() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let key = alice.key.display().to_string();
    for user in ["root", "alice", "Git"] {
        let answer = bare_ssh(&forge, &["-l", user, "-i", &key], None);
        assert_eq!((answer.status, answer.stdout.as_str()), (255, ""), "{user}");
        assert!(answer.stderr.contains("Permission denied (publickey)"), "{user}: {}", answer.stderr);
    }
    let elsewhere = Forge::new().await;
    let stranger = elsewhere.user("alice").await;
    let answer = ssh(&forge, &stranger, &[], None);
    assert_eq!((answer.status, answer.stdout.as_str()), (255, ""));
    let password =
        ["-o", "PreferredAuthentications=none,password,keyboard-interactive", "-o", "BatchMode=no"];
    let answer = ssh(&forge, &alice, &password, None);
    assert_eq!((answer.status, answer.stdout.as_str()), (255, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_algorithms_are_not_spoken() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    for old in [
        "Ciphers=aes256-ctr",
        "Ciphers=chacha20-poly1305@openssh.com",
        "KexAlgorithms=diffie-hellman-group14-sha256",
        "KexAlgorithms=ecdh-sha2-nistp256",
        "HostKeyAlgorithms=rsa-sha2-512",
    ] {
        let answer = ssh(&forge, &alice, &["-o", old], None);
        assert_eq!((answer.status, answer.stdout.as_str()), (255, ""), "{old}");
    }
    for good in
        ["KexAlgorithms=curve25519-sha256", "Ciphers=aes256-gcm@openssh.com", "HostKeyAlgorithms=ssh-ed25519"]
    {
        let answer = ssh(&forge, &alice, &["-o", good], None);
        assert_eq!(answer.status, 0, "{good}: {}", answer.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_has_no_keys() {
    let forge = Forge::new().await;
    forge.admin("root1").await;
    let dora = forge.user("dora").await;
    assert_eq!(ssh(&forge, &dora, &[], None).status, 0);
    let app = forge.app();
    let site = app.authorize_site(&Actor::System { reason: "console" }).unwrap();
    let name = dora.name.parse().unwrap();
    app.set_account_state(&site, &Origin::console(), &name, AccountState::Disabled).await.unwrap();
    let answer = ssh(&forge, &dora, &[], None);
    assert_eq!((answer.status, answer.stdout.as_str()), (255, ""));
    assert!(answer.stderr.contains("Permission denied (publickey)"), "{}", answer.stderr);
}
