//! The first version of the interface. What is here stays as it is; what changes gets another address.

mod commit_status;

use forge_core::Permission;

use super::{Caller, Json, answer};
use crate::routes::{Guard, Routes};

pub(super) fn routes(routes: Routes) -> Routes {
    let (read, write) = (Guard::Repo(Permission::Read), Guard::Repo(Permission::Write));
    routes.get("/api/v1/repos/{owner}/{repo}/commits/{id}/statuses", read, commit_status::list_statuses).post(
        "/api/v1/repos/{owner}/{repo}/commits/{id}/statuses",
        write,
        commit_status::set_status,
    )
}
