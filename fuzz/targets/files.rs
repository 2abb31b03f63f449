//! A file of settings, a program, and a file that may be a key.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::inspect(&[
    ("deploy/gateway.env", data),
    ("deploy/gateway.sh", data),
    ("keys/gateway.der", data),
    ("src/lib.rs", data),
]));
