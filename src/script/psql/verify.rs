//! `verify.sql`: whether the catalogue holds what the model says of everything that a release touches. It changes
//! nothing.

use crate::script::pack::Pack;

use super::session;

/// The script for the release.
#[must_use]
pub fn script(pack: &Pack) -> String {
    session::script(&format!("-- verify {}\n", pack.version))
}
