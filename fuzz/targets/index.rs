//! An entry of a registry's index.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let lock = b"version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"serde\"\n\
        version = \"1.0.2\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    cargo_health_sec_fuzz::inspect(&[
        ("Cargo.lock", lock),
        ("health-sec.toml", b"[components]\nindex = \"index\"\ncooldown_days = 7\n"),
        ("index/se/rd/serde", data),
    ]);
});
