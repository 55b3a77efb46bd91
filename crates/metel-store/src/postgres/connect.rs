//! Making connections: addresses, TLS, time-outs that notice a server which has gone silent.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Connect;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StoreError;
use crate::options::Options;

/// Where distributions keep the certificates that they trust.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How this store's connections are made.
#[derive(Clone)]
pub(crate) struct Connector {
    pub config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    /// Reads the address. A server elsewhere is spoken to by TLS unless the address says
    /// `sslmode=disable`; its certificate must hold.
    pub(crate) fn new(url: &str, options: &Options) -> Result<Self, StoreError> {
        // The text may hold a password: it is not repeated.
        let mut config: Config =
            url.parse().map_err(|_| StoreError::Invalid("the database's address cannot be read".to_owned()))?;
        config.application_name("metel");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        config.keepalives(true).keepalives_idle(Duration::from_secs(10));
        config.keepalives_interval(Duration::from_secs(3)).keepalives_retries(3);
        config.tcp_user_timeout(options.patience);
        let near = config.get_hosts().iter().all(|host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => {
                name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        });
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            SslMode::Prefer if near => None,
            _ => Some(tls(options.tls_roots.as_deref().unwrap_or(Path::new(SYSTEM_ROOTS)))?),
        };
        if tls.is_some() {
            config.ssl_mode(SslMode::Require);
        }
        Ok(Self { config, tls })
    }

    /// A connection and the task that drives it.
    pub(crate) async fn open(&self) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                Ok((client, tokio::spawn(drive(connection))))
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                Ok((client, tokio::spawn(drive(connection))))
            }
        }
    }

    /// A connection whose notifications are given to `heard`.
    pub(super) async fn listen(
        &self,
        heard: impl FnMut(&str) + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                Ok((client, tokio::spawn(super::listen::drive(connection, heard))))
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                Ok((client, tokio::spawn(super::listen::drive(connection, heard))))
            }
        }
    }
}

async fn drive<C: Future<Output = Result<(), tokio_postgres::Error>>>(connection: C) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to the database has ended");
    }
}

impl Connect for Connector {
    fn connect(
        &self,
        _: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), tokio_postgres::Error>> + Send + '_>> {
        Box::pin(self.open())
    }
}

fn tls(roots: &Path) -> Result<MakeRustlsConnect, StoreError> {
    let refuse = |what: String| StoreError::Invalid(format!("{}: {what}", roots.display()));
    let mut store = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(roots).map_err(|error| refuse(error.to_string()))? {
        store
            .add(certificate.map_err(|error| refuse(error.to_string()))?)
            .map_err(|error| refuse(error.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refuse(error.to_string()))?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_is_spoken_to_by_tls() {
        let options = Options::default();
        let tls = |url| Connector::new(url, &options).unwrap().tls.is_some();
        assert!(!tls("postgres://metel@127.0.0.1/metel"));
        assert!(!tls("postgres://metel@%2Frun%2Fpostgresql/metel"));
        assert!(!tls("postgres://metel@db.example/metel?sslmode=disable"));
        let none = Options { tls_roots: Some("/nowhere.pem".into()), ..Options::default() };
        assert!(Connector::new("postgres://metel@db.example/metel", &none).is_err());
    }

    #[test]
    fn a_wrong_address_does_not_show_its_password() {
        let error = Connector::new("postgres://metel:geheim@[/x", &Options::default()).err().unwrap();
        assert!(!error.to_string().contains("geheim"));
    }
}
