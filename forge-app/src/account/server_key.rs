//! The key of this server, for what must be read again but not out of the database alone.
//!
//! It lies in a file beside the data, or where the settings say. Whoever gets a copy of the database has no key; whoever
//! restores one without the key asks people to set up their authenticator apps anew.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forge_core::Secret;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use tokio::sync::OnceCell;

use crate::ambient::Ambient;
use crate::error::{Error, Result};

/// Bytes of a key.
const LENGTH: usize = 32;

/// Seals and opens. The file is read at first use, and made if there is none.
#[derive(Clone)]
pub(crate) struct ServerKey {
    path: PathBuf,
    key: Arc<OnceCell<LessSafeKey>>,
}

impl ServerKey {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path, key: Arc::default() }
    }

    async fn key(&self, ambient: &Ambient) -> Result<&LessSafeKey> {
        let find = async {
            let (path, fresh) = (self.path.clone(), Secret::new(ambient.random::<LENGTH>()));
            let bytes = tokio::task::spawn_blocking(move || load_or_make(&path, &fresh))
                .await
                .map_err(Error::internal)?
                .map_err(|error| {
                    Error::Internal(format!("data.secret_key: {}: {error}", self.path.display()))
                })?;
            let key = UnboundKey::new(&CHACHA20_POLY1305, bytes.expose())
                .map_err(|_| Error::Internal("the server's key has another length".to_owned()))?;
            Ok(LessSafeKey::new(key))
        };
        self.key.get_or_try_init(|| find).await
    }

    /// Seals a text for one place: it opens nowhere else.
    pub(crate) async fn seal(&self, ambient: &Ambient, place: &str, text: &[u8]) -> Result<Vec<u8>> {
        let nonce = ambient.random::<NONCE_LEN>();
        let mut sealed = text.to_vec();
        let key = self.key(ambient).await?;
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| Error::Internal("the server's key does not seal".to_owned()))?;
        Ok([nonce.to_vec(), sealed].concat())
    }

    /// Opens what was sealed for this place; nothing if it was sealed with another key, or for another place.
    pub(crate) async fn open(
        &self,
        ambient: &Ambient,
        place: &str,
        sealed: &[u8],
    ) -> Result<Option<Secret<Vec<u8>>>> {
        let Some((nonce, sealed)) = sealed.split_first_chunk::<NONCE_LEN>() else { return Ok(None) };
        let mut text = sealed.to_vec();
        let key = self.key(ambient).await?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = key.open_in_place(nonce, Aad::from(place.as_bytes()), &mut text);
        Ok(opened.ok().map(|text| Secret::new(text.to_vec())))
    }
}

/// The key in the file. Of several processes that make it at once, one does, and all use that one.
fn load_or_make(path: &Path, fresh: &Secret<[u8; LENGTH]>) -> io::Result<Secret<Vec<u8>>> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if !path.exists() {
        // Written beside and linked into place, so that nobody ever reads half a key.
        let folder = path.parent().unwrap_or(Path::new("."));
        let beside = folder.join(format!(".secret.{}", hex::encode(fresh.expose().split_at(8).0)));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        // The part of the name is no part of the key.
        let key = ring::digest::digest(&ring::digest::SHA256, fresh.expose());
        writeln!(file, "{}", hex::encode(key.as_ref()))?;
        file.sync_all()?;
        let linked = fs::hard_link(&beside, path);
        fs::remove_file(&beside)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => File::open(folder)?.sync_all()?,
        }
    }
    let mut text = String::new();
    File::open(path)?.take(256).read_to_string(&mut text)?;
    let text = Secret::new(text);
    let bytes = hex::decode(text.expose().trim()).ok().filter(|bytes| bytes.len() == LENGTH);
    bytes
        .map(Secret::new)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the file must hold 64 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_sealed_opens_in_its_place_and_with_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let ambient = Ambient::system();
        let path = dir.path().join("secret.key");
        let key = ServerKey::at(path.clone());
        let sealed = key.seal(&ambient, "here", b"text").await.unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"text"));
        let again = ServerKey::at(path.clone());
        let open = async |key: &ServerKey, place, sealed: &[u8]| {
            key.open(&ambient, place, sealed).await.unwrap().map(|text| text.expose().clone())
        };
        assert_eq!(open(&again, "here", &sealed).await.as_deref(), Some(&b"text"[..]), "after a restart");
        assert_eq!(open(&again, "there", &sealed).await, None);
        assert_eq!(open(&again, "here", b"short").await, None);
        let other = ServerKey::at(dir.path().join("other.key"));
        assert_eq!(open(&other, "here", &sealed).await, None);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside the keys");
        fs::write(&path, "short").unwrap();
        assert!(ServerKey::at(path).seal(&ambient, "here", b"text").await.is_err());
    }
}
