//! TLS from files, followed as they change: a renewed certificate needs no restart.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Where the certificate chain and its private key are, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Reads `HANDOFF_TLS_CERT` and `HANDOFF_TLS_KEY`, which need each other.
pub fn parse_files(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Result<Option<TlsFiles>, Failure> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (Some(_), None) => Err(Failure::usage(
            "HANDOFF_TLS_CERT is set without HANDOFF_TLS_KEY; set both, or neither for plain HTTP",
        )),
        (None, Some(_)) => Err(Failure::usage(
            "HANDOFF_TLS_KEY is set without HANDOFF_TLS_CERT; set both, or neither for plain HTTP",
        )),
    }
}

/// The keys that new connections are greeted with.
#[derive(Debug)]
pub(crate) struct TlsKeys {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl TlsKeys {
    pub(crate) fn load(files: TlsFiles) -> Result<Arc<Self>, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = read(&files).and_then(|pem| parse(&files, &pem, &provider))?;
        Ok(Arc::new(Self { files, provider, current: RwLock::new(Arc::new(key)) }))
    }

    /// TLS 1.2 and later; HTTP/2 where the client speaks it.
    pub(crate) fn config(self: &Arc<Self>) -> Arc<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider));
        // The provider has suites for both versions, so this cannot fail.
        let builder = match builder.with_safe_default_protocol_versions() {
            Ok(builder) => builder,
            Err(error) => unreachable!("ring lost its cipher suites: {error}"),
        };
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    /// Takes over changed files until told to stop. Files that do not fit together are said once, and the
    /// keys that work are kept.
    pub(crate) async fn follow_files(self: Arc<Self>, stop: CancellationToken) {
        let mut seen = read(&self.files).ok().map(|pem| pem.digest());
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let (keys, before) = (Arc::clone(&self), seen.clone());
            let looked = tokio::task::spawn_blocking(move || keys.look(before)).await;
            match looked {
                Ok(now) => seen = now,
                Err(error) => tracing::error!(%error, "the TLS files could not be looked at"),
            }
        }
    }

    fn look(&self, before: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let pem = match read(&self.files) {
            Ok(pem) => pem,
            Err(failure) => {
                if before.is_some() {
                    tracing::warn!("the TLS keys stay as they are: {failure}");
                }
                return None;
            }
        };
        let digest = pem.digest();
        if before.as_ref() == Some(&digest) {
            return before;
        }
        match parse(&self.files, &pem, &self.provider) {
            Ok(key) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                tracing::info!("new connections use the changed TLS certificate");
            }
            Err(failure) => tracing::warn!("the TLS keys stay as they are: {failure}"),
        }
        Some(digest)
    }
}

impl ResolvesServerCert for TlsKeys {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

struct Pem {
    certificate: Vec<u8>,
    key: zeroize::Zeroizing<Vec<u8>>,
}

impl Pem {
    fn digest(&self) -> Vec<u8> {
        let certificate = Sha256::digest(&self.certificate);
        let key = Sha256::digest(&*self.key);
        [&*certificate, &*key].concat()
    }
}

fn read(files: &TlsFiles) -> Result<Pem, Failure> {
    let file = |variable: &str, path: &Path| {
        std::fs::read(path).map_err(|error| {
            Failure::Usage(format!(
                "{variable}: {} cannot be read ({error}); correct the path or its permissions",
                path.display()
            ))
        })
    };
    let certificate = file("HANDOFF_TLS_CERT", &files.certificate)?;
    Ok(Pem { certificate, key: file("HANDOFF_TLS_KEY", &files.key)?.into() })
}

fn parse(files: &TlsFiles, pem: &Pem, provider: &CryptoProvider) -> Result<CertifiedKey, Failure> {
    let (certificate, key) = (files.certificate.display(), files.key.display());
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&pem.certificate).collect::<Result<_, _>>().map_err(
            |error| Failure::Usage(format!("HANDOFF_TLS_CERT: {certificate} is no PEM ({error})")),
        )?;
    if chain.is_empty() {
        return Err(Failure::Usage(format!(
            "HANDOFF_TLS_CERT: {certificate} holds no certificate; it must hold the chain as PEM, the server's own first"
        )));
    }
    let private = PrivateKeyDer::from_pem_slice(&pem.key).map_err(|_may_quote_it| {
        Failure::Usage(format!(
            "HANDOFF_TLS_KEY: {key} holds no private key; it must hold one as PEM, without a passphrase"
        ))
    })?;
    CertifiedKey::from_der(chain, private, provider).map_err(|error| {
        Failure::Usage(format!(
            "the private key in {key} does not go with the first certificate in {certificate} ({error}); name files that belong together"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_without_its_key_is_usage() {
        let file = || Some(PathBuf::from("/a"));
        assert_eq!(parse_files(file(), None).unwrap_err().code(), 2);
        assert_eq!(parse_files(None, file()).unwrap_err().code(), 2);
        assert_eq!(parse_files(None, None).unwrap(), None);
    }

    #[test]
    fn each_wrong_file_is_named_and_none_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let one = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = write("cert.pem", &one.cert.pem());
        let key = write("key.pem", &one.signing_key.serialize_pem());
        let others = write("other.pem", &other.signing_key.serialize_pem());
        let empty = write("empty.pem", "hunter2");
        let absent = folder.path().join("absent.pem");
        let load = |certificate: &PathBuf, key: &PathBuf| {
            TlsKeys::load(TlsFiles { certificate: certificate.clone(), key: key.clone() })
        };
        assert!(load(&certificate, &key).is_ok());
        for (certificate, key, said) in [
            (&absent, &key, "HANDOFF_TLS_CERT"),
            (&certificate, &absent, "HANDOFF_TLS_KEY"),
            (&empty, &key, "holds no certificate"),
            (&certificate, &empty, "holds no private key"),
            (&certificate, &others, "does not go with"),
        ] {
            let failure = load(certificate, key).unwrap_err();
            assert_eq!(failure.code(), 2);
            let text = failure.to_string();
            assert!(text.contains(said) && !text.contains("hunter2"), "{text}");
        }
    }
}
