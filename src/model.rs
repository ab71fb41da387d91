//! Questions to the schema that several statements ask, and what follows from the answers. It knows no statement.

// floors: each file uses only those above it.
pub mod opaque;
pub mod generated;
pub mod extension_types;
pub mod names;
pub mod cast;
pub mod family;
pub mod refer;
pub mod attribute;
pub mod bind;
pub mod rebind;
pub mod stored;
pub mod enum_literal;
pub mod collation;
pub mod immutable;
pub mod index_check;
pub mod default_type;
pub mod check;
pub mod partition_key;
pub mod bounds;
pub mod partition_bound;
pub mod key;
pub mod foreign_key;
pub mod inherited_check;
pub mod partition;
pub mod row_type;
pub mod storage_parameter;
pub mod depend;
