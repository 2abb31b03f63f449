//! The manufacturer's policy.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::inspect(&[("health-sec.toml", data)]));
