//! What a client is told first: the refs, and what the server can do.

use bytes::Bytes;
use forge_core::Permission;
use forge_git::plain::ProtocolVersion;

use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};
use crate::git::{Exchange, fetch, receive};

/// One of git's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Fetching and cloning.
    UploadPack,
    /// Pushing.
    ReceivePack,
    /// Packing files at the server. It has no advertisement.
    UploadArchive,
}

impl Service {
    /// Git's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
            Self::UploadArchive => "git-upload-archive",
        }
    }

    /// What it takes to use it.
    pub fn permission(self) -> Permission {
        match self {
            Self::UploadPack | Self::UploadArchive => Permission::Read,
            Self::ReceivePack => Permission::Write,
        }
    }
}

impl std::str::FromStr for Service {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "git-upload-pack" => Ok(Self::UploadPack),
            "git-receive-pack" => Ok(Self::ReceivePack),
            _ => Err(no_such_service()),
        }
    }
}

fn no_such_service() -> Error {
    Error::invalid("service", "The service is git-upload-pack or git-receive-pack.")
}

impl App {
    /// The whole answer to `GET info/refs?service=…`.
    pub async fn advertise(
        &self,
        access: &RepoAccess<Read>,
        service: Service,
        version: ProtocolVersion,
    ) -> Result<Bytes> {
        if access.permission() < service.permission() {
            return Err(Error::Forbidden(format!("You can read {} but not push to it.", access.repo().path)));
        }
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let options = self.upload_options(access.repo(), Exchange::Stateless);
        let work = self.tasks().spawn_blocking(move || {
            let mut answer = Vec::new();
            match service {
                Service::UploadPack => {
                    fetch::advertise_over_http(&mut answer, &objects, &refs, &options, version)?;
                }
                Service::ReceivePack => receive::advertise_over_http(&mut answer, &objects, &refs, version)?,
                Service::UploadArchive => return Err(no_such_service()),
            }
            Ok::<_, Error>(Bytes::from(answer))
        });
        work.await.map_err(Error::internal)?
    }
}
