//! The command line: one file per verb.

mod ask;
mod build;
mod calendar;
mod calibrate;
mod check;
mod deck;
mod export;
mod fix;
mod import;
mod new;
pub mod options;
mod print;
mod printers;
pub mod quiz;
pub mod session;
mod stocks;
mod watch;

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
    /// Builds on every save, and shows the pages in a browser.
    Watch(Box<WatchArgs>),
    /// Tells what is wrong with a pack, and where.
    Check(CheckArgs),
    /// Writes a pack in another program's format, and says what that format could not hold.
    Export(ExportArgs),
    /// Makes a vault that builds of Markdown, tables, Quizlet and Anki exports, and tells exactly what it did.
    Import(ImportArgs),
    /// Makes a small pack that builds.
    New(NewArgs),
    /// Makes a printer's profile: prints a sheet that shows how backs stray, and keeps what you read off it.
    Calibrate(CalibrateArgs),
    /// Lists card stocks with their geometry, or the card sizes that fill a sheet.
    Stocks(StocksArgs),
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
    /// The pack's folder, then documents: handbook cheatsheets flashcards calendar mindmap quizzes
    /// booklet zine dividers. Without a folder the nearest one above with a recto.yaml is taken, else ./content
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
    /// Ask which card is which where an edit made that uncertain: auto (in a terminal), always (answers are read from the
    /// standard input) or never (such cards get new codes)
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    ask: ask::When,
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
    /// Say what printing and cutting the flashcards takes, and write nothing
    #[arg(long)]
    plan: bool,
    /// Also write pictures of all pages and contact sheets of them, into OUT/png
    #[arg(long)]
    png: bool,
    /// Pixels to the inch of the pictures
    #[arg(long, value_name = "N", requires = "png", default_value_t = 150.0)]
    ppi: f64,
    /// Write where the time went: a trace for chrome://tracing, Perfetto or Speedscope
    #[arg(long, value_name = "FILE")]
    timings: Option<PathBuf>,
    #[command(flatten)]
    cards: options::CardFlags,
    #[command(flatten)]
    booklet: options::BookletFlags,
    #[command(flatten)]
    quizzes: quiz::QuizFlags,
    #[command(flatten)]
    book: options::BookFlags,
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
  recto watch --open                   the pack in or above this folder, all documents
  recto watch content handbook --editor vscode
  recto watch --editor 'idea://open?file={file}&line={line}&column={column}'
  recto watch --editor 'emacsclient -n +{line}:{column} {file}'")]
struct WatchArgs {
    /// The pack's folder, then documents, as for `recto build`
    #[arg(value_name = "PACK|DOCUMENT")]
    what: Vec<String>,
    /// Where to write
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Port of the preview on this computer (default: any that is free)
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Open the preview in the browser
    #[arg(long)]
    open: bool,
    /// What a click on a word opens its note with: obsidian, obsidian-advanced, vscode, vscodium, cursor, zed, none, an
    /// address or a command with {file} or {path}, {line}, {column} and {vault} (default: obsidian where the pack's folder
    /// is its vault, else vscode)
    #[arg(long, value_name = "EDITOR")]
    editor: Option<String>,
    #[command(flatten)]
    select: SelectArgs,
    /// The day the calendar starts from where recto.yaml names none (default: SOURCE_DATE_EPOCH, else today)
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// Threads to use (default: all cores)
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Never change recto.lock: what would change it is an error
    #[arg(long)]
    locked: bool,
    /// Also use the fonts of this computer; the pages then depend on it
    #[arg(long)]
    system_fonts: bool,
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
    /// Repair what is safe to repair: damaged text, links by alias, pipes in code; shows a diff first
    #[arg(long)]
    fix: bool,
    /// With --fix: show the diff, write nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
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
#[command(after_help = "\
Examples:
  recto stocks                         every stock on A4 and US Letter
  recto stocks --paper us-letter --json
  recto stocks --fit --paper a4 --margin 5 --smallest 95x65")]
struct StocksArgs {
    /// A pack's folder, whose own stocks are listed too (default: the pack in or above this folder, if there is one)
    pack: Option<PathBuf>,
    /// a4 or us-letter (default: both; with --fit a4)
    #[arg(long, value_name = "PAPER")]
    paper: Option<String>,
    /// What the printer leaves blank along every edge, mm (default: each stock's own; with --fit 5)
    #[arg(long, value_name = "MM")]
    margin: Option<String>,
    /// Accept a margin below 5 mm
    #[arg(long)]
    small_margin: bool,
    /// Sheets lie on their long side
    #[arg(long)]
    landscape: bool,
    /// Rank the grids that fill a sheet: most cards first, then fewest cuts
    #[arg(long)]
    fit: bool,
    /// The smallest useful card, mm (default: 74x52)
    #[arg(long, value_name = "WxH", requires = "fit")]
    smallest: Option<String>,
    /// For programs, on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  recto calibrate                      the sheet, to be printed and read, into out/calibrate.pdf
  recto calibrate --printer office --read Ax=0.3,Ay=-0.2,Bx=0.3,By=-0.1,Cx=0.4,Cy=-0.2,Dx=0.4,Dy=-0.1
  recto calibrate --printer office --tray bypass --stock avery-5371 --set dx=0.3,dy=-0.2
  recto build flashcards --printer office")]
struct CalibrateArgs {
    /// Where to write the sheet
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// The printer's name, any you like; a sheet for a printer that has a profile is printed with it
    #[arg(long, value_name = "NAME")]
    printer: Option<String>,
    /// The profile is for this tray only
    #[arg(long, value_name = "TRAY")]
    tray: Option<String>,
    /// The profile is for this stock only
    #[arg(long, value_name = "STOCK")]
    stock: Option<String>,
    /// Edge about which the printer turns the sheet: long-edge or short-edge
    #[arg(long, value_name = "EDGE")]
    flip: Option<String>,
    /// a4 or us-letter
    #[arg(long, value_name = "PAPER", default_value = "a4")]
    paper: String,
    /// What was read off the sheet's scales, mm: Ax=0.3,Ay=-0.2,…
    #[arg(long, value_name = "LIST", conflicts_with = "set", allow_hyphen_values = true)]
    read: Option<String>,
    /// The correction itself: dx and dy in mm to the right and down as seen on the back, angle in degrees clockwise, scale
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    set: Option<String>,
    /// Add to the profile that the sheet was printed with
    #[arg(long)]
    add: bool,
    /// List the profiles
    #[arg(long)]
    list: bool,
    /// The file of profiles (default: recto/printers.yaml in your configuration folder)
    #[arg(long, value_name = "FILE")]
    printers: Option<PathBuf>,
    /// For programs, on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  recto export anki                    the pack in or above this folder, into ./out
  recto export anki content --chapters 1,3-4 --out decks
  recto export json content --json     what was lost, for programs, on standard output")]
struct ExportArgs {
    /// anki anki-text quizlet mochi obsidian notion csv json opml mermaid
    kind: String,
    /// The pack's folder (default: the nearest one above with a recto.yaml, else ./content)
    pack: Option<PathBuf>,
    /// Where to write
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    select: SelectArgs,
    /// The day noted in recto.lock for cards that changed (default: SOURCE_DATE_EPOCH, else today)
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// Fail instead of changing recto.lock
    #[arg(long)]
    locked: bool,
    /// The report as JSON on standard output, with every place
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  recto import chat.md --into my-course --dry-run
  recto import overview.md details.md --into my-course --same 'MRO=Method Resolution Order (MRO)'
  recto import words.csv deck.txt --into my-course --title Vocabulary
  recto import ~/vault --into ~/vault          adds recto.yaml, chapters and stubs, changes no note")]
struct ImportArgs {
    /// Markdown files, tables (CSV, TSV), Quizlet or Anki text exports, or a folder of notes
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The vault's folder; made if there is none
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// markdown, csv, tsv, quizlet or anki (default: by name and content)
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// The pack's title (default: the first document's title, else the folder's name)
    #[arg(long)]
    title: Option<String>,
    /// The pack's language, BCP 47
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Two names of one concept: the second stays, the first becomes its alias. May be repeated
    #[arg(long, value_name = "OTHER=NAME")]
    same: Vec<String>,
    /// Leave damaged text as it is
    #[arg(long)]
    no_repair: bool,
    /// Report only, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Also overwrite files that are there, edited or not
    #[arg(long)]
    force: bool,
    /// The report as JSON on standard output
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
        Verb::Watch(args) => watch::run(args),
        Verb::Check(args) => check::run(args),
        Verb::Export(args) => export::run(args),
        Verb::Import(args) => import::run(args),
        Verb::New(args) => new::run(args),
        Verb::Calibrate(args) => calibrate::run(args),
        Verb::Stocks(args) => stocks::run(args),
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
