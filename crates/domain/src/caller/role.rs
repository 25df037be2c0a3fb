//! Roles, and the one table that says what each may do.

use std::sync::Arc;

use super::Permission::{
    self, ReadAlerts, ReadAudit, ReadClients, ReadConnections, ReadDeliverables, ReadEvents,
    ReadFlows, ReadForms, ReadHumanTasks, ReadInvoices, ReadLeads, ReadMembers, ReadMemory,
    ReadProjects, ReadRuns, ReadSelf, ReadTenant, ReadTokens, ReadWebhooks, ReviewDeliverables,
    SubmitForms, SubmitLeads, SubmitWebhooks, WriteAlerts, WriteClients, WriteConnections,
    WriteDeliverables, WriteFlows, WriteForms, WriteHumanTasks, WriteInvoices, WriteLeads,
    WriteMembers, WriteMemory, WriteProjects, WriteRuns, WriteTenant, WriteTokens, WriteWebhooks,
};
use super::RoleName;
use crate::Problem;

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

/// What a caller is, and with it what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    Visitor,
    /// One that the tenant made.
    Custom(Arc<CustomRole>),
}

/// A role that a tenant made, as it is at the moment.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct CustomRole {
    pub(crate) name: RoleName,
    pub(crate) permissions: Vec<Permission>,
}

impl Role {
    /// The built-in ones that a token can have.
    pub const BUILT_IN: [Self; 6] =
        [Self::Owner, Self::Admin, Self::Manager, Self::Staff, Self::Partner, Self::Agent];

    /// The built-in role of this name.
    pub fn built_in(name: &str) -> Option<Self> {
        Self::BUILT_IN.into_iter().find(|role| role.as_str() == name)
    }

    /// The role of this name, whose permissions are those of a tenant's own role unless it is a built-in one.
    ///
    /// Without such a role nothing is permitted but to ask what one may do.
    pub(crate) fn stored(name: &str, permissions: Option<Vec<String>>) -> Result<Self, Problem> {
        if let Some(role) = Self::built_in(name) {
            return Ok(role);
        }
        let name = name.parse().map_err(Problem::internal)?;
        let stored = permissions.unwrap_or_default();
        let is_permitted = |it: &&Permission| {
            **it == ReadSelf || stored.iter().any(|stored| stored == it.as_str())
        };
        let permissions = Permission::ALL.iter().filter(is_permitted).copied().collect();
        Ok(Self::Custom(Arc::new(CustomRole { name, permissions })))
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Staff => "staff",
            Self::Partner => "partner",
            Self::Agent => "agent",
            Self::Visitor => "visitor",
            Self::Custom(role) => role.name.as_str(),
        }
    }

    /// What it is for, for people. A tenant says it of its own roles itself.
    pub fn means(&self) -> &'static str {
        match self {
            Self::Owner => "Everything.",
            Self::Admin => "Everything but the tenant itself.",
            Self::Manager => "The daily work and its machinery; no credentials, no tokens.",
            Self::Staff => "The daily work.",
            Self::Partner => {
                "Another company's system: submits webhooks and leads, reads the leads that came from it."
            }
            Self::Agent => {
                "A program that works for the tenant, such as an AI agent: acts, never administers."
            }
            Self::Visitor => "Fills in forms.",
            Self::Custom(_) => "",
        }
    }

    pub fn permissions(&self) -> &[Permission] {
        match self {
            Self::Owner => Permission::ALL,
            Self::Admin => ADMIN,
            Self::Manager => MANAGER,
            Self::Staff => STAFF,
            Self::Partner => PARTNER,
            Self::Agent => AGENT,
            Self::Visitor => VISITOR,
            Self::Custom(role) => &role.permissions,
        }
    }

    /// How many requests a minute a token of this role gets when nothing else is said.
    pub fn rate_per_minute(&self) -> u32 {
        match self {
            Self::Partner => 100,
            Self::Visitor => 30,
            Self::Owner
            | Self::Admin
            | Self::Manager
            | Self::Staff
            | Self::Agent
            | Self::Custom(_) => 600,
        }
    }

    /// Whether all of these are permitted.
    pub fn covers(&self, permissions: &[Permission]) -> bool {
        permissions.iter().all(|permission| self.permissions().contains(permission))
    }

    /// Whether what it permits can hand out power over the tenant: to people, to programs, to outside systems.
    pub fn administers(&self) -> bool {
        [WriteTenant, WriteMembers, WriteTokens, WriteConnections]
            .iter()
            .any(|permission| self.permissions().contains(permission))
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_built_in_role_gives_the_role() {
        for role in Role::BUILT_IN {
            assert_eq!(Role::built_in(role.as_str()), Some(role));
        }
        assert_eq!(Role::built_in("root"), None);
        assert_eq!(Role::built_in("visitor"), None);
    }

    #[test]
    fn a_stored_role_permits_what_is_known_of_its_permissions_and_to_ask_about_itself() {
        let stored = ["read:leads", "fly:rockets"].map(str::to_owned).to_vec();
        let role = Role::stored("sales", Some(stored.clone())).unwrap();
        assert_eq!((role.as_str(), role.permissions()), ("sales", &[ReadLeads, ReadSelf][..]));
        assert_eq!(Role::stored("gone", None).unwrap().permissions(), [ReadSelf]);
        assert_eq!(Role::stored("owner", Some(stored)).unwrap(), Role::Owner);
    }

    #[test]
    fn who_hands_out_power_administers() {
        let administering: Vec<Role> =
            Role::BUILT_IN.into_iter().filter(Role::administers).collect();
        assert_eq!(administering, [Role::Owner, Role::Admin]);
        assert!(Role::stored("keys", Some(vec!["write:tokens".into()])).unwrap().administers());
    }

    #[test]
    fn a_partner_submits_webhooks_and_leads_and_reads_its_leads_and_nothing_else() {
        assert_eq!(Role::Partner.permissions(), [ReadLeads, SubmitLeads, ReadSelf, SubmitWebhooks]);
    }

    #[test]
    fn each_role_covers_the_one_below_it_and_not_the_one_above() {
        for pair in [Role::Owner, Role::Admin, Role::Manager, Role::Staff].windows(2) {
            assert!(
                pair[0].covers(pair[1].permissions()) && !pair[1].covers(pair[0].permissions()),
                "{pair:?}"
            );
        }
        assert!(Role::Staff.covers(Role::Agent.permissions()));
    }

    #[test]
    fn only_the_owner_changes_the_tenant() {
        let able: Vec<Role> = Role::BUILT_IN
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
        for role in Role::BUILT_IN {
            let mut seen = std::collections::HashSet::new();
            assert!(role.permissions().iter().all(|permission| seen.insert(permission)), "{role}");
        }
    }
}
