//! Cards onto dates.

pub mod balance;
pub mod days;
pub mod waves;
