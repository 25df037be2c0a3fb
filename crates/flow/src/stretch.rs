//! Where the characters of a text stand in the file, line by line: YAML folds lines and takes indentation away.

use saphyr_parser::ScalarStyle;

use crate::source::Position;

/// What folding takes away at both ends of a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// From this byte of a text to the next stretch, or the next line feed, its characters stand from this place on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: usize,
    pub(crate) at: Position,
}

/// The place of a byte of the text.
pub(crate) fn place(stretches: &[Stretch], text: &str, offset: usize) -> Option<Position> {
    let stretch = stretches.iter().rev().find(|stretch| stretch.from <= offset)?;
    let before = text.get(stretch.from..offset)?;
    let column = stretch.at.column + before.chars().take_while(|sign| *sign != '\n').count();
    Some(Position { line: stretch.at.line, column })
}

/// The stretches of a text that begins at a place and ends on a line, from 1. `written` is the file from that place
/// on. Empty where the characters are not those of the file, as with escapes.
pub(crate) fn find(
    text: &str,
    style: ScalarStyle,
    written: &str,
    (start, ends_on): (Position, usize),
    lines: &[&str],
) -> Vec<Stretch> {
    let quote = match style {
        ScalarStyle::Plain => "",
        ScalarStyle::SingleQuoted => "'",
        ScalarStyle::DoubleQuoted => "\"",
        ScalarStyle::Literal | ScalarStyle::Folded => {
            return aligned(text, block(text, start.line, lines)).unwrap_or_default();
        }
    };
    let is_quoted =
        |rest: &str| rest.strip_prefix(text).is_some_and(|rest| rest.starts_with(quote));
    if written.strip_prefix(quote).is_some_and(is_quoted) {
        let at = Position { line: start.line, column: start.column + quote.len() };
        return vec![Stretch { from: 0, at }];
    }
    if start.line == ends_on {
        return Vec::new();
    }
    let pieces = (start.line..=ends_on).filter_map(|line| {
        let whole = if line == start.line {
            written.strip_prefix(quote)?.split(['\n', '\r']).next()?
        } else {
            lines.get(line.checked_sub(1)?)?
        };
        let since = if line == start.line { start.column + quote.len() } else { 1 };
        let piece = whole.trim_start_matches(BLANKS);
        let column = since + whole.len() - piece.len();
        Some((Position { line, column }, piece.trim_end_matches(BLANKS)))
    });
    aligned(text, pieces).unwrap_or_default()
}

/// The lines of a block (`|`, `>`), whose words begin on this line, without the indentation.
fn block<'l>(
    text: &str,
    first: usize,
    lines: &'l [&'l str],
) -> impl Iterator<Item = (Position, &'l str)> {
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let has_words = |line: &&str| !line.trim_matches(' ').is_empty();
    let below = first.checked_sub(1).and_then(|first| lines.get(first..)).unwrap_or_default();
    let written = below.iter().copied().find(has_words).map_or(0, spaces);
    let kept = text.split('\n').find(has_words).map_or(0, spaces);
    let indentation = written.saturating_sub(kept);
    below.iter().enumerate().map(move |(number, line)| {
        let at = Position { line: first + number, column: indentation + 1 };
        (at, line.get(indentation..).unwrap_or_default())
    })
}

/// Finds the pieces in the text, one after the other, between them line feeds or the space that they were folded to.
fn aligned<'l>(
    text: &str,
    pieces: impl Iterator<Item = (Position, &'l str)>,
) -> Option<Vec<Stretch>> {
    let mut stretches = Vec::new();
    let mut rest = text;
    for (at, piece) in pieces.filter(|(_, piece)| !piece.is_empty()) {
        let next = rest.trim_start_matches('\n');
        if next.is_empty() {
            break;
        }
        let begins =
            |next: &str| next.starts_with(piece) || piece.starts_with(next.trim_end_matches('\n'));
        let next =
            if begins(next) { next } else { next.strip_prefix(' ').filter(|it| begins(it))? };
        stretches.push(Stretch { from: text.len() - next.len(), at });
        // The last line goes on behind the text, with its quote.
        rest = next.strip_prefix(piece).unwrap_or_default();
    }
    rest.trim_matches('\n').is_empty().then_some(stretches)
}
