//! The content model, built from the chapter tables.

pub mod model;

pub use model::*;
