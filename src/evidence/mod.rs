//! What is handed to others: the register of components, lists for other tools, statements on
//! vulnerabilities, the coding standard and deviations from it. Pure: everything here is made from a [`Report`](crate::Report).

pub mod changes;
pub mod deviations;
pub mod difference;
mod json;
pub mod register;
pub mod sbom;
#[cfg(test)]
mod schemas;
pub mod standard;
pub mod threats;
pub mod vex;
