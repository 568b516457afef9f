//! forge-store
