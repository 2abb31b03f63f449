//! An overlay on a threat model.
#![no_main]

const MANIFEST: &[u8] = b"[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
    [[package.metadata.health-sec.threat-model]]\nfile = \"pump.json\"\nextend = \"overlay.toml\"\n";

const DRAWING: &[u8] = b"{\"version\":\"2.0\",\"summary\":{\"title\":\"x\"},\"detail\":{\"diagrams\":[{\"cells\":[{\"id\":\"1\",\
    \"shape\":\"process\",\"data\":{\"name\":\"api\",\"threats\":[{\"id\":\"2\",\"title\":\"t\",\"status\":\"Open\"}]}}]}]}}";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let overlay = [b"format = \"health-sec/overlay@1\"\n[names]\napi = \"1\"\n", data].concat();
    cargo_health_sec_fuzz::inspect(&[
        ("Cargo.toml", MANIFEST),
        ("pump.json", DRAWING),
        ("overlay.toml", &overlay),
    ]);
});
