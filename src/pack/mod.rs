//! The content model, built from the chapter tables.

pub mod code;
pub mod collate;
pub mod latin;
pub mod model;

pub use model::*;
