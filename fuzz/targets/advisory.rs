//! An advisory as a database holds it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    cargo_health_sec_fuzz::inspect(&[("advisories/crates/valve/RUSTSEC-2026-0001.md", data)]);
});
