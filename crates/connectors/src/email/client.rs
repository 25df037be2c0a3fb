//! One conversation with a mail server, and what its end means.
//!
//! Until the message's last line is out, nothing was sent. After it only the server's answer tells.

use std::time::Duration;

use connector_kit::{Call, CallError, http::Reach};
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, TlsParameters, TlsVersion},
    commands::{Data, Mail, Rcpt},
    extension::{ClientId, Extension, MailBodyParameter, MailParameter},
};
use tokio::time::{Instant, timeout_at};

use super::{Security, Settings, message::Built};

/// Ports of mail servers, reached without being named by the operator.
const PORTS: [u16; 4] = [25, 465, 587, 2525];
/// How long reaching one address may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a whole conversation may take: a mail server may think about a message for minutes.
const SESSION_TIMEOUT: Duration = Duration::from_secs(100);
/// Time is left to say goodbye, but nobody waits for the answer for long.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);
/// How much of a server's answer is passed on.
const ANSWER_MAX: usize = 200;

pub(super) struct Session<'a> {
    call: &'a Call,
    settings: &'a Settings,
    deadline: Instant,
}

/// Where in the conversation something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Connecting,
    SigningIn,
    Sender,
    Recipient(usize),
    Message,
    /// The message is out and no answer is there.
    Sent,
}

impl<'a> Session<'a> {
    pub(super) fn new(call: &'a Call, settings: &'a Settings) -> Self {
        let deadline = Instant::now() + call.timeout.min(SESSION_TIMEOUT);
        Self { call, settings, deadline }
    }

    /// Connects, signs in and leaves.
    pub(super) async fn check(&self) -> Result<(), CallError> {
        let mut connection = self.open().await?;
        leave(&mut connection).await;
        Ok(())
    }

    /// Hands the message over and gives the server's answer.
    pub(super) async fn deliver(&self, message: &Built) -> Result<String, CallError> {
        let mut connection = self.open().await?;
        let handed_over = self.hand_over(&mut connection, message).await;
        leave(&mut connection).await;
        handed_over
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, CallError> {
        let Reach { addresses, is_allowed_private } =
            self.call.http.reach(&self.settings.host, self.settings.port(), &PORTS).await?;
        if self.settings.security == Security::None && !is_allowed_private {
            return Err(CallError::Rejected {
                status: 0,
                code: "encryption-required".to_owned(),
                detail:
                    "mail is sent unencrypted only to hosts in the list of allowed private hosts; \
                         set `security` to starttls or tls"
                        .to_owned(),
            });
        }
        let mut last = None;
        for address in addresses {
            match self.within(Phase::Connecting, self.connect(address)).await {
                Ok(connection) => return self.sign_in(connection).await,
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| unavailable(None, "the mail server has no address".to_owned())))
    }

    async fn connect(&self, address: std::net::SocketAddr) -> Result<AsyncSmtpConnection, Error> {
        // The certificate is checked against the name that was set, whatever address it has.
        let tls = || {
            TlsParameters::builder(self.settings.host.clone())
                .set_min_tls_version(TlsVersion::Tlsv12)
                .build()
        };
        let name = self.our_name();
        let implicit = if self.settings.security == Security::Tls { Some(tls()?) } else { None };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(CONNECT_TIMEOUT),
            &name,
            implicit,
            None,
        )
        .await?;
        if self.settings.security == Security::Starttls {
            connection.starttls(tls()?, &name).await?;
        }
        Ok(connection)
    }

    /// How we introduce ourselves: by the sender's domain.
    fn our_name(&self) -> ClientId {
        let domain = self.settings.from.rsplit('@').next().unwrap_or_default();
        ClientId::Domain(domain.to_owned())
    }

    async fn sign_in(
        &self,
        mut connection: AsyncSmtpConnection,
    ) -> Result<AsyncSmtpConnection, CallError> {
        let (Some(username), Some(password)) = (&self.settings.username, &self.settings.password)
        else {
            return Ok(connection);
        };
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        if connection.server_info().get_auth_mechanism(&mechanisms).is_none() {
            return Err(CallError::Credentials(
                "the mail server offers no sign-in by PLAIN or LOGIN; take the user name out of the \
                 connection if it needs none"
                    .to_owned(),
            ));
        }
        let credentials = Credentials::new(username.clone(), password.expose().to_owned());
        self.within(Phase::SigningIn, connection.auth(&mechanisms, &credentials)).await?;
        Ok(connection)
    }

    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        message: &Built,
    ) -> Result<String, CallError> {
        let mut parameters = Vec::new();
        let named = message.envelope.from().into_iter().chain(message.envelope.to());
        if !named.map(AsRef::<str>::as_ref).all(str::is_ascii) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(CallError::Rejected {
                    status: 553,
                    code: "recipient-refused".to_owned(),
                    detail: "the mail server cannot send to addresses that are not ASCII"
                        .to_owned(),
                });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !message.bytes.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = message.envelope.from().cloned();
        self.within(Phase::Sender, connection.command(Mail::new(from, parameters))).await?;
        for (number, to) in message.envelope.to().iter().enumerate() {
            let asked = connection.command(Rcpt::new(to.clone(), vec![]));
            self.within(Phase::Recipient(number + 1), asked).await?;
        }
        self.within(Phase::Message, connection.command(Data)).await?;
        let answer = self.within(Phase::Sent, connection.message(&message.bytes)).await?;
        Ok(short(answer.first_line().unwrap_or_default()))
    }

    async fn within<T>(
        &self,
        phase: Phase,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, CallError> {
        match timeout_at(self.deadline, step).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(self.meaning(phase, &error)),
            Err(_elapsed) => {
                let detail = format!("{} did not answer in time", self.settings.host);
                Err(if phase == Phase::Sent {
                    ambiguous(detail)
                } else {
                    unavailable(None, detail)
                })
            }
        }
    }

    /// What a failure at this point means for the message.
    fn meaning(&self, phase: Phase, error: &Error) -> CallError {
        let host = &self.settings.host;
        let Some(code) = error.status().map(u16::from) else {
            let detail = format!("{host}: {}", short(&reason(error)));
            return match phase {
                Phase::Sent => ambiguous(detail),
                _ => unavailable(None, detail),
            };
        };
        let is_permanent = error.is_permanent();
        match phase {
            // The server's words may quote what it was sent.
            Phase::SigningIn if is_permanent => CallError::Credentials(format!(
                "{host} refused the user name or password ({code}); set the connection again"
            )),
            Phase::SigningIn => {
                unavailable(Some(code), format!("{host} cannot check passwords now"))
            }
            _ if !is_permanent => {
                unavailable(Some(code), format!("{host} asks to come back later ({code})"))
            }
            _ => {
                let (name, who) = match phase {
                    Phase::Sender => ("sender-refused", "the sender".to_owned()),
                    Phase::Recipient(number) => {
                        ("recipient-refused", format!("recipient {number}"))
                    }
                    Phase::Connecting => ("connection-refused", "us".to_owned()),
                    Phase::SigningIn | Phase::Message | Phase::Sent => {
                        ("message-refused", "the message".to_owned())
                    }
                };
                CallError::Rejected {
                    status: code,
                    code: name.to_owned(),
                    detail: format!("{host} refuses {who}: {}", short(&reason(error))),
                }
            }
        }
    }
}

async fn leave(connection: &mut AsyncSmtpConnection) {
    // The message's fate is known; how the goodbye ends changes nothing.
    drop(tokio::time::timeout(QUIT_TIMEOUT, connection.abort()).await);
}

fn reason(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(ANSWER_MAX).collect()
}

fn unavailable(status: Option<u16>, detail: String) -> CallError {
    CallError::Unavailable { status, retry_after: None, detail }
}

fn ambiguous(detail: String) -> CallError {
    CallError::Ambiguous { status: None, detail }
}
