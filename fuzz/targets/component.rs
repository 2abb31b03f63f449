//! The code of a component, which a lexer reads.
#![no_main]

const LOCK: &[u8] = b"version = 4\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\"valve\"]\n\n\
    [[package]]\nname = \"valve\"\nversion = \"1.0.0\"\n";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let manifest = b"[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
        [dependencies]\nvalve = { path = \"valve\" }\n\n[workspace]\nexclude = [\"valve\"]\n";
    cargo_health_sec_fuzz::inspect_with(
        &[
            ("Cargo.toml", manifest),
            ("Cargo.lock", LOCK),
            ("valve/Cargo.toml", b"[package]\nname = \"valve\"\nversion = \"1.0.0\"\n"),
            ("valve/src/lib.rs", data),
            ("valve/build.rs", data),
        ],
        // Only cargo says where a component lies.
        |_, request| request.resolve = true,
    );
});
