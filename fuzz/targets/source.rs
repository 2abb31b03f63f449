//! The workspace's own code, in the product and in a test.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::inspect(&[("src/lib.rs", data), ("tests/t.rs", data)]));
