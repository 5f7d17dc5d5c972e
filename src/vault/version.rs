//! Versions of a language, `3.13.2`, and what a note asks of them, `>=3.11, <4`.

use std::cmp::Ordering;
use std::fmt;

/// The numbers of a release, as [PEP 440](https://peps.python.org/pep-0440/) compares them: 3.13 is 3.13.0.
#[derive(Debug, Clone)]
pub struct Version(Vec<u64>);

impl Version {
    /// `3`, `3.13`, `3.13.2`: numbers between dots and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |piece: &str| piece.parse().ok().filter(|_| piece.bytes().all(|b| b.is_ascii_digit()));
        text.trim().split('.').map(number).collect::<Option<Vec<u64>>>().map(Self)
    }

    /// The first version with a dot that stands in what a program says of itself: `Python 3.15.0rc1` is 3.15.0.
    pub fn find(text: &str) -> Option<Self> {
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        text.split(|c: char| !is_part(c))
            .map(|run| run.trim_matches('.'))
            .find_map(|run| Self::parse(run).filter(|version| version.0.len() > 1))
    }

    /// Whether this is a release of a series: 3.8.20 is one of 3.8.
    pub fn is_of(&self, series: &Self) -> bool {
        (0..series.0.len()).all(|i| self.part(i) == series.part(i))
    }

    fn part(&self, i: usize) -> u64 {
        self.0.get(i).copied().unwrap_or(0)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = 0..self.0.len().max(other.0.len());
        parts.map(|i| self.part(i).cmp(&other.part(i))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Bound {
    AtLeast,
    AtMost,
    Equal,
    NotEqual,
    Above,
    Below,
}

/// Which versions will do: all bounds must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    bounds: Vec<(Bound, Version)>,
    written: String,
}

impl Requirement {
    /// Bounds between commas: `>=3.13`, `>3.12`, `<=3.14`, `<4`, `==3.13`, `!=3.13.1`.
    ///
    /// # Errors
    /// What is wrong, to be followed by what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Longer signs first.
        const SIGNS: [(&str, Bound); 6] = [
            (">=", Bound::AtLeast),
            ("<=", Bound::AtMost),
            ("==", Bound::Equal),
            ("!=", Bound::NotEqual),
            (">", Bound::Above),
            ("<", Bound::Below),
        ];
        let mut bounds = Vec::new();
        for piece in text.split(',').map(str::trim) {
            let bound = SIGNS.iter().find_map(|(sign, bound)| Some((*bound, piece.strip_prefix(sign)?)));
            let read = bound.and_then(|(bound, version)| Some((bound, Version::parse(version)?)));
            bounds.push(read.ok_or_else(|| format!("`{piece}` asks for no version"))?);
        }
        Ok(Self { bounds, written: text.trim().to_owned() })
    }

    /// What to write where [`Self::parse`] fails.
    pub const HINT: &'static str = "write it like `\">=3.13\"`, or with more bounds: `\">=3.11, <4\"`";

    pub fn allows(&self, version: &Version) -> bool {
        self.bounds.iter().all(|(bound, limit)| match bound {
            Bound::AtLeast => version >= limit,
            Bound::AtMost => version <= limit,
            Bound::Equal => version == limit,
            Bound::NotEqual => version != limit,
            Bound::Above => version > limit,
            Bound::Below => version < limit,
        })
    }

    /// The versions it names.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        self.bounds.iter().map(|(_, version)| version)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(version("3.9") < version("3.10"));
        assert!(version("3.13") == version("3.13.0") && version("3.13") < version("3.13.1"));
        assert!(version("3.8.20").is_of(&version("3.8")) && !version("3.80").is_of(&version("3.8")));
        assert!(version("4").is_of(&version("4.0")) && !version("4").is_of(&version("4.1")));
        for wrong in ["", "3.", ".3", "3.x", "3.13rc1", "-3", "+3", "99999999999999999999"] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_programs_say_of_themselves() {
        for (said, expected) in [
            ("Python 3.11.7\n", "3.11.7"),
            ("Python 3.15.0rc1", "3.15.0"),
            ("Python 3.10.14 (75b3de9d9035, Apr 21 2024)\n[PyPy 7.3.16 with GCC 10.2.1]", "3.10.14"),
            ("ruby 3.2.2 (2023-03-30 revision e51014f9c0) [x86_64-linux]", "3.2.2"),
            ("v22.1.0", "22.1.0"),
            ("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu).", "5.2.15"),
        ] {
            assert_eq!(Version::find(said).map(|v| v.to_string()).as_deref(), Some(expected));
        }
        assert_eq!(Version::find("no such option. Try 2 others..."), None);
    }

    #[test]
    fn requirements() {
        let allows = |text: &str, v: &str| Requirement::parse(text).unwrap().allows(&version(v));
        assert!(allows(">=3.13", "3.13.0") && allows(">=3.13", "3.14.2") && !allows(">=3.13", "3.12.9"));
        assert!(allows(">=3.11, <4", "3.99") && !allows(">=3.11, <4", "4.0.1"));
        assert!(allows("==3.13", "3.13.0") && !allows("!=3.13.1", "3.13.1"));
        assert!(!allows("<=3.12", "3.12.1") && !allows(">3.12", "3.12") && allows("> 3.12", "3.12.1"));
        for wrong in ["", "3.13", ">=", ">=3.13,", "≥3.13", ">=3.x", "~=3.11", "=>3.11"] {
            assert!(Requirement::parse(wrong).is_err(), "{wrong}");
        }
    }
}
