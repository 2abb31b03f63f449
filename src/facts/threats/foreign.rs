//! Models of other tools: recognised by content, refused by name.
//!
//! A file name says little: card games have a `threatmodel.json` too. What is recognised here is
//! not read by this version; saying which format it is spares people a search.

/// The tool whose format a text looks like.
pub(super) fn recognise(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    // Every mark stands near the start or is cheap to find; files are at most a few megabytes.
    let has = |mark: &str| text.contains(mark);
    match text.as_bytes().first()? {
        b'{' | b'[' if has("\"otmVersion\"") => Some("Open Threat Model"),
        b'{' | b'[' if has("\"bomFormat\"") => Some("CycloneDX"),
        b'{' | b'[' if has("\"applicationInfo\"") && has("\"threats\"") => Some("Threat Composer"),
        b'{' | b'[' if has("\"summary\"") && has("\"diagrams\"") => Some("OWASP Threat Dragon"),
        b'{' | b'[' if has("\"trust_zones\"") && has("\"scope\"") => Some("TM-Library"),
        b'<' if has("<ThreatModel") => Some("Microsoft Threat Modeling Tool"),
        b'<' if has("<mxfile") => Some("draw.io"),
        _ if line_starts(text, "threagile_version:") => Some("Threagile"),
        _ if line_starts(text, "otmVersion:") => Some("Open Threat Model"),
        _ if line_starts(text, "threatmodel \"") => Some("threatcl"),
        _ if line_starts(text, "from pytm import") => Some("pytm"),
        _ => None,
    }
}

fn line_starts(text: &str, mark: &str) -> bool {
    text.lines().any(|line| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::recognise;

    #[test]
    fn formats_are_told_by_their_content() {
        for (text, tool) in [
            (r#"{"version":"2.0","summary":{"title":"x"},"detail":{"diagrams":[]}}"#, "OWASP Threat Dragon"),
            ("\u{feff}<ThreatModel xmlns:i=\"x\">", "Microsoft Threat Modeling Tool"),
            ("# a comment\nthreagile_version: 1.0.0\n", "Threagile"),
            ("otmVersion: 0.2.0\n", "Open Threat Model"),
            ("threatmodel \"gateway\" {\n}", "threatcl"),
            ("#!/usr/bin/env python3\nfrom pytm import TM\n", "pytm"),
        ] {
            assert_eq!(recognise(text), Some(tool), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_guessed_at() {
        for text in ["", "   ", "{\"threats\": []}", "[1, 2]", "title = \"x\"", "<svg/>"] {
            assert_eq!(recognise(text), None, "{text}");
        }
    }
}
