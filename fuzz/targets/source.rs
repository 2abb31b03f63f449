//! The workspace's own code, in the product and in a test; a model is linked, so that the test is looked into.
#![no_main]

use cargo_health_sec_fuzz::{MODELLED, inspect};

libfuzzer_sys::fuzz_target!(|data: &[u8]| inspect(&[("Cargo.toml", MODELLED), ("src/lib.rs", data), ("tests/t.rs", data)]));
