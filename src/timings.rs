//! Where the time of a build goes: spans of work, written as a trace that trace viewers read.
//!
//! Recording is off until [`start`], and costs one atomic read for each span then. The recorder is the process's own: work
//! is spread over threads that know nothing of each other. Nothing that is printed depends on it.

use std::borrow::Cow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

static RECORDING: AtomicBool = AtomicBool::new(false);
static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);
static THREADS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static THREAD: u64 = THREADS.fetch_add(1, Ordering::Relaxed);
}

struct Recorder {
    origin: Instant,
    done: Vec<Done>,
}

/// A span that has ended.
struct Done {
    name: Cow<'static, str>,
    stage: &'static str,
    thread: u64,
    start: Instant,
    end: Instant,
}

/// Work that is going on; ends when it is dropped.
pub struct Span {
    name: Cow<'static, str>,
    stage: &'static str,
    start: Instant,
}

impl Drop for Span {
    fn drop(&mut self) {
        let done = Done {
            name: std::mem::take(&mut self.name),
            stage: self.stage,
            thread: THREAD.with(|thread| *thread),
            start: self.start,
            end: Instant::now(),
        };
        if let Ok(mut recorder) = RECORDER.lock()
            && let Some(recorder) = recorder.as_mut()
        {
            recorder.done.push(done);
        }
    }
}

/// Begins to record; what was recorded before is forgotten.
pub fn start() {
    if let Ok(mut recorder) = RECORDER.lock() {
        *recorder = Some(Recorder { origin: Instant::now(), done: Vec::new() });
    }
    RECORDING.store(true, Ordering::Relaxed);
}

/// A span from here to the end of the scope: `let _span = timings::span("vault", "open");`.
///
/// `stage` is the module of the pipeline.
#[must_use]
pub fn span(stage: &'static str, name: impl Into<Cow<'static, str>>) -> Option<Span> {
    RECORDING.load(Ordering::Relaxed).then(|| Span { name: name.into(), stage, start: Instant::now() })
}

/// Ends recording. The trace is in the Trace Event Format (`chrome://tracing`, Perfetto, Speedscope), times in µs.
pub fn finish() -> Value {
    RECORDING.store(false, Ordering::Relaxed);
    let recorder = RECORDER.lock().ok().and_then(|mut recorder| recorder.take());
    let Some(Recorder { origin, mut done }) = recorder else { return json!({ "traceEvents": [] }) };
    done.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let micros = |at: Instant| at.saturating_duration_since(origin).as_secs_f64() * 1e6;
    let events: Vec<Value> = done
        .iter()
        .map(|span| {
            let (start, end) = (micros(span.start), micros(span.end));
            json!({ "name": span.name, "cat": span.stage, "ph": "X", "ts": start, "dur": end - start, "pid": 1, "tid": span.thread })
        })
        .collect();
    json!({ "traceEvents": events, "displayTimeUnit": "ms" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_recorded_between_start_and_finish_only() {
        assert!(span("test", "before").is_none());
        start();
        {
            let _outer = span("test", "outer of timings");
            let _inner = span("test", String::from("inner of timings"));
        }
        let trace = finish();
        let events = trace["traceEvents"].as_array().unwrap();
        let find = |name: &str| events.iter().find(|e| e["name"] == name).unwrap();
        let (outer, inner) = (find("outer of timings"), find("inner of timings"));
        let end = |e: &Value| e["ts"].as_f64().unwrap() + e["dur"].as_f64().unwrap();
        assert!(outer["ts"].as_f64() <= inner["ts"].as_f64() && end(inner) <= end(outer));
        assert_eq!((outer["ph"].as_str(), outer["tid"] == inner["tid"]), (Some("X"), true));
        assert!(span("test", "after").is_none());
        assert_eq!(finish()["traceEvents"].as_array().map(Vec::len), Some(0));
    }
}
