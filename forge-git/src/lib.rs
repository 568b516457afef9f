//! forge-git
