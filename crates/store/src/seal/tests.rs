//! What must open, and everything that must not.

use std::os::unix::fs::PermissionsExt as _;

use kernel::{Random, Secret, SeededRandom};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::local::tests::Scratch;

const FIRST: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECOND: &str = "k2:CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
const PLAIN: &[u8] = b"api_key=correct horse";
const PURPOSE: &str = "identity.connection.settings_sealed";

// Computed with another implementation: HChaCha20 as its draft has it, then OpenSSL's
// ChaCha20-Poly1305, over the layout that the module describes.
const KNOWN: &str = "01026b3107070707070707070707070707070707070707070707070787cf3287350cbda91ff5075525440d00f0ac\
                     b4420fd6acf6f656f47f951a8bd35148a4fb2e";

#[derive(Debug)]
struct AlwaysSeven;

impl Random for AlwaysSeven {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn keyring(entries: &[&str]) -> Keyring {
    Keyring::parse(&Secret::new(entries.join(","))).unwrap()
}

fn tenant() -> TenantId {
    TenantId::from(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057))
}

fn context() -> Context<'static> {
    Context { tenant: tenant(), purpose: PURPOSE, row: b"invoice_system" }
}

#[test]
fn the_known_answer_is_sealed_and_opened() {
    let keys = keyring(&[FIRST]);
    let sealed = keys.seal(&context(), PLAIN, &AlwaysSeven).unwrap();
    assert_eq!(hex::encode(&sealed), KNOWN);
    assert_eq!(keys.open(&context(), &sealed).unwrap().expose(), PLAIN);
    assert_eq!(key_of(&sealed), Ok("k1"));
}

#[test]
fn an_envelope_opens_for_its_own_row_only() {
    let keys = keyring(&[FIRST]);
    let sealed = hex::decode(KNOWN).unwrap();
    let elsewhere = [
        Context { tenant: TenantId::from(Uuid::from_u128(1)), ..context() },
        Context { purpose: "identity.connection.other", ..context() },
        Context { row: b"slack", ..context() },
        // The same bytes, parted elsewhere.
        Context {
            purpose: "identity.connection.settings_sealedinvoice_",
            row: b"system",
            ..context()
        },
    ];
    for context in elsewhere {
        assert_eq!(keys.open(&context, &sealed), Err(SealError::Refused), "{context:?}");
    }
}

#[test]
fn an_unknown_key_is_named() {
    let sealed = keyring(&[SECOND]).seal(&context(), PLAIN, &AlwaysSeven).unwrap();
    let error = keyring(&[FIRST]).open(&context(), &sealed).unwrap_err();
    assert_eq!(error, SealError::UnknownKey("k2".to_owned()));
    assert!(error.to_string().contains("add it to HANDOFF_KEYS"), "{error}");
}

#[test]
fn a_key_with_the_right_id_and_other_bytes_is_refused() {
    let impostor = SECOND.replace("k2", "k1");
    let error = keyring(&[&impostor]).open(&context(), &hex::decode(KNOWN).unwrap());
    assert_eq!(error, Err(SealError::Refused));
}

#[test]
fn rotation_keeps_old_secrets_readable_and_moves_them() {
    let old = hex::decode(KNOWN).unwrap();
    let rotated = keyring(&[SECOND, FIRST]);
    assert_eq!(rotated.ids().collect::<Vec<_>>(), ["k2", "k1"]);
    assert!(rotated.needs_rewrap(&old));
    let new = rotated.rewrap(&context(), &old, &AlwaysSeven).unwrap().unwrap();
    assert_eq!(key_of(&new), Ok("k2"));
    assert_eq!(rotated.rewrap(&context(), &new, &AlwaysSeven), Ok(None));
    assert_eq!(keyring(&[SECOND]).open(&context(), &new).unwrap().expose(), PLAIN);
}

#[test]
fn nothing_printed_holds_plain_text_or_keys() {
    let keys = keyring(&[FIRST, SECOND]);
    let opened = keys.open(&context(), &hex::decode(KNOWN).unwrap()).unwrap();
    assert_eq!(format!("{opened:?}"), "[secret]");
    let shown = format!("{keys:?}");
    assert_eq!(shown, "Keyring { first: Key(k1), others: [Key(k2)] }");
}

#[test]
fn a_malformed_key_is_refused_without_repeating_it() {
    for wrong in ["k1", "k1:c2hvcnQ=", "k1:***", ":AAEC", "k 1:AAEC", "supersecret"] {
        let text = format!("{SECOND},{wrong}");
        let error = Keyring::parse(&Secret::new(text)).unwrap_err();
        assert!(matches!(error, KeyError::Malformed { number: 2 }), "{wrong}");
        assert!(!error.to_string().contains("supersecret"));
    }
    assert!(matches!(Keyring::parse(&Secret::new(" \n# none\n")), Err(KeyError::Empty)));
    let twice = Secret::new(format!("{FIRST}\n{FIRST}"));
    assert!(matches!(Keyring::parse(&twice), Err(KeyError::Duplicate(id)) if id == "k1"));
}

#[test]
fn a_key_file_is_made_once_and_kept_private() {
    let scratch = Scratch::new();
    let path = scratch.path().join("keys");
    let first = Keyring::from_file(&path, &SeededRandom::new(1)).unwrap();
    let sealed = first.seal(&context(), PLAIN, &SeededRandom::new(2)).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let again = Keyring::from_file(&path, &SeededRandom::new(3)).unwrap();
    assert_eq!(again.open(&context(), &sealed).unwrap().expose(), PLAIN);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = Keyring::from_file(&path, &SeededRandom::new(4)).unwrap_err();
    assert!(matches!(error, KeyError::NotPrivate(_)), "{error}");
}

#[test]
fn the_folder_of_a_new_key_file_is_made_and_private() {
    let scratch = Scratch::new();
    let folder = scratch.path().join("share/handoff");
    Keyring::from_file(&folder.join("keys"), &SeededRandom::new(1)).unwrap();
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_text_too_long_is_refused() {
    let keys = keyring(&[FIRST]);
    let longest = vec![0; PLAIN_MAX];
    assert!(keys.seal(&context(), &longest, &AlwaysSeven).is_ok());
    let longer = vec![0; PLAIN_MAX + 1];
    assert_eq!(
        keys.seal(&context(), &longer, &AlwaysSeven),
        Err(SealError::TooLong(PLAIN_MAX + 1))
    );
}

#[test]
fn no_changed_bit_and_no_shorter_or_longer_envelope_opens() {
    let keys = keyring(&[FIRST, SECOND]);
    let sealed = hex::decode(KNOWN).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(keys.open(&context(), &changed).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(keys.open(&context(), &sealed[..length]).is_err(), "{length} bytes");
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(keys.open(&context(), &longer), Err(SealError::Refused));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn whatever_is_sealed_opens_again(
        plain in proptest::collection::vec(any::<u8>(), 0..512),
        row in proptest::collection::vec(any::<u8>(), 0..40),
        purpose in "[a-z._]{0,40}",
        tenant: u128,
        seed: u64,
    ) {
        let keys = keyring(&[SECOND, FIRST]);
        let tenant = TenantId::from(Uuid::from_u128(tenant));
        let context = Context { tenant, purpose: &purpose, row: &row };
        let sealed = keys.seal(&context, &plain, &SeededRandom::new(seed)).unwrap();
        let opened = keys.open(&context, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), plain.as_slice());
    }

    #[test]
    fn any_bytes_are_an_error_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let keys = keyring(&[FIRST]);
        prop_assert!(keys.open(&context(), &bytes).is_err());
        prop_assert!(!keys.needs_rewrap(&bytes) || key_of(&bytes).is_ok());
    }
}
