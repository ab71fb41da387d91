//! A plan -> the text of a script.

mod encoding;
mod guard;
pub mod pack;
pub mod plain;
pub mod psql;
pub mod spoken;
pub(crate) mod text;
