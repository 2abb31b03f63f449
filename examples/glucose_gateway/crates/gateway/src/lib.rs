//! The gateway: what it is told ([`config`]), what the wearable says ([`radio`]), who may come in
//! ([`tls`]), what may be asked ([`request`]), what is answered ([`trend`]), and the one way in from
//! the network ([`listen`]).

pub mod config;
pub mod listen;
pub mod radio;
pub mod request;
pub mod tls;
pub mod trend;
