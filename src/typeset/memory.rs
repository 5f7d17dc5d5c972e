//! What jobs gave in the builds before: after an edit most documents are what they were, and need not even be asked.
//!
//! A job is known by its main file and data. What it gave holds as long as every file that it read is what it was then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rustc_hash::FxBuildHasher;
use typst::syntax::FileId;

use super::compile::Compiled;
use super::world::Files;

/// For so many builds what is not used is kept: an edit is often undone.
const KEPT: u64 = 3;

/// Finished jobs of the last builds.
#[derive(Default)]
pub struct Memory(Mutex<State>);

#[derive(Default)]
struct State {
    build: u64,
    known: HashMap<u128, Known, FxBuildHasher>,
}

struct Known {
    /// Files that were read, with the hash of what was in them; `None` for those that were not there.
    reads: Vec<(FileId, Option<u128>)>,
    compiled: Arc<Compiled>,
    /// Build in which it was used last.
    used: u64,
}

impl Memory {
    /// A build begins: what the last ones did not use goes.
    pub fn begin(&self) {
        if let Ok(mut state) = self.0.lock() {
            state.build += 1;
            let build = state.build;
            state.known.retain(|_, known| known.used + KEPT >= build);
        }
    }

    /// What a job gave, if nothing that it read has changed.
    pub fn find(&self, job: u128, files: &Files) -> Option<Arc<Compiled>> {
        let mut state = self.0.lock().ok()?;
        let build = state.build;
        let known = state.known.get_mut(&job)?;
        if known.reads.iter().any(|(id, hash)| files.hash(*id) != *hash) {
            return None;
        }
        known.used = build;
        Some(known.compiled.clone())
    }

    /// Keeps what a job gave that read these files.
    pub fn keep(
        &self,
        job: u128,
        reads: impl IntoIterator<Item = FileId>,
        files: &Files,
        compiled: &Arc<Compiled>,
    ) {
        let reads = reads.into_iter().map(|id| (id, files.hash(id))).collect();
        if let Ok(mut state) = self.0.lock() {
            let used = state.build;
            state.known.insert(job, Known { reads, compiled: compiled.clone(), used });
        }
    }
}

#[cfg(test)]
mod tests {
    use typst::foundations::Bytes;

    use super::super::compile::{Job, compile};
    use super::super::fonts::Fonts;
    use super::*;

    fn files(a: &str, b: &str) -> Arc<Files> {
        let mut files = Files::default();
        for (path, text) in [("/vault/a.md", a), ("/vault/b.md", b)] {
            files.insert(path, Bytes::from_string(text.to_owned())).expect("a path");
        }
        Arc::new(files)
    }

    #[test]
    fn a_job_is_done_again_only_when_what_it_read_has_changed() {
        let fonts = Arc::new(Fonts::load(&[], false).expect("the fonts"));
        let memory = Memory::default();
        let job = |data: i32| Job {
            name: "/data/job.typ".into(),
            main: "#read(\"/vault/a.md\") #json(\"/data/job.json\")".into(),
            data: vec![("/data/job.json".into(), data.into())],
        };
        let done = |files: &Arc<Files>, data: i32| {
            memory.begin();
            compile(&fonts, files, &job(data), Some(&memory)).unwrap_or_else(|e| panic!("{e:?}"))
        };
        let first = done(&files("one", "x"), 1);
        assert!(Arc::ptr_eq(&first, &done(&files("one", "another"), 1)), "it did not read that file");
        let edited = done(&files("two", "x"), 1);
        assert!(!Arc::ptr_eq(&first, &edited));
        assert!(!Arc::ptr_eq(&edited, &done(&files("two", "x"), 2)), "its data is another");
        assert!(Arc::ptr_eq(&edited, &done(&files("two", "x"), 1)), "as before");
        (0..=KEPT).for_each(|_| memory.begin());
        assert!(!Arc::ptr_eq(&edited, &done(&files("two", "x"), 1)), "forgotten");
    }
}
