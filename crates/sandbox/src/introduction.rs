//! How a tenant is connected to the simulators: what `handoff sandbox` prints, and what
//! `/_sandbox/providers` answers. The credentials are the sandbox's own and open nothing else.

use std::net::SocketAddr;

use connectors::{ai, email, invoice_system, notion, slack};
use serde_json::Value;

use super::Sandbox;

/// The connector that a provider stands behind, and settings of a connection to it: at `base`, and for
/// e-mail where mail is taken.
pub(crate) fn settings_of(
    provider: &str,
    base: &str,
    mail: Option<&SocketAddr>,
) -> Option<(&'static str, Value)> {
    let at = format!("{base}/sim/{provider}");
    Some(match provider {
        ai::simulator::ANTHROPIC => ("ai", ai::simulator::anthropic_settings(&at)),
        ai::simulator::OPENAI => ("ai", ai::simulator::openai_settings(&at)),
        email::simulator::PROVIDER => ("email", email::simulator::settings(*mail?)),
        invoice_system::simulator::PROVIDER => {
            ("invoice_system", invoice_system::simulator::settings(&at))
        }
        notion::simulator::PROVIDER => ("notion", notion::simulator::settings(&at)),
        slack::simulator::PROVIDER => ("slack", slack::simulator::settings(&at)),
        _ => return None,
    })
}

impl Sandbox {
    /// What a person needs to connect a platform to the simulators at `base`, ready to paste.
    pub fn introduction(&self, base: &str) -> String {
        let host = base.split_once("://").map_or(base, |(_, host)| host);
        let mail = self.mail_host().map(|mail| format!(",{mail}")).unwrap_or_default();
        let connections: String = super::PROVIDERS
            .iter()
            .filter_map(|provider| {
                let (connector, settings) = settings_of(provider.name, base, self.mail.get())?;
                let name = provider.name;
                Some(format!(
                    "  echo '{settings}' | handoff connection set {connector}    # {name}\n"
                ))
            })
            .collect();
        format!(
            "The simulators are ready at {base}

The server (and commands, where none runs) must be allowed to call them:
  export HANDOFF_ALLOWED_PRIVATE_HOSTS={host}{mail}

Connect a tenant to them; there are two for `ai`, choose one:
{connections}
Watch and disturb them:
  curl {base}/_sandbox/providers        # these settings, and the faults each knows
  curl '{base}/_sandbox/ledger?provider=slack'
  curl {base}/_sandbox/mail             # the e-mails that were caught
  curl -X PUT {base}/_sandbox/faults/slack -d '{{\"what\":\"status-503\",\"times\":1}}'
  curl -X DELETE {base}/_sandbox/faults

Ctrl-C stops them."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_provider_has_settings_and_is_introduced() {
        let sandbox = Sandbox::new(crate::SandboxOptions::default()).unwrap();
        let _mail = sandbox.serve_mail("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let mail = sandbox.mail_host().unwrap();
        let text = sandbox.introduction("http://127.0.0.1:8090");
        let hosts = format!("HANDOFF_ALLOWED_PRIVATE_HOSTS=127.0.0.1:8090,{mail}\n");
        assert!(text.contains(&hosts), "{text}");
        for provider in crate::PROVIDERS {
            let (connector, settings) =
                settings_of(provider.name, "http://127.0.0.1:8090", sandbox.mail.get()).unwrap();
            assert!(
                text.contains(&format!("echo '{settings}' | handoff connection set {connector}"))
            );
        }
    }
}
