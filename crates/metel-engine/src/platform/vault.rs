//! The vault's keys as people see and change them: which master key wraps, another one, other data keys.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::WorkspaceId;
use metel_tools::vault::Masters;

use super::{Platform, Shared};
pub use crate::rewrapping::Rewrapped;

/// How the vault stands.
#[derive(Debug, Clone)]
pub struct VaultInfo {
    pub masters: Masters,
    /// Keys that an earlier master key still wraps.
    pub behind: u64,
}

/// What is to be changed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rotation {
    /// Seal everything anew under fresh data keys as well.
    pub data_keys: bool,
    /// Forget earlier master keys: backups that they wrapped open no more.
    pub forget: bool,
}

/// What a rotation did.
#[derive(Debug, Clone)]
pub struct Rotated {
    pub info: VaultInfo,
    pub rewrapped: Rewrapped,
    /// Secrets and grants that were sealed anew.
    pub resealed: u64,
}

impl Platform {
    pub async fn vault(&self) -> Result<VaultInfo, Fault> {
        let keyring = &self.shared.keyring;
        Ok(VaultInfo { masters: keyring.vault.masters(), behind: keyring.behind().await? })
    }

    /// Lets another master key wrap every key of every workspace while calls go on. Where master keys are given from
    /// outside, the one that is given first wraps.
    pub async fn rotate_vault(&self, rotation: Rotation) -> Result<Rotated, Fault> {
        let _alone =
            self.shared.rotating.try_lock().map_err(|_| {
                Fault::new(Code::Overloaded).about("another rotation is under way").retry_after_ms(1_000)
            })?;
        let keyring = &self.shared.keyring;
        if keyring.vault.masters().kept == "environment" {
            keyring.vault.reload()?;
        } else {
            keyring.vault.renew()?;
        }
        let rewrapped = keyring.rewrap().await?;
        let mut resealed = 0;
        if rotation.data_keys {
            for workspace in self.shared.store.workspaces().await? {
                resealed += self.shared.reseal(workspace.id).await?;
            }
        }
        let behind = keyring.behind().await?;
        if rotation.forget {
            if behind > 0 || !self.shared.store.is_exclusive() {
                return Err(Fault::new(Code::VaultUnreadable).detail(
                    "earlier master keys are still needed; nothing was forgotten",
                    "이전 마스터 키가 아직 필요해서 아무것도 잊지 않았어요",
                ));
            }
            keyring.vault.forget_earlier()?;
        }
        Ok(Rotated { info: self.vault().await?, rewrapped, resealed })
    }
}

impl Shared {
    /// Every secret and grant of a workspace under a fresh data key. Those before it stay: other things are sealed
    /// under them, and a process that read a row a moment ago opens it with them.
    async fn reseal(&self, workspace: WorkspaceId) -> Result<u64, Fault> {
        if self.store.data_keys(workspace).await?.is_empty() {
            return Ok(0);
        }
        let (fresh, _) = self.keyring.new_data_key(workspace).await?;
        let mut resealed = 0;
        for row in self.store.secrets(workspace).await?.into_iter().filter(|row| row.key_id != fresh) {
            resealed += u64::from(self.reseal_secret(&row, &fresh).await?);
        }
        for row in self.store.grants(workspace).await?.into_iter().filter(|row| row.key_id != fresh) {
            resealed += u64::from(self.reseal_grant(row, &fresh).await?);
        }
        self.store.empty_log().await?;
        self.forget_accounts(workspace);
        Ok(resealed)
    }
}
