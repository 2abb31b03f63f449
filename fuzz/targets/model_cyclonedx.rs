//! A threat model: CycloneDX 2.0. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("{\"specFormat\":\"CycloneDX\",\"specVersion\":\"2.0\",\"blueprints\":[", data));
