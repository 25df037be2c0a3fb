//! The website plan: pages, features, technology, search and weeks.

use serde_json::{Value, json};

use super::{
    intake::Intake,
    services::Work,
    wording::{article, capital, clip, inside, list},
};

/// The most pages, features and search phrases, as the schema has it.
const PAGES_MAX: usize = 14;
const FEATURES_MAX: usize = 12;
const SEARCHES_MAX: usize = 15;
/// The shortest time in which a site of this kind is built well.
const WEEKS_MIN: u64 = 4;

pub(super) fn compose(intake: &Intake) -> Value {
    let sitemap = sitemap(intake);
    let weeks = weeks(intake, sitemap.len());
    json!({
        "key_features": features(intake),
        "technology": technology(intake),
        "seo": { "keywords": searches(intake), "description": description(intake) },
        "estimated_weeks": weeks,
        "sitemap": sitemap,
    })
}

fn page(name: &str, purpose: &str, sections: &[String]) -> Value {
    let sections: Vec<String> = sections.iter().map(|section| clip(section, 240)).collect();
    json!({ "page": clip(name, 120), "purpose": clip(purpose, 400), "sections": sections })
}

fn sitemap(intake: &Intake) -> Vec<Value> {
    let industry = intake.industry;
    let company = &intake.company;
    let offers: Vec<&String> = offerings(intake);
    let mut pages = vec![page(
        "Home",
        &format!(
            "Tells {} within five seconds what {company} does for them, and leads them to one \
             step: {}.",
            intake.audience(),
            industry.action
        ),
        &home_sections(intake),
    )];
    let mut offer_sections = vec!["What it is and whom it is for".to_owned()];
    offer_sections.extend(offers.iter().take(6).map(|offer| (*offer).clone()));
    offer_sections.push(format!("Next step: {}", industry.action));
    pages.push(page(
        industry.offer_page,
        &format!("Helps {} see what fits them and what it brings.", industry.customers),
        &offer_sections,
    ));
    for (name, purpose, sections) in industry.pages {
        let sections: Vec<String> = sections.iter().map(|section| (*section).to_owned()).collect();
        pages.push(page(name, purpose, &sections));
    }
    let mut about = vec![format!("Why {company} exists"), "The people".to_owned()];
    if !intake.values.is_empty() {
        about.push(format!("What we hold to: {}", list(&super::branding::lowered(&intake.values))));
    }
    pages.push(page("About", "Shows the people behind the name and what they hold to.", &about));
    if intake.wants(&["authorit", "thought", "seo", "traffic", "educat", "visib", "awareness"]) {
        let articles: Vec<String> = industry.lessons.iter().map(|lesson| capital(lesson)).collect();
        pages.push(page(
            "Guides",
            "Answers what people search for before they are ready to buy, and earns their trust.",
            &articles,
        ));
    }
    if intake.wants(&["recruit", "hire", "hiring", "talent", "employer"]) {
        pages.push(page(
            "Careers",
            "Wins the right people with an honest picture of the work.",
            &["What a week looks like".to_owned(), "Open positions".to_owned(), "Apply".to_owned()],
        ));
    }
    pages.push(page(
        "Contact",
        &format!("Turns interest into {} with as few fields as possible.", industry.conversions),
        &[
            industry.action.to_owned(),
            "Other ways to reach us".to_owned(),
            "What happens next, and how soon".to_owned(),
        ],
    ));
    pages.push(page(
        "Privacy and imprint",
        "Meets the legal duties in plain words.",
        &["Who is responsible".to_owned(), "Which data is kept and why".to_owned()],
    ));
    pages.truncate(PAGES_MAX);
    pages
}

/// What the client itself sells, as far as the form tells it apart from what it orders.
fn offerings(intake: &Intake) -> Vec<&String> {
    intake.services.iter().filter(|s| Work::recognise(s) == Work::Offering).collect()
}

fn home_sections(intake: &Intake) -> Vec<String> {
    let industry = intake.industry;
    let mut sections =
        vec![format!("Opening: {}, with the button “{}”", industry.outcome, industry.action)];
    if let Some(difference) = &intake.difference {
        sections.push(format!("The difference: {difference}"));
    }
    sections.push(format!("Proof: {}", industry.proof));
    sections.push("How it works in three steps".to_owned());
    if !intake.competitors.is_empty() {
        sections.push(
            "Why people choose us: a fair comparison by criteria, without naming anyone".to_owned(),
        );
    }
    sections.push(format!("Answer to the main doubt: {}", industry.doubt));
    sections.push(format!("Last call: {}", industry.action));
    sections
}

fn features(intake: &Intake) -> Vec<String> {
    let works: Vec<Work> = intake.services.iter().map(|service| Work::recognise(service)).collect();
    let mut features: Vec<String> =
        intake.industry.features.iter().map(|feature| (*feature).to_owned()).collect();
    let mut add = |wanted: bool, feature: &str| {
        if wanted {
            features.push(feature.to_owned());
        }
    };
    add(
        intake.wants(&["conver", "lead", "sale", "revenue", "book"]),
        "Two versions of the main call to action measured against each other, so that decisions \
         rest on numbers",
    );
    add(
        intake.wants(&["authorit", "thought", "awareness", "visib", "seo", "traffic"]),
        "Guides with a clear author and date, which search engines and readers trust",
    );
    add(
        works.contains(&Work::Social),
        "Share images made from each page's title, so that every link looks like the brand",
    );
    add(
        works.contains(&Work::Email),
        "A newsletter sign-up with double opt-in that starts the welcome sequence",
    );
    add(
        works.contains(&Work::Shop),
        "A basket that survives a change of device, and payment without an account",
    );
    add(
        works.contains(&Work::Branding),
        "A design system with the brand's colours and type as tokens, so that new pages stay on \
         brand",
    );
    add(true, "Pages that show their main content within 2.5 seconds on a mid-range phone");
    add(true, "WCAG 2.2 AA: usable by keyboard, with enough contrast and described images");
    features.truncate(FEATURES_MAX);
    features
}

fn technology(intake: &Intake) -> Value {
    let large = intake
        .budget
        .as_ref()
        .and_then(|budget| budget.dollars_max)
        .is_some_and(|dollars| 40_000 < dollars);
    let frontend = if large {
        "Server-rendered components (Astro or Next.js) with a tested component library"
    } else {
        "A light theme built on the design tokens, with little JavaScript"
    };
    let hosting = if large {
        "Managed hosting with previews for every change, backups and monitoring"
    } else {
        "Managed hosting with daily backups and automatic updates"
    };
    json!({
        "platform": intake.industry.platform,
        "frontend": frontend,
        "hosting": hosting,
        "analytics": "Plausible or Matomo without cookies, so that no banner is needed",
        "integrations": intake.industry.integrations,
    })
}

fn searches(intake: &Intake) -> Vec<String> {
    let industry = intake.industry;
    let trade =
        intake.industry_text.as_deref().map_or_else(|| trade_or_name(intake), str::to_lowercase);
    let mut found: Vec<String> = Vec::new();
    let mut add = |phrase: &str| {
        let phrase = clip(phrase, 100);
        if 1 < phrase.chars().count() && !found.contains(&phrase) {
            found.push(phrase);
        }
    };
    for search in industry.searches {
        add(&search.replace("{}", &trade));
    }
    for offer in offerings(intake) {
        add(&offer.to_lowercase());
    }
    // A short difference is what buyers of it would type.
    if let Some(difference) = &intake.difference
        && difference.split_whitespace().count() < 6
    {
        add(&difference.to_lowercase());
    }
    if let Some(audience) = &intake.audience_text {
        add(&format!("{trade} for {}", inside(audience).to_lowercase()));
    }
    let business = intake.business().to_lowercase();
    add(&format!("how to choose {} {business}", article(&business)));
    if intake.industry_text.is_some() {
        add(&format!("best {trade}"));
    }
    found.truncate(SEARCHES_MAX);
    found
}

/// What to search for when the client names no industry: the recognised trade, else the name.
fn trade_or_name(intake: &Intake) -> String {
    let trade =
        if intake.industry.words.is_empty() { &intake.company } else { intake.industry.business };
    trade.to_lowercase()
}

/// The meta description: as much as fits into 160 characters, the next step last.
fn description(intake: &Intake) -> String {
    let Intake { company, industry, .. } = intake;
    let (outcome, action) = (industry.outcome, industry.action);
    let audience = intake.audience();
    let candidates = [
        format!("{company}: {outcome}, for {audience}. {action}."),
        format!("{company}: {outcome}. {action}."),
        format!("{company}: {outcome}."),
    ];
    let fits = |text: &&String| text.chars().count() <= 160;
    let chosen = candidates.iter().find(fits).or(candidates.last());
    clip(chosen.map_or(outcome, String::as_str), 160)
}

fn weeks(intake: &Intake, pages: usize) -> u64 {
    let works: Vec<Work> = intake.services.iter().map(|service| Work::recognise(service)).collect();
    let mut weeks = WEEKS_MIN + u64::try_from(pages).unwrap_or(0) / 3;
    weeks += u64::from(works.contains(&Work::Branding)) * 3;
    weeks += u64::from(works.contains(&Work::Copywriting));
    weeks += u64::from(works.contains(&Work::Shop)) * 4;
    weeks += u64::from(works.contains(&Work::Application)) * 8;
    weeks += u64::from(intake.industry.regulated);
    // A shorter wish of the client's is met with a first release, down to what is feasible.
    let wished = intake.timeline.as_ref().and_then(|timeline| timeline.weeks_max);
    wished.map_or(weeks, |wished| weeks.min(wished.max(WEEKS_MIN)))
}
