//! Who metel is at a service's authorisation server: registered once a workspace, or known to the sandbox.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::WorkspaceId;
use metel_model::service::{OAuth, Service};
use metel_tools::oauth::Party;
use secrecy::{ExposeSecret, SecretString};

use super::super::Shared;

/// Longest client id.
const ID_BYTES_MAX: usize = 512;

fn setting(service: &str) -> String {
    format!("oauth.client.{service}")
}

pub(super) fn oauth_of(service: &Service) -> Result<&OAuth, Fault> {
    let hint = format!("`metel connect {}`", service.id);
    service.oauth.as_ref().ok_or_else(|| {
        Fault::new(Code::OAuthUnsupported)
            .about(&service.id)
            .hint(format!("Connect it with a key: {hint}."), format!("키로 연결하세요: {hint}."))
    })
}

impl Shared {
    /// Remembers the client that somebody registered at the service.
    pub(super) async fn keep_client(
        &self,
        workspace: WorkspaceId,
        service: &str,
        id: &str,
        secret: Option<&SecretString>,
    ) -> Result<(), Fault> {
        if id.is_empty() || id.len() > ID_BYTES_MAX || id.chars().any(char::is_control) {
            return Err(Fault::new(Code::FieldInvalid).fields(vec![metel_model::fault::FieldFault::new(
                "/client_id",
                format!("1 to {ID_BYTES_MAX} visible characters"),
                format!("보이는 글자로 1~{ID_BYTES_MAX}자예요"),
            )]));
        }
        let name = setting(service);
        match secret {
            Some(secret) => drop(self.put_secret(workspace, &name, secret).await?),
            None => {
                if let Some(row) = self.store.secret_by_name(workspace, &name).await? {
                    self.store.remove_secret(workspace, row.id).await?;
                }
            }
        }
        self.store.put_setting(workspace, &name, id, self.clock.now()).await?;
        Ok(())
    }

    /// The authorisation server of a service, and the secret that shows it who we are.
    pub(super) async fn party(
        &self,
        workspace: WorkspaceId,
        service: &Service,
        sandbox: Option<&str>,
    ) -> Result<(Party, Option<SecretString>), Fault> {
        let oauth = oauth_of(service)?;
        if let Some(root) = sandbox {
            let client = oauth.sandbox_client.as_ref();
            let party = client.and_then(|client| Party::simulated(oauth, root, &client.id));
            let party = party.ok_or_else(|| Fault::new(Code::OAuthUnsupported).about(&service.id))?;
            return Ok((party, client.map(|client| SecretString::from(client.secret.as_str()))));
        }
        let name = setting(&service.id);
        let settings = self.store.settings(workspace).await?;
        let Some((_, id)) = settings.into_iter().find(|(key, _)| *key == name) else {
            let hint = format!("metel connect {} --oauth --client-id ID", service.id);
            return Err(Fault::new(Code::OAuthClientMissing).about(&service.id).hint(
                format!("Register an application at the service and give its id: `{hint}`."),
                format!("그 서비스에 앱을 등록하고 id를 주세요: `{hint}`."),
            ));
        };
        let secret = match self.store.secret_by_name(workspace, &name).await? {
            Some(row) => Some(self.open_secret(workspace, row.id).await?),
            None => None,
        };
        Ok((Party::of(oauth, &id), secret))
    }
}

pub(super) fn text_of(secret: Option<&SecretString>) -> Option<String> {
    secret.map(|secret| secret.expose_secret().to_owned())
}
