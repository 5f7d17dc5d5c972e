//! The live preview: finished pages in a browser, with the way back from every word to its note.
//!
//! It stands beside the pipeline and takes what [`crate::typeset`] made: [`pages`] tells which pages look different than
//! before, [`svg`] makes their pictures quick to draw, [`text`] finds each word and the bytes of the note it comes from, [`state`] holds what is shown and answers
//! questions about it, [`server`] answers the browser over [`http`], [`editor`] makes the address that opens a note, and
//! [`changes`] decides when files have settled after a save. `cli::watch` drives it.

pub mod changes;
pub mod editor;
pub mod http;
pub mod pages;
pub mod server;
pub mod state;
pub mod svg;
pub mod text;
