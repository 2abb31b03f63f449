//! A list of hazards, as risk management exports it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cargo_health_sec_fuzz::inspect(&[
    ("Cargo.toml", cargo_health_sec_fuzz::MODELLED),
    ("docs/threats.toml", cargo_health_sec_fuzz::MODEL),
    ("evidence/hazards.csv", data),
]));
