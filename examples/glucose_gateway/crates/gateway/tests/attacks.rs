//! What somebody on the ward network would try.

use std::error::Error;
use std::io::{self, Cursor, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;

use sweetwater_gateway::config::Config;
use sweetwater_gateway::trend::Trend;
use sweetwater_gateway::{listen, request, tls};

fn admitted(hello: &str) -> Result<bool, Box<dyn Error>> {
    let config = tls::server_config("hospital-ca")?;
    Ok(tls::admit(&config, Cursor::new(hello.as_bytes().to_vec())).is_ok())
}

#[test]
fn a_self_signed_client_is_refused() {
    assert!(!admitted("certificate record-server record-server\n").expect("a configuration"));
}

#[test]
fn a_client_without_a_certificate_is_refused() {
    assert!(!admitted("no certificate\n").expect("a configuration"));
    assert!(!admitted("").expect("a configuration"));
}

#[test]
fn another_machine_of_the_hospital_is_refused() {
    assert!(!admitted("certificate printer-17 hospital-ca\n").expect("a configuration"));
}

#[test]
fn an_endless_request_is_cut_off() {
    let mut endless = io::repeat(b'x').take(1 << 20);
    assert!(request::read(&mut endless).is_err());
    assert!(endless.limit() > 1 << 19, "most of it was never read");
}

#[test]
fn nonsense_is_refused() {
    for line in ["trend 0\n", "trend 25\n", "trend -1\n", "trend\n", "TREND 8\n", "trend 8; reboot\n"] {
        assert!(request::read(&mut line.as_bytes()).is_err(), "{line}");
    }
}

#[test]
fn every_interface_is_refused() {
    for address in ["0.0.0.0", "::"] {
        let text = format!("api.issuer = hospital-ca\nradio.line = /dev/ttyS1\napi.address = {address}\n");
        assert!(Config::parse(&text).expect_err("a refusal").0.contains("every interface"), "{address}");
    }
}

#[test]
#[expect(clippy::let_underscore_must_use, reason = "what counts is the refusal, and what was sent")]
fn a_refused_client_gets_no_reading() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address");
    let answering = thread::spawn(move || {
        let config = tls::server_config("hospital-ca").expect("a configuration");
        let (socket, _) = server.accept().expect("a client");
        listen::answer(&config, socket, &Mutex::new(Trend::default())).is_err()
    });
    let mut client = TcpStream::connect(address).expect("a connection");
    let mut answer = Vec::new();
    // The server may hang up before it has read everything, at any of these steps.
    let _ = client.write_all(b"no certificate\ntrend 8\n");
    let _ = client.shutdown(Shutdown::Write);
    let _ = client.read_to_end(&mut answer);
    assert!(answering.join().expect("an answer"), "the client was let in");
    assert!(answer.is_empty());
}
