//! Texts that would do something if they were anything but text.

use proptest::prelude::*;

use super::{branding, deliverable, now, text};
use crate::{Branding, DocumentError, Typesetter};

/// Each with a piece that must be on the page as it stands.
const HOSTILE: &[(&str, &str)] = &[
    ("#import \"/etc/passwd\": *", "#import"),
    ("Ours #panic(\"boom\") and #read(\"/etc/passwd\")", "#panic("),
    ("#eval(\"1 + 1\") #sys.inputs #include \"deliverable.typ\"", "#eval("),
    ("$ sum_(i=0)^n i $ and $x$", "$x$"),
    ("a \\\\ b \\u{1F600} \\# \\$", "\\u{1F600}"),
    ("`code` ``` `` ``` and ` alone", "code"),
    ("<label> @reference [content] {code} //comment /* block */", "@reference"),
    ("= Heading\n== Heading\n+ one\n/ term: description", "= Heading"),
    ("<script>alert(1)</script> <img src=x onerror=alert(1)>", "<script>"),
    ("![picture](https://example.com/a.png) [run](javascript:alert(1))", "picture"),
    ("{{document}} ${document} %s \u{0}\u{7}\u{1b}[31m", "{{document}}"),
    ("\u{202e}reversed\u{202c} \u{200f}\u{200e} مرحبا بالعالم", "reversed"),
    ("漢字 かな 한글 हिन्दी ไทย 👩‍👩‍👧‍👦 🇰🇪", " "),
    ("a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308} zalgo", "zalgo"),
    // Marks that no font has, in text from right to left.
    ("mixed ا\u{64b}\u{591}\u{64b}\u{200b} \u{10cc0} \u{1cf30}\u{1083c}", "mixed"),
];

#[test]
fn what_looks_like_code_is_printed_and_not_obeyed() {
    for (hostile, expected) in HOSTILE {
        let said = text(&deliverable(hostile), &branding()).concat();
        let joined = said.replace('\n', " ").replace('\u{200b}', "");
        assert!(joined.contains(expected), "{hostile}: {said}");
        assert!(!joined.contains("root:"), "{hostile}: {said}");
    }
    let all: Vec<&str> = HOSTILE.iter().map(|(hostile, _)| *hostile).collect();
    let named = Branding {
        name: all.join(" "),
        address_lines: all.iter().map(|text| (*text).to_owned()).collect(),
        payment_terms: Some(all.join("\n")),
        ..branding()
    };
    let pdf =
        Typesetter::load(None).unwrap().render(&deliverable(&all.join("\n\n")), &named, now());
    assert!(pdf.unwrap().bytes.starts_with(b"%PDF-"));
}

#[test]
fn depth_and_width_have_an_end() {
    let typesetter = Typesetter::load(None).unwrap();
    let word = "x".repeat(20_000);
    let columns = format!("|{0}\n|{1}\n|{0}", "a|".repeat(200), "-|".repeat(200));
    for markdown in [
        "> ".repeat(500) + "deep",
        (0..200).map(|depth| format!("{}- item\n", "  ".repeat(depth))).collect(),
        "*a **b ".repeat(500) + &"** c*".repeat(500),
        "[".repeat(2_000),
        format!("# {word}\n\n{word}\n\n`{word}`\n\n| {word} | b |\n| - | - |\n| {word} | {word} |"),
        columns,
        "#".repeat(1_000),
        String::new(),
    ] {
        let pdf = typesetter.render(&deliverable(&markdown), &branding(), now());
        assert!(pdf.is_ok(), "{markdown:.80}: {pdf:?}");
    }
}

#[test]
fn two_hundred_pages_are_typeset_and_more_than_the_limit_refused() {
    let typesetter = Typesetter::load(None).unwrap();
    let paragraph = "A sentence that is long enough to be one of many in a text. ".repeat(20);
    let long = format!("{paragraph}\n\n").repeat(480);
    let pdf = typesetter.render(&deliverable(&long), &branding(), now()).unwrap();
    assert!((100..500).contains(&pdf.pages), "{}", pdf.pages);
    let intricate = "**a** b ".repeat(20_000);
    let refused = typesetter.render(&deliverable(&intricate), &branding(), now()).unwrap_err();
    assert!(matches!(refused, DocumentError::TooIntricate(_)), "{refused}");
    let code = format!("```\n{}```", "  let a = 1;\n".repeat(5_000));
    assert!(typesetter.render(&deliverable(&code), &branding(), now()).is_ok());
    let longer = "a ".repeat(400_000);
    let refused = typesetter.render(&deliverable(&longer), &branding(), now()).unwrap_err();
    assert!(matches!(refused, DocumentError::TooLong(800_000)), "{refused}");
}

fn is_printed(text: &str) -> bool {
    let typesetter = Typesetter::load(None).unwrap();
    typesetter.render(&deliverable(text), &branding(), now()).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_script_stops_the_press(
        text in "[\\u{5d0}\\u{5b0}\\u{591}\\u{627}\\u{64b}\\u{6e1}\\u{301}\\u{1cf30}\\u{200b}\\u{200d}\\u{202e}\\u{2067} a]{1,80}"
    ) {
        prop_assert!(is_printed(&text));
    }

    #[test]
    fn no_text_stops_the_press(text in "[#$\\\\`*_<>\\[\\](){}|~!&@=+/\"' \n\\-a-z0-9\\PC]{0,400}") {
        prop_assert!(is_printed(&text));
    }
}
