//! Text that fits on a page.

/// The longest run without a place to break the line.
const WORD_MAX: usize = 24;
/// A place where a line may end, without a sign.
const BREAK: char = '\u{200b}';

/// No control characters, no word without a place to break.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut run = 0;
    for character in text.chars() {
        if character.is_control() && character != '\n' && character != '\t' {
            continue;
        }
        if character.is_whitespace() || character == BREAK {
            run = 0;
        } else if WORD_MAX <= run && (character.is_alphanumeric() || character.is_ascii()) {
            shown.push(BREAK);
            run = 1;
        } else {
            run += 1;
        }
        shown.push(character);
    }
    shown
}

/// A line of code: what it begins with is kept as it is.
pub(crate) fn indented(line: &str) -> String {
    let line = line.replace('\t', "    ");
    let text = line.trim_start();
    "\u{a0}".repeat((line.len() - text.len()).min(WORD_MAX)) + &shown(text)
}
