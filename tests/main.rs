//! The one test binary.

mod dump;
mod names;
mod server;
mod types;
