//! The configuration that hospital IT writes: one `key = value` a line.

use std::net::IpAddr;
use std::path::PathBuf;

/// The port where the record server asks, unless told otherwise.
pub const DEFAULT_PORT: u16 = 8443;

/// What the gateway is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The one address to listen on: that of the ward interface.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// The issuer of the record server's certificate.
    pub issuer: String,
    /// The serial line of the radio module.
    pub radio: PathBuf,
}

/// Why a configuration is refused, for the person who wrote it.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// When a line is not understood, something is missing, or the address means every interface.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let (mut address, mut port, mut issuer, mut radio) = (None, DEFAULT_PORT, None, None);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let not_understood = || Refused(format!("not understood: {line}"));
            let (key, value) = line.split_once('=').ok_or_else(not_understood)?;
            match (key.trim(), value.trim()) {
                ("api.address", value) => {
                    address = Some(value.parse::<IpAddr>().map_err(|_no_address| not_understood())?);
                }
                ("api.port", value) => port = value.parse().map_err(|_no_port| not_understood())?,
                ("api.issuer", value) => issuer = Some(value.to_owned()),
                ("radio.line", value) => radio = Some(PathBuf::from(value)),
                _ => return Err(not_understood()),
            }
        }
        let address = address.ok_or_else(|| Refused("`api.address` is missing".to_owned()))?;
        if address.is_unspecified() {
            return Err(Refused("`api.address` means every interface; name that of the ward".to_owned()));
        }
        let issuer = issuer.ok_or_else(|| Refused("`api.issuer` is missing".to_owned()))?;
        let radio = radio.ok_or_else(|| Refused("`radio.line` is missing".to_owned()))?;
        Ok(Self { address, port, issuer, radio })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_interface_is_named() {
        let text = "api.address = 10.20.0.5\napi.issuer = hospital-ca\nradio.line = /dev/ttyS1\n";
        let config = Config::parse(text).expect("a configuration");
        assert_eq!((config.address.to_string().as_str(), config.port), ("10.20.0.5", DEFAULT_PORT));
    }
}
