//! What the pump offers on the network.

use std::io::Read;
use std::net::TcpListener;

use crate::maintenance;

/// Serves orders to the ward station.
pub fn serve() -> std::io::Result<()> {
    std::thread::spawn(diagnostics);
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
