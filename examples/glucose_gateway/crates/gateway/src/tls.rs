//! Who may come in: the record server, shown by a certificate of the hospital's issuer.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, StreamOwned};

/// The name in the certificate of the record server.
const RECORD_SERVER: &str = "record-server";

/// A configuration in which every client shows a certificate of this issuer.
///
/// # Errors
/// When no issuer is named.
pub fn server_config(issuer: &str) -> Result<ServerConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    if !issuer.is_empty() {
        roots.add(issuer);
    }
    let verifier = WebPkiClientVerifier::new(Arc::new(roots))?;
    Ok(ServerConfig::with_client_cert_verifier(verifier))
}

/// Shakes hands, and lets in nobody but the record server.
///
/// # Errors
/// When the handshake fails, or somebody else of the same issuer asks.
pub fn admit<S: Read + Write>(config: &ServerConfig, socket: S) -> io::Result<StreamOwned<S>> {
    let stream = StreamOwned::accept(config, socket)?;
    if stream.peer() == RECORD_SERVER {
        Ok(stream)
    } else {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "not the record server"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_record_server() {
        let config = server_config("hospital-ca").expect("a configuration");
        let socket = io::Cursor::new(b"certificate record-server hospital-ca\n".to_vec());
        assert_eq!(admit(&config, socket).expect("a connection").peer(), "record-server");
    }

    #[test]
    fn asks_for_an_issuer() {
        assert!(server_config("").is_err());
    }
}
