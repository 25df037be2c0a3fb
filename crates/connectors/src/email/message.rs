//! The message as it is sent: headers that nobody can add to, text, and HTML beside it.

use std::time::SystemTime;

use connector_kit::CallError;
use kernel::Timestamp;
use lettre::{
    Address, Message,
    address::Envelope,
    message::{Mailbox, MultiPart, SinglePart},
};

use super::{Settings, functions::SendEmail};

/// A message that is ready to be sent.
pub(super) struct Built {
    pub(super) envelope: Envelope,
    pub(super) message_id: String,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn build(
    settings: &Settings,
    input: &SendEmail,
    key: &str,
    now: Timestamp,
) -> Result<Built, CallError> {
    let from = sender(settings)?;
    let message_id = message_id(key, from.email.domain());
    let mut builder = Message::builder()
        .from(from)
        .date(SystemTime::from(now))
        .message_id(Some(message_id.clone()))
        .subject(one_line("subject", &input.subject)?);
    for (number, address) in input.to.iter().enumerate() {
        builder = builder.to(mailbox(&format!("to/{number}"), address)?);
    }
    for (number, address) in input.cc.iter().enumerate() {
        builder = builder.cc(mailbox(&format!("cc/{number}"), address)?);
    }
    if let Some(address) = &input.reply_to {
        builder = builder.reply_to(mailbox("reply_to", address)?);
    }
    let text = SinglePart::plain(input.text.clone());
    let message = match &input.html {
        None => builder.singlepart(text),
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .boundary(format!("handoff-{}", plain(key)))
                .singlepart(text)
                .singlepart(SinglePart::html(html.clone())),
        ),
    };
    let message =
        message.map_err(|error| invalid(&format!("the e-mail cannot be written: {error}")))?;
    Ok(Built { envelope: message.envelope().clone(), message_id, bytes: message.formatted() })
}

/// The sender that the settings name.
pub(super) fn sender(settings: &Settings) -> Result<Mailbox, CallError> {
    let address: Address = settings.from.parse().map_err(|_quotes_it| {
        CallError::Credentials(
            "`from` of the connection `email` is not an address; set it again with `handoff \
             connection set email`"
                .to_owned(),
        )
    })?;
    let name = settings.from_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = name.map(|name| one_line("from_name", name)).transpose()?;
    Ok(Mailbox::new(name, address))
}

/// The same for every attempt of one step, so that a reader's mailbox recognises a repeat.
fn message_id(key: &str, domain: &str) -> String {
    format!("<handoff.{}@{domain}>", plain(key))
}

/// What may stand in an id or a boundary.
fn plain(key: &str) -> String {
    key.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect()
}

fn mailbox(field: &str, address: &str) -> Result<Mailbox, CallError> {
    let address = address
        .parse()
        .map_err(|_quotes_it| invalid(&format!("`{field}` is not an e-mail address")))?;
    Ok(Mailbox::new(None, address))
}

/// Text for a header. A line break would begin a header of the writer's own.
fn one_line(field: &str, text: &str) -> Result<String, CallError> {
    if text.chars().any(char::is_control) {
        return Err(invalid(&format!("`{field}` must be one line without control characters")));
    }
    Ok(text.to_owned())
}

fn invalid(detail: &str) -> CallError {
    CallError::Rejected { status: 400, code: "invalid-input".to_owned(), detail: detail.to_owned() }
}
