//! Types of PostgreSQL.

pub mod catalog;
pub mod casts;
