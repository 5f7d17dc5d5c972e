//! Finished documents become files: PDF, its post-processing, pictures, atomic writes, the build's manifest.

pub mod banks;
pub mod compact;
pub mod export;
pub mod feed;
pub mod ics;
pub mod look;
pub mod manifest;
mod objects;
pub mod parts;
pub mod pdf;
pub mod png;
mod syntax;
pub mod viewer;
pub mod write;
