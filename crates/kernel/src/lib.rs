//! The shared vocabulary: typed ids, money, clock, randomness, secrets and the event envelope.
//!
//! Nothing here does I/O. Every other crate may depend on this one; it depends on none of them.

mod clock;
mod event;
pub mod faults;
mod id;
mod money;
mod random;
mod secret;
pub mod trace;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use event::{Event, EventData};
pub use id::{
    AlertId, AuditEntryId, CallId, ClientId, ConnectionId, DeliverableId, DeliveryId, EventId,
    ExternalIdentityId, FormId, HumanTaskId, Id, InvalidId, InvitationId, InvoiceId, Kind, LeadId,
    MemoryId, MilestoneId, PasskeyId, PersonId, ProjectId, ProposalId, RunId, Sequence, SessionId,
    SubmissionId, TaskId, TenantId, WebhookMessageId, WebhookSubscriptionId, kinds,
};
pub use money::{Amount, Currency, InvalidAmount, InvalidCurrency, Money};
pub use random::{Random, SeededRandom, SystemRandom};
pub use secret::Secret;
