//! A threat model: the OWASP Threat Model Library. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("{\"$schema\":\"threat-model-library\",\"scope\":{\"title\":\"x\"},\"trust_zones\":[],\"data_flows\":[],", data));
