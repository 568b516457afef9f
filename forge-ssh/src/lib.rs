//! forge-ssh
