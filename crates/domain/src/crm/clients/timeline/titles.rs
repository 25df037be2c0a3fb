//! Entries in sentences.

use serde_json::Value;

use super::things::Thing;

/// What an event says, about a thing of the client.
pub(super) fn of_event(kind: &str, data: &Value, thing: &Thing) -> String {
    let text = |name: &str| data[name].as_str().unwrap_or_default();
    let words = |name: &str| text(name).replace('_', " ");
    let name = thing.name.as_str();
    match kind {
        "client.created" => "The client was recorded for the first time".to_owned(),
        "client.updated" => format!("The client’s {} changed", of_fields(&data["changed"])),
        "client.stage.changed" => {
            format!("The client moved from {} to {}", text("from"), text("to"))
        }
        "client.intake.submitted" => "The client filled in a form".to_owned(),
        "lead.created" => format!("A lead came in from {name}"),
        "lead.updated" => "The open lead was submitted again".to_owned(),
        "lead.assessed" => {
            match (data["complexity_score"].as_i64(), data["estimated_hours"].as_i64()) {
                (Some(score), Some(hours)) => {
                    format!("The lead was assessed: complexity {score} of 10, about {hours} hours")
                }
                _ => "The lead was assessed".to_owned(),
            }
        }
        "lead.linked" => "The lead is known at the invoice system now".to_owned(),
        "lead.changed" => "The lead was changed".to_owned(),
        "deliverable.saved" if data["replaced"] == true => {
            format!("The deliverable {name} was written anew")
        }
        "deliverable.saved" => format!("The deliverable {name} was written"),
        "deliverable.edited" => format!("The deliverable {name} was edited"),
        "deliverable.reviewed" => format!("The deliverable {name} was {}", words("status")),
        "deliverable.linked" => format!("The deliverable {name} is attached at the invoice system"),
        "proposal.created" => "The proposal is ready".to_owned(),
        "project.created" => format!("The project {name} was created"),
        "project.linked" => format!("The project {name} was linked to other systems"),
        "project.status.changed" | "project.updated"
            if text("new_status") != text("old_status") =>
        {
            format!("The project {name} is {} now", words("new_status"))
        }
        "project.status.changed" if data["project_id"].is_null() => {
            format!("The lead's status is {} now", words("new_status"))
        }
        "project.status.changed" | "project.updated" => {
            format!("The figures of the project {name} were updated")
        }
        "milestone.completed" => {
            format!("The milestone {} of {name} was completed", text("milestone"))
        }
        "milestone.reported" => {
            format!("The assistant reported that a milestone of {name} was completed")
        }
        "invoice.issued" => format!("The invoice {name} was issued"),
        "invoice.paid" => format!("The invoice {name} was paid"),
        "invoice.voided" => format!("The invoice {name} was voided"),
        other => sentence(other),
    }
}

/// Which fields, as a person lists them.
fn of_fields(changed: &Value) -> String {
    let names: Vec<String> = changed
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| Some(name.as_str()?.replace('_', " ")))
        .collect();
    match names.as_slice() {
        [] => "details".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A type that nobody wrote a sentence for: its words.
fn sentence(kind: &str) -> String {
    let words = kind.replace(['.', '_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How a run ended.
pub(super) fn of_ended_run(flow: &str, status: &str, error: Option<&Value>) -> String {
    let error = error.and_then(|error| error["title"].as_str());
    match (status, error) {
        ("completed", _) => format!("{flow} was completed"),
        ("cancelled", _) => format!("{flow} was cancelled"),
        ("faulted", Some(error)) => format!("{flow} failed: {error}"),
        _ => format!("{flow} failed"),
    }
}

/// How an attempt of a call went.
pub(super) fn of_call(function: &str, status: &str, attempt: i32) -> String {
    let went = match status {
        "succeeded" => "was done",
        "failed" => "failed",
        "unknown" => "may have been done or not",
        "cancelled" => "was cancelled",
        "started" => "goes on",
        _ => "waits for its turn",
    };
    match attempt {
        1 => format!("{function} {went}"),
        _ => format!("{function} {went} (attempt {attempt})"),
    }
}

/// How a webhook to a subscriber went.
pub(super) fn of_message(url: &str, kind: &str, status: &str) -> String {
    // The host says who it is; the rest of an address is long, and may hold a secret.
    let url = url::Url::parse(url).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or("The subscriber");
    match status {
        "delivered" => format!("{host} was told: {kind}"),
        "failed" => format!("{host} could not be told: {kind}"),
        "cancelled" => format!("{host} is not told any more: {kind}"),
        _ => format!("{host} will be told: {kind}"),
    }
}

/// What came of a task.
pub(super) fn of_ended_task(title: &str, status: &str, outcome: Option<&Value>) -> String {
    let decision = outcome.and_then(|outcome| outcome["decision"].as_str());
    match (status, decision) {
        ("cancelled", _) => format!("“{title}” is not asked any more"),
        (_, Some(decision)) => format!("“{title}” was {decision}"),
        _ => format!("“{title}” was done"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sentences_say_what_happened_to_what() {
        let project = Thing { name: "Website".to_owned(), ..Thing::default() };
        let data =
            json!({ "project_id": "p", "old_status": "planned", "new_status": "contract_signed" });
        assert_eq!(
            of_event("project.status.changed", &data, &project),
            "The project Website is contract signed now"
        );
        let invoice = Thing { name: "INV-000001".to_owned(), ..Thing::default() };
        assert_eq!(
            of_event("invoice.paid", &json!({}), &invoice),
            "The invoice INV-000001 was paid"
        );
        assert_eq!(
            of_message("https://hooks.example/in?token=secret", "invoice.paid", "delivered"),
            "hooks.example was told: invoice.paid"
        );
        assert_eq!(of_event("own.thing_happened", &json!({}), &project), "Own thing happened");
        assert_eq!(
            of_call("slack.post", "unknown", 2),
            "slack.post may have been done or not (attempt 2)"
        );
        assert_eq!(
            of_ended_run("f", "faulted", Some(&json!({ "title": "no luck" }))),
            "f failed: no luck"
        );
    }
}
