//! What to do about text that is no valid YAML: mostly an expression without quotes.

use crate::source::Position;

/// What the parser says, in part, and what to do then. The first that fits is given.
const KNOWN: [(&str, &str); 10] = [
    ("tab", "indent with spaces"),
    (
        "unknown escape character",
        "in double quotes a backslash is written twice; in single quotes it stands for itself",
    ),
    (
        "after double-quoted",
        "is a `,` missing behind the text, or has it quotation marks in it? Then write it in single quotes",
    ),
    ("quoted scalar", "is the quotation mark closed, and on this line?"),
    ("unexpected character", "write text that begins with it in quotes"),
    ("unknown anchor", "write text that begins with `*` in quotes"),
    (
        "mapping values are not allowed",
        "write text with `: ` in it in quotes, and a space behind the `:` of a key",
    ),
    ("while parsing a flow", "is a bracket or brace not closed, or text with `,` not in quotes?"),
    ("did not find expected", "is this line indented as the lines it belongs to?"),
    ("indent", "is this line indented as the lines it belongs to?"),
];

/// What opens an expression.
const OPENS: &str = "${";

/// What to do about a fault of the text, by what the parser says of it and where that is.
pub(crate) fn find(fault: &str, lines: &[&str], at: Position) -> Option<&'static str> {
    if is_in_bare_expression(lines, at) {
        return Some("write this expression in single quotes: '${ … }'");
    }
    KNOWN.iter().find(|(part, _)| fault.contains(part)).map(|(_, advice)| *advice)
}

/// Whether the fault stands in an expression that is not in quotes, or ends its own double quotes too early.
fn is_in_bare_expression(lines: &[&str], at: Position) -> bool {
    let mut behind = String::new();
    for line in (1..=at.line).rev() {
        let Some(text) = lines.get(line - 1) else { continue };
        let text: String = if line == at.line {
            text.chars().take(at.column).collect()
        } else {
            (*text).to_owned()
        };
        if let Some((before, rest)) = text.rsplit_once(OPENS) {
            // Its own opening brace is not in the rest.
            let is_open =
                count(rest, '}') + count(&behind, '}') <= count(rest, '{') + count(&behind, '{');
            return match before.chars().next_back() {
                Some('"') => line == at.line && !rest.contains("}\""),
                Some(' ' | '\t' | '[' | '{' | ',') => line == at.line || is_open,
                _ => false,
            };
        }
        behind.push_str(&text);
    }
    false
}

fn count(text: &str, sign: char) -> usize {
    text.chars().filter(|it| *it == sign).count()
}
