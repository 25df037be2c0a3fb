//! The trace that work belongs to: OpenTelemetry's spans, and the `traceparent` of W3C Trace Context where
//! work is handed over in a row or a request.
//!
//! Off until [`turn_on`]. Until then a span is nothing, and nothing here allocates. Attributes are ids, names of
//! ours and states; never what a client wrote.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use opentelemetry::{
    Context, KeyValue, Value, global,
    trace::{
        FutureExt as _, SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId,
        TraceState, Tracer as _,
    },
};

pub use opentelemetry::trace::SpanKind as Kind;

static ON: AtomicBool = AtomicBool::new(false);

/// Spans count from now on. Whoever says so has set the global tracer provider.
pub fn turn_on() {
    ON.store(true, Ordering::Release);
}

/// Whether spans are recorded.
pub fn is_on() -> bool {
    ON.load(Ordering::Acquire)
}

/// The `traceparent` of the span that this task works within.
pub fn current() -> Option<String> {
    if is_on() { write(Context::current().span().span_context()) } else { None }
}

/// Takes the span of this task along, into another one.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let context = is_on().then(Context::current);
    async move {
        match context {
            Some(context) => work.with_context(context).await,
            None => work.await,
        }
    }
}

/// A piece of work with a beginning and an end; it ends when it is dropped. Nothing while tracing is off.
#[derive(Debug)]
pub struct Span(Option<Context>);

impl Span {
    /// Begins a span in the trace that `traceparent` names; in a new one where it names none.
    pub fn begin(name: &str, kind: Kind, traceparent: Option<&str>) -> Self {
        Self::begin_at(name, kind, traceparent, None)
    }

    /// The same for work that began before it was known to be traced.
    pub fn begin_at(
        name: &str,
        kind: Kind,
        traceparent: Option<&str>,
        at: Option<SystemTime>,
    ) -> Self {
        if !is_on() {
            return Self(None);
        }
        let tracer = global::tracer("handoff");
        let mut builder = tracer.span_builder(name.to_owned()).with_kind(kind);
        builder.start_time = at;
        let parent = traceparent.and_then(read);
        let parent =
            parent.map_or_else(Context::new, |it| Context::new().with_remote_span_context(it));
        let span = tracer.build_with_context(builder, &parent);
        Self(Some(Context::new().with_span(span)))
    }

    /// Says something about it: an id, a name of ours, a state.
    pub fn set(&self, key: &'static str, value: impl FnOnce() -> Value) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(key, value()));
        }
    }

    /// It did not end well.
    pub fn failed(&self) {
        if let Some(context) = &self.0 {
            context.span().set_status(Status::error(""));
        }
    }

    /// How others name it as their parent.
    pub fn traceparent(&self) -> Option<String> {
        write(self.0.as_ref()?.span().span_context())
    }

    /// The id of its trace, for log lines.
    pub fn trace_id(&self) -> Option<String> {
        self.0.as_ref().map(|context| context.span().span_context().trace_id().to_string())
    }

    /// Does work within it.
    pub async fn within<F: Future>(&self, work: F) -> F::Output {
        match &self.0 {
            Some(context) => work.with_context(context.clone()).await,
            None => work.await,
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}

fn write(span: &SpanContext) -> Option<String> {
    let (trace, id) = (span.trace_id(), span.span_id());
    span.is_valid().then(|| format!("00-{trace}-{id}-{:02x}", span.trace_flags().to_u8()))
}

/// Versions after `00` may say more behind the flags, which is left out.
fn read(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    };
    let fits = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    if !fits || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_as_it_is_written() {
        assert_eq!(write(&read(GIVEN).unwrap()).unwrap(), GIVEN);
    }

    #[test]
    fn what_is_no_traceparent_is_nobodys_parent() {
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn while_tracing_is_off_there_is_nothing_to_hand_over() {
        let span = Span::begin("step", Kind::Internal, Some(GIVEN));
        assert_eq!((span.traceparent(), span.trace_id(), current()), (None, None, None));
    }
}
