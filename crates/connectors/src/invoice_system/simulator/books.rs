//! What the simulated invoice system holds: leads, deliverables, projects, invoices, and what was done under which key.

use std::collections::HashMap;

use axum::http::StatusCode;
use connector_kit::simulator::{LedgerEffect, LedgerEntry};
use serde_json::Value;

use super::text;

#[derive(Debug, Default)]
pub(super) struct Books {
    leads: HashMap<String, Lead>,
    by_reference: HashMap<String, String>,
    /// Ids by path and type.
    deliverables: HashMap<String, HashMap<String, String>>,
    /// Ids by lead and name.
    projects: HashMap<(String, String), String>,
    /// Ids of invoices, by the path of the project and the milestone.
    invoices: HashMap<(String, String), String>,
    by_key: HashMap<String, Done>,
}

#[derive(Debug)]
pub(super) struct Lead {
    pub(super) request: Value,
    pub(super) created_at: Value,
}

/// A request that was carried out, and its answer.
#[derive(Debug)]
struct Done {
    path: String,
    request: Value,
    status: StatusCode,
    answer: Value,
}

/// What a key was used for before.
pub(super) enum Known {
    Not,
    /// The same request, which was answered so.
    Same(StatusCode, Value),
    Other,
}

impl Books {
    /// Rebuilds the books from a ledger, so that a restarted simulator still knows its keys.
    pub(super) fn remember(entries: Vec<LedgerEntry>) -> Self {
        let mut books = Self::default();
        for entry in entries.into_iter().filter(|entry| entry.effect == LedgerEffect::Applied) {
            books.keep(&entry.path, entry.key.as_deref(), entry.request, &entry.answer);
        }
        books
    }

    pub(super) fn lead(&self, lead_id: &str) -> Option<&Lead> {
        self.leads.get(lead_id)
    }

    /// The lead that a request is about: the one it names, else the one with its reference.
    pub(super) fn lead_id_of(&self, request: &Value) -> Option<String> {
        text(request, "lead_id")
            .or_else(|| self.by_reference.get(&text(request, "external_ref")?).cloned())
    }

    /// The ids of what was attached under this path, by type.
    pub(super) fn attached(&self, path: &str) -> HashMap<String, String> {
        self.deliverables.get(path).cloned().unwrap_or_default()
    }

    /// The project of this name that a lead has.
    pub(super) fn project_of(&self, request: &Value) -> Option<String> {
        let (lead, name) = (text(request, "lead_id")?, text(request, "project_name")?);
        self.projects.get(&(lead, name)).cloned()
    }

    pub(super) fn has_project(&self, project_id: &str) -> bool {
        self.projects.values().any(|known| known == project_id)
    }

    /// The invoice of a milestone of the project at this path.
    pub(super) fn invoice_of(&self, path: &str, milestone: &str) -> Option<String> {
        self.invoices.get(&(path.to_owned(), milestone.to_owned())).cloned()
    }

    pub(super) fn invoices(&self) -> usize {
        self.invoices.len()
    }

    pub(super) fn known(&self, key: &str, path: &str, request: &Value) -> Known {
        match self.by_key.get(key) {
            None => Known::Not,
            Some(done) if done.path == path && done.request == *request => {
                Known::Same(done.status, done.answer.clone())
            }
            Some(_) => Known::Other,
        }
    }

    /// Notes what was done, and says the status of its answer.
    pub(super) fn keep(
        &mut self,
        path: &str,
        key: Option<&str>,
        request: Value,
        answer: &Value,
    ) -> StatusCode {
        let mut status = StatusCode::OK;
        if let (Some(kind), Some(id)) =
            (text(&request, "deliverable_type"), text(answer, "deliverable_id"))
        {
            self.deliverables.entry(path.to_owned()).or_default().insert(kind, id);
        } else if let (Some(lead), Some(name), Some(id)) =
            (text(&request, "lead_id"), text(&request, "project_name"), text(answer, "project_id"))
        {
            if self.projects.insert((lead, name), id).is_none() {
                status = StatusCode::CREATED;
            }
        } else if let Some(invoice) = text(answer, "invoice_id") {
            let milestone = text(&request, "milestone_completed").unwrap_or_default();
            self.invoices.insert((path.to_owned(), milestone), invoice);
        } else if let Some(lead_id) = text(answer, "lead_id") {
            if self.lead_id_of(&request).is_none() {
                status = StatusCode::CREATED;
            }
            if let Some(reference) = text(&request, "external_ref") {
                self.by_reference.insert(reference, lead_id.clone());
            }
            let created_at = answer.get("created_at").cloned().unwrap_or_default();
            self.leads.insert(lead_id, Lead { request: request.clone(), created_at });
        }
        if let Some(key) = key {
            let done = Done { path: path.to_owned(), request, status, answer: answer.clone() };
            self.by_key.insert(key.to_owned(), done);
        }
        status
    }
}
