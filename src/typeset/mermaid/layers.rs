//! Layered drawing of small directed graphs.
//!
//! The classical order of steps: break cycles, give every node a rank, order the nodes of a rank so that few lines cross,
//! place them, draw the lines. Labels of lines are nodes of the ranks between, and a line passes a rank only where it has
//! a place of its own; hence nothing overlaps and no line runs through a box, whatever the graph. Lines that run back stand
//! beside the boxes and enter them from the side.
//!
//! Coordinates are abstract: `along` the ranks and `cross` to them; the caller turns them into x and y. Indices into the
//! vectors here are all made here.

/// (cross, along).
pub type Point = (f64, f64);

/// A box to place.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub cross: f64,
    pub along: f64,
    /// Size (cross, along) of the label of its line to itself, if it has one.
    pub own_loop: Option<Point>,
}

/// A line to draw.
#[derive(Debug, Clone, Default)]
pub struct Arc {
    pub from: usize,
    pub to: usize,
    /// Size (cross, along) of its label.
    pub label: Option<Point>,
    /// Room for the arrowheads at both ends.
    pub trim: [f64; 2],
    /// What its ends look like; lines that look the same share a point of their box.
    pub ends: [u8; 2],
    /// The end should stand above the start.
    pub upwards: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Spacing {
    /// Between boxes of a rank.
    pub cells: f64,
    /// Between a box or a label and a line that passes.
    pub lines: f64,
    /// Between ranks.
    pub ranks: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Towards lower ranks.
    Start,
    /// Towards higher ranks.
    End,
    Before,
    After,
}

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    Move(Point),
    Line(Point),
    Curve(Point, Point, Point),
}

/// A drawn line.
#[derive(Debug, Clone, Default)]
pub struct Route {
    pub steps: Vec<Step>,
    /// Centre of the label.
    pub label: Option<Point>,
    /// Where the ends touch their boxes, and the direction from the line into the box.
    pub tips: [(Point, Point); 2],
}

#[derive(Debug, Clone, Default)]
pub struct Drawing {
    /// Centres of the cells.
    pub cells: Vec<Point>,
    pub routes: Vec<Route>,
    pub size: Point,
}

/// More than this is no drawing for a page.
const MAX_ITEMS: usize = 1000;
/// With more lines back, all stand on one side.
const MAX_TRIED: usize = 4;
const SWEEPS: usize = 120;
const RADIUS: f64 = 6.0;
/// How far a line to itself stands out of its box.
const BULGE: f64 = 13.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Cell(usize),
    Bend,
    Label,
    /// Where a line back turns beside its box; with the number of ranks it spans.
    Corner(usize),
}

#[derive(Debug, Clone)]
struct Item {
    what: What,
    rank: usize,
    /// Extent (cross) before and after its centre.
    before: f64,
    after: f64,
    along: f64,
    /// Neighbours in the ranks above and below: item, weight.
    up: Vec<(usize, f64)>,
    down: Vec<(usize, f64)>,
}

/// A line between ranks.
#[derive(Debug, Clone)]
struct Chain {
    upper: usize,
    lower: usize,
    /// The line's start is the lower box.
    turned: bool,
    back: bool,
    items: Vec<usize>,
    label: Option<usize>,
}

struct Layout {
    items: Vec<Item>,
    chains: Vec<Chain>,
    layers: Vec<Vec<usize>>,
    at: Vec<f64>,
    /// Whether the line of a cell to itself stands before the cell.
    loop_before: Vec<bool>,
    cost: f64,
}

/// Draws; `None` when the graph is too large. `reach` says how far the border of a cell is from its centre on a side, at an
/// offset from the middle of that side.
pub fn draw(
    cells: &[Cell],
    arcs: &[Arc],
    spacing: Spacing,
    reach: &dyn Fn(usize, Side, f64) -> f64,
) -> Option<Drawing> {
    let n = cells.len();
    if n == 0 || n > MAX_ITEMS || arcs.len() > MAX_ITEMS || arcs.iter().any(|a| a.from >= n || a.to >= n) {
        return None;
    }
    let backwards = cycles(n, arcs);
    // Labels, and what keeps equal lines apart, take ranks of their own.
    let mut pairs = std::collections::BTreeSet::new();
    let mut ahead =
        arcs.iter().zip(&backwards).filter(|(a, back)| !**back && a.from != a.to).map(|(a, _)| oriented(a));
    let between = arcs.iter().any(|a| a.label.is_some()) || ahead.any(|pair| !pairs.insert(pair));
    let step = if between { 2 } else { 1 };
    let ranks = ranks(n, arcs, &backwards, step);
    let returns = backwards.iter().filter(|b| **b).count();
    let choices = if returns <= MAX_TRIED && n + arcs.len() <= 100 { 1usize << returns } else { 1 };
    let mut best: Option<Layout> = None;
    for sides in 0..choices {
        let layout = arrange(cells, arcs, &backwards, &ranks, step, sides, spacing)?;
        if best.as_ref().is_none_or(|b| layout.cost < b.cost - 0.5) {
            best = Some(layout);
        }
    }
    Some(route(cells, arcs, best?, step, spacing, reach))
}

/// Which lines run back: those to a box that is still being visited.
fn cycles(n: usize, arcs: &[Arc]) -> Vec<bool> {
    let mut out = vec![Vec::new(); n];
    let mut entered = vec![false; n];
    for (i, arc) in arcs.iter().enumerate().filter(|(_, a)| a.from != a.to) {
        let (a, b) = oriented(arc);
        out[a].push((i, b));
        entered[b] = true;
    }
    let mut state = vec![0u8; n];
    let mut back = vec![false; arcs.len()];
    let order = (0..n).filter(|i| !entered[*i]).chain((0..n).filter(|i| entered[*i])).collect::<Vec<_>>();
    for root in order {
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.pop() {
            let Some(&(arc, to)) = out[node].get(next) else {
                state[node] = 2;
                continue;
            };
            stack.push((node, next + 1));
            match state[to] {
                0 => {
                    state[to] = 1;
                    stack.push((to, 0));
                }
                1 => back[arc] = true,
                _ => {}
            }
        }
    }
    back
}

/// Upper and lower box of a line before cycles are broken.
fn oriented(arc: &Arc) -> (usize, usize) {
    if arc.upwards { (arc.to, arc.from) } else { (arc.from, arc.to) }
}

/// Ranks: as high as possible, then pulled to where most lines are short.
fn ranks(n: usize, arcs: &[Arc], back: &[bool], step: usize) -> Vec<usize> {
    let (mut up, mut down) = (vec![Vec::new(); n], vec![Vec::new(); n]);
    for (arc, _) in arcs.iter().zip(back).filter(|(a, back)| !**back && a.from != a.to) {
        let (a, b) = oriented(arc);
        down[a].push(b);
        up[b].push(a);
    }
    let mut rank = vec![0usize; n];
    // Without cycles, n rounds are enough.
    for _ in 0..n {
        let mut changed = false;
        for node in 0..n {
            let least = up[node].iter().map(|u| rank[*u] + step).max().unwrap_or(0);
            if rank[node] < least {
                rank[node] = least;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for _ in 0..n {
        let mut changed = false;
        for node in (0..n).rev() {
            let Some(most) = down[node].iter().map(|d| rank[*d].saturating_sub(step)).min() else { continue };
            if down[node].len() > up[node].len() && rank[node] < most {
                rank[node] = most;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let least = rank.iter().copied().min().unwrap_or(0);
    rank.iter().map(|r| r - least).collect()
}

fn arrange(
    cells: &[Cell],
    arcs: &[Arc],
    backwards: &[bool],
    ranks: &[usize],
    step: usize,
    sides: usize,
    spacing: Spacing,
) -> Option<Layout> {
    let mut items: Vec<Item> = Vec::new();
    let mut add = |what, rank, cross: f64, along| {
        items.push(Item {
            what,
            rank,
            before: cross / 2.0,
            after: cross / 2.0,
            along,
            up: vec![],
            down: vec![],
        });
        items.len() - 1
    };
    for (i, cell) in cells.iter().enumerate() {
        add(What::Cell(i), ranks[i], cell.cross, cell.along);
    }
    let mut chains = Vec::new();
    // Corners of each cell: item, whether it stands before the cell.
    let mut corners: Vec<Vec<(usize, bool)>> = vec![Vec::new(); cells.len()];
    let mut pairs = std::collections::BTreeSet::new();
    let mut returns = 0;
    for (arc, back) in arcs.iter().zip(backwards) {
        let (mut upper, mut lower) = oriented(arc);
        let mut chain = Chain { upper, lower, turned: arc.upwards, back: *back, items: vec![], label: None };
        if arc.from == arc.to {
            chains.push(chain);
            continue;
        }
        if *back {
            std::mem::swap(&mut upper, &mut lower);
            chain = Chain { upper, lower, turned: !arc.upwards, ..chain };
        }
        let (first, last) = (ranks[upper], ranks[lower]);
        let before = sides.checked_shr(returns).is_some_and(|bits| bits & 1 == 1);
        let mut corner = |add: &mut dyn FnMut(What, usize, f64, f64) -> usize, cell: usize| {
            let item = add(What::Corner(last - first), ranks[cell], 0.0, 0.0);
            corners[cell].push((item, before));
            item
        };
        if *back {
            let item = corner(&mut add, upper);
            chain.items.push(item);
            returns += 1;
        }
        // A label stands near the start of its line; of two equal lines, the second keeps its distance.
        let label = arc
            .label
            .or((step == 2 && !*back && !pairs.insert((upper, lower))).then_some((spacing.lines, 0.1)));
        let place = if chain.turned { last - 1 } else { first + 1 };
        for rank in first + 1..last {
            match label {
                Some((cross, along)) if rank == place => {
                    let item = add(What::Label, rank, cross, along);
                    chain.label = arc.label.map(|_| item);
                    chain.items.push(item);
                }
                _ => chain.items.push(add(What::Bend, rank, 0.0, 0.0)),
            }
        }
        if *back {
            let item = corner(&mut add, lower);
            chain.items.push(item);
        }
        chains.push(chain);
    }
    if items.len() > MAX_ITEMS {
        return None;
    }
    // Lines that leave each box downwards and that enter it from above.
    let mut fans = vec![(0, 0); cells.len()];
    for chain in chains.iter().filter(|c| !c.back) {
        fans[chain.upper].0 += 1;
        fans[chain.lower].1 += 1;
    }
    for chain in chains.iter().filter(|c| c.upper != c.lower) {
        let whole: Vec<usize> = if chain.back {
            chain.items.clone()
        } else {
            std::iter::once(chain.upper).chain(chain.items.iter().copied()).chain([chain.lower]).collect()
        };
        let short = ranks[chain.lower] - ranks[chain.upper] == step;
        let (out, into) = (fans[chain.upper].0, fans[chain.lower].1);
        for (i, pair) in whole.windows(2).enumerate() {
            let end = i == 0 || i + 2 == whole.len();
            let weight = match (chain.back, short, end) {
                (true, ..) | (false, false, false) => 4.0,
                (false, false, true) => 0.1,
                (false, true, _) if step == 1 => 1.0,
                // A label stands above the one box it leads to, or below the one box it comes from.
                (false, true, _) if into == 1 => [1.0, 8.0][i.min(1)],
                (false, true, _) if out == 1 => [8.0, 1.0][i.min(1)],
                (false, true, _) => 2.0,
            };
            items[pair[0]].down.push((pair[1], weight));
            items[pair[1]].up.push((pair[0], weight));
        }
    }
    for list in &mut corners {
        // From the box outwards, the shorter lines first.
        list.sort_by_key(|(item, _)| match items[*item].what {
            What::Corner(span) => span,
            _ => 0,
        });
    }
    let mut loop_before = vec![false; cells.len()];
    let mut cost = 0.0;
    for (i, cell) in cells.iter().enumerate() {
        let Some((cross, along)) = cell.own_loop else { continue };
        let (before, after) = (corners[i].iter().any(|c| c.1), corners[i].iter().any(|c| !c.1));
        loop_before[i] = after;
        if before && after {
            cost += 1e6;
        }
        let room = BULGE + if cross > 0.0 { cross + 3.0 } else { 0.0 };
        if after {
            items[i].before += room
        } else {
            items[i].after += room
        }
        items[i].along = items[i].along.max(along);
    }
    let mut layers = order(&items, &corners, cells.len());
    let crossed = untangle(&items, &corners, &mut layers);
    let at = place(&items, &layers, &chains, spacing);
    let (low, high) = extent(&items, &at);
    let slant: f64 = items
        .iter()
        .enumerate()
        .flat_map(|(i, item)| item.down.iter().map(move |(d, _)| (i, *d)))
        .map(|(a, b)| (at[a] - at[b]).abs())
        .sum();
    cost += crossed as f64 * 200.0 + slant + 0.5 * (high - low);
    Some(Layout { items, chains, layers, at, loop_before, cost })
}

fn extent(items: &[Item], at: &[f64]) -> (f64, f64) {
    items.iter().zip(at).fold((f64::MAX, f64::MIN), |(low, high), (item, x)| {
        (low.min(x - item.before), high.max(x + item.after))
    })
}

/// The first order: depth first, in the order of the source.
fn order(items: &[Item], corners: &[Vec<(usize, bool)>], cells: usize) -> Vec<Vec<usize>> {
    let depth = items.iter().map(|i| i.rank + 1).max().unwrap_or(0);
    let mut layers = vec![Vec::new(); depth];
    let mut seen = vec![false; items.len()];
    let mut roots: Vec<usize> = (0..cells).collect();
    roots.sort_by_key(|i| items[*i].rank);
    for root in roots {
        let mut stack = vec![root];
        while let Some(item) = stack.pop() {
            if std::mem::replace(&mut seen[item], true) {
                continue;
            }
            if !matches!(items[item].what, What::Corner(_)) {
                layers[items[item].rank].push(item);
            }
            stack.extend(items[item].down.iter().rev().map(|(d, _)| *d));
            if let What::Cell(cell) = items[item].what {
                stack.extend(corners[cell].iter().map(|(c, _)| *c));
            }
        }
    }
    layers.iter().map(|layer| with_corners(layer, items, corners)).collect()
}

/// Puts the corners beside their boxes.
fn with_corners(layer: &[usize], items: &[Item], corners: &[Vec<(usize, bool)>]) -> Vec<usize> {
    let mut out = Vec::with_capacity(layer.len());
    for &item in layer {
        match items[item].what {
            What::Corner(_) => {}
            What::Cell(cell) => {
                out.extend(corners[cell].iter().rev().filter(|c| c.1).map(|c| c.0));
                out.push(item);
                out.extend(corners[cell].iter().filter(|c| !c.1).map(|c| c.0));
            }
            _ => out.push(item),
        }
    }
    out
}

/// Reorders the ranks by the middles of the neighbours; returns the crossings left.
fn untangle(items: &[Item], corners: &[Vec<(usize, bool)>], layers: &mut Vec<Vec<usize>>) -> usize {
    let mut best = layers.clone();
    let mut least = crossings(items, layers);
    let depth = layers.len();
    for round in 0..8 {
        if least == 0 {
            break;
        }
        let down = round % 2 == 0;
        for i in 1..depth {
            let rank = if down { i } else { depth - 1 - i };
            let other = positions(items.len(), &layers[if down { rank - 1 } else { rank + 1 }]);
            let mut keyed: Vec<(f64, usize)> = layers[rank]
                .iter()
                .enumerate()
                .filter(|(_, item)| !matches!(items[**item].what, What::Corner(_)))
                .map(|(place, &item)| {
                    let near = if down { &items[item].up } else { &items[item].down };
                    let sum: f64 = near.iter().map(|(n, _)| other[*n] as f64).sum();
                    (if near.is_empty() { place as f64 } else { sum / near.len() as f64 }, item)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            let layer: Vec<usize> = keyed.into_iter().map(|(_, item)| item).collect();
            layers[rank] = with_corners(&layer, items, corners);
        }
        let now = crossings(items, layers);
        if now < least {
            least = now;
            best.clone_from(layers);
        }
    }
    // Neighbours that are better the other way round.
    for _ in 0..4 {
        let before = least;
        for rank in 0..depth {
            let near = rank.saturating_sub(1)..(rank + 2).min(depth);
            let mut plain: Vec<usize> =
                best[rank].iter().copied().filter(|i| !matches!(items[*i].what, What::Corner(_))).collect();
            let mut here = crossings(items, &best[near.clone()]);
            for i in 1..plain.len() {
                if here == 0 {
                    break;
                }
                plain.swap(i - 1, i);
                let old = std::mem::replace(&mut best[rank], with_corners(&plain, items, corners));
                let now = crossings(items, &best[near.clone()]);
                if now < here {
                    least -= here - now;
                    here = now;
                } else {
                    plain.swap(i - 1, i);
                    best[rank] = old;
                }
            }
        }
        if least == before {
            break;
        }
    }
    *layers = best;
    least
}

fn positions(n: usize, layer: &[usize]) -> Vec<usize> {
    let mut out = vec![0; n];
    for (place, item) in layer.iter().enumerate() {
        out[*item] = place;
    }
    out
}

fn crossings(items: &[Item], layers: &[Vec<usize>]) -> usize {
    let mut count = 0;
    for pair in layers.windows(2) {
        let below = positions(items.len(), &pair[1]);
        let lines: Vec<(usize, usize)> = pair[0]
            .iter()
            .enumerate()
            .flat_map(|(a, item)| items[*item].down.iter().map(move |(d, _)| (a, *d)))
            .map(|(a, d)| (a, below[d]))
            .collect();
        for (i, one) in lines.iter().enumerate() {
            count += lines[i + 1..].iter().filter(|two| one.0 < two.0 && one.1 > two.1).count();
            count += lines[i + 1..].iter().filter(|two| one.0 > two.0 && one.1 < two.1).count();
        }
    }
    count
}

/// Least distance between the centres of two neighbours of a rank.
fn distance(a: &Item, b: &Item, spacing: Spacing) -> f64 {
    let gap = match (a.what, b.what) {
        (What::Cell(_), What::Cell(_)) => spacing.cells,
        (What::Corner(_), What::Cell(_)) | (What::Cell(_), What::Corner(_)) => spacing.lines + RADIUS,
        _ => spacing.lines,
    };
    a.after + gap + b.before
}

/// Places the items of every rank: the sum of the squared slants becomes least, with the ranks' orders and distances kept,
/// and lines over several ranks run straight where they can.
fn place(items: &[Item], layers: &[Vec<usize>], chains: &[Chain], spacing: Spacing) -> Vec<f64> {
    let mut at = vec![0.0; items.len()];
    for layer in layers {
        let mut x = 0.0;
        for (i, &item) in layer.iter().enumerate() {
            if i > 0 {
                x += distance(&items[layer[i - 1]], &items[item], spacing);
            }
            at[item] = x;
        }
        for &item in layer {
            at[item] -= x / 2.0;
        }
    }
    let runs = runs(items, chains);
    for sweep in 0..SWEEPS {
        let mut moved: f64 = 0.0;
        for i in 0..layers.len() {
            let layer = &layers[if sweep % 2 == 0 { i } else { layers.len() - 1 - i }];
            moved = moved.max(settle(items, layer, spacing, &mut at));
        }
        for run in &runs {
            straighten(items, layers, run, spacing, &mut at);
        }
        if moved < 0.01 {
            break;
        }
    }
    // Runs side by side make room for each other.
    for run in runs.iter().cycle().take(6 * runs.len()) {
        straighten(items, layers, run, spacing, &mut at);
    }
    at
}

/// One rank: every item goes to the mean of its neighbours as far as the distances allow (isotonic regression).
fn settle(items: &[Item], layer: &[usize], spacing: Spacing, at: &mut [f64]) -> f64 {
    // Blocks of items that touch: weighted mean, weight, number of items.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(layer.len());
    let mut offsets = Vec::with_capacity(layer.len());
    let mut offset = 0.0;
    for (i, &item) in layer.iter().enumerate() {
        if i > 0 {
            offset += distance(&items[layer[i - 1]], &items[item], spacing);
        }
        offsets.push(offset);
        let near = items[item].up.iter().chain(&items[item].down);
        let (sum, weight) = near.fold((0.0, 0.0), |(s, w), (n, weight)| (s + at[*n] * weight, w + weight));
        let (wish, weight) = if weight > 0.0 { (sum / weight, weight) } else { (at[item], 0.01) };
        blocks.push((wish - offset, weight, 1));
        while let [.., one, two] = blocks.as_mut_slice()
            && one.0 > two.0
        {
            let weight = one.1 + two.1;
            *one = ((one.0 * one.1 + two.0 * two.1) / weight, weight, one.2 + two.2);
            blocks.pop();
        }
    }
    let wishes = blocks.iter().flat_map(|(mean, _, count)| std::iter::repeat_n(*mean, *count));
    let mut moved: f64 = 0.0;
    for ((&item, offset), mean) in layer.iter().zip(offsets).zip(wishes) {
        moved = moved.max((at[item] - (mean + offset)).abs());
        at[item] = mean + offset;
    }
    moved
}

/// Items of consecutive ranks that only lead to each other, and so should stand in one line.
struct Run {
    items: Vec<usize>,
    /// What the run leads from and to.
    ends: Vec<usize>,
    /// It is but a line: it bends least when it starts or ends straight.
    bare: bool,
}

fn runs(items: &[Item], chains: &[Chain]) -> Vec<Run> {
    let next = |item: usize| match items[item].down.as_slice() {
        [(next, _)] if items[*next].up.len() == 1 => Some(*next),
        _ => None,
    };
    let mut out = Vec::new();
    for (first, item) in items.iter().enumerate() {
        if matches!(item.up.as_slice(), [(up, _)] if items[*up].down.len() == 1) {
            continue;
        }
        let run: Vec<usize> = std::iter::successors(Some(first), |item| next(*item)).collect();
        let Some(&last) = run.last().filter(|_| run.len() > 1) else { continue };
        let bare = !run.iter().any(|i| matches!(items[*i].what, What::Cell(_)));
        let mut ends: Vec<usize> = items[first].up.iter().chain(&items[last].down).map(|(i, _)| *i).collect();
        if ends.is_empty() {
            ends = chains
                .iter()
                .find(|c| c.back && c.items.contains(&first))
                .map_or(vec![], |c| vec![c.upper, c.lower]);
        }
        out.push(Run { items: run, ends, bare });
    }
    out
}

/// Gives a run one place in all its ranks, if its neighbours leave one.
fn straighten(items: &[Item], layers: &[Vec<usize>], run: &Run, spacing: Spacing, at: &mut [f64]) {
    let (mut low, mut high) = (f64::MIN, f64::MAX);
    for &item in &run.items {
        let layer = &layers[items[item].rank];
        let Some(place) = layer.iter().position(|i| *i == item) else { return };
        if let Some(&before) = place.checked_sub(1).and_then(|p| layer.get(p)) {
            low = low.max(at[before] + distance(&items[before], &items[item], spacing));
        }
        if let Some(&after) = layer.get(place + 1) {
            high = high.min(at[after] - distance(&items[item], &items[after], spacing));
        }
    }
    if low > high + 1e-6 {
        return;
    }
    let within = |x: f64| x.min(high).max(low);
    let wish = if run.ends.is_empty() {
        run.items.iter().map(|i| at[*i]).sum::<f64>() / run.items.len() as f64
    } else if run.bare {
        let shift = |end: &usize| (within(at[*end]) - at[*end]).abs();
        run.ends.iter().min_by(|a, b| shift(a).total_cmp(&shift(b))).map_or(0.0, |end| at[*end])
    } else {
        run.ends.iter().map(|i| at[*i]).sum::<f64>() / run.ends.len() as f64
    };
    for &item in &run.items {
        at[item] = within(wish);
    }
}

/// The lines, once every item has its place.
fn route(
    cells: &[Cell],
    arcs: &[Arc],
    mut layout: Layout,
    step: usize,
    spacing: Spacing,
    reach: &dyn Fn(usize, Side, f64) -> f64,
) -> Drawing {
    let (low, high) = extent(&layout.items, &layout.at);
    layout.at.iter_mut().for_each(|x| *x -= low);
    let Layout { items, chains, layers, at, loop_before, .. } = layout;
    // Bands of the ranks: middle and half thickness.
    let mut bands = Vec::with_capacity(layers.len());
    let mut y = 0.0;
    for (rank, layer) in layers.iter().enumerate() {
        let thick = layer.iter().map(|i| items[*i].along).fold(0.0, f64::max);
        if rank > 0 {
            let slant = layer.iter().flat_map(|i| items[*i].up.iter().map(|(u, _)| (at[*i] - at[*u]).abs()));
            y += spacing.ranks / step as f64 + (slant.fold(0.0, f64::max) * 0.07).min(10.0);
        }
        bands.push((y + thick / 2.0, thick / 2.0));
        y += thick;
    }
    let centre = |item: usize| (at[item], bands[items[item].rank].0);
    let ports = ports(cells, arcs, &chains, &at, reach);
    let mut routes = Vec::with_capacity(arcs.len());
    for ((index, arc), chain) in arcs.iter().enumerate().zip(&chains) {
        // Ends of the upper and the lower box.
        let trim = if chain.turned { [arc.trim[1], arc.trim[0]] } else { arc.trim };
        let mut route = Route { label: chain.label.map(centre), ..Route::default() };
        if arc.from == arc.to {
            route = own_loop(centre(arc.from), arc, &cells[arc.from], loop_before[arc.from], reach);
            routes.push(route);
            continue;
        }
        let mut path = Path::default();
        let (upper, lower) = (centre(chain.upper), centre(chain.lower));
        let between = |path: &mut Path, inner: &[usize]| {
            for &item in inner {
                let (x, y) = centre(item);
                let half = bands[items[item].rank].1;
                if half == 0.0 && items[item].what == What::Bend {
                    // Nothing stands in this rank: one curve may pass it.
                    continue;
                }
                path.to((x, y - half));
                if Some(item) == chain.label {
                    let gap = items[item].along / 2.0 + 1.0;
                    path.to((x, y - gap));
                    path.jump((x, y + gap));
                }
                path.to((x, y + half));
            }
        };
        if let (true, [first, inner @ .., last]) = (chain.back, chain.items.as_slice()) {
            let mixed = |cell: usize, side: f64| {
                // A box that is both end and start of lines back on one side gives each half of the side.
                let (mut start, mut end) = (false, false);
                for other in chains.iter().filter(|c| c.back) {
                    if let (Some(a), Some(b)) = (other.items.first(), other.items.last()) {
                        end |= other.upper == cell && (at[*a] - at[cell]).signum() == side;
                        start |= other.lower == cell && (at[*b] - at[cell]).signum() == side;
                    }
                }
                if start && end { cells[cell].along / 4.0 } else { 0.0 }
            };
            let (top, bottom) = (at[*first], at[*last]);
            let side = (top - upper.0).signum();
            let which = if side > 0.0 { Side::After } else { Side::Before };
            let (up, down) = (mixed(chain.upper, side), -mixed(chain.lower, side));
            let a = (upper.0 + side * reach(chain.upper, which, up), upper.1 + up);
            let b = (lower.0 + side * reach(chain.lower, which, down), lower.1 + down);
            path.jump((a.0 + side * trim[0], a.1));
            path.turn(top, side, a.1 + RADIUS);
            path.to((top, (upper.1 + bands[items[*first].rank].1).max(a.1 + RADIUS)));
            between(&mut path, inner);
            path.to((bottom, (lower.1 - bands[items[*last].rank].1).min(b.1 - RADIUS)));
            path.unturn(bottom, side, b.1, b.0 + side * trim[1]);
            route.tips = [(a, (-side, 0.0)), (b, (-side, 0.0))];
        } else {
            let (p, q) = ports[index];
            let a = (upper.0 + p, upper.1 + reach(chain.upper, Side::End, p));
            let b = (lower.0 + q, lower.1 - reach(chain.lower, Side::Start, q));
            let (above, below) = (bands[items[chain.upper].rank].1, bands[items[chain.lower].rank].1);
            path.jump((a.0, a.1 + trim[0]));
            path.to((a.0, (upper.1 + above).max(a.1 + trim[0] + 1.5)));
            between(&mut path, &chain.items);
            path.to((b.0, (lower.1 - below).min(b.1 - trim[1] - 1.5)));
            path.to((b.0, b.1 - trim[1]));
            route.tips = [(a, (0.0, -1.0)), (b, (0.0, 1.0))];
        }
        if chain.turned {
            route.tips.reverse();
        }
        route.steps = path.steps;
        routes.push(route);
    }
    Drawing { cells: (0..cells.len()).map(centre).collect(), routes, size: (high - low, y) }
}

/// Offsets of the lines' ends from the middle of their boxes' sides: (upper end, lower end). Ends that look the same share a
/// point.
fn ports(
    cells: &[Cell],
    arcs: &[Arc],
    chains: &[Chain],
    at: &[f64],
    reach: &dyn Fn(usize, Side, f64) -> f64,
) -> Vec<(f64, f64)> {
    let mut out = vec![(0.0, 0.0); arcs.len()];
    for (cell, size) in cells.iter().enumerate() {
        for side in [Side::End, Side::Start] {
            // Looks of the ends here, with where their lines go.
            let mut groups: std::collections::BTreeMap<u8, Vec<(usize, f64)>> = Default::default();
            for (i, (arc, chain)) in arcs.iter().zip(chains).enumerate() {
                let (own, next) = if side == Side::End {
                    (chain.upper, chain.items.first().copied().unwrap_or(chain.lower))
                } else {
                    (chain.lower, chain.items.last().copied().unwrap_or(chain.upper))
                };
                if own == cell && !chain.back && arc.from != arc.to {
                    let look = arc.ends[usize::from((side == Side::End) == chain.turned)];
                    groups.entry(look).or_default().push((i, at[next]));
                }
            }
            let mut groups: Vec<Vec<(usize, f64)>> = groups.into_values().collect();
            let middle = |g: &[(usize, f64)]| g.iter().map(|x| x.1).sum::<f64>() / g.len().max(1) as f64;
            groups.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
            let gaps = groups.len().saturating_sub(1) as f64;
            // A pointed side has little room.
            let pointed = reach(cell, side, size.cross * 0.2) < reach(cell, side, 0.0) - 0.5;
            let room = size.cross * if pointed { 0.3 } else { 0.7 };
            let apart = if gaps > 0.0 { (room / gaps).min(14.0) } else { 0.0 };
            for (i, group) in groups.iter().enumerate() {
                let offset = (i as f64 - gaps / 2.0) * apart;
                for (arc, _) in group {
                    if side == Side::End { out[*arc].0 = offset } else { out[*arc].1 = offset }
                }
            }
        }
    }
    out
}

fn own_loop(
    centre: Point,
    arc: &Arc,
    cell: &Cell,
    before: bool,
    reach: &dyn Fn(usize, Side, f64) -> f64,
) -> Route {
    let (sign, side) = if before { (-1.0, Side::Before) } else { (1.0, Side::After) };
    let q = (cell.along / 4.0).min(7.0);
    let a = (centre.0 + sign * reach(arc.from, side, -q), centre.1 - q);
    let b = (centre.0 + sign * reach(arc.from, side, q), centre.1 + q);
    let (start, end) = ((a.0 + sign * arc.trim[0], a.1), (b.0 + sign * (arc.trim[1] + 1.0), b.1));
    // The curve's middle stands at ¾ of its handles.
    let out = (centre.0 + sign * cell.cross / 2.0) + sign * (BULGE - 2.0) / 0.75;
    let label =
        arc.label.map(|(cross, _)| (centre.0 + sign * (cell.cross / 2.0 + BULGE + cross / 2.0), centre.1));
    Route {
        steps: vec![
            Step::Move(start),
            Step::Curve((out, a.1 - 2.0), (out, b.1), end),
            Step::Line((b.0 + sign * arc.trim[1], b.1)),
        ],
        label,
        tips: [(a, (-sign, 0.0)), (b, (-sign, 0.0))],
    }
}

/// A line being drawn from the upper to the lower box.
#[derive(Default)]
struct Path {
    steps: Vec<Step>,
    at: Point,
}

impl Path {
    fn jump(&mut self, to: Point) {
        self.steps.push(Step::Move(to));
        self.at = to;
    }

    /// Straight on, or a curve that leaves and arrives along the ranks' axis.
    fn to(&mut self, to: Point) {
        let (x, y) = self.at;
        if (x - to.0).abs() < 0.3 {
            if (y - to.1).abs() > 0.01 {
                self.steps.push(Step::Line(to));
            }
        } else {
            let k = (to.1 - y) * 0.55;
            self.steps.push(Step::Curve((x, y + k), (to.0, to.1 - k), to));
        }
        self.at = to;
    }

    /// From the side of the upper box into the line along the axis at `x`.
    fn turn(&mut self, x: f64, side: f64, y: f64) {
        let (_, y0) = self.at;
        let start = (x - side * RADIUS, y0);
        self.steps.push(Step::Line(start));
        self.steps.push(Step::Curve((x - side * RADIUS * 0.45, y0), (x, y0 + RADIUS * 0.55), (x, y)));
        self.at = (x, y);
    }

    /// From the line along the axis into the side of the lower box.
    fn unturn(&mut self, x: f64, side: f64, y: f64, end: f64) {
        self.to((x, y - RADIUS));
        let after = (x - side * RADIUS, y);
        self.steps.push(Step::Curve((x, y - RADIUS * 0.45), (x - side * RADIUS * 0.55, y), after));
        self.steps.push(Step::Line((end, y)));
        self.at = (end, y);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPACING: Spacing = Spacing { cells: 16.0, lines: 9.0, ranks: 22.0 };

    fn rectangle(cells: &[Cell]) -> impl Fn(usize, Side, f64) -> f64 + '_ {
        |cell, side, _| match side {
            Side::Before | Side::After => cells[cell].cross / 2.0,
            Side::Start | Side::End => cells[cell].along / 2.0,
        }
    }

    fn drawn(cells: &[Cell], arcs: &[Arc]) -> Drawing {
        draw(cells, arcs, SPACING, &rectangle(cells)).expect("small enough")
    }

    fn cells(n: usize) -> Vec<Cell> {
        vec![Cell { cross: 60.0, along: 20.0, own_loop: None }; n]
    }

    fn arc(from: usize, to: usize) -> Arc {
        Arc { from, to, trim: [0.0, 4.5], ends: [0, 2], ..Arc::default() }
    }

    /// Points on a line, close together.
    fn points(steps: &[Step]) -> Vec<Point> {
        let mut out = Vec::new();
        let mut at = (0.0, 0.0);
        for step in steps {
            let (a, b, c) = match *step {
                Step::Move(to) => {
                    at = to;
                    out.push(to);
                    continue;
                }
                Step::Line(to) => (at, to, to),
                Step::Curve(a, b, c) => (a, b, c),
            };
            for i in 1..=40 {
                let (t, u) = (f64::from(i) / 40.0, 1.0 - f64::from(i) / 40.0);
                let mix = |p: f64, a: f64, b: f64, c: f64| {
                    u * u * u * p + 3.0 * u * u * t * a + 3.0 * u * t * t * b + t * t * t * c
                };
                out.push((mix(at.0, a.0, b.0, c.0), mix(at.1, a.1, b.1, c.1)));
            }
            at = c;
        }
        out
    }

    /// Rectangle by centre and size.
    type Area = (Point, Point);

    fn inside(p: Point, (centre, size): Area, margin: f64) -> bool {
        (p.0 - centre.0).abs() < size.0 / 2.0 - margin && (p.1 - centre.1).abs() < size.1 / 2.0 - margin
    }

    fn check(cells: &[Cell], arcs: &[Arc]) -> Result<(), TestCaseError> {
        let drawing = drawn(cells, arcs);
        let boxes: Vec<Area> =
            cells.iter().zip(&drawing.cells).map(|(c, at)| (*at, (c.cross, c.along))).collect();
        let labels: Vec<Option<Area>> =
            arcs.iter().zip(&drawing.routes).map(|(a, r)| r.label.zip(a.label)).collect();
        let all: Vec<Area> = boxes.iter().copied().chain(labels.iter().flatten().copied()).collect();
        for (i, one) in all.iter().enumerate() {
            for two in &all[i + 1..] {
                let apart = (one.0.0 - two.0.0).abs() + 0.01 >= (one.1.0 + two.1.0) / 2.0
                    || (one.0.1 - two.0.1).abs() + 0.01 >= (one.1.1 + two.1.1) / 2.0;
                prop_assert!(apart, "{one:?} overlaps {two:?}");
            }
        }
        for (i, (arc, route)) in arcs.iter().zip(&drawing.routes).enumerate() {
            prop_assert_eq!(arc.label.is_some(), route.label.is_some());
            let line = points(&route.steps);
            for area in &boxes {
                let hit = line.iter().find(|p| inside(**p, *area, 0.5));
                prop_assert!(hit.is_none(), "line {i} runs through the box {area:?} at {hit:?}");
            }
            for (j, area) in labels.iter().enumerate() {
                let hit = area.and_then(|area| line.iter().find(|p| inside(**p, area, 0.5)));
                prop_assert!(hit.is_none(), "line {i} runs through the label of {j} at {hit:?}");
            }
            for ((tip, _), cell) in route.tips.iter().zip([arc.from, arc.to]) {
                let near = inside(*tip, boxes[cell], -0.5);
                prop_assert!(near, "line {i} does not touch its box");
            }
        }
        Ok(())
    }

    fn graphs() -> impl Strategy<Value = (Vec<Cell>, Vec<Arc>)> {
        (1usize..9).prop_flat_map(|n| {
            let cell = (20.0..140.0f64, 15.0..60.0f64).prop_map(|(cross, along)| Cell {
                cross,
                along,
                own_loop: None,
            });
            let label = proptest::option::of((8.0..90.0f64, 11.0..33.0f64));
            let arc = (0..n, 0..n, label, any::<bool>()).prop_map(|(from, to, label, upwards)| Arc {
                from,
                to,
                label,
                upwards: upwards && from != to,
                ..arc(from, to)
            });
            (proptest::collection::vec(cell, n), proptest::collection::vec(arc, 0..14)).prop_map(
                |(mut cells, mut arcs)| {
                    // At most one line of a box to itself.
                    let mut seen = vec![false; cells.len()];
                    arcs.retain(|a| a.from != a.to || !std::mem::replace(&mut seen[a.from], true));
                    for arc in arcs.iter().filter(|a| a.from == a.to) {
                        cells[arc.from].own_loop = Some(arc.label.unwrap_or_default());
                    }
                    (cells, arcs)
                },
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn nothing_overlaps_and_no_line_runs_through_a_box((cells, arcs) in graphs()) {
            check(&cells, &arcs)?;
        }
    }

    #[test]
    fn a_chain_runs_straight_and_a_line_back_stands_beside_it() {
        let arcs = [arc(0, 1), arc(1, 2), arc(2, 3), arc(3, 0)];
        let drawing = drawn(&cells(4), &arcs);
        assert!(drawing.cells.windows(2).all(|w| (w[0].0 - w[1].0).abs() < 0.01 && w[0].1 < w[1].1));
        let back = points(&drawing.routes[3].steps);
        let far = back.iter().map(|p| (p.0 - drawing.cells[0].0).abs()).fold(0.0, f64::max);
        assert!((30.0 + SPACING.lines..70.0).contains(&far), "{far}");
        // It leaves and enters from the side.
        assert_eq!(drawing.routes[3].tips.map(|t| t.1.1), [0.0, 0.0]);
    }

    #[test]
    fn a_parent_stands_over_the_middle_of_its_children() {
        let drawing = drawn(&cells(4), &[arc(0, 1), arc(0, 2), arc(0, 3)]);
        let x: Vec<f64> = drawing.cells.iter().map(|c| c.0).collect();
        assert!((x[0] - x[2]).abs() < 0.1 && x[1] < x[2] && x[2] < x[3], "{x:?}");
    }

    #[test]
    fn lines_do_not_cross_when_another_order_avoids_it() {
        // 0 → 3, 1 → 2: as written, the lines would cross.
        let drawing = drawn(&cells(4), &[arc(0, 3), arc(1, 2)]);
        let x: Vec<f64> = drawing.cells.iter().map(|c| c.0).collect();
        assert_eq!(x[0] < x[1], x[3] < x[2]);
    }

    #[test]
    fn equal_lines_keep_their_distance() {
        let drawing = drawn(&cells(2), &[arc(0, 1), arc(0, 1), arc(0, 1)]);
        let middle = (drawing.cells[0].1 + drawing.cells[1].1) / 2.0;
        let mut x: Vec<f64> = drawing
            .routes
            .iter()
            .map(|r| {
                points(&r.steps)
                    .into_iter()
                    .min_by(|a, b| (a.1 - middle).abs().total_cmp(&(b.1 - middle).abs()))
            })
            .map(|p| p.expect("a line").0)
            .collect();
        x.sort_by(f64::total_cmp);
        assert!(x.windows(2).all(|w| w[1] - w[0] > SPACING.lines - 1.0), "{x:?}");
    }

    #[test]
    fn an_upward_line_has_its_end_above() {
        let up = Arc { upwards: true, ..arc(0, 1) };
        let drawing = drawn(&cells(2), &[up]);
        assert!(drawing.cells[1].1 < drawing.cells[0].1);
        assert_eq!(drawing.routes[0].tips[1].1, (0.0, -1.0));
    }

    #[test]
    fn too_large_a_graph_is_refused() {
        assert!(draw(&cells(MAX_ITEMS + 1), &[], SPACING, &|_, _, _| 1.0).is_none());
        assert!(draw(&[], &[], SPACING, &|_, _, _| 1.0).is_none());
        assert!(draw(&cells(1), &[arc(0, 1)], SPACING, &|_, _, _| 1.0).is_none());
    }
}
