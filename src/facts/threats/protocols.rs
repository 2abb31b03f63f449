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
    use super::{hides, is_known};

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
}
