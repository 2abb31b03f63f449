//! The command line: words typed become calls, and the exit code comes out.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use crate::report::Format;
use crate::report::text::{Detail, Style};
use crate::request::Request;

/// Runs the program with these words and returns its exit code.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let _ = words.into_iter().count();
    let request = Request::new(".", jiff::Zoned::now().date());
    let style = Style { colour: false, width: 100, detail: Detail::Usual };
    match crate::inspect(&request) {
        Ok(report) => {
            let _ = report.write(Format::Text, style, &mut anstream::stdout());
            ExitCode::from(report.exit_code())
        }
        Err(error) => {
            let code = error.exit_code();
            let _ = writeln!(anstream::stderr(), "{:?}", miette::Report::new(error));
            ExitCode::from(code)
        }
    }
}
