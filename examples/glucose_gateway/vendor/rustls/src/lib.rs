//! A stand-in, written for this example, for a TLS library: the shape without any cryptography.
//!
//! A client starts with the line `certificate <subject> <issuer>` or `no certificate`. Whoever names a
//! known issuer is let in; a real library checks signatures here.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// Why a connection failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The client showed no certificate.
    NoCertificatesPresented,
    /// The certificate was made by somebody unknown.
    UnknownIssuer,
    /// A configuration without a root.
    NoRootAnchors,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCertificatesPresented => "the client showed no certificate",
            Self::UnknownIssuer => "the issuer of the certificate is not known",
            Self::NoRootAnchors => "no issuer is known",
        })
    }
}

impl std::error::Error for Error {}

/// The issuers that are trusted.
#[derive(Debug, Clone, Default)]
pub struct RootCertStore {
    issuers: BTreeSet<String>,
}

impl RootCertStore {
    /// No issuer.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Trusts an issuer.
    pub fn add(&mut self, issuer: &str) {
        self.issuers.insert(issuer.to_owned());
    }
}

/// How the server is set up.
#[derive(Debug)]
pub struct ServerConfig {
    roots: Arc<RootCertStore>,
}

/// Server side.
pub mod server {
    use super::{Arc, Error, RootCertStore};

    /// Checks the certificates of clients.
    #[derive(Debug)]
    pub struct WebPkiClientVerifier(pub(crate) Arc<RootCertStore>);

    impl WebPkiClientVerifier {
        /// A verifier that asks every client for a certificate of one of these issuers.
        pub fn new(roots: Arc<RootCertStore>) -> Result<Self, Error> {
            if roots.issuers.is_empty() { Err(Error::NoRootAnchors) } else { Ok(Self(roots)) }
        }
    }
}

impl ServerConfig {
    /// A server that lets in whom the verifier lets in.
    pub fn with_client_cert_verifier(verifier: server::WebPkiClientVerifier) -> Self {
        Self { roots: verifier.0 }
    }
}

/// A connection whose client has shown who it is.
#[derive(Debug)]
pub struct StreamOwned<S> {
    /// The socket below.
    pub sock: S,
    subject: String,
}

impl<S: Read> StreamOwned<S> {
    /// Shakes hands.
    pub fn accept(config: &ServerConfig, mut sock: S) -> io::Result<Self> {
        let line = first_line(&mut sock)?;
        let words: Vec<&str> = line.split(' ').collect();
        let ["certificate", subject, issuer] = words.as_slice() else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Error::NoCertificatesPresented));
        };
        if !config.roots.issuers.contains(*issuer) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Error::UnknownIssuer));
        }
        Ok(Self { subject: (*subject).to_owned(), sock })
    }

    /// Whom the certificate names.
    pub fn peer(&self) -> &str {
        &self.subject
    }
}

impl<S: Read> Read for StreamOwned<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.sock.read(buffer)
    }
}

impl<S: Write> Write for StreamOwned<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sock.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sock.flush()
    }
}

fn first_line(sock: &mut impl Read) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < 256 {
        sock.read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            break;
        }
        line.push(byte[0]);
    }
    String::from_utf8(line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
