//! The program: configuration, composition, the HTTP server, the demo and the command line.
//!
//! Only here do the product and the connectors meet.

pub mod backup;
pub mod cli;
pub mod config;
pub mod database;
mod default_tenant;
pub mod demo;
pub mod environment;
pub mod failure;
mod flow_operations;
mod flow_sources;
pub mod flows;
mod identity_provider;
mod keys;
pub mod listen;
mod measuring;
pub mod metrics;
pub mod node;
mod outside;
pub mod serve;
mod server;
pub mod traces;
mod web;

pub use flows::shipped as shipped_flows;
pub use outside::Adapters;
