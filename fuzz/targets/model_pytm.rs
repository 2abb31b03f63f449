//! A threat model: What pytm writes. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("{\"name\":\"x\",\"findings\":[],\"__class__\":\"TM\",\"elements\":[],\"flows\":[", data));
