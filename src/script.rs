//! A plan -> the text of a script.

pub mod plain;
mod text;
