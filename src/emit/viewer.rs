//! ViewerPreferences: what a print dialog should start from.
//!
//! The exporter writes none of the printing keys: they are added to its catalogue when the file is made [compact](super::compact).

use super::syntax::Dict;

/// The keys of ISO 32000-1, table 150, that matter for cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preferences {
    /// `/PrintScaling /None`: actual size.
    pub actual_size: bool,
    /// `/Duplex`.
    pub duplex: Option<Duplex>,
    /// `/PickTrayByPDFSize true`.
    pub tray_by_size: bool,
}

/// `/Duplex` values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplex {
    Simplex,
    LongEdge,
    ShortEdge,
}

impl Preferences {
    /// A catalogue with these preferences beside those that it has. `None` where it has them elsewhere.
    pub(super) fn add_to(&self, catalog: &[u8]) -> Option<Vec<u8>> {
        let (dict, entries) = (Dict::read(catalog)?, self.entries());
        let mut out = b"<<".to_vec();
        let mut added = entries.is_empty();
        for key in dict.keys() {
            out.extend_from_slice(&[b"/", key, b" "].concat());
            let value = dict.get(key)?;
            if key == b"ViewerPreferences" && !added {
                let own = value.strip_prefix(b"<<")?.strip_suffix(b">>")?;
                out.extend_from_slice(&[b"<<", own, entries.as_bytes(), b">>"].concat());
                added = true;
            } else {
                out.extend_from_slice(value);
            }
        }
        if !added {
            out.extend_from_slice(format!("/ViewerPreferences <<{entries}>>").as_bytes());
        }
        out.extend_from_slice(b">>");
        Some(out)
    }

    fn entries(&self) -> String {
        let mut out = String::new();
        if self.actual_size {
            out.push_str("/PrintScaling/None");
        }
        if let Some(duplex) = self.duplex {
            out.push_str("/Duplex/");
            out.push_str(match duplex {
                Duplex::Simplex => "Simplex",
                Duplex::LongEdge => "DuplexFlipLongEdge",
                Duplex::ShortEdge => "DuplexFlipShortEdge",
            });
        }
        if self.tray_by_size {
            out.push_str("/PickTrayByPDFSize true");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_stand_beside_those_that_are_there() {
        let wanted = Preferences { actual_size: true, duplex: Some(Duplex::ShortEdge), tray_by_size: true };
        let added = "/PrintScaling/None/Duplex/DuplexFlipShortEdge/PickTrayByPDFSize true";
        let with = |catalog: &str| wanted.add_to(catalog.as_bytes()).map(|c| String::from_utf8(c).unwrap());
        assert_eq!(
            with("<</Pages 2 0 R/ViewerPreferences<</DisplayDocTitle true>>/Lang(en)>>").unwrap(),
            format!("<</Pages 2 0 R/ViewerPreferences <</DisplayDocTitle true{added}>>/Lang (en)>>")
        );
        assert_eq!(
            with("<</Pages 2 0 R>>").unwrap(),
            format!("<</Pages 2 0 R/ViewerPreferences <<{added}>>>>")
        );
        assert_eq!(with("<</ViewerPreferences 7 0 R>>"), None);
        assert_eq!(Preferences::default().add_to(b"<</Pages 2 0 R>>").unwrap(), b"<</Pages 2 0 R>>");
    }
}
