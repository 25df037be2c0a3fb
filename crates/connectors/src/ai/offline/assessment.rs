//! Sizes the work: complexity, hours, package, and a summary for the person who calls the client.

use serde_json::{Value, json};

use super::{
    intake::{Intake, mentions},
    services::Work,
    wording::{article, clip, inside, list, sentence},
};

/// Discovery and project management, which every project needs.
const BASE_HOURS: u64 = 10;
/// How much each point of complexity adds to the hours, in percent.
const PERCENT_PER_POINT: u64 = 4;

pub(super) fn compose(intake: &Intake) -> Value {
    let works: Vec<Work> = intake.services.iter().map(|service| Work::recognise(service)).collect();
    let complexity = complexity(intake, &works);
    let base: u64 = if works.is_empty() {
        Work::Website.hours()
    } else {
        works.iter().map(|work| work.hours()).sum()
    };
    let hours = (base + BASE_HOURS) * (100 + complexity * PERCENT_PER_POINT) / 100;
    let package = package(intake, hours);
    json!({
        "complexity_score": complexity,
        "estimated_hours": hours,
        "recommended_package": package,
        "ai_generated_summary": clip(&summary(intake, hours, package), 2000),
    })
}

fn complexity(intake: &Intake, works: &[Work]) -> u64 {
    let mut score = 2;
    score += match works.len() {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 3,
        _ => 4,
    };
    let has = |wanted: &[Work]| works.iter().any(|work| wanted.contains(work));
    score += u64::from(has(&[Work::Shop, Work::Application]));
    // A site that waits for a brand cannot be built beside it.
    score += u64::from(has(&[Work::Branding]) && has(&[Work::Website, Work::Shop]));
    score += u64::from(intake.industry.regulated);
    score += u64::from(3 <= intake.goals.len());
    score += u64::from(intake.budget_dollars().is_some_and(|dollars| 50_000 <= dollars));
    let short = intake.timeline.as_ref().is_some_and(super::timeline::Timeline::is_short);
    score += u64::from(short && 1 < works.len());
    score += u64::from(
        intake
            .audience_text
            .as_deref()
            .is_some_and(|text| mentions(text, &["enterprise", "global"])),
    );
    score.min(10)
}

fn package(intake: &Intake, hours: u64) -> &'static str {
    let by_hours = match hours {
        0..=60 => 0,
        61..=130 => 1,
        131..=420 => 2,
        _ => 3,
    };
    let by_budget = intake.budget_dollars().map(|dollars| match dollars {
        0..5_000 => 0,
        5_000..20_000 => 1,
        20_000..=80_000 => 2,
        _ => 3,
    });
    // Between what the work needs and what the client can pay, never more than one step above.
    let level =
        by_budget.map_or(by_hours, |budget: usize| by_hours.clamp(budget.min(3), budget + 1));
    ["starter", "standard", "premium", "enterprise"].get(level).copied().unwrap_or("enterprise")
}

fn summary(intake: &Intake, hours: u64, package: &str) -> String {
    let company = &intake.company;
    let business = intake.business();
    let field = match &intake.industry_text {
        Some(text) if !business.contains(text.as_str()) => format!(" ({text})"),
        _ => String::new(),
    };
    let mut said = vec![format!(
        "{company} is {} {business}{field} that serves {}.",
        article(&business),
        intake.audience()
    )];
    said.push(match intake.services.as_slice() {
        [] => "The form names no service yet.".to_owned(),
        services => format!("It asks for {}.", list(services)),
    });
    if !intake.goals.is_empty() {
        let goals: Vec<String> = intake.goals.iter().map(|goal| inside(goal)).collect();
        said.push(format!("Stated goals: {}.", list(&goals)));
    }
    if let Some(difference) = &intake.difference {
        said.push(format!("What sets it apart, in its own words: {}", sentence(difference)));
    }
    said.push(match (&intake.budget, &intake.timeline) {
        (Some(budget), Some(timeline)) => {
            format!("Budget: {}. Timeline: {}.", budget.text, timeline.text)
        }
        (Some(budget), None) => format!("Budget: {}. No timeline is given.", budget.text),
        (None, Some(timeline)) => format!("Timeline: {}. No budget is given.", timeline.text),
        (None, None) => "Neither budget nor timeline is given.".to_owned(),
    });
    said.push(format!("About {hours} hours of work; the {package} package fits best."));
    said.push(first_question(intake));
    said.join(" ")
}

fn first_question(intake: &Intake) -> String {
    let question = if intake.services.is_empty() {
        "which services do they expect from us"
    } else if intake.goals.is_empty() {
        "what must be different a year from now"
    } else if intake.budget.is_none() {
        "what range is set aside for this"
    } else if intake.timeline.is_none() {
        "which date is the project tied to"
    } else if intake.timeline.as_ref().is_some_and(super::timeline::Timeline::is_short) {
        "what must be ready on the date, and what may follow"
    } else if intake.competitors.is_empty() {
        "whom do their buyers compare them with"
    } else {
        "who decides, and what must they see before they approve"
    };
    format!("First question for the call: {question}?")
}

impl Intake {
    fn budget_dollars(&self) -> Option<u64> {
        self.budget.as_ref()?.dollars_max
    }
}
