//! A threat model in any format, as a model and as the drawing below an overlay.
#![no_main]

const POLICY: &[u8] = b"[threats]\nmodels = [\"pump.threats\"]\n";

const MANIFEST: &[u8] = b"[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
    [[package.metadata.health-sec.threat-model]]\nfile = \"pump.threats\"\nextend = \"overlay.toml\"\n";

const OVERLAY: &[u8] = b"format = \"health-sec/overlay@1\"\n[names]\napi = \"1\"\n[threat.2]\nby = [\"M\"]\n\
    [mitigation.M]\nwhat = \"x\"\n[component.api]\ncrates = [\"y\"]\n";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    cargo_health_sec_fuzz::inspect(&[("health-sec.toml", POLICY), ("pump.threats", data)]);
    cargo_health_sec_fuzz::inspect(&[
        ("Cargo.toml", MANIFEST),
        ("overlay.toml", OVERLAY),
        ("pump.threats", data),
    ]);
});
