//! Simulators of every outside system on one machine, with their ledgers and a board of faults.
//!
//! Product code, for the demo, for trying things out and for tests; a production configuration never
//! starts it.

mod control;
mod intake;
mod introduction;
#[cfg(test)]
mod tests;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use axum::Router;
use connector_kit::{
    CallError,
    simulator::{Faults, Ledger, LedgerEntry, SimulatorKit},
};
use connectors::{ai, email, invoice_system, notion, slack};
use kernel::{Clock, Random, SystemClock, SystemRandom};
use serde_json::{Map, Value};
use tokio::{net::TcpListener, task::JoinHandle};

pub use intake::{IntakeAnswer, SampleIntake, UnknownField};

/// The secret that signs webhooks to the sandbox's tenant.
pub use connectors::invoice_system::simulator::WEBHOOK_SECRET;

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Where ledgers are written, one file for each provider; none to keep them in memory.
    pub ledger_dir: Option<PathBuf>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self { ledger_dir: None, clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }
}

/// Why a sandbox cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the ledger {} cannot be opened", path.display())]
pub struct LedgerError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Why an intake cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("these simulators stand alone; `handoff demo` starts the platform with its own")]
    NoPlatform,
    #[error("the platform does not answer: {0}")]
    Unreachable(#[from] CallError),
}

/// One simulated provider.
struct Provider {
    name: &'static str,
    own_faults: &'static [&'static str],
    router: fn(SimulatorKit) -> Router,
}

/// Everything that is simulated, alphabetical.
const PROVIDERS: &[Provider] = &[
    Provider {
        name: ai::simulator::ANTHROPIC,
        own_faults: ai::simulator::OWN_FAULTS,
        router: ai::simulator::anthropic,
    },
    Provider {
        name: email::simulator::PROVIDER,
        own_faults: email::simulator::OWN_FAULTS,
        router: email::simulator::simulator,
    },
    Provider {
        name: invoice_system::simulator::PROVIDER,
        own_faults: invoice_system::simulator::OWN_FAULTS,
        router: invoice_system::simulator::simulator,
    },
    Provider {
        name: notion::simulator::PROVIDER,
        own_faults: &[],
        router: notion::simulator::simulator,
    },
    Provider {
        name: ai::simulator::OPENAI,
        own_faults: ai::simulator::OWN_FAULTS,
        router: ai::simulator::openai,
    },
    Provider {
        name: slack::simulator::PROVIDER,
        own_faults: &[],
        router: slack::simulator::simulator,
    },
];

/// The simulators, running under `/sim/{provider}` of one router. Clones share them.
#[derive(Clone)]
pub struct Sandbox {
    kits: Arc<[SimulatorKit]>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Where mail is taken, once it is.
    mail: Arc<OnceLock<SocketAddr>>,
    /// The platform that gets intakes, once there is one.
    platform: Arc<OnceLock<String>>,
}

/// A mail server that takes mail until this is dropped.
#[derive(Debug)]
pub struct MailServer(JoinHandle<()>);

impl Drop for MailServer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sandbox {
    pub fn new(options: SandboxOptions) -> Result<Self, LedgerError> {
        let kits = PROVIDERS
            .iter()
            .map(|provider| {
                Ok(SimulatorKit {
                    provider: provider.name,
                    ledger: Arc::new(ledger(&options, provider.name)?),
                    faults: Arc::new(Faults::new(provider.own_faults)),
                    clock: Arc::clone(&options.clock),
                    random: Arc::clone(&options.random),
                })
            })
            .collect::<Result<_, LedgerError>>()?;
        Ok(Self {
            kits,
            clock: options.clock,
            random: options.random,
            mail: Arc::default(),
            platform: Arc::default(),
        })
    }

    /// The simulators and the controls under `/_sandbox`.
    pub fn router(&self) -> Router {
        let mut router = control::router(self);
        for (kit, provider) in self.kits.iter().zip(PROVIDERS) {
            router = router.nest(&format!("/sim/{}", kit.provider), (provider.router)(kit.clone()));
        }
        router
    }

    /// Takes mail at this address, once for a sandbox; port 0 for any that is free.
    ///
    /// # Errors
    /// When the address is taken, or mail is taken elsewhere already.
    pub async fn serve_mail(&self, address: SocketAddr) -> io::Result<MailServer> {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        let kit = self.kit(email::simulator::PROVIDER).cloned();
        let kit = kit.ok_or_else(|| io::Error::other("no mail server is simulated"))?;
        self.mail.set(bound).map_err(|_taken| io::Error::other("mail is taken already"))?;
        Ok(MailServer(tokio::spawn(email::simulator::serve(kit, listener))))
    }

    /// Intakes go to the platform at `base`, such as `http://127.0.0.1:8080`, from now on; the first one stays.
    pub fn serve_intakes(&self, base: &str) {
        let _is_set = self.platform.set(base.to_owned());
    }

    /// An intake of somebody new; what is given of `intake_data` takes the place of the sample's.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn sample_intake(&self, given: Map<String, Value>) -> Result<SampleIntake, UnknownField> {
        SampleIntake::new(self.clock.now(), &*self.random, given)
    }

    /// Sends an intake as the invoice system does: signed, over real HTTP.
    ///
    /// # Errors
    /// When there is no platform, or it does not answer.
    pub async fn send_intake(&self, intake: &SampleIntake) -> Result<IntakeAnswer, SendError> {
        let base = self.platform.get().ok_or(SendError::NoPlatform)?;
        Ok(intake.send(base).await?)
    }

    /// Where mail is taken, as an entry of the list of allowed private hosts.
    pub fn mail_host(&self) -> Option<String> {
        self.mail.get().map(ToString::to_string)
    }

    pub fn providers(&self) -> Vec<&'static str> {
        self.kits.iter().map(|kit| kit.provider).collect()
    }

    /// What a provider saw; empty for a provider that is not simulated.
    pub fn ledger(&self, provider: &str) -> Vec<LedgerEntry> {
        self.kit(provider).map(|kit| kit.ledger.entries()).unwrap_or_default()
    }

    /// A provider's fault board.
    pub fn faults(&self, provider: &str) -> Option<&Faults> {
        self.kit(provider).map(|kit| &*kit.faults)
    }

    /// Connections of a sample tenant to the simulators at `base`: connector and settings.
    pub fn connections(&self, base: &str) -> Vec<(&'static str, Value)> {
        [
            ai::simulator::ANTHROPIC,
            email::simulator::PROVIDER,
            invoice_system::simulator::PROVIDER,
            notion::simulator::PROVIDER,
            slack::simulator::PROVIDER,
        ]
        .into_iter()
        .filter_map(|provider| introduction::settings_of(provider, base, self.mail.get()))
        .collect()
    }

    fn kit(&self, provider: &str) -> Option<&SimulatorKit> {
        self.kits.iter().find(|kit| kit.provider == provider)
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("providers", &self.providers()).finish_non_exhaustive()
    }
}

fn ledger(options: &SandboxOptions, provider: &str) -> Result<Ledger, LedgerError> {
    let Some(dir) = &options.ledger_dir else { return Ok(Ledger::in_memory()) };
    let path = dir.join(format!("{provider}.ndjson"));
    std::fs::create_dir_all(dir)
        .and_then(|()| Ledger::open(&path))
        .map_err(|source| LedgerError { path, source })
}
