//! The one test binary.

mod dump;
mod server;
mod types;
