//! When files have settled after a save.
//!
//! Editors save in bursts: Visual Studio Code truncates and writes, vim renames the old file away and writes a new one,
//! Obsidian writes while one types. A build must not see a note that is half there, and should not wait longer than needed.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};

/// Quiet after a file was closed or put in place: it is whole.
const AFTER_WHOLE: Duration = Duration::from_millis(4);
/// Quiet after anything else: a write that goes on, a file taken away that may come back.
const AFTER_PART: Duration = Duration::from_millis(40);
/// After so long a change is built even if writing goes on.
const LONGEST: Duration = Duration::from_millis(400);

/// What an event says of a file.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is whole: closed after writing, or renamed into place.
    Whole,
    /// More may follow.
    Part,
}

/// Whether and how an event concerns the pack.
pub fn step(kind: &EventKind) -> Option<Step> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Step::Whole),
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => None,
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => Some(Step::Whole),
        _ => Some(Step::Part),
    }
}

/// Whether a path can be a file of the pack: not hidden, not of the output folder, not an editor's own.
pub fn concerns(root: &Path, out: Option<&Path>, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(root) else { return false };
    if out.is_some_and(|out| path.starts_with(out)) {
        return false;
    }
    let hidden = inside.components().any(|part| match part {
        Component::Normal(name) => name.to_string_lossy().starts_with('.'),
        _ => false,
    });
    let name = inside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // vim tries whether it may write with a file of this name.
    let own = name.ends_with('~')
        || name == "4913"
        || [".swp", ".swx", ".tmp"].iter().any(|end| name.ends_with(end));
    !hidden && !own && !name.is_empty()
}

/// Gathers events until the files have settled.
#[derive(Debug, Default)]
pub struct Settling {
    since: Option<Instant>,
    /// Files of which more may follow.
    open: BTreeSet<PathBuf>,
    last: Option<Instant>,
    paths: BTreeSet<PathBuf>,
}

impl Settling {
    pub fn event(&mut self, path: PathBuf, step: Step, now: Instant) {
        self.since.get_or_insert(now);
        self.last = Some(now);
        match step {
            Step::Whole => self.open.remove(&path),
            Step::Part => self.open.insert(path.clone()),
        };
        self.paths.insert(path);
    }

    /// What was gathered and not taken yet.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(PathBuf::as_path)
    }

    /// When what was gathered may be built; `None` while there is nothing.
    pub fn due(&self) -> Option<Instant> {
        let quiet = if self.open.is_empty() { AFTER_WHOLE } else { AFTER_PART };
        Some((self.last? + quiet).min(self.since? + LONGEST))
    }

    /// The files that changed, if they have settled.
    pub fn take(&mut self, now: Instant) -> Option<BTreeSet<PathBuf>> {
        if self.due()? > now {
            return None;
        }
        let Self { paths, .. } = std::mem::take(self);
        Some(paths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Clock {
        start: Instant,
        settling: Settling,
    }

    impl Clock {
        fn new() -> Self {
            Self { start: Instant::now(), settling: Settling::default() }
        }

        fn at(&self, ms: u64) -> Instant {
            self.start + Duration::from_millis(ms)
        }

        fn event(&mut self, ms: u64, path: &str, step: Step) {
            let now = self.at(ms);
            self.settling.event(path.into(), step, now);
        }

        /// What is built at the first millisecond from `from` on at which something is.
        fn settles(&mut self, from: u64) -> Option<(u64, Vec<String>)> {
            (from..from + 2000).find_map(|ms| {
                let now = self.at(ms);
                let paths = self.settling.take(now)?;
                Some((ms, paths.iter().map(|p| p.display().to_string()).collect()))
            })
        }
    }

    #[test]
    fn a_closed_file_is_built_at_once() {
        let mut clock = Clock::new();
        clock.event(0, "a.md", Step::Part);
        clock.event(1, "a.md", Step::Whole);
        assert_eq!(clock.settles(1), Some((5, vec!["a.md".to_owned()])));
        assert_eq!(clock.settles(6), None, "once");
    }

    #[test]
    fn a_truncated_file_is_waited_for() {
        let mut clock = Clock::new();
        clock.event(0, "a.md", Step::Part);
        assert_eq!(clock.settling.take(clock.at(39)), None);
        clock.event(39, "a.md", Step::Whole);
        assert_eq!(clock.settles(39).map(|s| s.0), Some(43));
    }

    #[test]
    fn vim_s_rename_and_rewrite_is_one_change() {
        let mut clock = Clock::new();
        clock.event(0, "a.md", Step::Part); // renamed away
        clock.event(3, "a.md", Step::Part); // made
        clock.event(9, "a.md", Step::Part); // written
        clock.event(30, "a.md", Step::Whole); // closed
        assert_eq!(clock.settles(30), Some((34, vec!["a.md".to_owned()])));
    }

    #[test]
    fn a_writer_without_end_does_not_stop_the_preview() {
        let mut clock = Clock::new();
        let mut built = None;
        for ms in (0..1000).step_by(10) {
            clock.event(ms, "log.md", Step::Part);
            let now = clock.at(ms);
            if clock.settling.take(now).is_some() {
                built = Some(ms);
                break;
            }
        }
        assert_eq!(built, Some(400));
    }

    #[test]
    fn editors_own_files_and_the_output_do_not_concern() {
        let (root, out) = (Path::new("/p"), Path::new("/p/out"));
        let concern = |path: &str| concerns(root, Some(out), Path::new(path));
        assert!(concern("/p/a.md") && concern("/p/layouts/theme.typ") && concern("/p/recto.yaml"));
        for path in [
            "/p/out/handbook.pdf",
            "/p/.git/index",
            "/p/.obsidian/workspace.json",
            "/p/a.md~",
            "/p/4913",
            "/p/.a.md.swp",
            "/p/.recto-x.part",
            "/q/a.md",
            "/p",
        ] {
            assert!(!concern(path), "{path}");
        }
    }
}
