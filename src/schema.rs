//! The symbolic database.

pub mod name;
pub mod expression_name;
