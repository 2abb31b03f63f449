//! What somebody says that Clippy has printed.
#![no_main]

use cargo_health_sec::request::Clippy;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let code = b"#![allow(unused)]\npub fn first(samples: &[u16]) -> u16 {\n    *samples.first().unwrap()\n}\n";
    cargo_health_sec_fuzz::inspect_with(&[("src/lib.rs", code), ("clippy.json", data)], |root, request| {
        request.clippy = Clippy::Files(vec![root.join("clippy.json")]);
    });
});
