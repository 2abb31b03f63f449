//! A threat model: Microsoft's .tm7. The beginning leads to its reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::model("<ThreatModel xmlns=\"http://schemas.datacontract.org/2004/07/ThreatModeling.Model\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">", data));
