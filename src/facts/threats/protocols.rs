//! What a protocol says of itself: whether it hides what it carries from those along the way.

/// Protocols that encrypt by themselves, as models write them.
const HIDE: &[&str] = &[
    "https",
    "wss",
    "ssh",
    "sftp",
    "scp",
    "ftps",
    "ldaps",
    "mqtts",
    "amqps",
    "imaps",
    "smtps",
    "tls",
    "dtls",
    "quic",
    "http3",
    "dicomtls",
    "mllps",
    "ipsec",
    "wireguard",
    "vpn",
    "grpcs",
    "coaps",
    "nts",
    "httpstls",
    "tcptls",
];

/// Protocols that send everything in the clear.
const SHOW: &[&str] = &[
    "http",
    "ws",
    "ftp",
    "tftp",
    "telnet",
    "ldap",
    "mqtt",
    "amqp",
    "smtp",
    "imap",
    "pop3",
    "snmp",
    "hl7",
    "mllp",
    "hl7mllp",
    "dicom",
    "dimse",
    "modbus",
    "modbustcp",
    "ntp",
    "coap",
    "upnp",
    "ssdp",
    "nfs",
    "rsh",
    "rtsp",
    "syslog",
];

/// True for a protocol that encrypts, false for one that does not; `None` where its name does not say.
#[must_use]
pub fn hides(protocol: &str) -> Option<bool> {
    let plain: String = protocol.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    match () {
        () if HIDE.contains(&plain.as_str()) || plain.ends_with("encrypted") => Some(true),
        () if SHOW.contains(&plain.as_str()) => Some(false),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::hides;

    #[test]
    fn a_protocol_is_known_in_any_spelling() {
        assert_eq!([hides("HTTPS"), hides("DICOM-TLS"), hides("jdbc-encrypted")], [Some(true); 3]);
        assert_eq!([hides("Http"), hides("HL7 MLLP"), hides("NTP")], [Some(false); 3]);
        assert_eq!([hides("JDBC"), hides("binary"), hides("")], [None; 3]);
    }
}
