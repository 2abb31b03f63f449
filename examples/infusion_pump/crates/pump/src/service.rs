//! What the pump offers on the network.

use std::io::Read;
use std::net::{TcpListener, UdpSocket};

use crate::maintenance;

/// Serves orders to the ward station.
pub fn serve() -> std::io::Result<()> {
    std::thread::spawn(diagnostics);
    std::thread::spawn(discovery);
    let orders = TcpListener::bind("127.0.0.1:7070")?;
    for stream in orders.incoming().take(1) {
        let mut request = [0; 64];
        let length = stream?.read(&mut request)?;
        log::debug!("{length} bytes");
    }
    Ok(())
}

/// Left open after a field test.
fn diagnostics() -> std::io::Result<()> {
    let port = TcpListener::bind("0.0.0.0:2323")?;
    for stream in port.incoming() {
        maintenance::report(stream?)?;
        maintenance::keep("a report was fetched\n")?;
    }
    Ok(())
}

/// Answers the ward station's search, on a port that somebody sets.
fn discovery() -> std::io::Result<()> {
    let port = std::env::var("PUMP_DISCOVERY").unwrap_or_default();
    let search = UdpSocket::bind(format!("0.0.0.0:{port}"))?;
    let (_, station) = search.recv_from(&mut [0; 16])?;
    search.send_to(b"pump", station).map(drop)
}
