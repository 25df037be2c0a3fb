//! Typed identifiers: a UUIDv7 that knows what it names.
//!
//! The text form is a [TypeID], `lead_01h455vb4pex5vsknk084sn02q`, so an id pasted into the wrong
//! field is refused at the door instead of quietly finding nothing.
//!
//! [TypeID]: https://github.com/jetify-com/typeid/tree/main/spec

use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt, hash,
    marker::PhantomData,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering as MemoryOrdering},
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::Uuid;

use crate::{Clock, Random};

/// What an [`Id`] names. Implemented by the empty enums of [`kinds`].
pub trait Kind: 'static {
    const PREFIX: &'static str;
}

/// The alphabetical list of everything that has an id.
pub mod kinds {
    macro_rules! kinds {
        ($($kind:ident $prefix:literal),+ $(,)?) => {
            $(
                #[derive(Debug)]
                pub enum $kind {}
                impl super::Kind for $kind {
                    const PREFIX: &'static str = $prefix;
                }
            )+
        };
    }

    kinds! {
        Alert "alert",
        AuditEntry "audit",
        Call "call",
        Client "client",
        Connection "conn",
        Deliverable "deliv",
        Delivery "whd",
        Event "evt",
        ExternalIdentity "extid",
        Form "form",
        HumanTask "htask",
        Invitation "invite",
        Invoice "inv",
        Lead "lead",
        Memory "mem",
        Milestone "mile",
        Passkey "passkey",
        Person "person",
        Project "proj",
        Proposal "prop",
        Run "run",
        Session "session",
        Submission "sub",
        Task "task",
        Tenant "tenant",
        WebhookMessage "whm",
        WebhookSubscription "whs",
    }
}

pub type AlertId = Id<kinds::Alert>;
pub type AuditEntryId = Id<kinds::AuditEntry>;
pub type CallId = Id<kinds::Call>;
pub type ClientId = Id<kinds::Client>;
pub type ConnectionId = Id<kinds::Connection>;
pub type DeliverableId = Id<kinds::Deliverable>;
/// A webhook delivery, in or out.
pub type DeliveryId = Id<kinds::Delivery>;
pub type EventId = Id<kinds::Event>;
/// An account at a provider, by which a person signs in.
pub type ExternalIdentityId = Id<kinds::ExternalIdentity>;
/// A form that clients fill in.
pub type FormId = Id<kinds::Form>;
/// Something that a run asks people for.
pub type HumanTaskId = Id<kinds::HumanTask>;
/// An invitation to become a member.
pub type InvitationId = Id<kinds::Invitation>;
pub type InvoiceId = Id<kinds::Invoice>;
pub type LeadId = Id<kinds::Lead>;
/// What is remembered under one key.
pub type MemoryId = Id<kinds::Memory>;
pub type MilestoneId = Id<kinds::Milestone>;
/// A key that a person signs in with.
pub type PasskeyId = Id<kinds::Passkey>;
/// Somebody who signs in.
pub type PersonId = Id<kinds::Person>;
pub type ProjectId = Id<kinds::Project>;
pub type ProposalId = Id<kinds::Proposal>;
/// A running (or finished) instance of a flow.
pub type RunId = Id<kinds::Run>;
/// A browser that is signed in.
pub type SessionId = Id<kinds::Session>;
/// A filled-in form.
pub type SubmissionId = Id<kinds::Submission>;
/// One entry of the engine's queue.
pub type TaskId = Id<kinds::Task>;
pub type TenantId = Id<kinds::Tenant>;
pub type WebhookMessageId = Id<kinds::WebhookMessage>;
pub type WebhookSubscriptionId = Id<kinds::WebhookSubscription>;

pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id of the form `{expected}_` followed by 26 lower-case letters and digits")]
pub struct InvalidId {
    expected: &'static str,
}

impl<K: Kind> Id<K> {
    /// A new id: 48 bits of milliseconds, the rest random (RFC 9562, version 7).
    pub fn generate(clock: &dyn Clock, random: &dyn Random) -> Self {
        let mut bytes = [0_u8; 10];
        random.fill(&mut bytes);
        let millis = u64::try_from(clock.now().timestamp_millis()).unwrap_or(0);
        Self::from(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    pub fn uuid(self) -> Uuid {
        self.uuid
    }

    pub fn prefix() -> &'static str {
        K::PREFIX
    }

    /// The lowest and the highest id whose text begins like this, with or without the prefix; none if no id's does.
    pub fn beginning_with(text: &str) -> Option<(Self, Self)> {
        let whole = format!("{}_", K::PREFIX);
        let rest = if whole.starts_with(text) { "" } else { text };
        let rest = rest.strip_prefix(&whole).unwrap_or(rest);
        let highest = if rest.is_empty() { "7" } else { rest };
        let id = |text: String| base32::decode(&text).map(Self::from);
        Some((id(format!("{rest:0<26}"))?, id(format!("{highest:z<26}"))?))
    }
}

/// Makes ids that sort in the order they were made, even within one millisecond.
///
/// The twelve bits after the time are a counter (RFC 9562, section 6.2, method 1).
#[derive(Debug, Default)]
pub struct Sequence(AtomicU64);

impl Sequence {
    pub fn next<K: Kind>(&self, clock: &dyn Clock, random: &dyn Random) -> Id<K> {
        let millis = u64::try_from(clock.now().timestamp_millis()).unwrap_or(0);
        let floor = millis << 12;
        let previous = self
            .0
            .fetch_update(MemoryOrdering::SeqCst, MemoryOrdering::SeqCst, |last| {
                Some(floor.max(last + 1))
            })
            .unwrap_or(floor);
        let ticket = floor.max(previous + 1);
        let mut bytes = [0_u8; 8];
        random.fill(&mut bytes);
        let low = (u64::from_be_bytes(bytes) >> 2) | (0b10 << 62);
        let high = ((ticket >> 12) << 16) | 0x7000 | (ticket & 0xfff);
        Id::from(Uuid::from_u64_pair(high, low))
    }
}

impl<K> From<Uuid> for Id<K> {
    fn from(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }
}

impl<K> From<Id<K>> for Uuid {
    fn from(id: Id<K>) -> Self {
        id.uuid
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { expected: K::PREFIX };
        let Some((prefix, suffix)) = text.rsplit_once('_') else {
            return Err(invalid);
        };
        if prefix != K::PREFIX {
            return Err(invalid);
        }
        base32::decode(suffix).map(Self::from).ok_or(invalid)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, base32::encode(self.uuid))
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl<K: Kind> JsonSchema for Id<K> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}_id", K::PREFIX))
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX);
        json_schema!({ "type": "string", "pattern": pattern })
    }
}

/// Crockford's alphabet, lower case, most significant bits first, as the TypeID specification says.
mod base32 {
    use uuid::Uuid;

    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    const LENGTH: usize = 26;

    pub(super) fn encode(uuid: Uuid) -> String {
        let value = uuid.as_u128();
        (0..LENGTH)
            .map(|position| {
                let shift = 5 * (LENGTH - 1 - position);
                let index = usize::try_from((value >> shift) & 31).unwrap_or(0);
                char::from(ALPHABET.get(index).copied().unwrap_or(b'0'))
            })
            .collect()
    }

    pub(super) fn decode(text: &str) -> Option<Uuid> {
        let bytes = text.as_bytes();
        // The first character holds only three bits: anything above `7` would overflow.
        if bytes.len() != LENGTH || b'7' < *bytes.first()? {
            return None;
        }
        let mut value = 0_u128;
        for byte in bytes {
            let digit = ALPHABET.iter().position(|letter| letter == byte)?;
            value = (value << 5) | u128::try_from(digit).ok()?;
        }
        Some(Uuid::from_u128(value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `spec/valid.yml` of the TypeID specification.
    #[test]
    fn encodes_the_published_vectors() {
        let vectors = [
            ("00000000-0000-0000-0000-000000000000", "00000000000000000000000000"),
            ("00000000-0000-0000-0000-000000000001", "00000000000000000000000001"),
            ("00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"),
            ("00000000-0000-0000-0000-000000000010", "0000000000000000000000000g"),
            ("00000000-0000-0000-0000-000000000020", "00000000000000000000000010"),
            ("ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
            ("0110c853-1d09-52d8-d73e-1194e95b5f19", "0123456789abcdefghjkmnpqrs"),
            ("01890a5d-ac96-774b-bcce-b302099a8057", "01h455vb4pex5vsknk084sn02q"),
        ];
        for (uuid, suffix) in vectors {
            let uuid = Uuid::parse_str(uuid).unwrap();
            assert_eq!(base32::encode(uuid), suffix);
            assert_eq!(base32::decode(suffix), Some(uuid));
        }
    }

    #[test]
    fn refuses_what_is_not_an_id_of_its_kind() {
        for text in [
            "",
            "lead",
            "lead_",
            "client_01h455vb4pex5vsknk084sn02q",
            "lead_01H455VB4PEX5VSKNK084SN02Q",
            "lead_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "lead_01h455vb4pex5vsknk084sn02",
            "lead_01h455vb4pex5vsknk084sn02u",
            " lead_01h455vb4pex5vsknk084sn02q",
        ] {
            assert!(text.parse::<LeadId>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_beginning_of_an_id_stands_for_all_that_begin_so() {
        let id: LeadId = "lead_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        let text = id.to_string();
        for length in 0..=text.len() {
            let (lowest, highest) = LeadId::beginning_with(text.get(..length).unwrap()).unwrap();
            assert!((lowest..=highest).contains(&id), "{length}");
        }
        assert_eq!(LeadId::beginning_with(&text), Some((id, id)));
        assert_eq!(LeadId::beginning_with("01h455vb4pex5vsknk084sn02q"), Some((id, id)));
        let (lowest, highest) = LeadId::beginning_with("lead_01h455vb4r").unwrap();
        assert!(!(lowest..=highest).contains(&id));
        for text in ["run_01h4", "lead_8", "TechFlow", "lead_01h455vb4pex5vsknk084sn02q0", "é"] {
            assert_eq!(LeadId::beginning_with(text), None, "{text}");
        }
    }

    #[test]
    fn a_sequence_sorts_in_the_order_of_making() {
        let clock =
            crate::ManualClock::at(chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let (random, sequence) = (crate::SeededRandom::new(1), Sequence::default());
        let ids: Vec<LeadId> = (0..10_000).map(|_| sequence.next(&clock, &random)).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.uuid().get_version_num() == 7));
    }

    proptest! {
        #[test]
        fn text_and_back_is_the_same_id(value: u128) {
            let id = LeadId::from(Uuid::from_u128(value));
            prop_assert_eq!(id.to_string().parse::<LeadId>(), Ok(id));
        }

        #[test]
        fn parsing_never_panics(text in ".*") {
            let _ignored: Result<LeadId, InvalidId> = text.parse();
        }
    }
}
