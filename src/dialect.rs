//! What a database can do and how it is spoken to: one constant per dialect, every field answered.

pub mod postgresql;

pub use postgresql::POSTGRESQL;

/// One kind of database. Code asks its fields, never its name.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The name in `limbeck.yaml` and manifests.
    pub name: &'static str,
    /// The oldest server version that scripts may name as their minimum.
    pub oldest_server: u32,
    pub newest_server: u32,
    /// Whether schema changes take part in transactions.
    pub transactional_ddl: bool,
}

/// Every dialect.
pub const DIALECTS: &[Dialect] = &[POSTGRESQL];
