//! The records of `cargo vet`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let lock = b"version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"serde\"\n\
        version = \"1.0.2\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    cargo_health_sec_fuzz::inspect(&[
        ("Cargo.lock", lock),
        ("health-sec.toml", b"[vetting]\ncriteria = \"safe-to-deploy\"\n"),
        ("supply-chain/config.toml", data),
        ("supply-chain/audits.toml", data),
        ("supply-chain/imports.lock", data),
    ]);
});
