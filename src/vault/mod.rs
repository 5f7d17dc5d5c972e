//! Files to notes: discovery, front matter, Markdown with byte ranges, wikilinks, tables, repair of damaged text.

pub mod ast;
pub mod finding;
pub mod part;

pub use finding::{FileNo, Finding, Place, Severity};
pub use part::{Part, Side};
