//! Files to notes: discovery, front matter, Markdown with byte ranges, wikilinks, tables, repair of damaged text.

pub mod ast;
pub mod cards;
pub mod config;
pub mod finding;
pub mod front;
pub mod length;
mod lines;
pub mod markdown;
pub mod part;
pub mod pieces;
mod select;
pub mod suggest;
mod yaml;

pub use config::Config;
pub use finding::{FileNo, Finding, Place, Severity};
pub use front::FrontMatter;
pub use lines::LineIndex;
pub use markdown::{Parsed, Problem, blocks_text, parse, plain_text};
pub use part::{Part, Side};
pub use select::{Selection, select};
