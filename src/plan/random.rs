//! A small generator of random numbers: the same seed gives the same numbers, on every machine and in every version of Recto.

/// SplitMix64 (Steele, Lea, Flood: “Fast splittable pseudorandom number generators”, OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The published sequence of a seed.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// `stream` parts generators of one seed: chapters, versions.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed);
        let mixed = random.draw() ^ stream.wrapping_mul(0xd134_2543_de82_ef95);
        Self(mixed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`, each as likely; 0 for `n` = 0. By multiplication (Lemire), whose bias is below n/2⁶⁴.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.draw()) * n as u128) >> 64) as usize
    }

    /// Fisher and Yates.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }

    /// `count` numbers below `kinds`, each kind as often as any other, to within one, in random order.
    pub fn deal(&mut self, count: usize, kinds: usize) -> Vec<usize> {
        if kinds == 0 {
            return Vec::new();
        }
        let mut order: Vec<usize> = (0..kinds).collect();
        self.shuffle(&mut order);
        let mut dealt: Vec<usize> = order.into_iter().cycle().take(count).collect();
        self.shuffle(&mut dealt);
        dealt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence() {
        // The reference implementation's first numbers for seed 1234567.
        let mut random = Random::of(1_234_567);
        let first: [u64; 5] = std::array::from_fn(|_| random.draw());
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn hands_are_even() {
        for count in 0..40 {
            let dealt = Random::new(count as u64, 1).deal(count, 3);
            let of = |kind| dealt.iter().filter(|d| **d == kind).count();
            assert_eq!(dealt.len(), count);
            assert!((0..3).all(|k| (count / 3..=count.div_ceil(3)).contains(&of(k))), "{dealt:?}");
        }
    }
}
