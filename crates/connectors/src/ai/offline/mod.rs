//! The offline composer: deliverables from the client's own answers, without a model or an account.
//!
//! It chooses by industry, services, goals, values, audience, competitors, budget and time, and
//! fills hand-written text with them. The same intake gives the same words. It never claims to be
//! a model: its answers say [`MODEL`].

mod assessment;
mod branding;
mod budget;
mod copywriting;
mod industries;
mod intake;
mod mood;
mod services;
mod social;
mod timeline;
mod website;
mod wording;

use serde_json::{Map, Value};

pub use mood::contrast;

use intake::Intake;

/// What an answer of the composer names as its model.
pub const MODEL: &str = "offline-template";

/// The content for a prompt, valid against that prompt's shipped schema. `None` when the composer
/// has no template for it.
pub fn compose(prompt: &str, variables: &Map<String, Value>) -> Option<Value> {
    let intake = Intake::read(variables);
    match prompt {
        "assessment" => Some(assessment::compose(&intake)),
        "branding_strategy" => Some(branding::compose(&intake)),
        "website_plan" => Some(website::compose(&intake)),
        "social_strategy" => Some(social::compose(&intake)),
        "copywriting" => Some(copywriting::compose(&intake)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
