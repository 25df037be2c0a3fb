//! What the status of an answer means.

use connector_kit::CallError;

/// The codes by number, each with the status of HTTP that stands for it (`google.rpc.Code`).
const CODES: [(&str, u16); 17] = [
    ("OK", 200),
    ("CANCELLED", 499),
    ("UNKNOWN", 500),
    ("INVALID_ARGUMENT", 400),
    ("DEADLINE_EXCEEDED", 504),
    ("NOT_FOUND", 404),
    ("ALREADY_EXISTS", 409),
    ("PERMISSION_DENIED", 403),
    ("RESOURCE_EXHAUSTED", 429),
    ("FAILED_PRECONDITION", 400),
    ("ABORTED", 409),
    ("OUT_OF_RANGE", 400),
    ("UNIMPLEMENTED", 501),
    ("INTERNAL", 500),
    ("UNAVAILABLE", 503),
    ("DATA_LOSS", 500),
    ("UNAUTHENTICATED", 401),
];

/// A status that is not OK.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status {
    code: &'static str,
    http: u16,
    message: String,
}

impl Status {
    /// Of the metadata that holds one: `None` if it is good.
    pub(super) fn read(code: &str, message: String) -> Option<Self> {
        let number = code.trim().parse::<usize>().ok();
        // A code that nobody knows counts as `UNKNOWN`.
        let (code, http) = number.and_then(|number| CODES.get(number)).unwrap_or(&CODES[2]);
        (*code != "OK").then_some(Self { code, http: *http, message })
    }

    /// An answer says what became of the call, but for two codes that say that nobody knows.
    pub(super) fn into_error(self, path: &str) -> CallError {
        let Self { code, http: status, message } = self;
        let colon = if message.is_empty() { "" } else { ": " };
        let detail = format!("{path} answered {code}{colon}{message}");
        match code {
            "CANCELLED" | "DEADLINE_EXCEEDED" => {
                CallError::Ambiguous { status: Some(status), detail }
            }
            "UNKNOWN" | "RESOURCE_EXHAUSTED" | "INTERNAL" | "UNAVAILABLE" | "DATA_LOSS" => {
                CallError::Unavailable { status: Some(status), retry_after: None, detail }
            }
            _ => CallError::Rejected { status, code: code.to_owned(), detail },
        }
    }
}

/// A message without its percent-encoding; what is not encoded as it should be stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| *first == b'%');
        let byte = pair.and_then(|pair| hex::decode(pair).ok()?.first().copied());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_meaning() {
        let kinds: Vec<(u16, &str)> = (1..=17)
            .map(|number| {
                let status = Status::read(&number.to_string(), String::new()).unwrap();
                match status.into_error("/a/B") {
                    CallError::Rejected { status, .. } => (status, "rejected"),
                    CallError::Unavailable { status, .. } => (status.unwrap(), "not done"),
                    CallError::Ambiguous { status, .. } => (status.unwrap(), "unknown"),
                    other => panic!("{other}"),
                }
            })
            .collect();
        let expected = [
            (499, "unknown"),
            (500, "not done"),
            (400, "rejected"),
            (504, "unknown"),
            (404, "rejected"),
            (409, "rejected"),
            (403, "rejected"),
            (429, "not done"),
            (400, "rejected"),
            (409, "rejected"),
            (400, "rejected"),
            (501, "rejected"),
            (500, "not done"),
            (503, "not done"),
            (500, "not done"),
            (401, "rejected"),
            (500, "not done"),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(Status::read("0", "fine".to_owned()), None);
    }

    #[test]
    fn messages_are_decoded() {
        for (text, expected) in
            [("a%20b", "a b"), ("%C3%A9", "é"), ("100%", "100%"), ("%zz%2", "%zz%2"), ("", "")]
        {
            assert_eq!(decoded(text), expected);
        }
    }
}
