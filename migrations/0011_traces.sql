-- The trace that an event was made in, as W3C Trace Context writes its parent; null while tracing is off.
-- What follows from the event goes on with it.
alter table platform.event add column traceparent text;
