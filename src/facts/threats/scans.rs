//! Scans of ports, as nmap writes them with `-oX`.
//!
//! What a scan did not look at is not known to be closed: a port counts as closed where the scan says so, or where it
//! looked at the port and says of all that it does not list that they are closed.

use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::civil::Date;
use roxmltree::{Document, Node, ParsingOptions};

use crate::source::{Location, Source};

/// More nodes than that are no scan of a product.
const MOST_NODES: u32 = 1_000_000;

/// What nmap writes before the scan itself. Any other declaration could define words of its own.
const DECLARATION: &str = "<!DOCTYPE nmaprun>";

/// A scan.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The file.
    pub at: Location,
    /// The day on which it began (UTC).
    pub on: Date,
    /// The ports of all hosts, in the order of the file.
    pub ports: Vec<Port>,
    /// The protocols and ports that it looked at and, where it does not list them, found closed on every host.
    closed: Vec<(String, RangeInclusive<u16>)>,
}

/// A port of a host.
#[derive(Debug, Clone)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// `open`, `closed`, `filtered` or a doubt between them.
    pub state: String,
    /// What is thought to listen there.
    pub service: Option<String>,
    /// The host, by its first address.
    pub host: String,
    /// Where it is written.
    pub at: Location,
}

impl Port {
    /// True where somebody answers.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

impl Scan {
    /// True where the scan found a port closed on every host.
    #[must_use]
    pub fn finds_closed(&self, protocol: &str, number: u16) -> bool {
        let mut listed =
            self.ports.iter().filter(|port| port.number == number && port.protocol == protocol).peekable();
        if listed.peek().is_some() {
            return listed.all(|port| port.state == "closed");
        }
        self.closed.iter().any(|(of, range)| of == protocol && range.contains(&number))
    }
}

/// Reads a scan.
///
/// # Errors
/// Why it is none, in one sentence.
pub(super) fn read(source: &Arc<Source>) -> Result<Scan, String> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    // Blanks in its place, so that everything else stands where it stood.
    let text = source.text().replacen(DECLARATION, &" ".repeat(DECLARATION.len()), 1);
    let document = Document::parse_with_options(&text, options)
        .map_err(|error| format!("it is no XML that is read: {error}"))?;
    let root = document.root_element();
    if root.tag_name().name() != "nmaprun" {
        return Err("it is XML, but no scan that nmap wrote".to_owned());
    }
    let finished = root.descendants().any(|node| {
        node.tag_name().name() == "finished" && node.attribute("exit").is_none_or(|exit| exit == "success")
    });
    if !finished {
        return Err("the scan was not finished".to_owned());
    }
    let is_up =
        |host: &Node<'_, '_>| children(*host, "status").all(|status| status.attribute("state") == Some("up"));
    let hosts: Vec<Node<'_, '_>> = children(root, "host").filter(is_up).collect();
    if hosts.is_empty() {
        return Err("the scan reached no host".to_owned());
    }
    let mut ports = Vec::new();
    for host in &hosts {
        ports.extend(ports_of(*host, source)?);
    }
    // Whatever a host does not list is closed there only if the scan says so of all of them.
    let all_closed = hosts.iter().all(|host| {
        let mut extra = host.descendants().filter(|node| node.tag_name().name() == "extraports").peekable();
        extra.peek().is_some() && extra.all(|extra| extra.attribute("state") == Some("closed"))
    });
    let looked_at = children(root, "scaninfo").filter(|_| all_closed).flat_map(|info| {
        let protocol = info.attribute("protocol").unwrap_or_default().to_owned();
        let services = info.attribute("services").unwrap_or_default();
        services.split(',').filter_map(range).map(move |range| (protocol.clone(), range)).collect::<Vec<_>>()
    });
    let start = root.attribute("start").and_then(|start| start.parse().ok());
    let moment = start.and_then(|start| jiff::Timestamp::from_second(start).ok());
    let moment = moment.ok_or("the scan does not say when it began")?;
    Ok(Scan {
        at: source.whole(),
        on: moment.to_zoned(jiff::tz::TimeZone::UTC).date(),
        ports,
        closed: looked_at.collect(),
    })
}

fn children<'d, 't>(node: Node<'d, 't>, name: &'static str) -> impl Iterator<Item = Node<'d, 't>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

/// The ports of a host; one that can't be read could be open.
fn ports_of(host: Node<'_, '_>, source: &Arc<Source>) -> Result<Vec<Port>, String> {
    let address = children(host, "address").find_map(|address| address.attribute("addr"));
    let name = address.unwrap_or("a host without an address").to_owned();
    let ports = children(host, "ports").flat_map(|ports| children(ports, "port"));
    let read = |port: Node<'_, '_>| {
        Some(Port {
            number: port.attribute("portid")?.parse().ok()?,
            protocol: port.attribute("protocol")?.to_owned(),
            state: children(port, "state").find_map(|state| state.attribute("state"))?.to_owned(),
            service: children(port, "service")
                .find_map(|service| service.attribute("name"))
                .map(str::to_owned),
            host: name.clone(),
            at: source.at(port.range()),
        })
    };
    let known = ports.map(|port| read(port).ok_or_else(|| format!("a port of {name} can't be read")));
    known.collect()
}

/// `80` or `1-1024`.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -p- -oX scan.xml 10.0.0.7" start="1795770000" version="7.94">
<scaninfo type="syn" protocol="tcp" numservices="65535" services="1-65535"/>
<host><status state="up" reason="arp-response"/><address addr="10.0.0.7" addrtype="ipv4"/>
<ports><extraports state="closed" count="65532"/>
<port protocol="tcp" portid="22"><state state="filtered"/><service name="ssh"/></port>
<port protocol="tcp" portid="8443"><state state="open" reason="syn-ack"/><service name="https-alt"/></port>
<port protocol="tcp" portid="9000"><state state="closed"/></port></ports></host>
<runstats><finished time="1795770060" exit="success"/></runstats>
</nmaprun>"#;

    fn read_text(text: &str) -> Result<Scan, String> {
        read(&Source::new("scan.xml", text))
    }

    #[test]
    fn open_closed_and_unknown_are_told_apart() {
        let scan = read_text(SCAN).expect("a scan");
        assert_eq!(scan.on, jiff::civil::date(2026, 11, 27));
        let open: Vec<u16> =
            scan.ports.iter().filter(|port| port.is_open()).map(|port| port.number).collect();
        assert_eq!(open, [8443]);
        assert_eq!(scan.ports[1].at.line(), 8);
        assert!(scan.finds_closed("tcp", 9000) && scan.finds_closed("tcp", 80));
        assert!(!scan.finds_closed("tcp", 22) && !scan.finds_closed("tcp", 8443), "filtered and open");
        assert!(!scan.finds_closed("udp", 80), "it looked at no UDP");
        let filtered =
            read_text(&SCAN.replace("extraports state=\"closed\"", "extraports state=\"filtered\""));
        assert!(!filtered.expect("a scan").finds_closed("tcp", 80));
    }

    #[test]
    fn what_is_no_whole_scan_is_refused() {
        for text in [
            String::new(),
            "<html/>".to_owned(),
            SCAN.replace("<finished", "<begun"),
            SCAN.replace("exit=\"success\"", "exit=\"error\""),
            SCAN.replace("<!DOCTYPE nmaprun>", "<!DOCTYPE nmaprun [<!ENTITY a \"b\">]>"),
            SCAN.replace("<host>", "<other>").replace("</host>", "</other>"),
            SCAN.replace("status state=\"up\"", "status state=\"down\""),
            SCAN.replace("start=\"1795770000\"", ""),
            SCAN.replace("portid=\"8443\"", "portid=\"84430\""),
            SCAN.replace("<state state=\"open\" reason=\"syn-ack\"/>", ""),
        ] {
            assert!(read_text(&text).is_err(), "{text}");
        }
        for end in (0..SCAN.len()).filter(|end| *end + 12 < SCAN.len()) {
            assert!(read_text(&SCAN[..end]).is_err(), "{end}");
        }
    }
}
