//! Finished documents become files: PDF, its post-processing, atomic writes, the build's manifest.

pub mod export;
pub mod feed;
pub mod ics;
pub mod manifest;
pub mod pdf;
pub mod viewer;
pub mod write;
