//! Files to notes: discovery, front matter, Markdown with byte ranges, wikilinks, tables, repair of damaged text.

pub mod ast;
pub mod cards;
pub mod finding;
mod lines;
pub mod markdown;
pub mod part;
pub mod pieces;
mod select;

pub use finding::{FileNo, Finding, Place, Severity};
pub use lines::LineIndex;
pub use markdown::{Parsed, Problem, blocks_text, parse, plain_text};
pub use part::{Part, Side};
pub use select::{Selection, select};
