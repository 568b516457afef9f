//! The table of routes: what is served where, and what each asks for first.
//!
//! The guard of a route is enforced by the extractors of its handler. It is written down here as well so that a test
//! can walk every route as every kind of actor and see that the two agree.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};
use forge_core::Permission;
use http::Method;

use crate::web::Web;

/// What a route asks for before anything happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nothing: it tells nothing about people or their code.
    Open,
    /// A secret in the address that works once.
    Link,
    /// A token for feeds in the address.
    Feed,
    /// Somebody who is signed in, or anybody where the site has public repositories.
    Looking,
    /// Somebody who is signed in.
    SignedIn,
    /// The person themself, in a browser.
    Me,
    /// The same, if they have said who they are within the last minutes.
    MeRecently,
    /// Somebody who may put repositories under the owner they name.
    Owner,
    /// A permission in the repository of the address.
    Repo(Permission),
    /// An owner of the organisation of the address.
    Org,
    /// Somebody who manages the team of the address.
    Team,
    /// An administrator of the site.
    Site,
    /// Somebody who reads the audit log of the site.
    Audit,
    /// Somebody who reads the audit log of the organisation of the address.
    OrgAudit,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method; GET includes HEAD.
    pub method: Method,
    /// The address, with names in braces.
    pub path: &'static str,
    /// What it asks for.
    pub guard: Guard,
}

/// A router that remembers what is in it.
pub(crate) struct Routes {
    router: Router<Web>,
    table: Vec<Route>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), table: Vec::new() }
    }

    /// Serves reading. Nothing changes by it.
    pub(crate) fn get<H, T>(self, path: &'static str, guard: Guard, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::GET, path, guard, get(handler))
    }

    /// Serves a change.
    pub(crate) fn post<H, T>(self, path: &'static str, guard: Guard, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::POST, path, guard, post(handler))
    }

    fn add(mut self, method: Method, path: &'static str, guard: Guard, handler: MethodRouter<Web>) -> Self {
        self.table.push(Route { method, path, guard });
        Self { router: self.router.route(path, handler), table: self.table }
    }

    /// The router and the table.
    pub(crate) fn into_parts(self) -> (Router<Web>, Vec<Route>) {
        (self.router, self.table)
    }
}
