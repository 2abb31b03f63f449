//! A threat model in plain TOML.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    cargo_health_sec_fuzz::inspect(&[
        ("health-sec.toml", b"[threats]\nmodels = [\"pump.threats.toml\"]\n"),
        ("pump.threats.toml", data),
    ]);
});
