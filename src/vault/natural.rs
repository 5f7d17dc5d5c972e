//! The order of file names as people expect it: `2 x` before `10 x`.

use std::cmp::Ordering;

/// Compares paths folder by folder, runs of digits by their value, letters without case.
///
/// A total order: names that differ only in case or leading noughts follow their bytes.
pub fn natural_cmp(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('/'), b.split('/'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => name_cmp(x, y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn name_cmp(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (x, y) = match (a.chars().next(), b.chars().next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => (x, y),
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, rest_a) = number(a);
            let (n, rest_b) = number(b);
            // Without leading noughts the longer number is the larger one.
            let order = m.len().cmp(&n.len()).then_with(|| m.cmp(n));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (rest_a, rest_b);
        } else {
            let order = x.to_lowercase().cmp(y.to_lowercase());
            if order != Ordering::Equal {
                return order;
            }
            a = a.get(x.len_utf8()..).unwrap_or_default();
            b = b.get(y.len_utf8()..).unwrap_or_default();
        }
    }
}

/// The digits a name starts with, without leading noughts, and what follows.
fn number(name: &str) -> (&str, &str) {
    let len = name.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = name.split_at(len);
    (digits.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_by_value_and_folders_first() {
        let mut names =
            vec!["10 x.md", "2 x.md", "a/2.md", "a b.md", "B.md", "a/10.md", "a.md", "1.10 y.md", "1.9 y.md"];
        names.sort_by(|a, b| natural_cmp(a, b));
        assert_eq!(
            names,
            ["1.9 y.md", "1.10 y.md", "2 x.md", "10 x.md", "a/2.md", "a/10.md", "a b.md", "a.md", "B.md"]
        );
        assert_eq!(natural_cmp("a01", "a1"), Ordering::Less, "the same number: by bytes");
        assert_eq!(natural_cmp("99999999999999999999998", "99999999999999999999999"), Ordering::Less);
    }

    proptest! {
        #[test]
        fn it_is_an_order(names in prop::collection::vec("[aAbé01 9/.]{0,6}", 3)) {
            let [a, b, c] = [&names[0], &names[1], &names[2]];
            prop_assert_eq!(natural_cmp(a, b), natural_cmp(b, a).reverse());
            prop_assert_eq!(natural_cmp(a, b) == Ordering::Equal, a == b);
            if natural_cmp(a, b) != Ordering::Greater && natural_cmp(b, c) != Ordering::Greater {
                prop_assert!(natural_cmp(a, c) != Ordering::Greater);
            }
        }
    }
}
