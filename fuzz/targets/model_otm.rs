//! A threat model: the Open Threat Model. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("{\"otmVersion\":\"0.2.0\",\"project\":{\"name\":\"x\",\"id\":\"x\"},", data));
