//! An operation's answer on its way out.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    Operation, Problem,
    operation::{File, read_input},
};

const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Status and body, fixed before the transaction commits so that a replay is the same to the byte.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) replayed: bool,
    file: Option<FileHeaders>,
}

#[derive(Debug)]
struct FileHeaders {
    name: String,
    media_type: String,
    etag: String,
    /// Whether the client has this already.
    is_known: bool,
    /// Whether it is to be looked at rather than kept.
    is_inline: bool,
}

impl Answer {
    pub(super) fn new(operation: &Operation, output: Value) -> Result<Self, Problem> {
        let status = operation.status_of(&output);
        if operation.file.is_none() {
            let body = serde_json::to_vec(&output).map_err(Problem::internal)?;
            return Ok(Self { status, body, replayed: false, file: None });
        }
        Self::file(status, &read_input(output)?)
    }

    pub(super) fn earlier(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, replayed: true, file: None }
    }

    fn file(status: u16, file: &File) -> Result<Self, Problem> {
        let body = file.bytes()?;
        let headers = FileHeaders {
            name: file.file_name.clone(),
            media_type: file.media_type.clone(),
            etag: format!("\"{}\"", hex::encode(Sha256::digest(&body))),
            is_known: false,
            is_inline: false,
        };
        Ok(Self { status, body, replayed: false, file: Some(headers) })
    }

    /// A file to be shown in a browser.
    pub(super) fn inline(output: Value) -> Result<Self, Problem> {
        let mut answer = Self::file(200, &read_input(output)?)?;
        if let Some(file) = &mut answer.file {
            file.is_inline = true;
        }
        Ok(answer)
    }

    /// As those see it who take JSON only: a file with its content in base64.
    pub(crate) fn output(&self) -> Result<Value, Problem> {
        let Some(file) = &self.file else {
            return serde_json::from_slice(&self.body).map_err(Problem::internal);
        };
        Ok(json!({
            "file_name": file.name,
            "media_type": file.media_type,
            "data": BASE64_STANDARD.encode(&self.body),
        }))
    }

    /// Leaves out what the client says that it has.
    pub(super) fn unless_known(mut self, headers: &HeaderMap) -> Self {
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if let (Some(file), Some(known)) = (&mut self.file, known) {
            let tags = known.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
            file.is_known = tags.into_iter().any(|tag| tag == "*" || tag == file.etag);
        }
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = match &self.file {
            Some(file) if file.is_known => StatusCode::NOT_MODIFIED.into_response(),
            _ => (status, self.body).into_response(),
        };
        let headers = response.headers_mut();
        match &self.file {
            Some(file) => file.write(headers),
            None => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
        }
        if self.replayed {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

impl FileHeaders {
    fn write(&self, headers: &mut HeaderMap) {
        let kind = if self.is_inline { "inline" } else { "attachment" };
        // A plain name for old clients, and the real one as RFC 6266 has it.
        let plain: String =
            self.name.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
        let encoded: String = self
            .name
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect();
        let disposition = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
        for (name, value) in [
            (header::CONTENT_TYPE, self.media_type.as_str()),
            (header::CONTENT_DISPOSITION, &disposition),
            (header::ETAG, &self.etag),
            (header::CACHE_CONTROL, "private, no-cache"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        // A picture that someone uploaded runs nothing, even when it is opened by itself. A browser shows no PDF
        // in a sandbox.
        if self.media_type.starts_with("image/") {
            headers
                .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_POLICY));
        }
    }
}
