//! What a trial of a history on a throw-away PostgreSQL needs from the model.

pub mod rows;
