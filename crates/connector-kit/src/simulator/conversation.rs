//! Faults and ledger for simulators that do not speak HTTP.

use std::{io, time::Duration};

use serde_json::Value;

use super::{LedgerEffect, LedgerEntry, SimulatorKit, faults::Kind};

/// What a fault does to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disturbance {
    /// Answer with this status, before or after the work is done.
    Status {
        status: u16,
        after_effect: bool,
    },
    HangBefore,
    HangAfter,
    CloseBefore,
    CloseAfter,
    /// Do the work, then answer what is not of the protocol.
    Garble,
    /// Do the work, then answer late.
    Slow(Duration),
    Own(&'static str),
}

/// One exchange, for the ledger.
#[derive(Debug, Clone)]
pub struct Exchange<'a> {
    /// The verb of the protocol.
    pub method: &'static str,
    pub path: &'a str,
    pub key: Option<String>,
    pub effect: LedgerEffect,
    /// The status that was sent; none when no answer left.
    pub status: Option<u16>,
    pub fault: Option<String>,
    pub request: Value,
    pub answer: Value,
}

impl SimulatorKit {
    /// Whether the next step meets this fault of the simulator's own.
    pub fn meets_own(&self, path: &str, name: &str) -> bool {
        let is_it = |kind: &Kind| matches!(kind, Kind::Own(own) if *own == name);
        self.faults.take_of(is_it, path, self.clock.now(), &*self.random).is_some()
    }

    /// The fault that an exchange under this path meets, with its name for the ledger. What happens at
    /// another step, see [`Self::meets_own`], is left out.
    pub fn meet(&self, path: &str, elsewhere: &[&str]) -> Option<(Disturbance, String)> {
        let is_here = |kind: &Kind| !matches!(kind, Kind::Own(own) if elsewhere.contains(own));
        let kind = self.faults.take_of(is_here, path, self.clock.now(), &*self.random)?;
        let name = kind.to_string();
        let disturbance = match kind {
            Kind::Status { status, after_effect, .. } => {
                Disturbance::Status { status, after_effect }
            }
            Kind::TimeoutBefore => Disturbance::HangBefore,
            Kind::TimeoutAfter | Kind::Trickle => Disturbance::HangAfter,
            Kind::DisconnectBefore => Disturbance::CloseBefore,
            Kind::DisconnectAfter | Kind::Truncated => Disturbance::CloseAfter,
            Kind::MalformedJson | Kind::WrongType | Kind::HugeBody | Kind::Redirect => {
                Disturbance::Garble
            }
            Kind::Slow(pause) => Disturbance::Slow(pause),
            Kind::Own(name) => Disturbance::Own(name),
        };
        Some((disturbance, name))
    }

    /// Writes an exchange into the ledger. Its answer must not leave before.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn note(&self, exchange: Exchange<'_>) -> io::Result<()> {
        self.ledger
            .append(LedgerEntry {
                number: 0,
                time: self.clock.now(),
                provider: self.provider.to_owned(),
                method: exchange.method.to_owned(),
                path: exchange.path.to_owned(),
                key: exchange.key,
                effect: exchange.effect,
                status: exchange.status,
                fault: exchange.fault,
                request: exchange.request,
                answer: exchange.answer,
            })
            .await
    }
}
