//! Who asks, for which tenant, and what they may do.

mod permission;
mod role;
mod role_name;

use std::net::IpAddr;

use kernel::{FormId, PersonId, RunId, TenantId, Timestamp};

pub use permission::Permission;
pub use role::Role;
pub use role_name::RoleName;

use crate::Problem;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    Token {
        id: String,
        name: String,
    },
    /// Somebody who is signed in.
    Member {
        person: PersonId,
        name: String,
        /// When they last proved who they are.
        verified_at: Timestamp,
    },
    Flow {
        run: RunId,
        flow: String,
    },
    /// Whoever fills in a form, from an address that may be shared and may be unknown.
    Visitor {
        form: FormId,
        address: Option<IpAddr>,
    },
    /// The program itself, such as its command line.
    System(&'static str),
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token { id, .. } => write!(f, "token:{id}"),
            Self::Member { person, .. } => write!(f, "member:{person}"),
            Self::Flow { run, .. } => write!(f, "flow:{run}"),
            Self::Visitor { form, address: Some(address) } => write!(f, "visitor:{form}:{address}"),
            Self::Visitor { form, address: None } => write!(f, "visitor:{form}"),
            Self::System(name) => write!(f, "system:{name}"),
        }
    }
}

/// A caller whose identity was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub tenant: TenantId,
    pub principal: Principal,
    pub role: Role,
    /// How many requests a minute; none for callers inside this program.
    pub rate_per_minute: Option<u32>,
}

impl Caller {
    /// A step of a flow. Flows run as agents: they act, and never approve or administer.
    pub fn flow(tenant: TenantId, run: RunId, flow: impl Into<String>) -> Self {
        let principal = Principal::Flow { run, flow: flow.into() };
        Self { tenant, principal, role: Role::Agent, rate_per_minute: None }
    }

    /// Somebody at a public form.
    pub fn visitor(tenant: TenantId, form: FormId, address: Option<IpAddr>) -> Self {
        let principal = Principal::Visitor { form, address };
        let role = Role::Visitor;
        let rate_per_minute = Some(role.rate_per_minute());
        Self { tenant, principal, role, rate_per_minute }
    }

    /// The program itself, on behalf of whoever may run it on this machine.
    pub fn system(tenant: TenantId, name: &'static str) -> Self {
        let principal = Principal::System(name);
        Self { tenant, principal, role: Role::Owner, rate_per_minute: None }
    }

    pub fn permissions(&self) -> &[Permission] {
        self.role.permissions()
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Refuses callers without the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        Err(Problem::new(
            "forbidden",
            format!(
                "this needs the permission `{permission}`, which the role `{}` does not have; ask an \
                 owner for another one",
                self.role
            ),
        ))
    }

    /// The one source whose leads this caller may see; none when it may see all.
    ///
    /// A partner's token bears the name of the system it was made for, which is what leads from that
    /// system carry as their source.
    pub(crate) fn lead_source(&self) -> Option<&str> {
        match (&self.principal, &self.role) {
            (Principal::Token { name, .. }, Role::Partner) => Some(name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn caller(role: Role) -> Caller {
        let principal = Principal::Token { id: "abc".into(), name: "invoice_system".into() };
        Caller { tenant: Uuid::nil().into(), principal, role, rate_per_minute: Some(1) }
    }

    #[test]
    fn a_missing_permission_is_named_in_the_refusal() {
        let problem = caller(Role::Staff).require(Permission::WriteTokens).unwrap_err();
        assert_eq!(problem.code(), "forbidden");
        assert!(problem.detail().contains("`write:tokens`"), "{}", problem.detail());
    }

    #[test]
    fn only_a_partner_is_confined_to_its_own_leads() {
        assert_eq!(caller(Role::Partner).lead_source(), Some("invoice_system"));
        assert_eq!(caller(Role::Staff).lead_source(), None);
        assert_eq!(Caller::system(Uuid::nil().into(), "cli").lead_source(), None);
    }

    #[test]
    fn a_flow_cannot_administer() {
        let flow = Caller::flow(Uuid::nil().into(), Uuid::nil().into(), "client-onboarding");
        assert!(flow.may(Permission::WriteLeads));
        for forbidden in
            [Permission::WriteTokens, Permission::WriteConnections, Permission::WriteTenant]
        {
            assert!(!flow.may(forbidden), "{forbidden}");
        }
    }
}
