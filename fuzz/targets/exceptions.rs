//! Exceptions as other tools keep them: the first byte chooses the tool.
#![no_main]

const FILES: [&str; 7] = [
    "deny.toml",
    ".cargo/audit.toml",
    "osv-scanner.toml",
    "cackle.toml",
    "about.toml",
    "a.openvex.json",
    "a.cdx.json",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    let file = FILES[usize::from(*first) % FILES.len()];
    let policy = format!("[exceptions]\nimport = [{file:?}]\n");
    cargo_health_sec_fuzz::inspect(&[("health-sec.toml", policy.as_bytes()), (file, data)]);
});
