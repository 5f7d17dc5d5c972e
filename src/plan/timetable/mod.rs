//! A plan by card codes: what is printed, fed to calendars, and kept in `recto.lock` once it has started.
//!
//! A [`Plan`] speaks of places in a deck, which move with every edit. A timetable names cards by their codes, so it
//! outlives edits, and remembers what calendars were told: which days changed how often, which were called off.

mod line;
pub mod say;

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::schedule::box_recall::Opened;
use super::schedule::days::days_between;
use super::schedule::{
    CardInfo, DayOff, Done, LeitnerBox, Mode, Options, Outlook, Peak, Plan, Proof, ScheduleError, Session,
    Visit, done_before, leitner, order, outlook, replan, schedule, text,
};

/// The whole plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Timetable {
    /// Of the calendar, for life.
    #[serde(with = "text")]
    pub id: Uuid,
    /// The day of its first edition: when sessions changed that say nothing else.
    #[serde(with = "text")]
    pub made: Date,
    /// Fingerprint of the options it was made with.
    pub recipe: String,
    pub mode: Mode,
    #[serde(with = "text")]
    pub start: Date,
    /// The last day that can have a session.
    #[serde(with = "text")]
    pub end: Date,
    #[serde(with = "text::option", default, skip_serializing_if = "Option::is_none")]
    pub exam: Option<Date>,
    /// Of the exam's own entry in calendars.
    #[serde(with = "text", default, skip_serializing_if = "Stamp::is_first")]
    pub exam_stamp: Stamp,
    pub open_days: usize,
    /// New cards a day.
    pub new_per_day: usize,
    /// From the day of planning on.
    pub peak: Peak,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leitner: Option<BoxRules>,
    /// Days on which nothing was done, as told when the rest was planned again.
    #[serde(with = "text::list", default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<DayOff>,
    /// What calendars show beside the sessions: name, language, alarm.
    #[serde(default)]
    pub look: Look,
    /// Days with something to do, ascending.
    #[serde(with = "text::list")]
    pub sessions: Vec<Sitting>,
    /// Days that calendars were told of and that have no session any more, ascending.
    #[serde(with = "text::list", default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<Cancelled>,
}

/// A day's work.
#[derive(Debug, Clone, PartialEq)]
pub struct Sitting {
    pub date: Date,
    /// Two decimals.
    pub minutes: f64,
    /// In the order of study.
    pub cards: Vec<Turn>,
    /// In Leitner mode: how many cards are likely to be due, one decimal.
    pub expected: Option<f64>,
    pub stamp: Stamp,
}

/// A card's turn on a day.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Turn {
    pub code: String,
    /// It is seen for the first time.
    pub new: bool,
}

/// A day that was called off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cancelled {
    pub date: Date,
    pub stamp: Stamp,
}

/// How often something changed since calendars were first told of it, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    pub sequence: u32,
    /// `None`: as it was first.
    pub changed: Option<Date>,
}

impl Stamp {
    fn is_first(&self) -> bool {
        *self == Self::default()
    }

    /// After one more change.
    fn next(self, day: Date) -> Self {
        Self { sequence: self.sequence.saturating_add(1), changed: Some(day) }
    }
}

/// What all entries of a calendar share.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Look {
    /// Fingerprint.
    pub of: String,
    #[serde(with = "text", default, skip_serializing_if = "Stamp::is_first")]
    pub stamp: Stamp,
}

/// A Leitner box.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoxRules {
    pub kind: LeitnerBox,
    /// Days from a visit on this level to the next, level 1 first; empty for the classic box.
    pub intervals: Vec<u32>,
}

/// A card of the deck.
#[derive(Debug, Clone, PartialEq)]
pub struct DeckCard {
    pub code: String,
    pub info: CardInfo,
}

/// Makes a plan and names its cards.
///
/// # Errors
/// Those of [`schedule`].
pub fn make(
    deck: &[DeckCard],
    options: &Options,
    id: Uuid,
    made: Date,
    recipe: &str,
) -> Result<Timetable, Vec<ScheduleError>> {
    let infos: Vec<CardInfo> = deck.iter().map(|card| card.info).collect();
    Ok(Timetable::of(&schedule(&infos, options)?, deck, id, made, recipe))
}

impl Timetable {
    fn of(plan: &Plan, deck: &[DeckCard], id: Uuid, made: Date, recipe: &str) -> Self {
        let turn =
            |(card, new): (usize, bool)| deck.get(card).map(|card| Turn { code: card.code.clone(), new });
        let chapter = |card: usize| deck.get(card).map_or(0, |card| card.info.chapter);
        let turns = |session: &Session| {
            let due = session.visits.iter().map(|visit| (visit.card, false));
            let all: Vec<(usize, bool)> =
                due.chain(session.introductions.iter().map(|card| (*card, true))).collect();
            // Before an exam new cards are mixed in too; else they follow what comes back.
            if plan.mode == Mode::Exam { order::interleave(all, |(card, _)| chapter(*card)) } else { all }
        };
        let expected: BTreeMap<Date, f64> =
            plan.leitner.iter().flat_map(|l| &l.days).map(|day| (day.date, day.expected)).collect();
        let sessions = plan
            .sessions
            .iter()
            .map(|session| Sitting {
                date: session.date,
                minutes: rounded(session.minutes, 100.0),
                cards: turns(session).into_iter().filter_map(turn).collect(),
                expected: expected.get(&session.date).map(|cards| rounded(*cards, 10.0)),
                stamp: Stamp::default(),
            })
            .collect();
        Self {
            id,
            made,
            recipe: recipe.to_owned(),
            mode: plan.mode,
            start: plan.start,
            end: plan.end,
            exam: plan.exam,
            exam_stamp: Stamp::default(),
            open_days: plan.open_days,
            new_per_day: plan.new_per_day,
            peak: Peak { minutes: rounded(plan.peak.minutes, 100.0), ..plan.peak },
            proof: plan.proof.clone().map(round_proof),
            leitner: plan.leitner.as_ref().map(|l| BoxRules { kind: l.kind, intervals: l.intervals.clone() }),
            missed: Vec::new(),
            look: Look::default(),
            sessions,
            cancelled: Vec::new(),
        }
    }

    pub fn session(&self, date: Date) -> Option<&Sitting> {
        self.sessions
            .binary_search_by_key(&date, |session| session.date)
            .ok()
            .and_then(|i| self.sessions.get(i))
    }

    /// When a session was last changed, and how often, with what all of them share.
    pub fn revision(&self, stamp: Stamp) -> (u32, Date) {
        let look = self.look.stamp;
        let changed = [stamp.changed, look.changed].into_iter().flatten().max();
        (stamp.sequence.saturating_add(look.sequence), changed.unwrap_or(self.made))
    }

    /// Takes note of how the calendar looks; an entry that looks different has changed. Returns whether it does.
    pub fn set_look(&mut self, of: &str, day: Date) -> bool {
        if self.look.of == of {
            return false;
        }
        let first = self.look.of.is_empty();
        self.look.stamp = if first { Stamp::default() } else { self.look.stamp.next(day) };
        self.look.of = of.to_owned();
        true
    }

    /// The options with this plan's own days, whatever `recto.yaml` says by now.
    pub fn own_options(&self, options: &Options) -> Options {
        let length = usize::try_from(days_between(self.start, self.end)).unwrap_or(0) + 1;
        Options {
            mode: self.mode,
            start: self.start,
            exam: self.exam,
            length: Some(length),
            ..options.clone()
        }
    }

    /// The forecast, recomputed from the days; cards that are gone do not count, missed days neither.
    pub fn outlook(&self, deck: &[DeckCard], options: &Options) -> Outlook {
        let infos: Vec<CardInfo> = deck.iter().map(|card| card.info).collect();
        let done = done_before(&self.held(deck), Date::MAX, None);
        let mut outlook = outlook(&infos, &self.own_options(options), &done);
        match self.mode {
            Mode::Plan => {}
            // Its days aim at the exam.
            Mode::Exam => outlook.strained = 0,
            Mode::Leitner => self.box_recall(&infos, &done, options, &mut outlook),
        }
        outlook
    }

    /// The forecast of a box, which knows the days of its cards only by its rule.
    fn box_recall(&self, deck: &[CardInfo], done: &[Done], options: &Options, outlook: &mut Outlook) {
        let Some(rules) = &self.leitner else { return };
        let offset = |date: Date| days_between(self.start, date);
        let days = done.iter().map(|done| (offset(done.date), self.boxes(done.date))).collect();
        let opened = Opened { kind: rules.kind, intervals: &rules.intervals, days };
        let on = offset(outlook.day);
        let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for (index, done) in done.iter().enumerate().filter(|(_, done)| !done.introductions.is_empty()) {
            let (expected, hopeful) = opened.recall(&options.fsrs, index, on);
            for card in &done.introductions {
                let sum = sums.entry(deck.get(*card).map_or(0, |card| card.chapter)).or_default();
                *sum = (sum.0 + expected, sum.1 + hopeful);
            }
        }
        for chapter in outlook.chapters.iter_mut().filter(|chapter| chapter.introduced > 0) {
            let (expected, hopeful) = sums.get(&chapter.chapter).copied().unwrap_or_default();
            let count = chapter.introduced as f64;
            (chapter.expected, chapter.hopeful) = (expected / count, hopeful / count);
        }
    }

    /// Cards of the deck that no session brings in: new ones, and those for which the days did not suffice.
    pub fn waiting<'d>(&self, deck: &'d [DeckCard]) -> Vec<&'d str> {
        let planned: std::collections::HashSet<&str> =
            self.sessions.iter().flat_map(Sitting::new_cards).map(String::as_str).collect();
        deck.iter().map(|card| card.code.as_str()).filter(|code| !planned.contains(code)).collect()
    }

    /// The sessions that were not missed, by places in the deck.
    fn held(&self, deck: &[DeckCard]) -> Vec<Session> {
        let places: HashMap<&str, usize> =
            deck.iter().enumerate().map(|(i, card)| (card.code.as_str(), i)).collect();
        let place = |code: &String| places.get(code.as_str()).copied();
        let visit = |card| Visit { card, k: 0, recall: 0.0, strained: false };
        self.sessions
            .iter()
            .filter(|session| !self.missed.iter().any(|days| days.covers(session.date)))
            .map(|session| Session {
                date: session.date,
                introductions: session.new_cards().filter_map(place).collect(),
                visits: session.due_cards().filter_map(place).map(visit).collect(),
                minutes: session.minutes,
            })
            .collect()
    }

    /// Plans the days from `from` on again: sessions before stand as they were printed, those in `missed` (first and
    /// last day included) as not done. Calendars are told what changed.
    ///
    /// # Errors
    /// Those of [`replan`].
    pub fn replanned(
        &self,
        deck: &[DeckCard],
        options: &Options,
        recipe: &str,
        from: Date,
        missed: Option<(Date, Date)>,
    ) -> Result<Self, Vec<ScheduleError>> {
        let options = Options { start: self.start, ..options.clone() };
        let infos: Vec<CardInfo> = deck.iter().map(|card| card.info).collect();
        let done: Vec<Done> = done_before(&self.held(deck), from, missed);
        let plan = replan(&infos, &options, &done, from)?;
        let mut next = Self::of(&plan, deck, self.id, self.made, recipe);
        let past = self.sessions.iter().filter(|session| session.date < from).cloned();
        next.sessions = past.chain(next.sessions).collect();
        next.missed = self.missed.clone();
        if let Some((first, last)) = missed {
            let days = if first == last { DayOff::Date(first) } else { DayOff::Range(first, last) };
            if !next.missed.contains(&days) {
                next.missed.push(days);
            }
        }
        next.look = self.look.clone();
        next.tell(self, from);
        Ok(next)
    }

    /// Carries over what calendars know: days that changed, that are new, and that were called off.
    fn tell(&mut self, old: &Self, day: Date) {
        let off: BTreeMap<Date, Stamp> = old.cancelled.iter().map(|c| (c.date, c.stamp)).collect();
        for session in &mut self.sessions {
            session.stamp = match (old.session(session.date), off.get(&session.date)) {
                (Some(before), _) if before.same_work(session) => before.stamp,
                (Some(before), _) => before.stamp.next(day),
                (None, Some(stamp)) => stamp.next(day),
                (None, None) => Stamp { sequence: 0, changed: Some(day) },
            };
        }
        let mut cancelled: BTreeMap<Date, Stamp> = off;
        for session in &old.sessions {
            cancelled.entry(session.date).or_insert_with(|| session.stamp.next(day));
        }
        cancelled.retain(|date, _| self.session(*date).is_none());
        self.cancelled = cancelled.into_iter().map(|(date, stamp)| Cancelled { date, stamp }).collect();
        self.exam_stamp = if self.exam == old.exam { old.exam_stamp } else { old.exam_stamp.next(day) };
    }

    /// The classic box's compartments that are due on a day, highest first.
    pub fn boxes(&self, date: Date) -> Vec<u8> {
        let classic = self.leitner.as_ref().is_some_and(|rules| rules.kind == LeitnerBox::Classic);
        let place =
            self.sessions.binary_search_by_key(&date, |session| session.date).ok().filter(|_| classic);
        place.map_or_else(Vec::new, |i| {
            leitner::classic_levels(u32::try_from(i).unwrap_or(u32::MAX).saturating_add(1))
        })
    }

    /// The dividers behind which cards go that are studied on a day, level 1 first; `None` where that is after the plan.
    pub fn file_behind(&self, date: Date) -> Vec<Option<Date>> {
        let intervals = self.leitner.as_ref().map_or(&[][..], |rules| &rules.intervals);
        intervals
            .iter()
            .map(|days| {
                let due = super::schedule::days::add_days(date, i32::try_from(*days).ok()?);
                let next = self.sessions.partition_point(|session| session.date < due);
                self.sessions.get(next).map(|session| session.date)
            })
            .collect()
    }
}

impl Sitting {
    /// Whether an entry in a calendar would say the same.
    fn same_work(&self, other: &Self) -> bool {
        Self { stamp: self.stamp, ..other.clone() } == *self
    }

    /// Codes of the day in the order of study.
    pub fn cards(&self) -> impl Iterator<Item = &String> {
        self.cards.iter().map(|turn| &turn.code)
    }

    /// Those seen for the first time.
    pub fn new_cards(&self) -> impl Iterator<Item = &String> {
        self.cards.iter().filter(|turn| turn.new).map(|turn| &turn.code)
    }

    /// Those that come back.
    pub fn due_cards(&self) -> impl Iterator<Item = &String> {
        self.cards.iter().filter(|turn| !turn.new).map(|turn| &turn.code)
    }
}

fn rounded(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}

fn round_proof(mut proof: Proof) -> Proof {
    let waves = proof.waves.iter_mut().filter_map(|wave| wave.minutes.as_mut());
    for gap in waves.chain(&mut proof.frozen_minutes) {
        for value in [&mut gap.peak, &mut gap.bound, &mut gap.load] {
            *value = rounded(*value, 100.0);
        }
    }
    proof
}

#[cfg(test)]
mod tests;
