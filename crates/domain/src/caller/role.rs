//! Roles, and the one table that says what each may do.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Permission::{
    self, ReadAlerts, ReadAudit, ReadClients, ReadConnections, ReadDeliverables, ReadEvents,
    ReadFlows, ReadForms, ReadHumanTasks, ReadInvoices, ReadLeads, ReadMembers, ReadMemory,
    ReadProjects, ReadRuns, ReadSelf, ReadTenant, ReadTokens, ReadWebhooks, ReviewDeliverables,
    SubmitForms, SubmitLeads, SubmitWebhooks, WriteAlerts, WriteClients, WriteConnections,
    WriteDeliverables, WriteFlows, WriteForms, WriteHumanTasks, WriteInvoices, WriteLeads,
    WriteMembers, WriteMemory, WriteProjects, WriteRuns, WriteTokens, WriteWebhooks,
};

const ADMIN: &[Permission] = &[
    ReadAlerts,
    WriteAlerts,
    ReadAudit,
    ReadClients,
    WriteClients,
    ReadConnections,
    WriteConnections,
    ReadDeliverables,
    WriteDeliverables,
    ReviewDeliverables,
    ReadEvents,
    ReadFlows,
    WriteFlows,
    ReadForms,
    WriteForms,
    SubmitForms,
    ReadHumanTasks,
    WriteHumanTasks,
    ReadInvoices,
    WriteInvoices,
    ReadLeads,
    WriteLeads,
    SubmitLeads,
    ReadMembers,
    WriteMembers,
    ReadMemory,
    WriteMemory,
    ReadProjects,
    WriteProjects,
    ReadRuns,
    WriteRuns,
    ReadSelf,
    ReadTenant,
    ReadTokens,
    WriteTokens,
    ReadWebhooks,
    WriteWebhooks,
    SubmitWebhooks,
];

const MANAGER: &[Permission] = &[
    ReadAlerts,
    WriteAlerts,
    ReadClients,
    WriteClients,
    ReadConnections,
    ReadDeliverables,
    WriteDeliverables,
    ReviewDeliverables,
    ReadEvents,
    ReadFlows,
    ReadForms,
    WriteForms,
    SubmitForms,
    ReadHumanTasks,
    WriteHumanTasks,
    ReadInvoices,
    WriteInvoices,
    ReadLeads,
    WriteLeads,
    SubmitLeads,
    ReadMembers,
    ReadMemory,
    WriteMemory,
    ReadProjects,
    WriteProjects,
    ReadRuns,
    WriteRuns,
    ReadSelf,
    ReadTenant,
    ReadWebhooks,
    WriteWebhooks,
    SubmitWebhooks,
];

const STAFF: &[Permission] = &[
    ReadAlerts,
    WriteAlerts,
    ReadClients,
    WriteClients,
    ReadConnections,
    ReadDeliverables,
    WriteDeliverables,
    ReviewDeliverables,
    ReadEvents,
    ReadFlows,
    ReadForms,
    SubmitForms,
    ReadHumanTasks,
    WriteHumanTasks,
    ReadInvoices,
    ReadLeads,
    WriteLeads,
    ReadMembers,
    ReadMemory,
    WriteMemory,
    ReadProjects,
    WriteProjects,
    ReadRuns,
    ReadSelf,
    ReadTenant,
    ReadWebhooks,
];

const PARTNER: &[Permission] = &[ReadLeads, SubmitLeads, ReadSelf, SubmitWebhooks];

const AGENT: &[Permission] = &[
    ReadAlerts,
    WriteAlerts,
    ReadClients,
    WriteClients,
    // Whether there is a connection, never what is in it.
    ReadConnections,
    ReadDeliverables,
    WriteDeliverables,
    ReadEvents,
    ReadFlows,
    ReadForms,
    ReadHumanTasks,
    ReadInvoices,
    ReadLeads,
    WriteLeads,
    ReadMemory,
    WriteMemory,
    ReadProjects,
    WriteProjects,
    ReadRuns,
    ReadSelf,
    ReadTenant,
    // An intake is read from the webhook that brought it.
    ReadWebhooks,
];

/// Whoever fills in a form.
const VISITOR: &[Permission] = &[SubmitForms];

/// What kind of caller a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but the tenant itself.
    Admin,
    /// The daily work and its machinery; no credentials, no tokens.
    Manager,
    /// The daily work.
    Staff,
    /// Another company's system: submits webhooks, reads the leads that came from it, and speaks the
    /// invoice system's contract.
    Partner,
    /// A program working for the tenant, flows included: acts, never administers.
    Agent,
    /// Somebody without a token, at a public form. No token has this role.
    #[serde(skip)]
    Visitor,
}

impl Role {
    /// Those a token can have.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Admin, Self::Manager, Self::Staff, Self::Partner, Self::Agent];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Staff => "staff",
            Self::Partner => "partner",
            Self::Agent => "agent",
            Self::Visitor => "visitor",
        }
    }

    pub fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Owner => Permission::ALL,
            Self::Admin => ADMIN,
            Self::Manager => MANAGER,
            Self::Staff => STAFF,
            Self::Partner => PARTNER,
            Self::Agent => AGENT,
            Self::Visitor => VISITOR,
        }
    }

    /// How many requests a minute a token of this role gets when nothing else is said.
    pub fn rate_per_minute(self) -> u32 {
        match self {
            Self::Partner => 100,
            Self::Visitor => 30,
            Self::Owner | Self::Admin | Self::Manager | Self::Staff | Self::Agent => 600,
        }
    }

    /// Whether everything that `other` may do is permitted to this role too.
    pub fn covers(self, other: Self) -> bool {
        other.permissions().iter().all(|permission| self.permissions().contains(permission))
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of the roles owner, admin, manager, staff, partner, agent")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission::WriteTenant, *};

    #[test]
    fn the_text_of_a_role_reads_back_as_the_role() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert_eq!("root".parse::<Role>(), Err(UnknownRole));
    }

    #[test]
    fn a_partner_submits_webhooks_and_leads_and_reads_its_leads_and_nothing_else() {
        assert_eq!(Role::Partner.permissions(), [ReadLeads, SubmitLeads, ReadSelf, SubmitWebhooks]);
    }

    #[test]
    fn each_role_covers_the_one_below_it_and_not_the_one_above() {
        for pair in [Role::Owner, Role::Admin, Role::Manager, Role::Staff].windows(2) {
            assert!(pair[0].covers(pair[1]) && !pair[1].covers(pair[0]), "{pair:?}");
        }
        assert!(Role::Staff.covers(Role::Agent));
    }

    #[test]
    fn only_the_owner_changes_the_tenant() {
        let able: Vec<Role> = Role::ALL
            .into_iter()
            .filter(|role| role.permissions().contains(&WriteTenant))
            .collect();
        assert_eq!(able, [Role::Owner]);
    }

    #[test]
    fn credentials_and_tokens_are_out_of_reach_of_programs_and_staff() {
        for role in [Role::Manager, Role::Staff, Role::Partner, Role::Agent] {
            for permission in [WriteConnections, ReadTokens, WriteTokens, ReadAudit] {
                assert!(!role.permissions().contains(&permission), "{role} {permission}");
            }
        }
    }

    #[test]
    fn no_role_lists_a_permission_twice() {
        for role in Role::ALL {
            let mut seen = std::collections::HashSet::new();
            assert!(role.permissions().iter().all(|permission| seen.insert(permission)), "{role}");
        }
    }
}
