//! A plan -> the text of a script.

pub mod pack;
pub mod plain;
pub mod psql;
mod text;
