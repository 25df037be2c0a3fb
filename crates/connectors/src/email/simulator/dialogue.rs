//! One client's conversation.

use std::io;

use connector_kit::simulator::{Disturbance, Exchange, LedgerEffect, SimulatorKit};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use super::{PASSWORD, USERNAME};

/// The longest command, RFC 5321 4.5.3.1.4, with room for extensions.
const LINE_MAX: u64 = 12_288;
/// The largest message.
const MESSAGE_MAX: usize = 10 * 1024 * 1024;
const RECIPIENTS_MAX: usize = 100;
/// The fault that happens when signing in, and not at a message.
const PASSWORD_REFUSED: &str = "password-refused";

struct Dialogue {
    kit: SimulatorKit,
    stream: BufReader<TcpStream>,
    greeted: bool,
    signed_in: bool,
    from: Option<String>,
    to: Vec<String>,
    /// What the current message meets, decided when it begins.
    disturbance: Option<(Disturbance, String)>,
}

/// What follows an answer.
enum Next {
    Go,
    Close,
}

pub(super) async fn hold(kit: SimulatorKit, stream: TcpStream) -> io::Result<()> {
    let mut dialogue = Dialogue {
        kit,
        stream: BufReader::new(stream),
        greeted: false,
        signed_in: false,
        from: None,
        to: Vec::new(),
        disturbance: None,
    };
    dialogue.say("220 sandbox.example ESMTP").await?;
    while let Some(line) = dialogue.line().await? {
        if let Next::Close = dialogue.obey(&line).await? {
            break;
        }
    }
    Ok(())
}

impl Dialogue {
    async fn say(&mut self, text: &str) -> io::Result<Next> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await?;
        Ok(Next::Go)
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(LINE_MAX).read_until(b'\n', &mut line).await?;
        if read == 0 || !line.ends_with(b"\n") {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    async fn obey(&mut self, line: &str) -> io::Result<Next> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" if !rest.is_empty() => {
                self.greeted = true;
                let offers = "250-sandbox.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
                              250-SIZE 10485760\r\n250 AUTH PLAIN LOGIN";
                self.say(offers).await
            }
            "NOOP" => self.say("250 OK").await,
            "QUIT" => {
                self.say("221 Bye").await?;
                Ok(Next::Close)
            }
            "RSET" => {
                self.forget();
                self.say("250 OK").await
            }
            _ if !self.greeted => self.say("503 Say EHLO first").await,
            "AUTH" => self.sign_in(rest).await,
            _ if !self.signed_in => self.say("530 5.7.0 Authentication required").await,
            "MAIL" => self.mail(rest).await,
            "RCPT" => self.recipient(rest).await,
            "DATA" if self.to.is_empty() => self.say("503 Need RCPT first").await,
            "DATA" => self.data().await,
            _ => self.say("500 Command not recognized").await,
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
        self.disturbance = None;
    }

    async fn sign_in(&mut self, rest: &str) -> io::Result<Next> {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_right = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let answer = if initial.is_empty() {
                    self.say("334 ").await?;
                    self.line().await?.unwrap_or_default()
                } else {
                    initial.to_owned()
                };
                decoded(&answer) == format!("\0{USERNAME}\0{PASSWORD}").into_bytes()
            }
            "LOGIN" => {
                let username = if initial.is_empty() {
                    self.say("334 VXNlcm5hbWU6").await?;
                    self.line().await?.unwrap_or_default()
                } else {
                    initial.to_owned()
                };
                self.say("334 UGFzc3dvcmQ6").await?;
                let password = self.line().await?.unwrap_or_default();
                decoded(&username) == USERNAME.as_bytes()
                    && decoded(&password) == PASSWORD.as_bytes()
            }
            _ => return self.say("504 5.5.4 Unrecognized authentication type").await,
        };
        let refused = self.kit.meets_own("/auth", PASSWORD_REFUSED);
        if !is_right || refused {
            return self.say("535 5.7.8 Authentication credentials invalid").await;
        }
        self.signed_in = true;
        self.say("235 2.7.0 Authentication successful").await
    }

    async fn mail(&mut self, rest: &str) -> io::Result<Next> {
        let Some(from) = address(rest, "FROM:") else {
            return self.say("501 5.5.4 Syntax: MAIL FROM:<address>").await;
        };
        if self.from.is_some() {
            return self.say("503 5.5.1 One message at a time").await;
        }
        self.from = Some(from.to_owned());
        self.disturbance = self.kit.meet("/messages", &[PASSWORD_REFUSED]);
        self.say("250 2.1.0 OK").await
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<Next> {
        if self.from.is_none() {
            return self.say("503 5.5.1 Need MAIL first").await;
        }
        let Some(to) = address(rest, "TO:").filter(|to| to.contains('@')) else {
            return self.say("501 5.1.3 Bad recipient address syntax").await;
        };
        self.to.push(to.to_owned());
        if RECIPIENTS_MAX < self.to.len() {
            return self.say("452 4.5.3 Too many recipients").await;
        }
        let refusal = match self.disturbance.as_ref().map(|(it, _)| it.clone()) {
            Some(Disturbance::Own("recipient-refused")) => 550,
            Some(Disturbance::Own("try-later")) => 451,
            Some(Disturbance::Status { status, after_effect: false }) => status,
            Some(Disturbance::CloseBefore) => {
                self.note(LedgerEffect::None, None, Value::Null).await?;
                return Ok(Next::Close);
            }
            Some(Disturbance::HangBefore) => {
                self.note(LedgerEffect::None, None, Value::Null).await?;
                return self.hang().await;
            }
            _ => return self.say("250 2.1.5 OK").await,
        };
        self.note(LedgerEffect::None, Some(refusal), Value::Null).await?;
        self.forget();
        self.say(&format!("{refusal} The sandbox was told to refuse this recipient")).await
    }

    async fn data(&mut self) -> io::Result<Next> {
        self.say("354 End data with <CR><LF>.<CR><LF>").await?;
        let Some(message) = self.message().await? else { return Ok(Next::Close) };
        let disturbance = self.disturbance.as_ref().map(|(it, _)| it.clone());
        let mail = read(&message);
        if matches!(disturbance, Some(Disturbance::Own("message-refused"))) {
            self.note(LedgerEffect::None, Some(554), mail).await?;
            self.forget();
            return self.say("554 5.6.0 The sandbox was told to refuse this message").await;
        }
        let status = match disturbance {
            Some(Disturbance::Status { status, after_effect: true }) => Some(status),
            Some(
                Disturbance::HangAfter
                | Disturbance::CloseAfter
                | Disturbance::Own("dropped-after-data"),
            ) => None,
            _ => Some(250),
        };
        self.note(LedgerEffect::Applied, status, mail).await?;
        self.forget();
        match disturbance {
            Some(Disturbance::HangAfter) => self.hang().await,
            Some(Disturbance::Garble) => self.say("{\"this\": \"is not SMTP\"}").await,
            Some(Disturbance::Slow(pause)) => {
                tokio::time::sleep(pause).await;
                self.taken().await
            }
            _ => match status {
                Some(250) => self.taken().await,
                Some(status) => self.say(&format!("{status} The sandbox was told so")).await,
                None => Ok(Next::Close),
            },
        }
    }

    async fn taken(&mut self) -> io::Result<Next> {
        let id = self.kit.hex(12);
        self.say(&format!("250 2.0.0 OK: queued as {id}")).await
    }

    /// Says nothing more, until the client gives up.
    async fn hang(&mut self) -> io::Result<Next> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).await?;
        Ok(Next::Close)
    }

    /// The message with its dots undone; none when the client left or sent too much.
    async fn message(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut message = Vec::new();
        loop {
            let mut line = Vec::new();
            let left = u64::try_from(MESSAGE_MAX - message.len()).unwrap_or_default();
            let read = (&mut self.stream).take(left).read_until(b'\n', &mut line).await?;
            if read == 0 || !line.ends_with(b"\n") {
                return Ok(None);
            }
            if line == b".\r\n" {
                return Ok(Some(message));
            }
            let undone = if line.starts_with(b".") { &line[1..] } else { &line[..] };
            message.extend_from_slice(undone);
        }
    }

    async fn note(&self, effect: LedgerEffect, status: Option<u16>, mail: Value) -> io::Result<()> {
        let key = mail.get("message_id").and_then(Value::as_str).map(str::to_owned);
        let mut request = json!({ "from": self.from, "to": self.to });
        if let (Some(request), Value::Object(mail)) = (request.as_object_mut(), mail) {
            request.extend(mail);
        }
        let exchange = Exchange {
            method: "DATA",
            path: "/messages",
            key,
            effect,
            status,
            fault: self.disturbance.as_ref().map(|(_, name)| name.clone()),
            request,
            answer: Value::Null,
        };
        self.kit.note(exchange).await
    }
}

/// The address between `<` and `>` after the keyword.
fn address<'a>(rest: &'a str, keyword: &str) -> Option<&'a str> {
    let (head, tail) = rest.split_at_checked(keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, _parameters) = tail.trim_start().strip_prefix('<')?.split_once('>')?;
    Some(address)
}

/// Base64; what is none reads as nothing.
fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text.trim()).unwrap_or_default()
}

/// What people want to see of a message: id, subject, and the raw text.
fn read(message: &[u8]) -> Value {
    let raw = String::from_utf8_lossy(message).into_owned();
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((&raw, ""));
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |name: &str| {
        unfolded.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    json!({
        "message_id": header("message-id"), "subject": header("subject"), "body": body, "raw": raw,
    })
}
