//! Traces for an OpenTelemetry collector, where the environment names one.

use std::time::Duration;

use anyhow::Context as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};

use crate::config::text;

/// How long one export may take.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long stopping waits for the last export.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends spans in the background, in a thread of its own. What its queue has no room for is dropped.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send, if the environment says where to.
    pub fn from_environment() -> anyhow::Result<Option<Self>> {
        let is_disabled =
            text("OTEL_SDK_DISABLED").is_some_and(|it| it.eq_ignore_ascii_case("true"));
        let names = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
        let is_wanted = names.into_iter().any(|name| text(name).is_some());
        if is_disabled || !is_wanted {
            return Ok(None);
        }
        Self::start(None).map(Some)
    }

    /// Sends to this address; without one, to where the environment says.
    pub fn start(endpoint: Option<&str>) -> anyhow::Result<Self> {
        // The blocking client may not be made by a thread that serves others.
        let client = std::thread::spawn(|| {
            reqwest::blocking::Client::builder()
                .tls_backend_preconfigured(connector_kit::http::tls_config())
                .redirect(reqwest::redirect::Policy::none())
                .timeout(EXPORT_TIMEOUT)
                .build()
        });
        let client = client.join().map_err(|_panic| anyhow::anyhow!("the client panicked"))?;
        let mut builder = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(client.context("traces cannot be sent")?);
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let exporter = builder.build().context("OTEL_EXPORTER_OTLP_… cannot be used")?;
        let mut resource = Resource::builder();
        if text("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name("handoff");
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        opentelemetry::global::set_tracer_provider(provider.clone());
        kernel::trace::turn_on();
        Ok(Self(provider))
    }

    /// Sends what is left, as far as time allows.
    pub async fn stop(self) {
        let flushed =
            tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FLUSH_TIMEOUT));
        match flushed.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last traces were not sent"),
            Err(error) => tracing::warn!(%error, "the last traces were not sent"),
        }
    }
}
