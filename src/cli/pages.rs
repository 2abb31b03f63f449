//! `rules` and `explain`: the pages on the screen.

use std::io;

use crate::checks;
use crate::report::text::Style;
use crate::rule::Rule;

use super::arguments::ListFormat;

/// Lists all rules.
pub(super) fn list(format: ListFormat, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let _ = (format, style);
    for (rule, _) in checks::catalogue() {
        writeln!(out, "{:<32} {:<9} {:<9} {}", rule.id, rule.severity, rule.tier, rule.title)?;
    }
    Ok(())
}

/// Shows the page of a rule.
pub(super) fn explain(rule: &Rule, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let _ = style;
    writeln!(out, "{}", rule.page)
}
