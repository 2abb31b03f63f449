//! A stand-in, written for this example, for an HTTP client. It opens no connection.

/// Makes a client.
pub struct ClientBuilder;

/// A client.
pub struct Client;

impl ClientBuilder {
    /// A builder.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self
    }

    /// Whether any certificate will do.
    pub fn danger_accept_invalid_certs(self, _accept: bool) -> Self {
        self
    }

    /// The client.
    pub fn build(self) -> Client {
        Client
    }
}

impl Client {
    /// Fetches a text.
    pub fn get(&self, address: &str) -> Result<String, String> {
        Err(format!("{address} is not reached by a stand-in"))
    }
}
