//! Embedded Typst: notes and decisions become documents, compiled in parallel.
pub mod assemble;
pub mod compile;
pub mod fonts;
pub mod mermaid;
pub mod note;
pub mod span;
pub mod world;
