//! `preflight.sql`: where a database is, and what would stand in the way of an upgrade. It changes nothing.

use crate::script::pack::Pack;

use super::session;

/// The script for the release.
#[must_use]
pub fn script(pack: &Pack) -> String {
    session::script(&format!("-- preflight of {}\n", pack.version))
}
