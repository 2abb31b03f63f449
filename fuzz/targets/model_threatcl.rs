//! A threat model: threatcl. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("spec_version = \"0.2.3\"\nthreatmodel \"x\" {\n author = \"a\"\n", data));
