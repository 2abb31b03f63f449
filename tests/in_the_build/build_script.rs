//! The lightest use of this crate: in a build script.

use std::process::Command;

use super::product::{CLOSING, MOTOR, PROGRAM, Product, Said};

fn product() -> Product {
    let product = Product::new();
    let here = env!("CARGO_MANIFEST_DIR").replace('\\', "/");
    let asks = format!(
        "\n[build-dependencies]\ncargo-health-sec = {{ path = \"{here}\", default-features = false, features = [\"build\"] }}\n"
    );
    product.put("motor/Cargo.toml", &format!("{MOTOR}{asks}"));
    product.put("motor/build.rs", "//! Asks the gate.\n\nfn main() {\n    cargo_health_sec::build::gate_with(&[\"-W\", \"component_outside_registry\"]);\n}\n");
    let locked = product.cargo(&["generate-lockfile", "--offline"]);
    assert_eq!(locked.code, 0, "{}", locked.err);
    product.0.commit();
    product
}

#[test]
fn a_plain_build_fails_where_the_gate_is_closed() {
    let product = product();
    let said = product.cargo(&["build", "--offline"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.times("Compiling cargo-health-sec"), 1, "{}", said.err);
    product.put("pump/src/main.rs", &format!("{PROGRAM}{CLOSING}"));
    let said = product.cargo(&["build", "--offline"]);
    assert_eq!(said.code, 101, "{}", said.err);
    assert!(said.err.contains("pump/src/main.rs:6:12: static_mut: "), "{}", said.err);
    assert!(said.err.contains("gate: FAILED"), "{}", said.err);
    product.put("pump/src/main.rs", PROGRAM);
    assert_eq!(product.cargo(&["build", "--offline"]).code, 0);
    // Years later, with the advisories of today.
    product.put("pump/src/main.rs", &format!("{PROGRAM}\n"));
    let said = product.cargo_with(&["build", "--offline"], &[("SOURCE_DATE_EPOCH", "1861920000".into())]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("gate: COULD NOT TELL"), "{}", said.err);
}

#[test]
fn where_the_tool_is_missing_the_build_says_how_to_install_it() {
    let product = product();
    let mut command = product.command("cargo");
    command.args(["build", "--offline"]).env("PATH", std::env::var_os("PATH").expect("a path"));
    if product
        .command("cargo-health-sec")
        .env("PATH", std::env::var_os("PATH").expect("a path"))
        .output()
        .is_ok()
    {
        eprintln!("SKIPPED: cargo-health-sec is installed on this machine");
        return;
    }
    let said = Said::of(&command.output().expect("cargo can be started"));
    assert_eq!(said.code, 101, "{}", said.err);
    assert!(said.err.contains("cargo install cargo-health-sec --locked"), "{}", said.err);
}

#[test]
fn it_brings_nothing_but_itself() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges=normal,build", "--no-default-features", "--features=build"])
        .args(["--target=all", "--prefix=none", "--format={p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be started");
    let listed = Said::of(&tree);
    assert_eq!(listed.code, 0, "{}", listed.err);
    let packages: Vec<&str> = listed.out.lines().collect();
    assert_eq!(packages.len(), 1, "{packages:?}");
    assert!(packages[0].starts_with("cargo-health-sec v"), "{packages:?}");
}
