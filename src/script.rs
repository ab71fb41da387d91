//! A plan -> the text of a script.

pub mod pack;
pub mod plain;
mod text;
