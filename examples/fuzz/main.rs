//! Fuzzing of import, check and build: bytes, and mutated real notes.
//!
//! ```sh
//! cargo run --release --example fuzz -- --seconds 600 --seed 1
//! cargo run --release --example fuzz -- --replay tests/data/fuzz/found
//! ```
//!
//! Cases start from the files of `--corpus DIR` (default `tests/data/fuzz/corpus`). A case that panics, takes longer than
//! thirty seconds or loses a word of a table is written to `--found DIR` (default `tests/data/fuzz/found`), which the tests
//! replay. `--every N` also builds each Nth case with the program beside this one (default 200, 0 for never). The same seed
//! gives the same cases.

mod harness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harness::Fault;
use recto::plan::random::Random;

/// What no case may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What is being run: since when, name and bytes.
type Case = (Instant, String, Vec<u8>);

struct Options {
    seconds: u64,
    seed: u64,
    every: u64,
    corpus: PathBuf,
    found: PathBuf,
    replay: Option<PathBuf>,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        seconds: 60,
        seed: 1,
        every: 200,
        corpus: "tests/data/fuzz/corpus".into(),
        found: "tests/data/fuzz/found".into(),
        replay: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{flag} takes a number, not `{value}`"));
        match flag.as_str() {
            "--seconds" => options.seconds = number()?,
            "--seed" => options.seed = number()?,
            "--every" => options.every = number()?,
            "--corpus" => options.corpus = value.into(),
            "--found" => options.found = value.into(),
            "--replay" => options.replay = Some(value.into()),
            _ => {
                return Err(format!("{flag} is unknown: --seconds --seed --every --corpus --found --replay"));
            }
        }
    }
    Ok(options)
}

/// The program that was built with this example.
fn program() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let program = here.parent()?.parent()?.join(format!("recto{}", std::env::consts::EXE_SUFFIX));
    program.is_file().then_some(program)
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    std::panic::set_hook(Box::new(|_| {}));
    let program = program();
    if let Some(folder) = &options.replay {
        let mut wrong = 0;
        for (name, bytes) in harness::files(folder) {
            if let Err(fault) = harness::run(&name, &bytes, program.as_deref()) {
                println!("{name}: {fault}");
                wrong += 1;
            }
        }
        println!("{wrong} faults");
        return ExitCode::from(u8::from(wrong > 0));
    }

    let corpus = harness::files(&options.corpus);
    if corpus.is_empty() {
        eprintln!("{} holds no files", options.corpus.display());
        return ExitCode::from(2);
    }
    // A watch beside the work: what hangs cannot say so itself.
    let now: Arc<Mutex<Option<Case>>> = Arc::default();
    let watched = Arc::clone(&now);
    let folder = options.found.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let Ok(case) = watched.lock() else { return };
            if let Some((since, name, bytes)) = case.as_ref()
                && since.elapsed() > LIMIT
            {
                let path = keep(&folder, name, bytes, "hang");
                println!("hang: {}", path.display());
                std::process::exit(1);
            }
        }
    });

    let end = Instant::now() + Duration::from_secs(options.seconds);
    let count = AtomicU64::new(0);
    let mut faults = 0;
    let mut random = Random::of(options.seed);
    while Instant::now() < end {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let (name, bytes) = harness::case(&mut random, &corpus);
        if let Ok(mut slot) = now.lock() {
            *slot = Some((Instant::now(), name.clone(), bytes.clone()));
        }
        let build = options.every > 0 && n % options.every == options.every - 1;
        let fault = harness::run(&name, &bytes, None).err();
        if let Ok(mut slot) = now.lock() {
            *slot = None;
        }
        let fault = match (fault, &program) {
            // A build is a process of its own, with a limit of its own.
            (None, Some(program)) if build => harness::build(&name, &bytes, program).err(),
            (fault, _) => fault,
        };
        if let Some(fault) = fault {
            faults += 1;
            let kind = match &fault {
                Fault::Panic(..) => "panic",
                Fault::Lost(..) => "lost",
                Fault::Unstable(..) => "unstable",
                Fault::Build(..) => "build",
            };
            let path = keep(&options.found, &name, &harness::shrink(&name, &bytes, &fault), kind);
            println!("{}: {fault}", path.display());
            if faults >= 20 {
                break;
            }
        }
    }
    println!("{} cases, {faults} faults", count.load(Ordering::Relaxed));
    ExitCode::from(u8::from(faults > 0))
}

fn keep(folder: &Path, name: &str, bytes: &[u8], kind: &str) -> PathBuf {
    let sum =
        bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3));
    let ending = name.rsplit_once('.').map_or("md", |(_, e)| e);
    let path = folder.join(format!("{kind}-{sum:016x}.{ending}"));
    let _ = std::fs::create_dir_all(folder);
    let _ = std::fs::write(&path, bytes);
    path
}
