//! The copy: tagline, headlines, about, a text per service, calls to action and e-mails.

use serde_json::{Value, json};

use super::{
    branding::lowered,
    intake::Intake,
    services::Work,
    wording::{article, capital, clip, list, sentence},
};

pub(super) fn compose(intake: &Intake) -> Value {
    let industry = intake.industry;
    json!({
        "tagline": tagline(intake),
        "headlines": headlines(intake),
        "about": clip(&about(intake), 3000),
        "services": services(intake),
        "calls_to_action": [
            industry.soft_action,
            "Ask us a question",
            industry.action,
            "Send me the details",
        ],
        "email_sequence": emails(intake),
    })
}

/// Short enough for a logo: built from the values where there are some.
fn tagline(intake: &Intake) -> String {
    let line = match lowered(&intake.values).as_slice() {
        [] => format!("{}. As promised.", capital(short_outcome(intake))),
        [one] => format!("{}, every time.", capital(one)),
        [one, two, ..] => format!("{} meets {two}.", capital(one)),
    };
    clip(&line, 120)
}

/// The outcome up to its first turn, for places with little room.
fn short_outcome(intake: &Intake) -> &'static str {
    let outcome = intake.industry.outcome;
    let end = [",", " and ", " without "].iter().filter_map(|turn| outcome.find(turn)).min();
    end.and_then(|end| outcome.get(..end)).unwrap_or(outcome)
}

fn headlines(intake: &Intake) -> Vec<String> {
    let industry = intake.industry;
    let mut headlines = vec![
        capital(industry.outcome),
        format!("Made for {}", intake.audience()),
        format!("More than {}", industry.alternative),
        format!("See for yourself: {}", industry.proof),
    ];
    // A word or two is no headline.
    if let Some(difference) = &intake.difference
        && 7 < difference.chars().count()
    {
        headlines.insert(1, capital(difference));
    }
    if intake.wants(&["launch", "new brand", "rebrand", "introduc"]) {
        headlines.push(format!("{}: new name, clear promise", intake.company));
    }
    headlines.push(format!("{}. We take it from there", industry.action));
    headlines.into_iter().map(|headline| clip(&headline, 160)).collect()
}

fn about(intake: &Intake) -> String {
    let company = &intake.company;
    let industry = intake.industry;
    let business = intake.business();
    let mut first = format!(
        "{company} is {} {business} for {}. People come to us because they want {}.",
        article(&business),
        intake.audience(),
        industry.outcome
    );
    if let Some(difference) = &intake.difference {
        first.push_str(" What we do differently: ");
        first.push_str(&sentence(difference));
    }
    let second = match lowered(&intake.values).as_slice() {
        [] => "We say what we will do, do it, and tell you early when something changes. Nobody \
               should have to chase us for an answer."
            .to_owned(),
        values => format!(
            "Ask what guides us, and you will hear the same answer from everyone here: {}. You \
             will notice it in small things: a clear answer on the same day, a plan that holds, \
             and someone who tells you early when something changes.",
            list(values)
        ),
    };
    let third = format!(
        "You may wonder {}. That is a fair question, and the best answer is to look: {}. {} when \
         you are ready.",
        industry.doubt, industry.proof, industry.action
    );
    format!("{first}\n\n{second}\n\n{third}")
}

fn services(intake: &Intake) -> Vec<Value> {
    if intake.services.is_empty() {
        let copy = offering(intake, "our work");
        return vec![json!({ "name": intake.industry.offer_page, "copy": clip(&copy, 1500) })];
    }
    intake
        .services
        .iter()
        .map(|service| json!({ "name": service, "copy": clip(&service_copy(intake, service), 1500) }))
        .collect()
}

/// The finished text that a piece of agency work will carry, or the description of what the client
/// itself sells.
fn service_copy(intake: &Intake, service: &str) -> String {
    let company = &intake.company;
    let industry = intake.industry;
    let audience = intake.audience();
    let business = intake.business();
    let outcome = industry.outcome;
    let proof = industry.proof;
    let action = industry.action;
    let difference = intake
        .difference
        .as_deref()
        .map(|difference| format!(" What sets us apart: {}", sentence(difference)))
        .unwrap_or_default();
    match Work::recognise(service) {
        Work::Branding | Work::Print => format!(
            "{company} is {} {business} for {audience}.{difference} We are here for {outcome}. \
             That is what our name stands for, wherever you meet it.",
            article(&business)
        ),
        Work::Website => format!(
            "{}. {company} is made for {audience}.{difference} See {proof}, and decide in your \
             own time. {action}.",
            capital(outcome)
        ),
        Work::Shop => format!(
            "Chosen with care, described as it is, sent when we say.{difference} If it is not \
             right, send it back. {action}."
        ),
        Work::Application => format!(
            "Everything you need from {company}, in your pocket.{difference} Sign in once, see \
             where things stand, and get help from a person when you want one."
        ),
        Work::Social => format!(
            "{company}: {} {business} for {audience}.{difference} Here you find useful advice, \
             the people behind the work and what is new. {action}: link below.",
            article(&business)
        ),
        Work::Copywriting => format!(
            "You want {outcome}. We want you to have it without wondering {}.{difference} So we \
             keep things plain: what you get, what it takes and what happens next. {action}.",
            industry.doubt
        ),
        Work::Search => format!(
            "Looking for {} {business}? {company} works for {audience}.{difference} Compare {proof}. \
             {action}.",
            article(&business)
        ),
        Work::Advertising => format!(
            "Still settling for {}? {company}: {outcome}.{difference} {action}.",
            industry.alternative
        ),
        Work::Email => format!(
            "Useful things from {company}, at most twice a month: {}, and what is new.{difference} \
             You can leave with one click.",
            industry.lessons[0]
        ),
        Work::Video => format!(
            "(Picture: the moment before the problem is solved.) You know this. (Picture: the \
             people of {company} at work.) We are here for {outcome}.{difference} (Picture: the \
             result.) {company}. {action}."
        ),
        Work::Offering => offering(intake, service),
    }
}

fn offering(intake: &Intake, service: &str) -> String {
    let industry = intake.industry;
    let difference = intake
        .difference
        .as_deref()
        .map(|difference| format!(" What sets us apart: {}", sentence(difference)))
        .unwrap_or_default();
    format!(
        "{} from {}, for {}. You get {}.{difference} Before you decide, look at {}. {} and we will \
         tell you what it takes.",
        capital(service),
        intake.company,
        intake.audience(),
        industry.outcome,
        industry.proof,
        industry.action
    )
}

fn emails(intake: &Intake) -> Vec<Value> {
    let company = &intake.company;
    let industry = intake.industry;
    let [first_lesson, second_lesson, ..] = industry.lessons;
    let difference = intake.difference.as_deref().map_or_else(
        || format!("Most people come to us for {}. That is what we work for.", industry.outcome),
        |difference| format!("If you remember one thing about us: {}", sentence(difference)),
    );
    let welcome = format!(
        "thank you for your interest in {company}.\n\nOver the next two weeks we will send you a \
         few short e-mails that help you decide, whether for us or not.\n\n{difference}\n\nIf you \
         have a question now, simply reply. A person reads it."
    );
    let help = format!(
        "we are often asked {first_lesson}.\n\nIn short: write down what you have today, what it \
         costs you in a month, and what “done” would look like. (Insert the three steps from the \
         guide.)\n\nIt takes a quarter of an hour and makes every later conversation easier."
    );
    let proof = format!(
        "words are cheap, so here is something to look at: {}.\n\n(Insert one example with the \
         customer's permission: the situation, what was done, what changed.)\n\n{}: (link)",
        industry.proof, industry.soft_action
    );
    let doubt = format!(
        "before they decide, most people wonder {}.\n\nIt is a fair question. Here is how we deal \
         with it: we agree on the first step and what it costs, you see the result, and only then \
         do we talk about more.\n\nIf you want to compare first, find out {second_lesson}. We are \
         glad to help with that too.",
        industry.doubt
    );
    let invitation = format!(
        "this is the last e-mail of this series.\n\nIf you are looking for {}, the next step is \
         simple: {} (link). You do not commit to anything by it.\n\nIf the time is not right, keep \
         this e-mail and write to us whenever it is.",
        industry.outcome, industry.action
    );
    let emails: [(u64, String, String); 5] = [
        (0, format!("Welcome to {company}"), welcome),
        (2, capital(first_lesson), help),
        (5, "See it for yourself".to_owned(), proof),
        (9, "The question most people ask us".to_owned(), doubt),
        (14, format!("{}?", industry.action), invitation),
    ];
    emails
        .into_iter()
        .map(|(day, subject, text)| {
            let body = format!("Hello (first name),\n\n{text}\n\nThe team of {company}");
            json!({ "day": day, "subject": clip(&subject, 120), "body": clip(&body, 3000) })
        })
        .collect()
}
