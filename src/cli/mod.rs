//! The command line: one file per verb.

mod build;
mod calendar;
mod check;
mod new;
mod options;
mod print;
pub mod session;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use jiff::civil::Date;

pub use session::Session;

/// Prints a study pack from a folder of Markdown notes.
#[derive(Parser, Debug)]
#[command(name = "recto", version, about, long_about = None, max_term_width = 100)]
#[command(after_help = "\
Examples:
  recto build                          the pack in or above this folder, all documents, into ./out
  recto build notes flashcards         only the flashcards of the pack in notes/
  recto build --chapters 1,3-4 --priority 1
  recto check content --strict         what is wrong with a pack, and where
  recto new my-course                  a small pack to start from")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Prints a pack's documents: handbook, cheatsheets, flashcards, calendar.
    Build(Box<BuildArgs>),
    /// Tells what is wrong with a pack, and where.
    Check(CheckArgs),
    /// Makes a small pack that builds.
    New(NewArgs),
    /// Writes the completions of a shell to standard output.
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
}

/// What of a pack is printed; numbers and codes stay those of the full pack.
#[derive(Args, Debug, Default, Clone)]
struct SelectArgs {
    /// Chapters by number: 1,3-4
    #[arg(long, value_name = "LIST")]
    chapters: Option<String>,
    /// Concepts with any of these tags
    #[arg(long, value_name = "TAG,…", value_delimiter = ',')]
    tags: Vec<String>,
    /// Concepts of this priority or more important (1 is the most important)
    #[arg(long, value_name = "N")]
    priority: Option<u8>,
    /// Concepts by name or alias
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    concepts: Vec<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  recto build
  recto build notes handbook --out print
  recto build calendar --replan --missed 2027-01-28..2027-02-03
  recto build ./calendar               a folder that is called like a document
  recto build content flashcards --stock avery-5371 --flip short-edge --turn book --out cards")]
struct BuildArgs {
    /// The pack's folder, then documents: handbook cheatsheets flashcards calendar. Without a folder the nearest one
    /// above with a recto.yaml is taken, else ./content
    #[arg(value_name = "PACK|DOCUMENT")]
    what: Vec<String>,
    /// Where to write
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    select: SelectArgs,
    /// The day the calendar starts from where recto.yaml names none (default: SOURCE_DATE_EPOCH, else today)
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// Threads to use (default: all cores)
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Warnings fail the build
    #[arg(long)]
    strict: bool,
    /// Fail instead of changing recto.lock
    #[arg(long)]
    locked: bool,
    /// Also use the fonts of this computer; the pages then depend on it
    #[arg(long)]
    system_fonts: bool,
    /// Build even if nothing changed
    #[arg(long)]
    force: bool,
    /// The summary as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Card stock: a name such as recto-8, a7, avery-5371, or one of the pack's own
    #[arg(long, value_name = "STOCK", help_heading = "Flashcards")]
    stock: Option<String>,
    /// Edge about which the printer turns the sheet: long-edge or short-edge
    #[arg(long, value_name = "EDGE", help_heading = "Flashcards")]
    flip: Option<String>,
    /// How a card is turned in the hand: book or calendar
    #[arg(long, value_name = "HOW", help_heading = "Flashcards")]
    turn: Option<String>,
    /// Order of cards on sheets: cut-stack or row
    #[arg(long, value_name = "ORDER", help_heading = "Flashcards")]
    order: Option<String>,
    /// First slot to use on the first sheet, for part-used sheets
    #[arg(long, value_name = "N", help_heading = "Flashcards")]
    start_slot: Option<usize>,
    /// Plan the days from --date on again: the past stands, cards that are new or were missed find their place
    #[arg(long, help_heading = "Calendar")]
    replan: bool,
    /// Days on which nothing was done, before --date: 2027-01-28..2027-02-03, or one day
    #[arg(long, value_name = "FROM..TO", requires = "replan", help_heading = "Calendar")]
    missed: Option<String>,
    /// Keep this plan in recto.lock from now on; from its start date on a plan is kept by itself
    #[arg(long, help_heading = "Calendar")]
    keep: bool,
    /// Pages of the calendar: a4, us-letter or e-ink (default: `calendar.page`, else the pack's paper)
    #[arg(long, value_name = "PAGE", help_heading = "Calendar")]
    page: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  recto check                          the pack in or above this folder
  recto check content --strict --run-examples
  recto check --rules                  what is asked of a pack; `lint: {allow: [rule]}` silences a rule

A code block followed by an ```output block is an example. --run-examples runs each as a program, with your rights: do so
only with packs whose authors you trust.")]
struct CheckArgs {
    /// The pack's folder
    pack: Option<PathBuf>,
    /// Run the code examples and compare what they print with their ```output blocks
    #[arg(long)]
    run_examples: bool,
    /// Seconds that one example may run
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    timeout: f64,
    /// The day against which `verified:` and ends of life count (default: SOURCE_DATE_EPOCH, else today)
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// List the rules that `lint: {allow: […]}` takes, with one line each
    #[arg(long)]
    rules: bool,
    /// Warnings fail the check
    #[arg(long)]
    strict: bool,
    /// Findings as JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct NewArgs {
    /// The folder to make
    dir: PathBuf,
    /// The pack's title (default: the folder's name)
    #[arg(long)]
    title: Option<String>,
}

/// How a command ended.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Written, perhaps with warnings.
    Done,
    /// Errors in the content: what could be written was.
    Content,
    /// The command line is wrong.
    Usage,
    /// Input, output, or a fault of ours.
    System,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Content => 1,
            Outcome::Usage => 2,
            Outcome::System => 3,
        })
    }
}

/// Something that ends a command at once.
#[derive(Debug)]
pub struct Failure {
    pub outcome: Outcome,
    pub message: String,
    pub hint: Option<String>,
}

impl Failure {
    pub fn usage(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Usage, message: message.into(), hint: None }
    }

    pub fn system(message: impl Into<String>) -> Self {
        Self { outcome: Outcome::System, message: message.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // Help and version are no errors.
            return if error.use_stderr() { Outcome::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let result = match &cli.verb {
        Verb::Build(args) => build::run(args),
        Verb::Check(args) => check::run(args),
        Verb::New(args) => new::run(args),
        Verb::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "recto", &mut std::io::stdout());
            Ok(Outcome::Done)
        }
    };
    match result {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            eprintln!("error: {}", failure.message);
            if let Some(hint) = failure.hint {
                eprintln!("hint: {hint}");
            }
            failure.outcome.into()
        }
    }
}

/// Finds the pack: the folder named, else the nearest above with a `recto.yaml`, else `./content` if it has one.
fn find_pack(named: Option<&std::path::Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => Ok(path.to_owned()),
            Ok(_) => Err(Failure::usage(format!("{} is not a folder", path.display()))
                .hint("name the folder that holds the pack's recto.yaml")),
            Err(error) => Err(Failure::usage(format!("{} cannot be opened: {error}", path.display()))),
        };
    }
    let here = std::env::current_dir()
        .map_err(|e| Failure::system(format!("the current folder cannot be read: {e}")))?;
    if let Some(root) = here.ancestors().find(|folder| folder.join("recto.yaml").is_file()) {
        // A relative path reads better in messages.
        return Ok(if root == here { PathBuf::from(".") } else { root.to_owned() });
    }
    if here.join("content/recto.yaml").is_file() {
        return Ok(PathBuf::from("content"));
    }
    Err(Failure::usage("there is no recto.yaml in this folder or above, and no ./content with one")
        .hint("name the pack's folder, or make one with `recto new DIR`"))
}
