//! What the server proves itself with: an Ed25519 key in a file that only the server's user can read.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Algorithm, HashAlg, PrivateKey};

/// The largest file read as a key, in bytes; an Ed25519 key has about 400.
const MAX_FILE: u64 = 16 * 1024;
/// Others than the owner may not even look.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// The server's own key.
#[derive(Clone)]
pub struct HostKey(PrivateKey);

impl HostKey {
    /// Makes a key from 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(PrivateKey::from(Ed25519Keypair::from_seed(seed)))
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it and `ssh` asks people to compare.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The public half, as in a line of `known_hosts` without the host.
    pub fn public_line(&self) -> String {
        self.0.public_key().to_openssh().unwrap_or_default()
    }

    pub(crate) fn private(&self) -> &PrivateKey {
        &self.0
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostKey").field(&self.fingerprint()).finish()
    }
}

/// Why there is no host key.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    /// The file cannot be read or written.
    #[error("the SSH host key {path}: {error}")]
    Io {
        /// Which file.
        path: String,
        /// What happened.
        error: io::Error,
    },
    /// Others could read or change it.
    #[error(
        "the SSH host key {path} can be read by others (mode {mode:03o}): run chmod 600 on it, or remove it and let a new one be made if others may have seen it"
    )]
    Open {
        /// Which file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a key of the one kind that is used.
    #[error(
        "the SSH host key {path} is not an unencrypted Ed25519 key in OpenSSH's format: restore it from a backup, or remove it and let a new one be made"
    )]
    Contents {
        /// Which file.
        path: String,
    },
}

/// Reads the host key, or makes it at the first start. The seed is only asked for then.
pub fn load_or_create_host_key(
    path: &Path,
    seed: impl FnOnce() -> [u8; 32],
) -> Result<HostKey, HostKeyError> {
    let failed = |error| HostKeyError::Io { path: path.display().to_string(), error };
    match File::open(path) {
        Ok(file) => load(path, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = HostKey::from_seed(&seed());
            // Two servers starting at once: the second takes what the first has made.
            match create(path, &key) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    load(path, File::open(path).map_err(failed)?)
                }
                result => result.map(|()| key).map_err(failed),
            }
        }
        Err(error) => Err(failed(error)),
    }
}

fn load(path: &Path, file: File) -> Result<HostKey, HostKeyError> {
    let name = || path.display().to_string();
    let failed = |error| HostKeyError::Io { path: name(), error };
    let contents = || HostKeyError::Contents { path: name() };
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(contents());
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & OTHERS != 0 {
            return Err(HostKeyError::Open { path: name(), mode });
        }
    }
    let mut text = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut text).map_err(failed)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(contents());
    }
    let key = PrivateKey::from_openssh(&text).map_err(|_| contents())?;
    if key.is_encrypted() || key.algorithm() != Algorithm::Ed25519 {
        return Err(contents());
    }
    Ok(HostKey(key))
}

/// Writes the key durably and all at once: a crash leaves a whole file or none.
fn create(path: &Path, key: &HostKey) -> io::Result<()> {
    let text = key.0.to_openssh(LineEnding::LF).map_err(io::Error::other)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = Path::new(&draft);
    match fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // A link, unlike a rename, never replaces a key that is there already.
    let linked = fs::hard_link(draft, path);
    fs::remove_file(draft)?;
    linked?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never() -> [u8; 32] {
        panic!("a key that is there is not made again")
    }

    #[cfg(unix)]
    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    fn is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        let made = load_or_create_host_key(&path, || [7; 32]).unwrap();
        let found = load_or_create_host_key(&path, never).unwrap();
        assert_eq!(made.fingerprint(), found.fingerprint());
        assert_eq!(made.fingerprint(), HostKey::from_seed(&[7; 32]).fingerprint());
        assert!(made.fingerprint().starts_with("SHA256:"));
        assert!(made.public_line().starts_with("ssh-ed25519 AAAA"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft stays behind");
    }

    #[test]
    #[cfg(unix)]
    fn is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        load_or_create_host_key(&path, || [7; 32]).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        for bad in [0o640, 0o604, 0o620, 0o644, 0o666] {
            set_mode(&path, bad);
            let error = load_or_create_host_key(&path, never).unwrap_err();
            assert!(matches!(error, HostKeyError::Open { mode, .. } if mode == bad), "{bad:o}: {error}");
        }
        set_mode(&path, 0o400);
        assert!(load_or_create_host_key(&path, never).is_ok());
    }

    #[test]
    #[cfg(unix)]
    fn is_refused_when_it_is_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        load_or_create_host_key(&path, || [7; 32]).unwrap();
        let whole = fs::read(&path).unwrap();
        let half = whole.get(..whole.len() / 2).unwrap().to_vec();
        for bad in [Vec::new(), b"hello\n".to_vec(), half, vec![b'-'; 20_000], vec![0xff; 300]] {
            fs::write(&path, &bad).unwrap();
            let error = load_or_create_host_key(&path, never).unwrap_err();
            assert!(matches!(error, HostKeyError::Contents { .. }), "{error}");
        }
        let directory = folder.path().join("directory");
        fs::create_dir(&directory).unwrap();
        assert!(matches!(load_or_create_host_key(&directory, never), Err(HostKeyError::Contents { .. })));
        let missing = folder.path().join("no/such/folder");
        assert!(matches!(load_or_create_host_key(&missing, || [7; 32]), Err(HostKeyError::Io { .. })));
    }

    #[test]
    #[cfg(unix)]
    fn outlives_a_crash_while_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        fs::write(folder.path().join("host_key.new"), "half").unwrap();
        assert!(load_or_create_host_key(&path, || [7; 32]).is_ok());
        assert!(load_or_create_host_key(&path, never).is_ok());
    }

    #[test]
    fn tells_nobody_its_secret() {
        let key = HostKey::from_seed(&[7; 32]);
        assert_eq!(format!("{key:?}"), format!("HostKey({:?})", key.fingerprint()));
    }
}
