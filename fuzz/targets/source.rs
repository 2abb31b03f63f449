//! The workspace's own code.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::inspect(&[("src/lib.rs", data)]));
