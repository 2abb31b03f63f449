//! A threat model: Threat Dragon. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("{\"version\":\"2.0\",\"summary\":{\"title\":\"x\"},\"detail\":{\"diagrams\":[{\"cells\":[", data));
