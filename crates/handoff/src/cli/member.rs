//! Members: the people who sign in.

use clap::Subcommand;
use domain::{RoleName, identity::second_factor, text::EmailAddress};
use serde_json::json;

use super::{
    local::Tenant,
    output::{self, field},
};
use crate::failure::of_problem;

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Invite somebody, and print the link to accept with. The first owner comes in this way, too.
    #[command(after_help = "Example:\n  handoff member invite ada@example.com --role owner")]
    Invite {
        /// The e-mail address that the person will sign in with.
        email: String,
        /// What the person may do: owner, admin, manager, staff, or a role that `role list` shows.
        #[arg(long, default_value = "staff")]
        role: RoleName,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List members.
    #[command(after_help = "Example:\n  handoff member list")]
    List {
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Change what a member may do.
    #[command(after_help = "Example:\n  handoff member role ada@example.com manager")]
    Role {
        /// The member's e-mail address.
        email: String,
        /// What the member may do from now on: owner, admin, manager, staff, or a role that `role list` shows.
        role: RoleName,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Take the second factor from somebody who lost it. The password alone lets them in until they set up another.
    #[command(after_help = "Example:\n  handoff member reset-second-factor ada@example.com")]
    ResetSecondFactor {
        /// The e-mail address that the person signs in with.
        email: EmailAddress,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Remove a member. The person is let in no longer, within seconds.
    #[command(after_help = "Example:\n  handoff member remove ada@example.com")]
    Remove {
        /// The member's e-mail address.
        email: String,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: MemberCommand) -> anyhow::Result<()> {
    match command {
        MemberCommand::Invite { email, role, tenant, json } => {
            let input = json!({ "email": email, "role": role });
            let invited = tenant.invoke("invite_member", input).await?;
            if json {
                output::json(&invited);
                return Ok(());
            }
            output::line(&format!("The link to accept with:\n  {}", field(&invited, "link")));
            output::note(&match invited["is_mailed"].as_bool() {
                Some(true) => {
                    format!("It also went to {email} by e-mail. It is valid for seven days.")
                }
                _ => format!(
                    "It did not go out by e-mail ({}): hand it over yourself. It is valid for seven days.",
                    field(&invited, "mail_problem")
                ),
            });
        }
        MemberCommand::List { tenant, json } => {
            let list = tenant.invoke("list_members", json!({})).await?;
            let fields =
                ["email", "name", "role", "has_totp", "has_passkey", "joined_at", "person_id"];
            output::list(
                &list,
                json,
                &fields,
                "No members. Invite the first: handoff member invite you@example.com --role owner",
            );
        }
        MemberCommand::Role { email, role, tenant, json } => {
            let person = person_of(&tenant, &email).await?;
            let input = json!({ "person_id": person, "role": role });
            let updated = tenant.invoke("update_member", input).await?;
            output::say(&updated, json, &format!("{email} is {role} now."));
        }
        MemberCommand::ResetSecondFactor { email, tenant, json } => {
            let person = tenant
                .work(async |local, _| {
                    second_factor::reset(&local.app, &email).await.map_err(of_problem)
                })
                .await?;
            let done = json!({ "person_id": person });
            let email = email.as_str();
            output::say(&done, json, &format!("{email} has no second factor any more."));
        }
        MemberCommand::Remove { email, tenant, json } => {
            let person = person_of(&tenant, &email).await?;
            let removed = tenant.invoke("remove_member", json!({ "person_id": person })).await?;
            output::say(&removed, json, &format!("Removed {email}."));
        }
    }
    Ok(())
}

async fn person_of(tenant: &Tenant, email: &str) -> anyhow::Result<String> {
    let members = tenant.invoke("list_members", json!({})).await?;
    let found = members["items"].as_array().and_then(|items| {
        items.iter().find(|member| {
            member["email"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(email))
        })
    });
    found.and_then(|member| member["person_id"].as_str().map(str::to_owned)).ok_or_else(|| {
        crate::failure::Failure::usage(format!(
            "there is no member {email}; `handoff member list` shows who there is"
        ))
        .into()
    })
}
