//! Packs in a bucket. Without an S3 server there is nothing to do.

mod failing;
mod fork;
mod looked_after;
mod nodes;
mod operate;
mod space;

use forge_tests::{BucketServer, Forge};

/// A forge on SQLite with its packs in a bucket.
async fn forge() -> Option<(BucketServer, Forge)> {
    let bucket = BucketServer::start()?;
    let forge = Forge::with(|config| bucket.configure(config)).await;
    Some((bucket, forge))
}

/// Files of packs in a forge's data directory.
fn copies(forge: &Forge) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(forge.data().join("repositories")).unwrap() {
        let packs = entry.unwrap().path().join("objects/pack");
        if let Ok(files) = std::fs::read_dir(packs) {
            count +=
                files.filter(|file| file.as_ref().unwrap().path().extension().unwrap() == "pack").count();
        }
    }
    count
}
