//! A program run with limits of time and output, and no child of it left behind.
//!
//! Its environment holds `PATH` as it is here, UTF-8 (`LANG`, `LC_ALL`: `C.UTF-8`), `TZ=UTC`, `NO_COLOR=1`, the temporary
//! folder as `HOME` and for temporary files, and for Python no written bytecode and a fixed hash seed, so that sets
//! have one order; nothing else of the user's comes in.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long output is waited for after the program has ended: a child that left its group may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Between two looks at a program that runs.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);
#[cfg(windows)]
const KEPT: [&str; 4] = ["PATH", "PATHEXT", "SystemRoot", "ComSpec"];
#[cfg(not(windows))]
const KEPT: [&str; 1] = ["PATH"];

/// Asks all that runs to end, from a signal handler or another thread.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// To be set when the user wants an end.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Copy, Clone)]
pub struct Limits {
    pub time: Duration,
    /// Bytes, of each of the two outputs.
    pub output: usize,
}

/// How a program ended.
#[derive(Debug)]
pub enum End {
    Exit(i32),
    /// By a signal that was not ours; its number.
    Signal(i32),
    TimedOut,
    /// It printed more than allowed.
    TooLong,
    Interrupted,
    NotStarted(io::Error),
}

#[derive(Debug)]
pub struct Ran {
    pub end: End,
    /// Standard output; what is no UTF-8 is �.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A temporary folder for one run; removed with all that is in it.
#[derive(Debug)]
pub struct Folder {
    dir: TempDir,
}

impl Folder {
    /// # Errors
    /// The system's temporary folder cannot be written.
    pub fn new() -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("recto-example-").tempdir()?;
        for part in ["work", "home", "tmp"] {
            std::fs::create_dir(dir.path().join(part))?;
        }
        Ok(Self { dir })
    }

    /// The current folder of the program.
    pub fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut all: Vec<(OsString, OsString)> =
            KEPT.iter().filter_map(|key| Some(((*key).into(), std::env::var_os(key)?))).collect();
        let fixed = [
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("NO_COLOR", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("PYTHONHASHSEED", "0"),
        ];
        all.extend(fixed.map(|(key, value)| (key.into(), value.into())));
        if cfg!(windows) {
            all.push(("PYTHONUTF8".into(), "1".into()));
        }
        for (key, part) in
            [("HOME", "home"), ("USERPROFILE", "home"), ("TMPDIR", "tmp"), ("TEMP", "tmp"), ("TMP", "tmp")]
        {
            all.push((key.into(), self.dir.path().join(part).into()));
        }
        all
    }
}

/// Runs a program in a folder until it ends or must; then no process of its group is left.
///
/// A child that makes a group of its own (`setsid`) escapes; its output is not waited for. On Windows only the program
/// itself is ended.
pub fn run(
    program: &Path,
    arguments: &[String],
    folder: &Folder,
    limits: Limits,
    interrupt: &Interrupt,
) -> Ran {
    match started(program, arguments, folder, limits, interrupt) {
        Ok(ran) => ran,
        Err(error) => Ran { end: End::NotStarted(error), out: String::new(), err: String::new() },
    }
}

fn started(
    program: &Path,
    arguments: &[String],
    folder: &Folder,
    limits: Limits,
    interrupt: &Interrupt,
) -> io::Result<Ran> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder.work());
    command.env_clear().envs(folder.environment());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    group::make(&mut command);
    let mut child = command.spawn()?;
    let over = Arc::new(AtomicBool::new(false));
    let out = child.stdout.take().map(|pipe| Text::of(pipe, limits.output, &over));
    let err = child.stderr.take().map(|pipe| Text::of(pipe, limits.output, &over));

    let start = Instant::now();
    let mut pause = Duration::from_micros(500);
    let stopped = loop {
        if group::has_ended(&mut child) {
            break None;
        }
        if over.load(Ordering::Relaxed) {
            break Some(End::TooLong);
        }
        if interrupt.is_set() {
            break Some(End::Interrupted);
        }
        let left = limits.time.saturating_sub(start.elapsed());
        if left.is_zero() {
            break Some(End::TimedOut);
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST_PAUSE);
    };
    group::kill(&mut child);
    let status = child.wait()?;
    let patience = Instant::now() + LAST_WORDS;
    let take = |text: Option<io::Result<Text>>| match text {
        Some(text) => text.map(|text| text.take(patience)),
        None => Ok(String::new()),
    };
    let (out, err) = (take(out)?, take(err)?);
    let end = match stopped {
        Some(end) => end,
        None if over.load(Ordering::Relaxed) => End::TooLong,
        None => ending(status),
    };
    Ok(Ran { end, out, err })
}

fn ending(status: ExitStatus) -> End {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return End::Signal(signal);
    }
    End::Exit(status.code().unwrap_or(-1))
}

/// What a pipe brings, read in a thread of its own.
struct Text {
    bytes: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
}

impl Text {
    fn of(mut pipe: impl Read + Send + 'static, limit: usize, over: &Arc<AtomicBool>) -> io::Result<Self> {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (sender, ended) = channel();
        let (shared, over) = (Arc::clone(&bytes), Arc::clone(over));
        thread::Builder::new().spawn(move || {
            let mut piece = [0; 8192];
            while let Ok(read) = pipe.read(&mut piece)
                && read > 0
                && let Ok(mut all) = shared.lock()
            {
                all.extend_from_slice(piece.get(..read).unwrap_or_default());
                if all.len() > limit {
                    over.store(true, Ordering::Relaxed);
                    break;
                }
            }
            // Nobody listens where the patience has ended.
            let _ = sender.send(());
        })?;
        Ok(Self { bytes, ended })
    }

    /// What has come, when all has come or there is no patience left.
    fn take(self, patience: Instant) -> String {
        let _ = self.ended.recv_timeout(patience.saturating_duration_since(Instant::now()));
        let bytes = self.bytes.lock().map(|mut bytes| std::mem::take(&mut *bytes)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A program and its children as one group of processes.
#[cfg(unix)]
mod group {
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

    pub fn make(command: &mut Command) {
        command.process_group(0);
    }

    /// Whether the program has ended. It stays a zombie, so that its group's number cannot be given to others before
    /// [`kill`].
    pub fn has_ended(child: &mut Child) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(Pid::from_child(child)), options), Ok(None))
    }

    pub fn kill(child: &mut Child) {
        // Fails where nobody is left, which is what is wanted.
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
}

#[cfg(not(unix))]
mod group {
    use std::process::{Child, Command};

    pub fn make(_: &mut Command) {}

    pub fn has_ended(child: &mut Child) -> bool {
        !matches!(child.try_wait(), Ok(None))
    }

    pub fn kill(child: &mut Child) {
        let _ = child.kill();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, time: Duration) -> Ran {
        let folder = Folder::new().unwrap();
        let arguments = ["-c".to_owned(), script.to_owned()];
        let limits = Limits { time, output: 10_000 };
        run(Path::new("sh"), &arguments, &folder, limits, &Interrupt::default())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn outputs_and_exit_codes() {
        let ran = sh("echo out; echo err >&2; exit 3", LONG);
        assert!(matches!(ran.end, End::Exit(3)), "{ran:?}");
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("out\n", "err\n"));
        assert!(matches!(sh("kill -TERM $$", LONG).end, End::Signal(15)));
        let missing = run(
            Path::new("recto-no-such-program"),
            &[],
            &Folder::new().unwrap(),
            Limits { time: LONG, output: 1 },
            &Interrupt::default(),
        );
        assert!(matches!(missing.end, End::NotStarted(e) if e.kind() == io::ErrorKind::NotFound));
    }

    #[test]
    fn the_environment_is_small_and_standard_input_empty() {
        let ran = sh("cat; env | cut -d= -f1 | sort | tr '\\n' ' '; pwd -P; ls", LONG);
        let shell = ["_", "PWD", "OLDPWD", "SHLVL"];
        let (names, place) = ran.out.split_once('/').unwrap();
        let names: Vec<&str> = names.split_whitespace().filter(|name| !shell.contains(name)).collect();
        assert_eq!(
            names,
            [
                "HOME",
                "LANG",
                "LC_ALL",
                "NO_COLOR",
                "PATH",
                "PYTHONDONTWRITEBYTECODE",
                "PYTHONHASHSEED",
                "TEMP",
                "TMP",
                "TMPDIR",
                "TZ",
                "USERPROFILE"
            ]
        );
        assert!(place.trim().ends_with("/work") && place.contains("recto-example-"), "{place}");
    }

    #[test]
    fn what_hangs_is_killed_with_its_children() {
        let folder = Folder::new().unwrap();
        // The child would write the file after the program's end.
        let script = "(sleep 1; touch ../tmp/late) & echo started; wait; sleep 100".to_owned();
        let limits = Limits { time: Duration::from_millis(300), output: 10_000 };
        let start = Instant::now();
        let ran = run(Path::new("sh"), &["-c".into(), script], &folder, limits, &Interrupt::default());
        assert!(matches!(ran.end, End::TimedOut), "{ran:?}");
        assert_eq!(ran.out, "started\n");
        assert!(start.elapsed() < Duration::from_secs(30));
        thread::sleep(Duration::from_millis(1500));
        assert!(!folder.dir.path().join("tmp/late").exists(), "the child lived on");
    }

    #[test]
    fn a_child_in_the_background_ends_with_the_program() {
        let folder = Folder::new().unwrap();
        let script = "(sleep 1; touch ../tmp/late) & echo done".to_owned();
        let limits = Limits { time: LONG, output: 10_000 };
        let ran = run(Path::new("sh"), &["-c".into(), script], &folder, limits, &Interrupt::default());
        assert!(matches!(ran.end, End::Exit(0)), "{ran:?}");
        thread::sleep(Duration::from_millis(1500));
        assert!(!folder.dir.path().join("tmp/late").exists(), "the child lived on");
    }

    #[test]
    fn endless_output_is_cut() {
        let start = Instant::now();
        let ran = sh("while :; do echo quack; done", LONG);
        assert!(matches!(ran.end, End::TooLong), "{:?}", ran.end);
        assert!(ran.out.len() < 30_000 && start.elapsed() < Duration::from_secs(30));
        assert!(
            matches!(sh("head -c 20000 /dev/zero", LONG).end, End::TooLong),
            "also where it ends by itself"
        );
    }

    #[test]
    fn an_interrupt_ends_at_once() {
        let interrupt = Interrupt::default();
        interrupt.flag().store(true, Ordering::Relaxed);
        let limits = Limits { time: LONG, output: 10_000 };
        let ran = run(
            Path::new("sh"),
            &["-c".into(), "sleep 100".into()],
            &Folder::new().unwrap(),
            limits,
            &interrupt,
        );
        assert!(matches!(ran.end, End::Interrupted), "{ran:?}");
    }
}
