//! Updates over the network.

use std::process::Command;

use reqwest::ClientBuilder;

/// Fetches a version and installs it.
pub fn install(version: &str) {
    let client = ClientBuilder::new().danger_accept_invalid_certs(true).build();
    let Ok(image) = client.get(&format!("https://updates.sweetwater.example/{version}")) else {
        return;
    };
    let status = Command::new("sh").arg("-c").arg(format!("install-image {image}")).status();
    log::info!("update: {status:?}");
}
