//! Finished documents become files: PDF, its post-processing, pictures, atomic writes, the build's manifest.

pub mod export;
pub mod feed;
pub mod ics;
pub mod manifest;
pub mod pdf;
pub mod png;
pub mod viewer;
pub mod write;
