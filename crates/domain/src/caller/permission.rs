//! What can be permitted, as `verb:resource`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($name:ident $text:literal $means:literal),+ $(,)?) => {
        /// One thing that a role may allow.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Permission {
            $(#[serde(rename = $text)] $name),+
        }

        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }

            /// What it permits, for people.
            pub fn means(self) -> &'static str {
                match self {
                    $(Self::$name => $means),+
                }
            }
        }
    };
}

permissions! {
    ReadAlerts "read:alerts" "See alerts and alert rules",
    WriteAlerts "write:alerts" "Raise and resolve alerts, change alert rules",
    ReadAudit "read:audit" "See and export the audit log",
    ReadClients "read:clients" "See clients and their timelines",
    WriteClients "write:clients" "Move clients between stages",
    ReadConnections "read:connections" "See which outside systems are connected",
    WriteConnections "write:connections" "Connect outside systems, with their credentials",
    ReadDeliverables "read:deliverables" "Read deliverables",
    WriteDeliverables "write:deliverables" "Write deliverables",
    ReviewDeliverables "review:deliverables" "Approve and reject deliverables",
    ReadEvents "read:events" "See the event log",
    ReadFlows "read:flows" "See flows and their versions",
    WriteFlows "write:flows" "Write, publish and switch off flows",
    ReadForms "read:forms" "See intake forms",
    WriteForms "write:forms" "Make and change intake forms",
    SubmitForms "submit:forms" "Fill in intake forms",
    ReadHumanTasks "read:human_tasks" "See approvals and tasks",
    WriteHumanTasks "write:human_tasks" "Decide approvals and complete tasks",
    ReadInvoices "read:invoices" "See invoices",
    WriteInvoices "write:invoices" "Record payments and void invoices",
    ReadLeads "read:leads" "See leads",
    WriteLeads "write:leads" "Make and change leads",
    SubmitLeads "submit:leads" "Submit leads as another system",
    ReadMembers "read:members" "See members, invitations and roles",
    WriteMembers "write:members" "Invite and remove members, change roles",
    ReadMemory "read:memory" "See what is remembered about clients",
    WriteMemory "write:memory" "Remember and forget things about clients",
    ReadProjects "read:projects" "See projects",
    WriteProjects "write:projects" "Make and change projects",
    ReadRuns "read:runs" "See runs and their journals",
    WriteRuns "write:runs" "Start, pause, retry and cancel runs",
    ReadSelf "read:self" "See what one may do oneself",
    ReadTenant "read:tenant" "See the tenant's settings",
    WriteTenant "write:tenant" "Change the tenant's settings",
    ReadTokens "read:tokens" "See API tokens",
    WriteTokens "write:tokens" "Make and revoke API tokens",
    ReadWebhooks "read:webhooks" "See received and sent webhooks",
    WriteWebhooks "write:webhooks" "Replay webhooks, change subscriptions",
    SubmitWebhooks "submit:webhooks" "Submit webhooks as another system",
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
