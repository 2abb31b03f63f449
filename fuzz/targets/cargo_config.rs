//! Cargo configuration.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::inspect(&[(".cargo/config.toml", data)]));
