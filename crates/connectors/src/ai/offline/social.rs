//! The social media strategy: where to be, four weeks of posts, and what to count.

use serde_json::{Value, json};

use super::{
    intake::{Intake, mentions},
    services::Work,
    wording::{capital, clip, inside},
};

/// Words by which clients name the platforms they already want, and the platform's own name.
const NAMED: &[(&str, &str, &str)] = &[
    ("linkedin", "LinkedIn", "Two posts a week"),
    ("instagram", "Instagram", "Three posts a week"),
    ("tiktok", "TikTok", "Two short videos a week"),
    ("facebook", "Facebook", "Two posts a week"),
    ("youtube", "YouTube", "Two short videos a month"),
    ("pinterest", "Pinterest", "Five pins a week"),
    ("whatsapp", "WhatsApp", "One useful message a week to those who asked for it"),
];

/// More than this, and a small team does none of them well.
const PLATFORMS_MAX: usize = 3;

pub(super) fn compose(intake: &Intake) -> Value {
    let platforms = platforms(intake);
    json!({
        "calendar": calendar(intake, &platforms),
        "kpis": kpis(intake),
        "platforms": platforms
            .iter()
            .zip(0_usize..)
            .map(|((name, frequency), place)| platform(intake, name, frequency, place))
            .collect::<Vec<_>>(),
    })
}

/// Name and frequency: those that the client names first, then the industry's.
fn platforms(intake: &Intake) -> Vec<(&'static str, &'static str)> {
    let industry = intake.industry.platforms;
    let usual = |name: &str| industry.iter().find(|(known, _)| *known == name).copied();
    let said = |word: &str| {
        intake.services.iter().chain(&intake.goals).any(|text| mentions(text, &[word]))
    };
    let mut chosen: Vec<(&str, &str)> = NAMED
        .iter()
        .filter(|(word, _, _)| said(word))
        .map(|(_, name, frequency)| usual(name).unwrap_or((name, frequency)))
        .collect();
    for platform in industry {
        if !chosen.iter().any(|(name, _)| *name == platform.0) {
            chosen.push(platform);
        }
    }
    chosen.truncate(PLATFORMS_MAX);
    chosen
}

fn platform(intake: &Intake, name: &str, frequency: &str, place: usize) -> Value {
    let audience = intake.audience();
    let audience = match place {
        0 => format!("{}: the people who decide, while they look for answers", capital(&audience)),
        1 => format!("{}, when they want to see the work and the people", capital(&audience)),
        _ => "People who already know the name and need a reason to come back".to_owned(),
    };
    // The first platform carries every pillar; the others those that suit them.
    let pillars: Vec<&str> = intake
        .industry
        .pillars
        .iter()
        .copied()
        .skip(place.min(2))
        .chain(intake.industry.pillars.iter().copied().take(usize::from(place == 2)))
        .collect();
    json!({
        "name": name,
        "audience": clip(&audience, 400),
        "frequency": frequency,
        "content_pillars": pillars,
    })
}

fn calendar(intake: &Intake, platforms: &[(&'static str, &'static str)]) -> Vec<Value> {
    let weeks = [
        ("Introduce: who we are and for whom", introduce(intake)),
        ("Teach: be useful before asking for anything", teach(intake)),
        ("Prove: let others and the work speak", prove(intake)),
        ("Invite: make the next step easy", invite(intake)),
    ];
    weeks
        .into_iter()
        .zip(1_u64..)
        .map(|((theme, topics), week)| {
            let posts: Vec<Value> = topics
                .iter()
                .zip(["Monday", "Tuesday", "Thursday", "Friday"])
                .zip(platforms.iter().cycle())
                .map(|((topic, day), (platform, _))| {
                    json!({ "day": day, "platform": platform, "topic": clip(topic, 400) })
                })
                .collect();
            json!({ "week": week, "theme": theme, "posts": posts })
        })
        .collect()
}

fn introduce(intake: &Intake) -> [String; 4] {
    let company = &intake.company;
    let difference = intake.difference.as_deref().map_or_else(
        || format!("What makes {company} different, in the words of the person who started it"),
        |difference| format!("The difference, shown and not claimed: {difference}"),
    );
    let goal = intake.goals.first().map_or_else(
        || "Where we are heading this year, and whom we want to take along".to_owned(),
        |goal| {
            format!("What we are working on: {} (say why it matters to the reader)", inside(goal))
        },
    );
    [
        format!(
            "Meet {company}: what we do for {}, in three sentences and one picture",
            intake.audience()
        ),
        difference,
        format!("The people behind {company}: a portrait, and one thing that each is good at"),
        goal,
    ]
}

fn teach(intake: &Intake) -> [String; 4] {
    let [first, second, third, _] = intake.industry.lessons;
    [
        format!("Short guide: {first}"),
        format!("Step by step: {second}"),
        format!("Question to the audience: do you wonder {}?", intake.industry.doubt),
        format!("Answer the best question of the week, or explain {third}"),
    ]
}

fn prove(intake: &Intake) -> [String; 4] {
    let industry = intake.industry;
    let value = |at: usize, otherwise: &str| {
        intake.values.get(at).map_or_else(
            || otherwise.to_owned(),
            |value| format!("“{value}” in practice: a decision of the last month that it settled"),
        )
    };
    let comparison = if intake.competitors.is_empty() {
        format!(
            "Compared with {}: when that is fine, and when it costs more than it saves",
            industry.alternative
        )
    } else {
        "How to compare offers like ours: five criteria, told fairly and without names".to_owned()
    };
    [
        format!(
            "Ask a customer for two sentences about one result, and show the work beside them. \
             What convinces here: {}",
            industry.proof
        ),
        value(0, "How we work: one ordinary day, from the first message to the last"),
        comparison,
        value(1, "A mistake we made, and what we changed because of it"),
    ]
}

fn invite(intake: &Intake) -> [String; 4] {
    let industry = intake.industry;
    let [.., last_lesson] = industry.lessons;
    [
        format!("What happens after “{}”, step by step", industry.action),
        format!("The questions we hear most, answered; the first one: {}", industry.doubt),
        format!("The last guide of the month: {last_lesson}"),
        format!(
            "Invitation: {} (link to the page, with one reason to do it this week)",
            industry.action
        ),
    ]
}

fn kpis(intake: &Intake) -> Vec<Value> {
    let industry = intake.industry;
    let kpi = |name: &str, target: &str| json!({ "name": capital(name), "target": target });
    let mut kpis = Vec::new();
    if intake.wants(&["conver", "lead", "sale", "sell", "revenue", "book", "customer", "client"]) {
        kpis.push(kpi(
            &format!("{} from social media", industry.conversions),
            "Baseline in the first two weeks; 25 % above it in week 8",
        ));
    }
    if intake.wants(&["launch", "awareness", "visib", "brand", "reach", "follow"]) {
        kpis.push(kpi(
            "People reached a week who match the audience",
            "Baseline in the first two weeks; doubled in week 8",
        ));
    }
    if intake.wants(&["authorit", "trust", "credib", "thought", "reput"]) {
        kpis.push(kpi(
            "Saves and shares per teaching post",
            "At least 3 % of those reached, by week 8",
        ));
    }
    if intake.wants(&["recruit", "hire", "hiring", "talent", "employer"]) {
        kpis.push(kpi("Applications that name social media", "Three in the first quarter"));
    }
    kpis.push(kpi(
        "Visits to the website from social media",
        "Baseline in the first two weeks; 30 % above it in week 8",
    ));
    kpis.push(kpi(
        "Time to answer comments and messages",
        "Under one working day, for at least 90 % of them",
    ));
    if intake.services.iter().any(|service| Work::recognise(service) == Work::Advertising) {
        kpis.push(kpi(
            &format!("Cost of each of the {}", industry.conversions),
            "Baseline in the first month; 15 % below it in the second",
        ));
    }
    kpis.push(kpi("Posts published as planned", "At least 14 of the 16 posts in the first month"));
    kpis
}
