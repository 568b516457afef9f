//! forge-app
