//! Whom we trust: the machine's certificate authorities, or Mozilla's where the machine has none.

use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// TLS 1.2 and 1.3 with ring. The machine's store is read once for the process.
pub fn config() -> ClientConfig {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    CONFIG.get_or_init(build).clone()
}

fn build() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    // What cannot be read is left out: the rest still serves.
    let found = rustls_native_certs::load_native_certs();
    let (added, _ignored) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the cipher suites of both protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
