//! Levels of permission as types.

use forge_core::Permission;

mod sealed {
    pub trait Sealed {}
}

/// A level that a proof can be of.
pub trait Level: sealed::Sealed + Send + Sync + 'static {
    /// The permission it stands for.
    const PERMISSION: Permission;
}

/// A level that includes another: whoever may push may also read.
pub trait Implies<L: Level>: Level {}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident = $permission:ident => [$($lower:ident),*];)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl Level for $name {
            const PERMISSION: Permission = Permission::$permission;
        }
        impl Implies<$name> for $name {}
        $(impl Implies<$lower> for $name {})*
    )+};
}

levels! {
    /// May see and clone.
    Read = Read => [];
    /// May push.
    Write = Write => [Read];
    /// May look after it.
    Maintain = Maintain => [Write, Read];
    /// May do everything.
    Admin = Admin => [Maintain, Write, Read];
}
