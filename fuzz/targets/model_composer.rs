//! A threat model: AWS Threat Composer. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("{\"schema\":1,\"applicationInfo\":{\"name\":\"x\"},\"threats\":[{\"statement\":\"y\",", data));
