use super::Dialect;

/// PostgreSQL 12 to 18.
pub const POSTGRESQL: Dialect = Dialect {
    name: "postgresql",
    oldest_server: 12,
    newest_server: 18,
    transactional_ddl: true,
};
