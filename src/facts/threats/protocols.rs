//! What a protocol says of itself: whether it hides what it carries from those along the way; and what a word says of
//! protection.

use super::placeholders::is_placeholder;

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

/// Protocols whose name says nothing of it: others may be put around them, or they never leave the machine.
const EITHER: &[&str] = &[
    "tcp",
    "udp",
    "ip",
    "ipv4",
    "ipv6",
    "sctp",
    "icmp",
    "arp",
    "dns",
    "dhcp",
    "mdns",
    "ethernet",
    "wifi",
    "wlan",
    "lan",
    "sql",
    "jdbc",
    "odbc",
    "mysql",
    "postgres",
    "postgresql",
    "mongodb",
    "redis",
    "cassandra",
    "cql",
    "tds",
    "nosql",
    "grpc",
    "rpc",
    "rest",
    "graphql",
    "soap",
    "json",
    "xml",
    "odata",
    "websocket",
    "webrtc",
    "kafka",
    "nats",
    "smb",
    "samba",
    "cifs",
    "rdp",
    "vnc",
    "iscsi",
    "git",
    "oauth",
    "oauth2",
    "oidc",
    "saml",
    "kerberos",
    "radius",
    "jms",
    "jrmp",
    "iiop",
    "local",
    "memory",
    "ipc",
    "pipe",
    "unix",
    "socket",
    "shm",
    "file",
    "call",
    "process",
    "library",
    "container",
    "spawning",
    "binary",
    "text",
    "dbus",
    "mdm",
    "api",
    "ble",
    "bluetooth",
    "gatt",
    "zigbee",
    "thread",
    "lora",
    "lorawan",
    "lte",
    "nbiot",
    "nfc",
    "rfid",
    "wmbus",
    "infrared",
    "usb",
    "uart",
    "serial",
    "rs232",
    "rs422",
    "rs485",
    "can",
    "canopen",
    "canfd",
    "i2c",
    "spi",
    "gpio",
    "jtag",
    "swd",
    "pcie",
    "hdmi",
    "profinet",
    "profibus",
    "ethercat",
    "opcua",
    "bacnet",
    "knx",
    "i2s",
    "fhir",
    "hl7v2",
    "hl7v3",
    "poct1a",
    "astm",
    "ieee11073",
    "sdc",
    "ihe",
    "xds",
];

/// True where people know a protocol, or a part of its name: what is meant by `HTTP over TLS` is clear.
#[must_use]
pub fn is_known(protocol: &str) -> bool {
    let known = |word: &str| {
        let word = word.to_ascii_lowercase();
        hides(&word).is_some() || EITHER.contains(&word.as_str())
    };
    let plain: String = protocol.chars().filter(char::is_ascii_alphanumeric).collect();
    known(&plain) || protocol.split(|c: char| !c.is_ascii_alphanumeric()).any(known)
}
/// What stands before `encrypted` where it is not.
const NOT: &[&str] = &["un", "non", "not", "never"];

/// True for a protocol that encrypts, false for one that does not; `None` where its name does not say.
#[must_use]
pub fn hides(protocol: &str) -> Option<bool> {
    let plain: String = protocol.chars().filter(|c| c.is_alphanumeric() || *c == '?').collect();
    let plain = plain.to_lowercase();
    // `HTTP/S` and `http(s)` are one or the other.
    let lower = protocol.trim().to_lowercase();
    let either = ["/s", "(s)", "[s]"].iter().any(|end| lower.ends_with(end));
    match plain.strip_suffix("encrypted") {
        _ if either => None,
        Some(before) => Some(!NOT.iter().any(|not| before.ends_with(not))),
        None if HIDE.contains(&plain.as_str()) => Some(true),
        None if SHOW.contains(&plain.as_str()) => Some(false),
        None => None,
    }
}

/// Words for no protection at all, also where more stands behind them in brackets or behind a comma.
const NOTHING: &[&str] = &[
    "none",
    "no",
    "nil",
    "off",
    "false",
    "disabled",
    "without",
    "nothing",
    "plaintext",
    "plain text",
    "cleartext",
    "clear text",
    "clear",
    "in the clear",
    "unencrypted",
    "not encrypted",
    "unauthenticated",
    "not authenticated",
    "no encryption",
    "no authentication",
];

/// Whether a word about protection says that there is some; `None` where it says that nobody knows.
#[must_use]
pub fn protects(word: &str) -> Option<bool> {
    let lower = word.trim().to_lowercase().replace(['-', '_'], " ");
    let begins = |nothing: &&str| {
        let rest = lower.strip_prefix(*nothing).map(str::trim_start);
        // `no passwords` is no `no`.
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    match () {
        () if NOTHING.iter().any(begins) => Some(false),
        () if is_placeholder(&lower) => None,
        () => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::{hides, is_known, protects};

    #[test]
    fn a_protocol_is_known_in_any_spelling() {
        assert_eq!([hides("HTTPS"), hides("DICOM-TLS"), hides("jdbc-encrypted")], [Some(true); 3]);
        assert_eq!([hides("Http"), hides("HL7 MLLP"), hides("NTP")], [Some(false); 3]);
        assert_eq!([hides("JDBC"), hides("binary"), hides("")], [None; 3]);
    }

    #[test]
    fn a_part_of_the_name_is_enough_to_know_it() {
        for known in [
            "https",
            "HTTP over TLS",
            "TCP/IP",
            "HL7 v2 (MLLP)",
            "Bluetooth LE",
            "jdbc-encrypted",
            "in-process call",
        ] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["WardLink", "proprietary", "", "htps"] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }

    #[test]
    fn what_is_not_encrypted_is_not_taken_for_encrypted() {
        assert_eq!(
            [hides("unencrypted"), hides("TCP, not encrypted"), hides("non-encrypted")],
            [Some(false); 3]
        );
        assert_eq!([hides("HTTP/S"), hides("http(s)"), hides("https?"), hides("非https")], [None; 4]);
        assert_eq!([hides("HTTPS/TLS"), hides("HTTP/3")], [Some(true); 2]);
    }

    #[test]
    fn words_for_nothing_protect_nothing() {
        for word in [
            "none",
            "None",
            "no",
            "NO (loopback)",
            "none, it is on the board",
            "plain-text",
            "off",
            "not encrypted",
            "unauthenticated.",
        ] {
            assert_eq!(protects(word), Some(false), "{word}");
        }
        for word in ["tbd", "unknown", "?", "-", "n/a", "todo: ask"] {
            assert_eq!(protects(word), None, "{word}");
        }
        for word in ["TLS 1.3", "yes", "noise protocol", "no passwords: certificates", "mutual", "on", "AES"]
        {
            assert_eq!(protects(word), Some(true), "{word}");
        }
    }
}
