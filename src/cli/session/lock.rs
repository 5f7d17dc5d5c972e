//! `recto.lock` in a build: read, given to the cards, and kept.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::BuildOptions;
use crate::cli::{Failure, Outcome, calendar};
use crate::emit::{manifest, write};
use crate::pack::doubt::{Answer, Doubt};
use crate::pack::lock::{LOCK_FILE, Lock};
use crate::pack::{self, Pack, blanks};
use crate::plan::timetable::Timetable;
use crate::vault::{Finding, Vault};

/// The rule of cards that an edit made impossible to tell apart.
pub(super) const DOUBT: &str = "ambiguous-card";

/// `recto.lock` after the cards have their codes.
pub struct Locked {
    /// Documents that are made at once add their sections to it.
    lock: Mutex<Lock>,
    path: PathBuf,
    /// There is a lock that may be written: the folder is a pack, and what is there is not damaged.
    pub(super) kept: bool,
    /// The sections left out: what every document depends on. `None` where there is no lock.
    pub(super) text: Option<String>,
    /// The plan that is kept.
    pub(super) plan: Option<Timetable>,
}

impl Locked {
    /// Its state by now.
    pub fn lock(&self) -> Lock {
        self.lock.lock().map_or_else(|poisoned| poisoned.into_inner().clone(), |lock| lock.clone())
    }

    /// Changes a section where there is a lock to keep it in; `change` says whether anything did. `what` is for `--locked`.
    ///
    /// # Errors
    /// `change`'s own, the system's, and `--locked`'s.
    pub fn change(
        &self,
        options: &BuildOptions,
        what: &str,
        change: impl FnOnce(&mut Lock) -> Result<bool, String>,
    ) -> Result<(), Failure> {
        let Ok(mut lock) = self.lock.lock() else { return Err(Failure::system("a thread failed")) };
        let wrong = |message| Failure { outcome: Outcome::Content, message, hint: None };
        if self.kept && change(&mut lock).map_err(wrong)? {
            write_lock(&self.path, &lock.to_text(), options, what)?;
        }
        Ok(())
    }

    pub(super) fn plan_key(&self, plan: Option<&Timetable>) -> String {
        manifest::key(&plan.and_then(|plan| serde_json::to_string(plan).ok()))
    }
}

/// `recto.lock` as it is on disk.
#[derive(Debug, Default)]
pub struct ReadLock {
    pub text: Option<String>,
    pub lock: Option<Lock>,
    /// It cannot be understood: findings say why, and `lock` is `None`.
    pub damaged: bool,
}

/// Reads a pack's `recto.lock`; a folder without `recto.yaml` has none.
///
/// # Errors
/// It is there and cannot be read.
pub fn read_lock(vault: &Vault, findings: &mut Vec<Finding>) -> Result<ReadLock, Failure> {
    reread_lock(vault, findings, &mut None)
}

/// Reads a pack's `recto.lock`, and parses it unless its text is known.
fn reread_lock(
    vault: &Vault,
    findings: &mut Vec<Finding>,
    known: &mut Option<(String, Lock)>,
) -> Result<ReadLock, Failure> {
    if vault.config_file.is_none() {
        return Ok(ReadLock::default());
    }
    let path = vault.root.join(LOCK_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ReadLock::default()),
        Err(error) => return Err(Failure::system(format!("{} cannot be read: {error}", path.display()))),
    };
    if let Some((_, lock)) = known.as_ref().filter(|(known, _)| *known == text) {
        return Ok(ReadLock { text: Some(text), lock: Some(lock.clone()), damaged: false });
    }
    match Lock::parse(&text) {
        Ok(lock) => {
            *known = Some((text.clone(), lock.clone()));
            Ok(ReadLock { text: Some(text), lock: Some(lock), damaged: false })
        }
        Err(errors) => {
            let file = vault.find(LOCK_FILE);
            findings.extend(errors.iter().map(|e| e.finding(file)));
            Ok(ReadLock { text: Some(text), lock: None, damaged: true })
        }
    }
}

/// Somebody who knows which card is which.
pub type Asker = Box<dyn FnMut(&Vault, &Doubt) -> Answer + Send>;

/// Gives cards their codes and keeps `recto.lock`. Without somebody to ask, doubts are findings.
pub fn codes(
    vault: &Vault,
    pack: &mut Pack,
    options: &BuildOptions,
    findings: &mut Vec<Finding>,
    known: &mut Option<(String, Lock)>,
    asker: Option<&mut Asker>,
) -> Result<Locked, Failure> {
    let path = vault.root.join(LOCK_FILE);
    let ReadLock { text: old, lock, damaged } = reread_lock(vault, findings, known)?;
    let (next, found) = match asker {
        Some(asker) => {
            let mut ask = |doubt: &Doubt| asker(vault, doubt);
            pack::assign_asking(pack, lock.as_ref(), options.today, Some(&mut ask))
        }
        None => pack::assign(pack, lock.as_ref(), options.today),
    };
    let in_doubt = options.strict && found.iter().any(|f| f.rule == DOUBT);
    findings.extend(found);
    let unkept = |lock, path, text| Locked { lock: Mutex::new(lock), path, kept: false, text, plan: None };
    if vault.config_file.is_none() || damaged {
        // Codes were given in memory, and a damaged lock is left as it is.
        return Ok(unkept(next, path, old));
    }
    let text = next.to_text();
    if old.as_deref() != Some(text.as_str()) && !pack.chapters.is_empty() && !options.dry && !in_doubt {
        write_lock(&path, &text, options, "")?;
    }
    let mut bare = blanks::without(&next);
    let plan = match next.section::<Timetable>(calendar::SECTION) {
        Ok(plan) => plan,
        Err(message) => {
            let place = vault.find(LOCK_FILE).map(|no| vault.start_of(no));
            findings.push(
                Finding::error("lock-file", place, format!("the plan cannot be read: {message}"))
                    .hint("restore the section `plan` from version control, or take it out to plan anew"),
            );
            return Ok(unkept(next, path, Some(bare.to_text())));
        }
    };
    bare.set_section::<Timetable>(calendar::SECTION, None).map_err(Failure::system)?;
    Ok(Locked { lock: Mutex::new(next), path, kept: true, text: Some(bare.to_text()), plan })
}

fn write_lock(path: &Path, text: &str, options: &BuildOptions, what: &str) -> Result<(), Failure> {
    if options.locked {
        return Err(Failure {
            outcome: Outcome::Content,
            message: format!("{LOCK_FILE} would change{what}, and --locked forbids it"),
            hint: Some("build without --locked, look at the change, and commit it".into()),
        });
    }
    write::atomic(path, text.as_bytes()).map_err(|e| Failure::system(e.to_string()))
}
