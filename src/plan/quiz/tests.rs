//! What no quiz may do, over many packs and seeds.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const SYLLABLES: [&str; 24] = [
    "ka", "ro", "mi", "te", "su", "no", "la", "vi", "du", "pe", "zo", "ge", "fi", "ba", "hu", "ly", "xa",
    "qo", "we", "ju", "cy", "ot", "ir", "un",
];

/// A word that no other number below 13,824 gives.
fn word(n: usize) -> String {
    [n % 24, n / 24 % 24, n / 576 % 24].map(|i| SYLLABLES[i]).concat()
}

/// Concepts of all lengths: `lengths[i]` words make the brief of topic `i`.
fn topics(lengths: &[(usize, usize)]) -> Vec<Topic> {
    lengths
        .iter()
        .enumerate()
        .map(|(i, (name, brief))| Topic {
            number: format!("1.{}", i + 1),
            name: (0..*name).map(|k| word(i * 40 + k)).collect::<Vec<_>>().join(" "),
            brief: (0..*brief).map(|k| word(7000 + i * 40 + k)).collect::<Vec<_>>().join(" "),
            chapter: i / 20,
            section: i / 5,
            priority: u8::try_from(i % 3).unwrap() + 1,
            asked: true,
            ..Topic::default()
        })
        .collect()
}

fn forty() -> Vec<Topic> {
    topics(&(0..40).map(|i| (1 + i % 3, 3 + i * 7 % 11)).collect::<Vec<_>>())
}

fn choices(questions: &[Question]) -> impl Iterator<Item = (&Question, &Vec<String>, usize)> {
    questions.iter().filter_map(|q| match &q.kind {
        Kind::Choice { options, right, .. } => Some((q, options, *right)),
        _ => None,
    })
}

/// The topic whose name or brief an option is.
fn owner(topics: &[Topic], option: &str) -> usize {
    topics.iter().position(|t| t.name == option || t.brief == option).expect("an option is some topic's")
}

/// Answers a question from the topics alone, without its key.
fn solves(topics: &[Topic], question: &Question) -> bool {
    let right_of = |asked: &str, option: &str| owner(topics, asked) == owner(topics, option);
    match &question.kind {
        Kind::Choice { stem, options, right, .. } => {
            let fitting: Vec<usize> = (0..options.len()).filter(|i| right_of(stem, &options[*i])).collect();
            fitting == [*right]
        }
        Kind::Matching { terms, meanings, key } => {
            key.iter().collect::<BTreeSet<_>>().len() == terms.len()
                && terms.iter().zip(key).all(|(term, k)| right_of(term, &meanings[*k]))
        }
        Kind::Short { question, answer, of_term: true } => right_of(question, answer),
        _ => true,
    }
}

#[test]
fn right_options_stand_in_each_place_equally_often() {
    let topics = forty();
    let mut places = [0usize; 3];
    for seed in 0..400 {
        let version = version(&questions(&topics, seed, 20), seed, seed % 3);
        let mut own = [0usize; 3];
        for (_, _, right) in choices(&version) {
            own[right] += 1;
            places[right] += 1;
        }
        // Within a quiz, too.
        assert!(own.iter().max().unwrap() - own.iter().min().unwrap() <= 1, "{own:?}");
    }
    let expected = places.iter().sum::<usize>() as f64 / 3.0;
    let chi: f64 = places.iter().map(|p| (*p as f64 - expected).powi(2) / expected).sum();
    // χ² of two degrees of freedom at 1 %.
    assert!(expected > 1000.0 && chi < 9.21, "{places:?}: {chi}");
}

#[test]
fn places_do_not_follow_those_of_another_version_or_question() {
    let topics = forty();
    let mut pairs = [[0usize; 3]; 3];
    let mut first = [0usize; 3];
    for seed in 0..600 {
        let questions = questions(&topics, seed, 12);
        let (a, b) = (version(&questions, seed, 0), version(&questions, seed, 1));
        for (question, _, place) in choices(&a) {
            let other = choices(&b).find(|(q, ..)| q.topics == question.topics).unwrap();
            pairs[place][other.2] += 1;
        }
        first[choices(&a).next().unwrap().2] += 1;
    }
    let chi = |cells: &[usize]| {
        let expected = cells.iter().sum::<usize>() as f64 / cells.len() as f64;
        cells.iter().map(|p| (*p as f64 - expected).powi(2) / expected).sum::<f64>()
    };
    // Eight and two degrees of freedom at 1 %.
    assert!(chi(pairs.as_flattened()) < 20.09, "{pairs:?}");
    assert!(chi(&first) < 9.21, "{first:?}");
}

#[test]
fn the_longest_option_is_right_no_more_often_than_chance() {
    let topics = forty();
    let (mut longest, mut shortest, mut all) = (0usize, 0usize, 0usize);
    for seed in 0..300 {
        for (_, options, right) in choices(&questions(&topics, seed, 20)) {
            let length = |i: usize| options[i].chars().count();
            let others = (0..options.len()).filter(|i| *i != right);
            longest += usize::from(others.clone().all(|i| length(i) < length(right)));
            shortest += usize::from(others.clone().all(|i| length(i) > length(right)));
            all += 1;
        }
    }
    let share = |n: usize| n as f64 / all as f64;
    assert!(all > 2000 && share(longest) <= 1.0 / 3.0 + 0.05, "{longest} of {all}");
    assert!(share(shortest) <= 1.0 / 3.0 + 0.15, "{shortest} of {all}");
}

#[test]
fn the_same_seed_gives_the_same_quiz_and_another_another() {
    let topics = forty();
    let one = questions(&topics, 7, 20);
    assert_eq!(one, questions(&topics, 7, 20));
    assert_ne!(one, questions(&topics, 8, 20));
    let (a, b) = (version(&one, 7, 0), version(&one, 7, 1));
    assert_ne!(a, b);
    assert_eq!(a.iter().map(Question::points).sum::<usize>(), b.iter().map(Question::points).sum::<usize>());
}

#[test]
fn every_kind_is_asked_where_the_pack_has_it() {
    let mut topics = forty();
    for (i, topic) in topics.iter_mut().enumerate().take(20) {
        topic.gaps = vec![Gap { before: "a ".into(), answer: format!("g{i}"), after: " b".into() }];
        topic.short = vec![(format!("q{i}"), format!("a{i}"))];
        topic.programs =
            vec![Program { lang: "python".into(), code: format!("print({i})"), output: i.to_string() }];
    }
    topics[3].written =
        vec![Written::Choice { question: "Own?".into(), options: vec!["yes".into(), "no".into()], right: 0 }];
    for seed in 0..20 {
        let groups: BTreeSet<usize> = questions(&topics, seed, 20).iter().map(Question::group).collect();
        assert!([0, 1, 2, 3, 4, 6, 7].iter().all(|g| groups.contains(g)), "{groups:?}");
    }
}

#[test]
fn a_brief_that_names_its_term_never_asks_for_it() {
    let mut topics = topics(&[(1, 5); 8]);
    topics[0].brief = format!("The {} is here.", topics[0].name);
    for seed in 0..50 {
        for question in questions(&topics, seed, 8).iter().filter(|q| q.topics.contains(&0)) {
            let Kind::Cloze(gap) = &question.kind else { panic!("{question:?}") };
            assert_eq!((gap.before.as_str(), gap.answer.as_str()), ("The ", topics[0].name.as_str()));
        }
    }
}

#[test]
fn too_few_concepts_are_asked_without_options() {
    assert_eq!(questions(&[], 1, 20), []);
    let two = topics(&[(1, 4), (2, 6)]);
    let asked = questions(&two, 1, 20);
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|q| matches!(q.kind, Kind::Short { of_term: true, .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn keys_are_certain(
        lengths in prop::collection::vec((1usize..4, 0usize..16), 1..50),
        links in prop::collection::vec((0usize..50, 0usize..50), 0..120),
        aliases in prop::collection::vec((0usize..50, 0usize..50), 0..20),
        unasked in prop::collection::vec(0usize..50, 0..20),
        seed in any::<u64>(), count in 1usize..40, number in 0u64..26,
    ) {
        let mut topics = topics(&lengths);
        let n = topics.len();
        for (a, b) in links.iter().filter(|(a, b)| *a < n && *b < n && a != b) {
            topics[*a].linked.push(*b);
        }
        for (a, b) in aliases.iter().filter(|(a, b)| *a < n && *b < n && a != b) {
            let name = topics[*b].name.to_uppercase();
            topics[*a].aliases.push(name);
        }
        for i in unasked.iter().filter(|i| **i < n) {
            topics[*i].asked = false;
        }
        let chosen = questions(&topics, seed, count);
        prop_assert!(chosen.len() <= count);
        let questions = version(&chosen, seed, number);
        prop_assert_eq!(questions.len(), chosen.len());
        for question in &questions {
            prop_assert!(question.topics.iter().all(|t| topics[*t].asked));
            prop_assert!(solves(&topics, question), "{:?}", question);
        }
        // Nobody is asked about twice where each has one question to offer.
        let asked: Vec<usize> = questions.iter().flat_map(|q| q.topics.clone()).collect();
        prop_assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len());
        let same = |a: usize, b: usize| {
            let names = |t: &Topic| -> BTreeSet<String> {
                t.aliases.iter().chain([&t.name]).map(|x| x.to_lowercase()).collect()
            };
            !names(&topics[a]).is_disjoint(&names(&topics[b]))
                || topics[a].linked.contains(&b)
                || topics[b].linked.contains(&a)
        };
        for (question, options, right) in choices(&questions) {
            prop_assert_eq!(options.len(), OPTIONS);
            for (i, option) in options.iter().enumerate().filter(|(i, _)| *i != right) {
                prop_assert!(!same(question.topics[0], owner(&topics, option)), "{:?} {}", question, i);
            }
        }
    }
}
