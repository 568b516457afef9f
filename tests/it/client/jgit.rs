//! `JGit`, as Eclipse, Jenkins and other Java programs carry it. Debian's is of 2019 and knows neither protocol 2, shallow clones
//! nor today's SSH algorithms: just the old client that a server must go on serving over HTTPS.

use super::{Shallow, Town, system};

/// Debian's jars that it needs.
const JARS: &str = "/usr/share/java/org.eclipse.jgit.jar:/usr/share/java/slf4j-api.jar:\
                    /usr/share/java/slf4j-nop.jar:/usr/share/java/javaewah.jar:/usr/share/java/jsch.jar";

#[tokio::test(flavor = "multi_thread")]
async fn journey_over_https() {
    let town = Town::new().await;
    let remote = town.forge.url("/alice/beds.git");
    let folder = town.alice.home().join("java").display().to_string();
    let classes = format!("{JARS}:{folder}");
    let program = Town::program("Journey.java");
    let made = town.run(&system(&["javac"]), &[], &["-cp", JARS, "-d", &folder, &program]);
    assert!(made.ok, "{made:?}");

    let trust = town.alice.home().join("trust.p12").display().to_string();
    let authority = town.forge.authority().display().to_string();
    let import = [
        "-importcert",
        "-noprompt",
        "-alias",
        "forge",
        "-file",
        &authority,
        "-keystore",
        &trust,
        "-storetype",
        "PKCS12",
        "-storepass",
        "changeit",
    ];
    let made = town.run(&system(&["keytool"]), &[], &import);
    assert!(made.ok, "{made:?}");

    let home = format!("-Duser.home={}", town.alice.home().display());
    let trust = format!("-Djavax.net.ssl.trustStore={trust}");
    let java = system(&["java"]);
    town.journey("jgit", &remote, Shallow::No, |words| {
        let fixed = [
            home.as_str(),
            &trust,
            "-Djavax.net.ssl.trustStorePassword=changeit",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            &classes,
            "Journey",
        ];
        town.run(&java, &[], &[&fixed, words].concat())
    });
}
