//! The manufacturer's coding standard.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::inspect(&[
    ("health-sec.toml", b"[standard]\nfile = \"standard.toml\"\n"),
    ("standard.toml", data),
]));
