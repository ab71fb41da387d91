//! The graph as a drawing for the terminal, newest first, in the manner of `git log --graph`.

use super::{dependencies, title};
use crate::graph::{RevisionGraph, RevisionIndex};

/// A column of the drawing: the revision that its line leads down to, if it is in use.
type Lanes = Vec<Option<RevisionIndex>>;

/// Which way the lines of a connecting row go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fork {
    /// Lines from above end in the revision below: it is a branch point.
    Close,
    /// Lines leave the revision above: it is a merge.
    Open,
}

/// All revisions, newest first, with lines from each to its parents.
#[must_use]
pub fn draw(graph: &RevisionGraph) -> String {
    let mut rows = Vec::new();
    let mut lanes = Lanes::new();
    let mut ended = None;
    for revision in graph.order().iter().rev() {
        let waiting: Vec<usize> = (0..lanes.len())
            .filter(|lane| lanes[*lane] == Some(*revision))
            .collect();
        let column = match waiting.as_slice() {
            [] => {
                let column = free(&mut lanes);
                if ended == Some(column) {
                    // A gap, lest the base above look like a child.
                    rows.push(passing(&lanes));
                }
                column
            }
            [column] => *column,
            [column, others @ ..] => {
                rows.push(connect(&lanes, *column, others, Fork::Close));
                for other in others {
                    lanes[*other] = None;
                }
                *column
            }
        };
        lanes[column] = Some(*revision);
        while lanes.last() == Some(&None) {
            lanes.pop();
        }
        rows.push(format!(
            "{}  {}",
            points(graph, &lanes, column, *revision),
            describe(graph, *revision)
        ));

        let parents = graph.parents(*revision);
        lanes[column] = parents.first().copied();
        ended = parents.is_empty().then_some(column);
        let mut opened = Vec::new();
        for parent in parents.iter().skip(1) {
            let lane = free(&mut lanes);
            lanes[lane] = Some(*parent);
            opened.push(lane);
        }
        if !opened.is_empty() {
            opened.sort_unstable();
            rows.push(connect(&lanes, column, &opened, Fork::Open));
        }
    }
    let mut text = String::new();
    for row in rows {
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// The first column that is not in use.
fn free(lanes: &mut Lanes) -> usize {
    lanes.iter().position(Option::is_none).unwrap_or_else(|| {
        lanes.push(None);
        lanes.len() - 1
    })
}

/// The row of the lines that pass by.
fn passing(lanes: &Lanes) -> String {
    let cells: Vec<&str> = lanes
        .iter()
        .map(|wanted| if wanted.is_some() { "│" } else { " " })
        .collect();
    cells.join(" ")
}

/// The row of a revision: its point and the lines that pass by.
fn points(graph: &RevisionGraph, lanes: &Lanes, column: usize, revision: RevisionIndex) -> String {
    let point = if graph.is_merge(revision) {
        "◆"
    } else {
        "●"
    };
    let cells: Vec<&str> = lanes
        .iter()
        .enumerate()
        .map(|(lane, wanted)| match wanted {
            _ if lane == column => point,
            Some(_) => "│",
            None => " ",
        })
        .collect();
    cells.join(" ")
}

fn describe(graph: &RevisionGraph, revision: RevisionIndex) -> String {
    let header = graph.header(revision);
    let mut marks: Vec<String> = Vec::new();
    for label in &header.branch_labels {
        marks.push(label.value.to_string());
    }
    if graph.is_real_head(revision) {
        marks.push("head".to_owned());
    } else if graph.is_head(revision) {
        marks.push("effective head".to_owned());
    }
    if graph.is_base(revision) {
        marks.push("base".to_owned());
    }
    if !header.depends_on.is_empty() {
        marks.push(format!("depends on {}", dependencies(graph, revision)));
    }
    let mut text = header.id.value.to_string();
    if !marks.is_empty() {
        text = format!("{text} ({})", marks.join("; "));
    }
    match title(graph, revision) {
        "" => text,
        title => format!("{text}  {title}"),
    }
}

/// The row that joins `column` with the sorted columns `others`.
fn connect(lanes: &Lanes, column: usize, others: &[usize], fork: Fork) -> String {
    let first = others.iter().copied().fold(column, usize::min);
    let last = others.iter().copied().fold(column, usize::max);
    let mut row = String::new();
    for (lane, wanted) in lanes.iter().enumerate() {
        let glyph = if lane == column {
            match (first < column, last > column) {
                (true, true) => '┼',
                (true, false) => '┤',
                (false, true | false) => '├',
            }
        } else if others.contains(&lane) {
            match fork {
                Fork::Close if lane == first => '╰',
                Fork::Close if lane == last => '╯',
                Fork::Close => '┴',
                Fork::Open if lane == first => '╭',
                Fork::Open if lane == last => '╮',
                Fork::Open => '┬',
            }
        } else if wanted.is_some() {
            '│'
        } else if first < lane && lane < last {
            '─'
        } else {
            ' '
        };
        row.push(glyph);
        row.push(if first <= lane && lane < last {
            '─'
        } else {
            ' '
        });
    }
    row
}
