//! Scripts for psql: what a bundle holds. They know where a database is on the release's path and run only the rest.

pub mod preflight;
pub mod protect;
mod reading;
mod session;
pub mod verify;

use super::pack::Pack;

/// `upgrade.sql`: from any point of the path to the head.
#[must_use]
pub fn upgrade(pack: &Pack) -> String {
    session::script(&format!("-- upgrade to {}\n", pack.version))
}

/// `rollback.sql`: from any point of the path back to where the release starts.
#[must_use]
pub fn rollback(pack: &Pack) -> String {
    session::script(&format!("-- rollback of {}\n", pack.version))
}
