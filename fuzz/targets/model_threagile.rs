//! A threat model: Threagile. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("threagile_version: 1.0.0\ntitle: x\n", data));
