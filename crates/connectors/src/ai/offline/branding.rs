//! The branding strategy: position, audience, personality, colours, type and messages.

use serde_json::{Value, json};

use super::{
    intake::Intake,
    mood,
    wording::{article, capital, clip, inside, list, sentence},
};

/// The most traits, as the schema has it.
const TRAITS_MAX: usize = 6;
/// The most messages.
const MESSAGES_MAX: usize = 7;

pub(super) fn compose(intake: &Intake) -> Value {
    let mood = mood::of(intake);
    let [primary, secondary, accent] = mood.palette(&intake.company);
    json!({
        "brand_positioning": clip(&positioning(intake), 2000),
        "target_audience": clip(&audience(intake), 2000),
        "brand_personality": personality(intake),
        "color_palette": { "primary": primary, "secondary": secondary, "accent": accent },
        "typography": { "heading": mood.heading, "body": mood.body },
        "key_messaging": messages(intake),
    })
}

fn positioning(intake: &Intake) -> String {
    let company = &intake.company;
    let industry = intake.industry;
    let business = intake.business();
    let mut said = vec![format!(
        "For {}, {company} is the {business} to choose for {}.",
        intake.audience(),
        industry.outcome
    )];
    said.push(match (&intake.difference, intake.values.as_slice()) {
        (Some(difference), _) => format!("What sets it apart: {}", sentence(difference)),
        (None, []) => format!(
            "Its difference is still to be sharpened; until then it stands on {}.",
            industry.proof
        ),
        (None, values) => {
            format!("It stands on {}, and proves it in how it works.", list(&lowered(values)))
        }
    });
    said.push(if intake.competitors.is_empty() {
        format!(
            "The usual alternative is {}, so {company} is compared with habit before it is \
             compared with anyone else.",
            industry.alternative
        )
    } else {
        format!(
            "Buyers will compare it with {}; {company} does not try to be louder, but starts \
             every page and every pitch from this difference.",
            list(&intake.competitors)
        )
    });
    said.push(format!("What makes it believable: {}.", industry.proof));
    said.join(" ")
}

fn audience(intake: &Intake) -> String {
    let industry = intake.industry;
    let mut said = vec![
        sentence(&intake.audience()),
        format!("They want {}.", industry.outcome),
        format!("What holds them back is the question {}.", industry.doubt),
        format!("They act once they have seen {}.", industry.proof),
    ];
    if !intake.goals.is_empty() {
        let goals: Vec<String> = intake.goals.iter().map(|goal| inside(goal)).collect();
        said.push(format!(
            "For this project, reaching them serves {}: {}.",
            if goals.len() == 1 { "one goal" } else { "these goals" },
            list(&goals)
        ));
    }
    said.join(" ")
}

fn personality(intake: &Intake) -> Vec<String> {
    let stated = intake.values.iter().map(|value| mood::as_trait(value));
    let usual = intake.industry.traits.iter().map(|word| (*word).to_owned());
    // The usual traits only fill up to four: the client's own values come first.
    let mut traits: Vec<String> = Vec::new();
    for word in stated.take(TRAITS_MAX) {
        if !traits.contains(&word) {
            traits.push(word);
        }
    }
    for word in usual {
        if traits.len() < 4 && !traits.contains(&word) {
            traits.push(word);
        }
    }
    traits
}

fn messages(intake: &Intake) -> Vec<String> {
    let company = &intake.company;
    let industry = intake.industry;
    let mut messages = Vec::new();
    if let Some(difference) = &intake.difference {
        messages.push(format!("The difference in one line: {}", sentence(difference)));
    }
    messages.push(format!(
        "{} come to {company} for {}.",
        capital(industry.customers),
        industry.outcome
    ));
    messages.push(format!("You need not take our word for it: look at {}.", industry.proof));
    if let [first, ..] = intake.values.as_slice() {
        let values = lowered(&intake.values);
        let show = if values.len() == 1 { "shows" } else { "show" };
        messages.push(format!(
            "{} {show} in how we answer, plan and deliver, not only on the wall.",
            if values.len() == 1 { first.clone() } else { capital(&list(&values)) }
        ));
    }
    if intake.wants(&["launch", "new brand", "rebrand", "introduc"]) {
        let business = intake.business();
        messages.push(format!(
            "Meet {company}: {} {business} made for {}.",
            article(&business),
            intake.audience()
        ));
    }
    if intake.wants(&["authorit", "trust", "credib", "reput", "thought", "awareness", "visib"]) {
        messages.push(
            "We explain what we do and why, so that you can decide well, with us or without us."
                .to_owned(),
        );
    }
    if intake.wants(&["conver", "lead", "sale", "sell", "book", "revenue", "customer", "client"]) {
        messages.push(format!(
            "The next step is always clear and never binding: {}.",
            inside_action(industry.action)
        ));
    }
    messages.push(format!("If you wonder {}, ask us first.", industry.doubt));
    messages.truncate(MESSAGES_MAX);
    messages.into_iter().map(|message| clip(&message, 400)).collect()
}

/// A button's words inside a sentence.
fn inside_action(action: &str) -> String {
    let mut rest = action.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_lowercase).collect();
    first + rest.as_str()
}

/// Values as they stand in the middle of a sentence. A value is a common noun, unless it has
/// capitals inside.
pub(super) fn lowered(values: &[String]) -> Vec<String> {
    values
        .iter()
        .map(|value| {
            if value.chars().skip(1).any(char::is_uppercase) {
                value.clone()
            } else {
                value.to_lowercase()
            }
        })
        .collect()
}
