//! What the product asks of the connectors, the prompts and the provider that people sign in through.

use std::time::Duration;

use connector_kit::CallError;
use domain::{
    CheckedPrompt, ConnectorInfo, OwnPrompt, PromptInfo, RenderedPrompt, Unreachable,
    identity::provider::ProviderSettings,
};
use futures::future::BoxFuture;
use kernel::TenantId;
use serde_json::{Map, Value};

use super::Adapters;

/// How long a check of a connection may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(20);

impl domain::Outside for Adapters {
    fn connectors(&self) -> Vec<ConnectorInfo> {
        self.connectors
            .iter()
            .map(|connector| ConnectorInfo {
                id: connector.id.to_owned(),
                title: connector.title.to_owned(),
                settings: connector.settings.clone(),
            })
            .collect()
    }

    fn prompts(&self) -> Vec<PromptInfo> {
        self.prompt_infos()
    }

    fn check_prompt(&self, name: &str, own: &OwnPrompt) -> Option<CheckedPrompt> {
        self.check_own_prompt(name, own)
    }

    fn render_prompt(
        &self,
        name: &str,
        own: Option<&OwnPrompt>,
        variables: &Map<String, Value>,
    ) -> Option<Result<RenderedPrompt, Vec<String>>> {
        self.rendered(name, own, variables)
    }

    fn may_reach(&self, url: &str) -> Result<(), String> {
        self.http.check(url).map_err(|error| match error {
            CallError::Rejected { detail, .. } => detail,
            other => other.to_string(),
        })
    }

    fn check_connection<'a>(
        &'a self,
        _tenant: TenantId,
        connector: &'a str,
        settings: Value,
    ) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move {
            let known = self.connectors.iter().find(|it| it.id == connector);
            let known = known.ok_or_else(|| format!("there is no connector `{connector}`"))?;
            let call = self.call(connector, settings, "check".to_owned(), 1, CHECK_TIMEOUT);
            (known.check)(call).await.map_err(|error| error.to_string())
        })
    }

    fn send_mail<'a>(
        &'a self,
        tenant: TenantId,
        to: &'a str,
        subject: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let (_, send) = self.function("email.send").ok_or("this release sends no e-mail")?;
            let settings =
                self.settings(tenant, "email").await.map_err(|error| error.to_string())?;
            let settings = settings.ok_or("this tenant has no connection `email`")?;
            let db = self.db.get().ok_or("the program is starting")?;
            let key = db.new_id::<kernel::kinds::Call>().to_string();
            let call = self.call("email", settings, key, 1, CHECK_TIMEOUT);
            let input = serde_json::json!({ "to": [to], "subject": subject, "text": text });
            (send.run)(call, input).await.map(drop).map_err(|error| error.to_string())
        })
    }

    fn identity_provider(&self) -> Option<&ProviderSettings> {
        self.provider.get().map(|provider| &provider.settings)
    }

    fn ask_identity_provider(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, Unreachable>> {
        Box::pin(async move {
            let Some(provider) = self.provider.get() else {
                return Err(Unreachable("there is no provider".to_owned()));
            };
            provider.ask(request).await
        })
    }
}
