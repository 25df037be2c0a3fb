//! Pages of a list, as every command that lists asks for them.

use clap::{Args, value_parser};

#[derive(Debug, Clone, Args)]
pub(crate) struct Paging {
    /// How many to show: 1 to 100.
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u8).range(1..=100))]
    limit: u8,
    /// `next_cursor` of the page before.
    #[arg(long)]
    cursor: Option<String>,
}

impl Paging {
    /// The query of a request: the filters that were given, and the page.
    pub(crate) fn query(
        &self,
        filters: &[(&'static str, &Option<String>)],
    ) -> Vec<(&'static str, String)> {
        filters
            .iter()
            .copied()
            .chain([("cursor", &self.cursor)])
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .chain([("limit", self.limit.to_string())])
            .collect()
    }
}
