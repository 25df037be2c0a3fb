//! What tokens cost, in integers: millionths of a US dollar.

use super::{
    offline,
    settings::{Prices, Settings},
};

/// Price of a million tokens, in millionths of a dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Price {
    input: u64,
    output: u64,
}

const MICROS_PER_DOLLAR: u64 = 1_000_000;
const TOKENS_PER_PRICE: u128 = 1_000_000;

/// Public list prices by the beginning of the model's id, in cents per million tokens, input and
/// output, as of November 2026. A longer beginning wins over a shorter one. A model that is not
/// here has no known price, and its cost is given as unknown rather than guessed.
const LIST: &[(&str, u64, u64)] = &[
    (offline::MODEL, 0, 0),
    ("claude-fable-5", 1_000, 5_000),
    ("claude-haiku-4-5", 100, 500),
    ("claude-opus-4-5", 500, 2_500),
    ("claude-opus-4-6", 500, 2_500),
    ("claude-opus-4-7", 500, 2_500),
    ("claude-opus-4-8", 500, 2_500),
    ("claude-opus-5", 500, 2_500),
    ("claude-opus-5-5", 400, 2_000),
    ("claude-sonnet-4-5", 300, 1_500),
    ("claude-sonnet-4-6", 300, 1_500),
    ("claude-sonnet-5", 200, 1_000),
    ("claude-sonnet-5-5", 200, 1_000),
    ("gpt-4.1", 200, 800),
    ("gpt-5-mini", 25, 200),
    ("gpt-5.2", 175, 1_400),
    ("gpt-6-luna", 10, 50),
    ("gpt-6-sol", 200, 1_000),
];

impl Price {
    /// The price by the settings, else by the list; `None` when neither knows the model.
    pub(super) fn of(settings: &Settings, model: &str) -> Option<Self> {
        if model == offline::MODEL {
            return Some(Self { input: 0, output: 0 });
        }
        settings.prices.map(Self::set).or_else(|| Self::listed(model))
    }

    fn set(prices: Prices) -> Self {
        Self {
            input: micros(prices.input_per_million_usd),
            output: micros(prices.output_per_million_usd),
        }
    }

    fn listed(model: &str) -> Option<Self> {
        let cents = MICROS_PER_DOLLAR / 100;
        LIST.iter()
            .filter(|(beginning, _, _)| {
                // `claude-sonnet-5-5-20260901` is the family's; `gpt-4.1-mini` is another model.
                model.strip_prefix(beginning).is_some_and(is_version)
            })
            .max_by_key(|(beginning, _, _)| beginning.len())
            .map(|(_, input, output)| Self { input: input * cents, output: output * cents })
    }

    /// Millionths of a dollar, rounded to the nearest once, at the end.
    pub(super) fn cost_micros(self, input_tokens: u64, output_tokens: u64) -> u64 {
        let sum = u128::from(input_tokens) * u128::from(self.input)
            + u128::from(output_tokens) * u128::from(self.output);
        u64::try_from((sum + TOKENS_PER_PRICE / 2) / TOKENS_PER_PRICE).unwrap_or(u64::MAX)
    }
}

/// A date of release, `-latest`, or nothing.
fn is_version(rest: &str) -> bool {
    rest.is_empty()
        || rest == "-latest"
        || rest.strip_prefix('-').is_some_and(|date| {
            8 <= date.len() && date.chars().all(|c| c.is_ascii_digit() || c == '-')
        })
}

/// Dollars from the settings as millionths; nonsense counts as zero.
fn micros(dollars: f64) -> u64 {
    let text = format!("{dollars:.6}");
    text.replace('.', "").parse().unwrap_or(0)
}

/// Millionths of a dollar as a decimal number of dollars for JSON.
pub(super) fn dollars(micros: u64) -> f64 {
    let text = format!("{}.{:06}", micros / MICROS_PER_DOLLAR, micros % MICROS_PER_DOLLAR);
    text.parse().unwrap_or(f64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn settings(prices: serde_json::Value) -> Settings {
        serde_json::from_value(json!({"provider": "anthropic", "prices": prices})).unwrap()
    }

    #[test]
    fn the_longest_known_beginning_of_a_model_id_decides() {
        let none = settings(json!(null));
        for (model, expected) in [
            ("claude-sonnet-5-5", Some(48_400)),
            ("claude-sonnet-5-5-20260928", Some(48_400)),
            ("claude-opus-5-5", Some(96_800)),
            ("claude-opus-5", Some(121_000)),
            ("gpt-6-luna", Some(2_420)),
            ("offline-template", Some(0)),
            ("gpt-4.1-mini", None),
            ("llama4", None),
        ] {
            let cost = Price::of(&none, model).map(|price| price.cost_micros(4_200, 4_000));
            assert_eq!(cost, expected, "{model}");
        }
    }

    #[test]
    fn settings_override_the_list_but_nothing_makes_the_composer_cost() {
        let own = settings(json!({"input_per_million_usd": 0.25, "output_per_million_usd": 1}));
        assert_eq!(Price::of(&own, "llama4").unwrap().cost_micros(1_000_000, 1), 250_001);
        assert_eq!(Price::of(&own, "offline-template").unwrap().cost_micros(9, 9), 0);
        let odd = settings(json!({"input_per_million_usd": -1, "output_per_million_usd": 1e300}));
        assert_eq!(Price::of(&odd, "x").unwrap().cost_micros(9, 9), 0);
    }

    proptest! {
        #[test]
        fn dollars_are_the_same_number_as_the_integer(micros in 0_u64..10_000_000_000_000) {
            let text = format!("{:.6}", dollars(micros));
            prop_assert_eq!(text.replace('.', "").parse::<u64>().unwrap(), micros);
        }
    }
}
