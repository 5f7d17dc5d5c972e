//! The content model, built from the chapter tables.

pub mod assign;
pub mod code;
pub mod collate;
pub mod fingerprint;
pub mod identity;
pub mod latin;
pub mod lock;
pub mod model;

#[cfg(test)]
mod histories;
#[cfg(test)]
mod testing;

pub use assign::assign;
pub use lock::Lock;
pub use model::*;
