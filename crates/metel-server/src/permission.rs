//! What a route needs, and who may do it. Permissions are data; they are checked in one place.

/// What somebody has to be allowed to do before a route is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// Nobody has to be signed in.
    Open,
    /// From this machine, or signed in.
    Nearby,
    /// Anybody who is signed in.
    SignedIn,
    /// Look at runs, approvals, definitions.
    Read,
    /// Plan and start runs.
    Start,
    /// Cancel, retry, answer questions, settle doubts.
    Control,
    /// Decide approvals.
    Decide,
    /// Add tools and workflows, switch them on and off.
    Define,
    /// Make, test and revoke connections.
    Connect,
    /// Set and remove secrets.
    Secrets,
    /// Change the policy.
    Policy,
    /// Make and revoke tokens.
    Tokens,
}

impl Permission {
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Nearby => "nearby",
            Self::SignedIn => "signed_in",
            Self::Read => "read",
            Self::Start => "start",
            Self::Control => "control",
            Self::Decide => "decide",
            Self::Define => "define",
            Self::Connect => "connect",
            Self::Secrets => "secrets",
            Self::Policy => "policy",
            Self::Tokens => "tokens",
        }
    }
}

/// What somebody is in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Owner,
    Admin,
    Builder,
    Operator,
    Approver,
    Member,
    Viewer,
    /// A machine that acts for somebody: it asks and steers, it decides nothing.
    Agent,
}

impl Role {
    pub const ALL: [Role; 8] = [
        Self::Owner,
        Self::Admin,
        Self::Builder,
        Self::Operator,
        Self::Approver,
        Self::Member,
        Self::Viewer,
        Self::Agent,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Builder => "builder",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Member => "member",
            Self::Viewer => "viewer",
            Self::Agent => "agent",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match permission {
            P::Open | P::Nearby | P::SignedIn | P::Read => true,
            P::Start | P::Control => !matches!(self, Self::Approver | Self::Viewer),
            P::Decide => matches!(self, Self::Owner | Self::Admin | Self::Approver),
            P::Define | P::Connect => matches!(self, Self::Owner | Self::Admin | Self::Builder),
            P::Secrets | P::Policy | P::Tokens => matches!(self, Self::Owner | Self::Admin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_only_looks_and_an_approver_only_decides() {
        assert!(Role::Viewer.may(Permission::Read) && !Role::Viewer.may(Permission::Start));
        assert!(Role::Approver.may(Permission::Decide) && !Role::Approver.may(Permission::Control));
        assert!(!Role::Builder.may(Permission::Secrets) && !Role::Member.may(Permission::Decide));
        assert!(Role::Agent.may(Permission::Start) && !Role::Agent.may(Permission::Decide));
        assert_eq!(Role::from_name("root"), None);
    }
}
