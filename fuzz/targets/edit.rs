//! A manifest in which a key is set, twice: the second time changes nothing.
#![no_main]

use cargo_health_sec::document::{Scalar, set};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for (keys, value) in [
        (&["lints", "rust", "unsafe_code"][..], Scalar::Text("forbid")),
        (&["lints", "workspace"], Scalar::Truth(true)),
        (&["profile", "release", "overflow-checks"], Scalar::Truth(true)),
    ] {
        if let Some(once) = set(text, keys, value) {
            assert_eq!(set(&once, keys, value).as_deref(), Some(once.as_str()));
        }
    }
});
