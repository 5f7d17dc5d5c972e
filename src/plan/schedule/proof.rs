//! The certificate: what shows that a plan's peak is as low as can be, or how far from it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::balance::Certificate;
use super::days::Days;
use super::minutes::MinutesBound;
use super::text;
use super::waves::{Load, Wave};

/// The certificate of a balanced plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Proof {
    /// One for each wave.
    pub waves: Vec<WaveProof>,
    /// The bound of the problem whose windows are frozen around the nominal path.
    pub frozen: Option<Bound>,
    /// The same in minutes, where cards take unequal time, beside the plan's own peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_minutes: Option<MinutesGap>,
    /// The peak meets both the last wave's bound and the frozen one.
    pub optimal: bool,
}

/// A wave, its peak, and why it cannot be lower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WaveProof {
    pub number: usize,
    pub visits: usize,
    pub peak: u64,
    pub bound: Bound,
    /// Where cards take unequal time: the peak in minutes and its lower bound.
    pub minutes: Option<MinutesGap>,
}

/// So much in so few days.
#[derive(Debug, Copy, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Bound {
    #[serde(with = "text")]
    pub from: Date,
    #[serde(with = "text")]
    pub to: Date,
    pub open_days: usize,
    pub load: u64,
    /// ceil(load / open days)
    pub bound: u64,
}

/// A peak in minutes that need not be the lowest, and what it cannot go below.
#[derive(Debug, Copy, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MinutesGap {
    pub peak: f64,
    pub bound: f64,
    /// The days that force the bound, first and last included.
    #[serde(with = "text")]
    pub from: Date,
    #[serde(with = "text")]
    pub to: Date,
    pub open_days: usize,
    /// Minutes that fall there whatever is done.
    pub load: f64,
}

/// The certificate of a finished plan: `load` is that of its own days, `days` may reach beyond.
pub(super) fn prove(
    days: &Days,
    load: &Load,
    waves: &[Wave],
    frozen: Option<Certificate>,
    frozen_minutes: Option<MinutesBound>,
) -> Proof {
    let peak = load.visits.iter().copied().max().unwrap_or(0);
    let last = waves.last().map_or(peak, |wave| wave.certificate.bound);
    let date = |index: usize| days.date(days.open().get(index).copied().unwrap_or(0));
    let gap = |(peak, bound): (f64, MinutesBound)| MinutesGap {
        peak,
        bound: bound.bound,
        from: date(bound.first),
        to: date(bound.last),
        open_days: bound.last - bound.first + 1,
        load: bound.load,
    };
    Proof {
        optimal: peak == last
            && frozen.is_none_or(|frozen| frozen.bound == peak)
            && waves.iter().all(|wave| wave.minutes.is_none()),
        waves: waves
            .iter()
            .map(|wave| WaveProof {
                number: wave.number,
                visits: wave.visits,
                peak: wave.peak,
                bound: bound(days, wave.certificate),
                minutes: wave.minutes.map(gap),
            })
            .collect(),
        frozen: frozen.map(|certificate| bound(days, certificate)),
        frozen_minutes: frozen_minutes
            .map(|bound| gap((load.minutes.iter().copied().fold(0.0, f64::max), bound))),
    }
}

fn bound(days: &Days, certificate: Certificate) -> Bound {
    let date = |index: usize| days.date(days.open().get(index).copied().unwrap_or(0));
    Bound {
        from: date(certificate.first),
        to: date(certificate.last),
        open_days: certificate.days(),
        load: certificate.load,
        bound: certificate.bound,
    }
}
