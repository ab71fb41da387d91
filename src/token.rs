//! PostgreSQL's lexical rules.

pub mod keywords;
