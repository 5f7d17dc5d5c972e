//! Codes of blank cards: those that a person writes on. What is printed on them no other card may ever get.
//!
//! `recto.lock` keeps, in the section `blank-cards`, how many codes of which prefix were printed: `blank-cards: {X: 7}`
//! stands for `X-001` to `X-007`. Every print starts again at `X-001`, so that the same pack gives the same pages.

use std::collections::{BTreeMap, BTreeSet};

use super::Pack;
use super::lock::Lock;

const SECTION: &str = "blank-cards";
/// Prefixes for blank cards, in the order in which they are tried.
const PREFIXES: [&str; 8] = ["X", "XX", "XXX", "XXXX", "X0", "X1", "X2", "X3"];

/// The highest number printed on a blank card, by prefix.
///
/// # Errors
/// Where the section holds something else.
pub fn reserved(lock: &Lock) -> Result<BTreeMap<String, u32>, String> {
    Ok(lock.section(SECTION)?.unwrap_or_default())
}

/// The prefix of the next blank cards: none that a chapter or a card of the pack has ever had.
pub fn prefix(pack: &Pack, lock: &Lock) -> &'static str {
    let cards = lock.cards.iter().chain(&lock.retired).map(|c| c.code.prefix.as_str());
    let used: BTreeSet<&str> = pack.chapters.iter().map(|c| c.prefix.as_str()).chain(cards).collect();
    PREFIXES.into_iter().find(|p| !used.contains(p)).unwrap_or("X9")
}

/// Notes that blank cards up to `count` were printed; whether that is new.
///
/// # Errors
/// See [`reserved`].
pub fn reserve(lock: &mut Lock, prefix: &str, count: u32) -> Result<bool, String> {
    let mut reserved = reserved(lock)?;
    let highest = reserved.entry(prefix.to_owned()).or_default();
    if *highest >= count {
        return Ok(false);
    }
    *highest = count;
    lock.set_section(SECTION, Some(&reserved))?;
    Ok(true)
}

/// The lock as far as pages depend on it.
pub fn without(lock: &Lock) -> Lock {
    let mut lock = lock.clone();
    // The name is a section's name, so this cannot fail.
    let _ = lock.set_section::<()>(SECTION, None);
    lock
}

#[cfg(test)]
mod tests {
    use super::super::testing::{card, chapter, concept, date, pack};
    use super::*;
    use crate::pack::{CardKind, assign};

    #[test]
    fn reserved_codes_are_kept_and_never_given_to_a_card() {
        let mut p = pack();
        chapter(&mut p, "Foundations");
        let duck = concept(&mut p, 0, "duck", "Duck", "A bird that dabbles.");
        card(&mut p, duck, CardKind::Basic, "What dabbles?", "A duck");
        let (mut lock, _) = assign(&mut p, None, date("2026-11-20"));
        assert_eq!(prefix(&p, &lock), "X");
        assert_eq!(reserve(&mut lock, "X", 3), Ok(true));
        assert_eq!(reserve(&mut lock, "X", 2), Ok(false), "the same cards again");
        let read = Lock::parse(&lock.to_text()).unwrap();
        assert_eq!(reserved(&read).unwrap(), BTreeMap::from([("X".to_owned(), 3)]));
        assert!(!without(&read).to_text().contains("blank"));
        // A chapter that comes to be called X starts behind them, and blank cards go elsewhere.
        p.chapters[0].prefix = "X".into();
        p.chapters[0].prefix_given = true;
        card(&mut p, duck, CardKind::Basic, "What quacks?", "The same duck");
        let (next, _) = assign(&mut p, Some(&read), date("2026-11-21"));
        assert_eq!(p.cards.last().unwrap().code, "X-004");
        assert_eq!(prefix(&p, &next), "XX");
        assert_eq!(reserved(&next).unwrap(), reserved(&read).unwrap(), "the section stays");
    }

    #[test]
    fn a_damaged_section_is_told() {
        let mut lock = Lock::parse("blank-cards: [1, 2]\n").unwrap();
        assert!(reserved(&lock).unwrap_err().contains("blank-cards"));
        assert!(reserve(&mut lock, "X", 1).is_err());
    }
}
