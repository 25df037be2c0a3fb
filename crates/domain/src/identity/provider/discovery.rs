//! What the provider says of itself and which keys it signs with, read once and remembered.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use kernel::Timestamp;
use openidconnect::{
    AsyncHttpClient, HttpRequest, HttpResponse, IssuerUrl, core::CoreProviderMetadata,
};
use tokio::sync::Mutex;

use super::{
    ProviderSettings,
    conversation::{plain, unavailable},
};
use crate::{App, Problem, app::Unreachable};

/// How long it is believed.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// How long after a failure nobody asks again, so that a provider that is away does not hold up one browser after another.
const PAUSE: TimeDelta = TimeDelta::seconds(3);

/// The provider's description and keys.
pub(super) type Description = Arc<CoreProviderMetadata>;

/// What is remembered of the provider by this node.
#[derive(Debug, Default)]
pub(crate) struct Discovered(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    known: Option<(Timestamp, Description)>,
    failed_at: Option<Timestamp>,
}

impl Discovered {
    /// The provider's description, at most an hour old.
    ///
    /// # Errors
    /// `provider-unavailable`.
    pub(super) async fn get(
        &self,
        app: &App,
        settings: &ProviderSettings,
    ) -> Result<Description, Problem> {
        let mut remembered = self.0.lock().await;
        let now = app.db.clock().now();
        match &remembered.known {
            Some((at, known)) if now - *at < FRESH => Ok(Arc::clone(known)),
            _ => remembered.read(app, settings).await,
        }
    }

    /// A newer description than this one, whose keys did not fit.
    ///
    /// # Errors
    /// `provider-unavailable`.
    pub(super) async fn newer(
        &self,
        app: &App,
        settings: &ProviderSettings,
        than: &Description,
    ) -> Result<Description, Problem> {
        let mut remembered = self.0.lock().await;
        match &remembered.known {
            // Somebody else was faster.
            Some((_, known)) if !Arc::ptr_eq(known, than) => Ok(Arc::clone(known)),
            _ => remembered.read(app, settings).await,
        }
    }
}

impl Remembered {
    async fn read(
        &mut self,
        app: &App,
        settings: &ProviderSettings,
    ) -> Result<Description, Problem> {
        let began = app.db.clock().now();
        if self.failed_at.is_some_and(|at| (TimeDelta::zero()..PAUSE).contains(&(began - at))) {
            return Err(unavailable(settings));
        }
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(Problem::internal)?;
        match CoreProviderMetadata::discover_async(issuer, &Wire(app)).await {
            Ok(read) => {
                let known = Arc::new(read);
                *self = Self { known: Some((began, Arc::clone(&known))), failed_at: None };
                Ok(known)
            }
            Err(error) => {
                self.failed_at = Some(app.db.clock().now());
                let reason = plain(&format!("{:#}", anyhow::Error::new(error)));
                tracing::warn!(reason, "the sign-in provider does not describe itself");
                Err(unavailable(settings))
            }
        }
    }
}

/// The way to the provider. A server that fails counts as one that is away.
pub(super) struct Wire<'a>(pub(super) &'a App);

impl<'c> AsyncHttpClient<'c> for Wire<'_> {
    type Error = Unreachable;
    type Future = BoxFuture<'c, Result<HttpResponse, Unreachable>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.outside.ask_identity_provider(request).await?;
            if answer.status().is_server_error() {
                return Err(Unreachable(format!("it answers with status {}", answer.status())));
            }
            Ok(answer)
        })
    }
}
