//! `recto stocks`: the card stocks with their geometry, and the sizes that fill a sheet.

use std::io::Write;

use serde_json::{Value, json};

use super::options::{self, definition, flag_length, flag_size};
use super::{Failure, Outcome, StocksArgs, find_pack, print, session};
use crate::plan::length::{Mm, Size};
use crate::plan::stock::{
    self, Fit, Form, Kind, Orientation, Paper, SMALLEST_MARGIN, SheetRequest, Stock, StockError, catalogue,
};
use crate::vault::{Finding, Severity, Vault};

/// Smaller cards than this (A8) are not proposed without `--smallest`.
const SMALLEST_CARD: Size = Size::new(74.0, 52.0);
/// Grids shown without `--json`.
const MOST_GRIDS: usize = 20;

pub fn run(args: &StocksArgs) -> Result<Outcome, Failure> {
    let paper = args
        .paper
        .as_deref()
        .map(|p| p.parse::<Paper>().map_err(|e| Failure::usage(format!("--paper: {e}"))));
    let paper = paper.transpose()?;
    let margin = args.margin.as_deref().map(|m| flag_length("--margin", m)).transpose()?;
    if args.fit {
        let smallest = args.smallest.as_deref().map(|s| flag_size("--smallest", s)).transpose()?;
        return fit(paper.unwrap_or_default(), margin.unwrap_or(SMALLEST_MARGIN), smallest, args.json);
    }
    let orientation = if args.landscape { Orientation::Landscape } else { Orientation::Portrait };
    let request = |paper| SheetRequest { paper, orientation, margin, small_margin: args.small_margin };
    let papers = paper.map_or_else(|| Paper::ALL.to_vec(), |p| vec![p]);
    let mut listed = Vec::new();
    let mut misfits: Vec<(&str, Paper, Vec<StockError>)> = Vec::new();
    for entry in catalogue() {
        let own;
        let on: &[Paper] = match &entry.form {
            Form::PreCut { sheet, .. } if !papers.contains(sheet) => continue,
            Form::PreCut { sheet, .. } => {
                own = [*sheet];
                &own
            }
            Form::Centred { .. } | Form::Best => &papers,
        };
        for paper in on {
            match entry.on(&request(*paper)) {
                Ok(stock) => listed.push(Listed { aliases: entry.aliases.to_vec(), stock }),
                Err(errors) => misfits.push((entry.id, *paper, errors)),
            }
        }
    }
    if let [(_, _, errors), ..] = misfits.as_slice()
        && listed.is_empty()
    {
        let hint = errors.first().map(StockError::hint).unwrap_or_default();
        let message: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return Err(Failure::usage(format!("--margin: {}", message.join("; "))).hint(hint));
    }
    let own = own_stocks(args)?;
    let mut findings = Vec::new();
    if let Some(vault) = &own {
        for (id, found) in &vault.config.stocks {
            match definition(found).stock(id, &request(paper.unwrap_or_default())) {
                Ok(stock) => listed.push(Listed { aliases: Vec::new(), stock }),
                Err(errors) => findings.extend(options::stock_findings(vault, &["stocks", id], &errors)),
            }
        }
    }
    if args.json {
        println!("{}", as_json(&listed, &misfits));
    } else {
        let _ = table(&mut std::io::stdout().lock(), &listed, &misfits);
    }
    let _ = print::findings(own.as_ref(), &findings, &mut std::io::stderr().lock());
    let failed = findings.iter().any(|f: &Finding| f.severity == Severity::Error);
    Ok(if failed { Outcome::Content } else { Outcome::Done })
}

/// A stock on a sheet, with its other names.
struct Listed {
    aliases: Vec<&'static str>,
    stock: Stock,
}

/// The pack whose own stocks are listed: the one named, else the nearest, else none.
fn own_stocks(args: &StocksArgs) -> Result<Option<Vault>, Failure> {
    let root = match find_pack(args.pack.as_deref()) {
        Ok(root) => root,
        Err(failure) if args.pack.is_some() => return Err(failure),
        Err(_) => return Ok(None),
    };
    Ok(Some(session::open(&root, None)?.0))
}

fn as_json(listed: &[Listed], misfits: &[(&str, Paper, Vec<StockError>)]) -> Value {
    let stocks: Vec<Value> = listed
        .iter()
        .map(|l| {
            let mut value = json!(l.stock);
            if let Some(map) = value.as_object_mut() {
                map.insert("aliases".into(), json!(l.aliases));
                map.insert("cards".into(), json!(l.stock.slots()));
                map.insert("cuts".into(), json!(l.stock.cut_count()));
            }
            value
        })
        .collect();
    let misfits: Vec<Value> = misfits
        .iter()
        .map(|(id, paper, errors)| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            json!({ "id": id, "paper": paper, "errors": errors })
        })
        .collect();
    json!({ "unit": "mm", "stocks": stocks, "do-not-fit": misfits })
}

fn table(
    out: &mut impl Write,
    listed: &[Listed],
    misfits: &[(&str, Paper, Vec<StockError>)],
) -> std::io::Result<()> {
    let head =
        ["stock", "card", "on", "grid", "cards", "first at", "pitch", "cuts", "name"].map(String::from);
    let rows = listed.iter().map(|l| {
        let stock = &l.stock;
        let turned = if stock.turned { " turned" } else { "" };
        let mut name = stock.name.clone();
        if !l.aliases.is_empty() {
            name.push_str(&format!(" (also {})", l.aliases.join(", ")));
        }
        [
            stock.id.clone(),
            format!("{} × {}", stock.card.width, stock.card.height),
            stock.paper.id().to_owned(),
            format!("{} × {}{turned}", stock.columns, stock.rows),
            stock.slots().to_string(),
            format!("{}, {}", stock.left, stock.top),
            format!("{}, {}", stock.pitch.width, stock.pitch.height),
            if stock.kind == Kind::PreCut { "pre-cut".into() } else { stock.cut_count().to_string() },
            name,
        ]
    });
    columns(out, &std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    for (id, paper, errors) in misfits {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        writeln!(out, "{id} does not fit on {paper}: {}", errors.join("; "))?;
    }
    writeln!(out, "Lengths in mm; “first at” is the first card's upper left corner on the sheet.")
}

/// Rows under one another; the last column is as wide as it is.
fn columns<const N: usize>(out: &mut impl Write, rows: &[[String; N]]) -> std::io::Result<()> {
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

fn fit(paper: Paper, margin: Mm, smallest: Option<Size>, as_json: bool) -> Result<Outcome, Failure> {
    let smallest = smallest.unwrap_or(SMALLEST_CARD);
    let fits = stock::fit(paper, margin, smallest)
        .map_err(|e| Failure::usage(format!("--margin: {e}")).hint(e.hint()))?;
    if as_json {
        println!(
            "{}",
            json!({ "unit": "mm", "paper": paper, "margin": margin, "smallest": smallest, "grids": fits })
        );
        return Ok(Outcome::Done);
    }
    let _ = fit_table(&mut std::io::stdout().lock(), paper, margin, smallest, &fits);
    Ok(Outcome::Done)
}

fn fit_table(
    out: &mut impl Write,
    paper: Paper,
    margin: Mm,
    smallest: Size,
    fits: &[Fit],
) -> std::io::Result<()> {
    let Some(best) = fits.first() else {
        return writeln!(out, "no card of at least {smallest} fits on {paper} with a margin of {margin} mm");
    };
    let head = ["cards", "grid", "card", "cuts", "first at"].map(String::from);
    let rows = fits.iter().take(MOST_GRIDS).map(|f| {
        [
            f.cards.to_string(),
            format!("{} × {}", f.columns, f.rows),
            format!("{} × {}", f.card.width, f.card.height),
            f.cuts.to_string(),
            format!("{}, {}", f.left, f.top),
        ]
    });
    columns(out, &std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    if fits.len() > MOST_GRIDS {
        writeln!(
            out,
            "… and {} more; --smallest WxH asks for larger cards, --json shows all",
            fits.len() - MOST_GRIDS
        )?;
    }
    writeln!(
        out,
        "Cards of at least {smallest} on {paper}, margin {margin} mm. The first one for recto.yaml:"
    )?;
    writeln!(
        out,
        "stocks: {{mine: {{sheet: {}, card: {}mm x {}mm, columns: {}, rows: {}, left: {}mm, top: {}mm}}}}",
        paper.id(),
        best.card.width,
        best.card.height,
        best.columns,
        best.rows,
        Exact(best.left),
        Exact(best.top),
    )
}

/// A length with as many decimals as it needs, up to a micrometre: what is pasted must fit again.
struct Exact(Mm);

impl std::fmt::Display for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{:.3}", self.0.0);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fit_proposes_is_a_stock_that_fits() {
        for paper in Paper::ALL {
            for found in stock::fit(paper, SMALLEST_MARGIN, SMALLEST_CARD).unwrap() {
                let exact = |mm: Mm| Exact(mm).to_string().parse::<f64>().unwrap();
                let definition = stock::Definition {
                    sheet: paper,
                    card: found.card,
                    columns: found.columns,
                    rows: found.rows,
                    left: Mm(exact(found.left)),
                    top: Mm(exact(found.top)),
                    pitch: None,
                };
                let stock = definition.stock("mine", &SheetRequest::default()).unwrap();
                assert_eq!((stock.slots(), stock.cut_count()), (found.cards, found.cuts));
            }
        }
    }

    #[test]
    fn columns_stand_under_one_another() {
        let mut out = Vec::new();
        let row = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        columns(&mut out, &[row("a", "b"), row("long", "×")]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a     b\nlong  ×\n");
    }
}
