//! What can be permitted, as `verb:resource`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($name:ident $text:literal),+ $(,)?) => {
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
        }
    };
}

permissions! {
    ReadAlerts "read:alerts",
    WriteAlerts "write:alerts",
    ReadAudit "read:audit",
    ReadClients "read:clients",
    WriteClients "write:clients",
    ReadConnections "read:connections",
    WriteConnections "write:connections",
    ReadDeliverables "read:deliverables",
    WriteDeliverables "write:deliverables",
    ReviewDeliverables "review:deliverables",
    ReadEvents "read:events",
    ReadFlows "read:flows",
    WriteFlows "write:flows",
    ReadForms "read:forms",
    WriteForms "write:forms",
    SubmitForms "submit:forms",
    ReadHumanTasks "read:human_tasks",
    WriteHumanTasks "write:human_tasks",
    ReadInvoices "read:invoices",
    WriteInvoices "write:invoices",
    ReadLeads "read:leads",
    WriteLeads "write:leads",
    SubmitLeads "submit:leads",
    ReadMembers "read:members",
    WriteMembers "write:members",
    ReadMemory "read:memory",
    WriteMemory "write:memory",
    ReadProjects "read:projects",
    WriteProjects "write:projects",
    ReadRuns "read:runs",
    WriteRuns "write:runs",
    ReadSelf "read:self",
    ReadTenant "read:tenant",
    WriteTenant "write:tenant",
    ReadTokens "read:tokens",
    WriteTokens "write:tokens",
    ReadWebhooks "read:webhooks",
    WriteWebhooks "write:webhooks",
    SubmitWebhooks "submit:webhooks",
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
