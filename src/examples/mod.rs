//! Code examples are run, and what they print is compared with what the note says they print.
//!
//! An example is a code block in a language that has a command, directly followed by an `output` block, anywhere in a
//! note. [`find`] lists a vault's examples without running anything; [`run`] runs them:
//!
//! - each in a temporary folder of its own, with nothing on standard input and an environment of few variables
//!   (see [`process`]), with a limit of time and of output;
//! - standard output must be the `output` block's text, white space at the ends of lines and of the whole aside;
//! - the exit code must be 0, or what `exit=…` on the fence says;
//! - `python: ">=3.13"` in the front matter, or `python=">=3.13"` on the fence, skips an example where the
//!   interpreter is another version (any language's name will do as the key); `no-run="reason"` on the fence skips
//!   it always. What is skipped is in the report, with the reason.
//!
//! Examples are programs, and run with the rights of whoever checks the pack: nothing here is a sandbox.

mod compare;
mod find;
mod process;
mod run;

pub use find::{Example, Examples, find};
pub use process::Interrupt;
pub use run::{Options, Outcome, Report, Tested, run};
