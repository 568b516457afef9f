//! What the frame around every page shows.

/// What every view carries for the frame around it.
#[derive(Debug, Clone, Default)]
pub struct PageContext {
    /// Who is signed in.
    pub person: Option<SignedIn>,
    /// The token that every form of the page sends back.
    pub csrf: String,
    /// A notice about what has just happened. One, and not beside an error summary.
    pub flash: Option<Flash>,
    /// What stands on every page for a while.
    pub announcement: Option<Announced>,
    /// The address of this page, to come back to after signing in.
    pub path: String,
}

impl PageContext {
    /// Where to sign in and then come back to this page.
    pub fn sign_in_url(&self) -> String {
        if self.path.is_empty() || self.path == "/" {
            crate::url::SIGN_IN.to_owned()
        } else {
            crate::url::sign_in_then(&self.path)
        }
    }

    /// The version of the product.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Whether an administrator looks at the page.
    pub fn is_admin(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.is_admin)
    }
}

/// What stands on every page for a while.
#[derive(Debug, Clone, Default)]
pub struct Announced {
    /// What it says.
    pub text: String,
    /// Whether something will not work.
    pub is_warning: bool,
}

/// The person who is signed in.
#[derive(Debug, Clone, Default)]
pub struct SignedIn {
    /// What to call them.
    pub name: String,
    /// Their page.
    pub url: String,
    /// Whether they administer the site.
    pub is_admin: bool,
    /// Whether they read the audit log of the site.
    pub reads_audit: bool,
    /// Of how many tickets and merge requests they were told since they last looked.
    pub unread: u64,
}

/// A notice about what has just happened.
#[derive(Debug, Clone)]
pub struct Flash {
    /// Whether it went well; otherwise it is something to know.
    pub is_success: bool,
    /// One sentence.
    pub text: String,
}
