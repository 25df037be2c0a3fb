//! What runs do, task by task.

mod data;
mod events;
mod flow;
mod properties;
mod recovery;
mod room;
mod tries;
