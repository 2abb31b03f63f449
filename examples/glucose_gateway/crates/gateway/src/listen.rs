//! The one way in from the network: the record server asks for the trend.

use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;

use crate::config::Config;
use crate::request;
use crate::tls;
use crate::trend::Trend;

/// Nobody holds the line for longer than this.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Serves the trend on the ward interface until the device is switched off.
///
/// # Errors
/// When the address is taken, or the issuer is missing.
pub fn serve(config: &Config, trend: &Mutex<Trend>) -> io::Result<()> {
    let tls = tls::server_config(&config.issuer)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let listener = TcpListener::bind((config.address, config.port))?;
    for connection in listener.incoming() {
        // One client at a time: there is one record server. What fails is said, and the next is served.
        if let Err(error) = connection.and_then(|socket| answer(&tls, socket, trend)) {
            log::warn!("a connection ended early: {error}");
        }
    }
    Ok(())
}

/// Answers one request.
///
/// # Errors
/// When the client is refused, asks nonsense, or is too slow.
pub fn answer(tls: &ServerConfig, socket: TcpStream, trend: &Mutex<Trend>) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let mut stream = tls::admit(tls, socket)?;
    let request = request::read(&mut stream)?;
    let lines = trend.lock().unwrap_or_else(PoisonError::into_inner).last_hours(request.hours);
    stream.write_all(lines.as_bytes())?;
    stream.flush()?;
    log::info!("a trend of {} hours was sent", request.hours);
    Ok(())
}
