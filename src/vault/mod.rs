//! Files to notes: discovery, front matter, Markdown with byte ranges, wikilinks, tables, repair of damaged text.

pub mod ast;
pub mod cards;
pub mod config;
mod discover;
mod fence;
mod file_name;
pub mod finding;
pub mod front;
mod left_out;
pub mod length;
mod lines;
pub mod markdown;
pub mod math;
mod natural;
mod open;
pub mod part;
pub mod pieces;
pub mod repair;
mod resolve;
mod select;
pub mod suggest;
mod version;
mod yaml;

pub use config::Config;
pub use file_name::file_name;
pub use finding::{FileNo, Finding, Place, Severity};
pub use front::{Cheat, FrontMatter, has_tag};
pub use left_out::LeftOut;
pub use lines::LineIndex;
pub use markdown::{Parsed, Problem, blocks_text, parse, plain_text};
pub use natural::natural_cmp;
pub use open::{FileKind, Note, OpenOptions, Vault, VaultError, VaultFile};
pub use part::{Part, Side};
pub use resolve::{Anchor, Resolution, Resolver, Via};
pub use select::{Selection, select};
pub use version::{Requirement, Version};
