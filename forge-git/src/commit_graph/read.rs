//! Reading the commit graph.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use gix_hash::oid;

use crate::objects::CommitFacts;

/// Graphs that this process has checked and keeps open.
const KEPT: usize = 256;

/// The commits of one store, as they were when the graph was written.
pub(crate) struct CommitGraph {
    graph: gix_commitgraph::Graph,
}

/// Which version of a file was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

type Checked = (Version, Option<Arc<CommitGraph>>);

/// What was checked lately, the latest last. A store is opened anew after every push, and the graph is not read to its
/// end each time.
static CHECKED: OnceLock<Mutex<Vec<Checked>>> = OnceLock::new();

impl CommitGraph {
    /// The graph of a store, if there is one that is whole.
    pub(crate) fn of_store(objects_dir: &Path, kind: gix_hash::Kind) -> Option<Arc<Self>> {
        if objects_dir.join("../shallow").exists() {
            return None;
        }
        let path = super::path(objects_dir);
        let metadata = std::fs::metadata(&path).ok()?;
        let version = Version {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
            path,
        };
        let checked = CHECKED.get_or_init(Mutex::default);
        let known = |checked: &[Checked]| checked.iter().find(|(known, _)| *known == version).cloned();
        if let Some((_, graph)) = known(&checked.lock().unwrap_or_else(PoisonError::into_inner)) {
            return graph;
        }
        let graph = match open(&version.path, kind) {
            Ok(graph) => Some(Arc::new(graph)),
            Err(error) => {
                tracing::error!(path = %version.path.display(), error, "a commit graph is damaged and not used");
                None
            }
        };
        let mut checked = checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.retain(|(known, _)| known.path != version.path);
        if checked.len() >= KEPT {
            checked.remove(0);
        }
        checked.push((version, graph.clone()));
        graph
    }

    /// What the graph knows of a commit. The caller makes sure that the store has the commit.
    pub(crate) fn facts(&self, id: &oid) -> Option<CommitFacts> {
        let commit = self.graph.commit_by_id(id)?;
        let mut parents = Vec::with_capacity(1);
        for parent in commit.iter_parents() {
            parents.push(self.graph.id_at(parent.ok()?).to_owned());
        }
        let time = i64::try_from(commit.committer_timestamp()).ok()?;
        Some(CommitFacts { tree: commit.root_tree_id().to_owned(), parents, time })
    }

    /// How many commits the longest way to a root has: no commit reaches one of the same or a higher generation.
    pub(crate) fn generation(&self, id: &oid) -> Option<u32> {
        Some(self.graph.commit_by_id(id)?.generation()).filter(|generation| *generation > 0)
    }

    /// How many commits it holds.
    #[cfg(test)]
    pub(crate) fn len(&self) -> u32 {
        self.graph.num_commits()
    }
}

/// Opens a graph and reads it to its end: every flipped bit shows.
fn open(path: &Path, kind: gix_hash::Kind) -> Result<CommitGraph, String> {
    let file = gix_commitgraph::File::at(path).map_err(|error| error.to_string())?;
    if file.object_hash() != kind {
        return Err("it is of another hash".to_owned());
    }
    if file.base_graph_count() > 0 {
        return Err("it leans on other files".to_owned());
    }
    file.verify_checksum().map_err(|error| error.to_string())?;
    let graph = gix_commitgraph::Graph::new(vec![file]).map_err(|error| error.to_string())?;
    Ok(CommitGraph { graph })
}
