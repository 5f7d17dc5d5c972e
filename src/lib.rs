//! Recto, a document compiler: a folder of Markdown notes becomes a printed study pack.
//!
//! The pipeline, and its modules in the order in which data flows through them:
//!
//! 1. [`vault`]: the folder's files become notes, with the byte range of everything;
//! 2. [`pack`]: the chapter tables become the content model: chapters, sections, concepts, cards;
//! 3. [`plan`]: pure decisions: cards onto sheets, cards onto dates, concepts onto a cheatsheet;
//! 4. [`typeset`]: embedded Typst turns notes and decisions into documents, in parallel;
//! 5. [`emit`]: finished documents become files, atomically.
//!
//! Beside the pipeline stands [`examples`], which runs the notes' code examples when a check asks for it; it uses the
//! vault only; [`preview`], which shows finished pages in a browser; and [`timings`], which tells where a build's time goes.
//!
//! [`import`] makes vaults of other people's documents; it uses the vault and the pack's words, and writes through `emit`.
//!
//! [`cli`] drives all of it, one file per verb. Arrows point one way: a module uses only those above it.

#![forbid(unsafe_code)]

/// Typesetting makes many small things on all threads and throws them away, edit after edit: the system's allocator then looks
/// long for room among what is left. (Here, so that program, tests and benchmarks have the same.)
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod cli;
pub mod emit;
pub mod examples;
pub mod import;
pub mod pack;
pub mod plan;
pub mod preview;
pub mod timings;
pub mod typeset;
pub mod vault;
