//! forge-web
