//! A pack of advisories.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    cargo_health_sec_fuzz::inspect_with(&[("a.pack", data)], |root, request| {
        request.advisory_dbs = vec![root.join("a.pack")];
    });
});
