//! A threat model: the native format of threat models. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("format = \"health-sec/threats@1\"\n[model]\ntitle = \"x\"\n", data));
