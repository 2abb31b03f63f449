//! What is handed to others: the register of components, lists for other tools, statements on
//! vulnerabilities. Pure: everything here is made from a [`Report`](crate::Report).

pub mod changes;
pub mod difference;
mod json;
pub mod register;
pub mod sbom;
#[cfg(test)]
mod schemas;
pub mod threats;
pub mod toml;
pub mod vex;
