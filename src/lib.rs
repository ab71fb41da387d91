//! limbeck compiles database revisions into SQL that a DBA can trust.
//!
//! The modules stand in reading order: each uses only those above it.

// The grammar's derive names it.
extern crate alloc;

pub mod visible;
pub mod markdown;
pub mod source;
pub mod diagnostic;
pub mod yaml;
pub mod config;
pub mod token;
pub mod template;
pub mod kind;
pub mod builtin;
pub mod tree;
pub mod raw_sql;
pub mod name;
pub mod sql_type;
pub mod expression;
pub mod schema;
pub mod binder;
pub mod sql;
pub mod model;
pub mod operation;
pub mod inverse;
pub mod lower;
pub mod revision;
pub mod syntax;
pub mod catalog;
pub mod graph;
pub mod digest;
pub mod release;
pub mod plan;
pub mod replay;
pub mod look_alike;
pub mod script;
pub mod compile;
pub mod bundle;
pub mod prove;
pub mod report;
pub mod cli;
