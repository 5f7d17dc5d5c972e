#!/usr/bin/env bash
# Times Recto against the plain Typst command line on the same synthetic pack, in turn, whole processes.
#
# usage: benches/peer/run.sh [CARDS [CONCEPTS [RUNS]]]      defaults: 10000 1000 5
#
#   CARDS     cards of the deck        CONCEPTS  concepts of the handbook        RUNS  timed runs of each program
#
# Environment: RECTO (binary; else it is built), PROFILE (cargo profile to build, default release), TYPST (binary; else
# typst-cli is looked for and installed), WORK (folder for packs and PDFs, default a temporary one).
#
# Prints a Markdown table: medians of wall time and of peak memory, and Recto's share of the peer's. Refuses to print it
# if the two programs did not print the same: as many sheets and the same number of cards, or every concept in both
# handbooks. Each run starts without the last one's output, so that nothing is skipped as unchanged.
set -euo pipefail

readonly TYPST_VERSION=0.15.1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here root="$here/../.."
cards=${1:-10000} concepts=${2:-1000} runs=${3:-5}
for n in "$cards" "$concepts" "$runs"; do
  [[ $n =~ ^[1-9][0-9]*$ ]] || { echo "usage: $0 [CARDS [CONCEPTS [RUNS]]]" >&2; exit 2; }
done

fail() { echo "error: $*" >&2; exit 1; }

for tool in /usr/bin/time pdfinfo pdftotext; do
  command -v "$tool" >/dev/null || fail "$tool is missing (Debian: time, poppler-utils)"
done

# --- the two programs

has_version() { [[ $("$1" --version 2>/dev/null) == *" $TYPST_VERSION"* ]]; }

typst=${TYPST:-}
if [[ -z $typst ]]; then
  for candidate in "$(command -v typst || true)" "$root/target/peer/bin/typst"; do
    if [[ -n $candidate ]] && has_version "$candidate"; then typst=$candidate; break; fi
  done
fi
if [[ -z $typst ]]; then
  echo "installing typst-cli $TYPST_VERSION; this takes some minutes" >&2
  cargo install typst-cli --version "$TYPST_VERSION" --locked --root "$root/target/peer" >&2
  typst="$root/target/peer/bin/typst"
fi
has_version "$typst" || fail "$typst is not version $TYPST_VERSION"

profile=${PROFILE:-release}
cd "$root"
if [[ -z ${RECTO:-} ]]; then
  cargo build --quiet --profile "$profile" --bin recto
  RECTO="$root/target/$profile/recto"
fi
[[ -x $RECTO ]] || fail "$RECTO is not a program"
cargo build --quiet --profile "$profile" --example synthetic
synthetic="$root/target/$profile/examples/synthetic"

if [[ -n ${WORK:-} ]]; then
  work=$WORK
  mkdir -p "$work"
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi

# --- measuring

# timed LOG COMMAND…: appends "seconds kibibytes" to LOG.
timed() {
  local log=$1 report="$work/time.txt" out="$work/output.txt" start end
  shift
  start=$EPOCHREALTIME
  if ! /usr/bin/time -v -o "$report" "$@" >"$out" 2>&1 </dev/null; then
    cat "$out" >&2
    fail "a run failed: $*"
  fi
  end=$EPOCHREALTIME
  awk -v a="$start" -v b="$end" -F': ' '/Maximum resident set size/ { printf "%.3f %d\n", b - a, $2 }' "$report" >>"$log"
}

# median LOG COLUMN
median() {
  awk -v c="$2" '{ print $c }' "$1" | sort -g |
    awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# Poppler 22 complains on standard error about the tags of sound PDFs.
pages() { pdfinfo "$1" 2>/dev/null | awk '/^Pages:/ { print $2 }' || fail "$1 is no readable PDF"; }

run_peer() { # document folder log
  rm -f "$2/peer-$1.pdf"
  timed "$3" "$typst" compile --ignore-system-fonts --root / --input "data=$2/data.json" "$here/$1.typ" "$2/peer-$1.pdf"
}

run_recto() { # document folder log
  rm -rf "$2/out"
  # The peer leaves the slots of its last sheet empty.
  local more=()
  if [[ $1 == flashcards ]]; then more=(--blank-slots empty); fi
  timed "$3" "$RECTO" build "$2/vault" "$1" --out "$2/out" "${more[@]}"
}

# compare PEER_DOCUMENT RECTO_DOCUMENT FOLDER: one warm-up of each (it also writes recto.lock), then in turn.
compare() {
  local peer=$1 ours=$2 folder=$3 i
  : >"$folder/peer.log"; : >"$folder/recto.log"
  run_peer "$peer" "$folder" /dev/null
  run_recto "$ours" "$folder" /dev/null
  for ((i = 1; i <= runs; i++)); do
    echo "$ours: run $i of $runs" >&2
    run_peer "$peer" "$folder" "$folder/peer.log"
    run_recto "$ours" "$folder" "$folder/recto.log"
  done
}

row() { # name folder peer-pages our-pages
  local tp tr mp mr
  tp=$(median "$2/peer.log" 1) tr=$(median "$2/recto.log" 1)
  mp=$(median "$2/peer.log" 2) mr=$(median "$2/recto.log" 2)
  awk -v n="$1" -v tp="$tp" -v tr="$tr" -v mp="$mp" -v mr="$mr" -v pp="$3" -v pr="$4" 'BEGIN {
    printf "| %s | %.2f s | %.2f s | %.2f | %d MiB | %d MiB | %.2f | %d | %d |\n",
      n, tp, tr, tr / tp, mp / 1024, mr / 1024, mr / mp, pp, pr }'
}

# How many different words of a shape a PDF shows.
different() { pdftotext -raw "$1" - 2>/dev/null | grep -oE "$2" | LC_ALL=C sort -u | wc -l; }

# --- the deck

deck="$work/cards"
"$synthetic" "$cards" "$deck"
compare cards flashcards "$deck"
peer_pages=$(pages "$deck/peer-cards.pdf") our_pages=$(pages "$deck/out/flashcards.pdf")
[[ $peer_pages == "$our_pages" ]] || fail "void: the peer's deck has $peer_pages pages, Recto's $our_pages"
expected=$((2 * ((cards + 11) / 12)))
[[ $our_pages == "$expected" ]] || fail "void: $cards cards on twelve-up sheets are $expected pages, not $our_pages"
# Every face shows its card's code: C-0 and so on in the peer, a prefix and at least three digits in Recto.
shown=$(different "$deck/peer-cards.pdf" 'C-[0-9]+')
[[ $shown == "$cards" ]] || fail "void: the peer's deck shows $shown cards, not $cards"
shown=$(different "$deck/out/flashcards.pdf" '\b[A-Z][A-Z0-9]{0,3}-[0-9]{3,}\b')
[[ $shown == "$cards" ]] || fail "void: Recto's deck shows $shown cards, not $cards"
deck_row=$(row "$cards cards, 12 on a sheet" "$deck" "$peer_pages" "$our_pages")

# --- the handbook

book="$work/handbook"
"$synthetic" "$concepts" "$book"
compare handbook handbook "$book"
# The two are set differently, so pages are printed and not compared; what must be equal is what they hold. A concept's
# number stands in its code sample (`def pick_17`), which only its entry prints.
for pdf in "$book/peer-handbook.pdf" "$book/out/handbook.pdf"; do
  shown=$(different "$pdf" 'pick_[0-9]+')
  [[ $shown == "$concepts" ]] || fail "void: $(basename "$pdf") holds $shown concepts, not $concepts"
done
peer_pages=$(pages "$book/peer-handbook.pdf") our_pages=$(pages "$book/out/handbook.pdf")
book_row=$(row "handbook of $concepts concepts" "$book" "$peer_pages" "$our_pages")

# --- the table

echo
echo "Recto ($profile) and Typst $TYPST_VERSION, $(nproc) cores, medians of $runs runs in turn; ratio = Recto / Typst."
echo
echo "| document | Typst | Recto | ratio | Typst, peak | Recto, peak | ratio | pages, Typst | pages, Recto |"
echo "| --- | --: | --: | --: | --: | --: | --: | --: | --: |"
echo "$deck_row"
echo "$book_row"
