//! Lists of hazards, as the product's risk management exports them: a table (CSV) or JSON.
//!
//! A table has a line of headings, and a comma, semicolon or tab between its cells. The column `ID` names the hazard; a row
//! without one goes on with the hazard above it, as sheets with joined cells are exported. A column `security` may say
//! which hazards can be caused through security. In JSON it is a list of objects with `id`, and `security` where that is said.

use std::ops::Range;
use std::sync::Arc;

use crate::document;
use crate::source::{Location, Placed, Source};

/// A list of hazards.
#[derive(Debug)]
pub struct Hazards {
    /// The file as a whole.
    pub at: Location,
    /// The hazards, in the order of the file; one may stand in several rows.
    pub all: Vec<Hazard>,
    /// True where the list says which hazards can be caused through security.
    pub tells_security: bool,
}

/// A hazard.
#[derive(Debug)]
pub struct Hazard {
    /// Its id in the risk management file.
    pub id: Placed<String>,
    /// True where it can be caused through security.
    pub security: bool,
}

/// What separates the cells of a table.
const SEPARATORS: [char; 3] = [',', ';', '\t'];
/// Headings of the column with the id, and of the one that speaks of security.
const ID: &[&str] = &["id", "hazardid", "hazid", "riskid"];
const SECURITY: &[&str] = &["security", "securitycause", "securityrelated", "cybersecurity"];
/// What stands in the latter.
const YES: &[&str] = &["yes", "y", "true", "x", "1"];
const NO: &[&str] = &["", "no", "n", "false", "-", "0"];

/// Reads a list.
///
/// # Errors
/// Why it is none, in one sentence.
pub(super) fn read(source: &Arc<Source>) -> Result<Hazards, String> {
    let text = source.text().trim_start_matches('\u{feff}').trim_start();
    let hazards = if text.starts_with(['[', '{']) { json(source) } else { table(source) }?;
    if hazards.all.is_empty() {
        return Err("it lists no hazard".to_owned());
    }
    Ok(hazards)
}

fn json(source: &Arc<Source>) -> Result<Hazards, String> {
    let value = document::parse_json(source).map_err(|error| format!("it is no JSON: {}", error.message))?;
    let list = value.get(&["hazards"]).unwrap_or(&value);
    let mut hazards = Hazards { at: source.whole(), all: Vec::new(), tells_security: false };
    for item in list.items() {
        let id = item.get(&["id"]).and_then(|id| {
            let text =
                id.as_integer().map_or_else(|| id.as_str().map(str::to_owned), |id| Some(id.to_string()));
            Some(Placed { value: text?.trim().to_owned(), at: id.at() })
        });
        let line = item.at().line();
        let Some(id) = id.filter(|id| !id.value.is_empty()) else {
            return Err(format!("line {line}: this hazard has no `id`"));
        };
        let security = match item.get(&["security"]) {
            Some(says) => {
                Some(says.as_bool().ok_or(format!("line {line}: `security` is neither true nor false"))?)
            }
            None => None,
        };
        hazards.tells_security |= security.is_some();
        hazards.all.push(Hazard { id, security: security.unwrap_or_default() });
    }
    Ok(hazards)
}

fn table(source: &Arc<Source>) -> Result<Hazards, String> {
    for separator in SEPARATORS {
        let rows = rows(source.text(), separator)?;
        let Some((headings, rows)) = rows.split_first() else { break };
        let column =
            |names: &[&str]| headings.iter().position(|(_, cell)| names.contains(&plain(cell).as_str()));
        if let Some(id) = column(ID) {
            return listed(source, rows, id, column(SECURITY));
        }
    }
    Err("it is neither JSON nor a table with a column `ID` in its first line".to_owned())
}

fn listed(
    source: &Arc<Source>,
    rows: &[Vec<Cell>],
    id: usize,
    security: Option<usize>,
) -> Result<Hazards, String> {
    let mut all: Vec<Hazard> = Vec::new();
    for row in rows {
        let own = row.get(id).filter(|(_, text)| !text.is_empty());
        if let Some((range, text)) = own {
            let id = Placed { value: text.clone(), at: source.at(range.clone()) };
            all.push(Hazard { id, security: false });
        }
        let Some((range, says)) = security.and_then(|column| row.get(column)) else { continue };
        let word = says.to_lowercase();
        if !YES.contains(&word.as_str()) && !NO.contains(&word.as_str()) {
            let line = source.at(range.clone()).line();
            return Err(format!(
                "line {line}: `{}` says neither yes nor no of security",
                says.escape_debug()
            ));
        }
        if let Some(hazard) = all.last_mut() {
            hazard.security |= YES.contains(&word.as_str());
        }
    }
    Ok(Hazards { at: source.whole(), all, tells_security: security.is_some() })
}

/// The letters and digits of a heading, in small letters.
fn plain(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A cell: its bytes in the file, and what it says.
type Cell = (Range<usize>, String);

/// The rows of a table that say something. Quotes hold separators and ends of lines; two of them in a row mean one.
fn rows(text: &str, separator: char) -> Result<Vec<Vec<Cell>>, String> {
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    let (mut cell, mut start) = (String::new(), 0);
    let (mut quoted, mut before) = (false, None);
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        match c {
            '"' => {
                if !quoted && before == Some('"') {
                    cell.push('"');
                }
                quoted = !quoted;
            }
            '\n' if quoted && at == text.len() => return Err("a quote is opened and never closed".to_owned()),
            c if (c == separator || c == '\n') && !quoted => {
                let said = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').to_owned();
                row.push((start..at, said));
                cell.clear();
                start = at + c.len_utf8();
                if c == '\n' {
                    let row = std::mem::take(&mut row);
                    rows.extend(Some(row).filter(|row| row.iter().any(|(_, said)| !said.is_empty())));
                }
            }
            c => cell.push(c),
        }
        before = Some(c);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each hazard with its line and whether security can cause it, and whether the list says so at all.
    type Listed = (Vec<(String, usize, bool)>, bool);

    fn told(text: &str) -> Result<Listed, String> {
        let hazards = read(&Source::new("hazards.csv", text))?;
        let all = hazards.all.iter();
        let all = all.map(|hazard| (hazard.id.value.clone(), hazard.id.at.line(), hazard.security));
        Ok((all.collect(), hazards.tells_security))
    }

    #[test]
    fn tables_and_json_are_read() {
        let two = |lines: [usize; 2]| {
            Ok((vec![("H-1".to_owned(), lines[0], false), ("H-2".to_owned(), lines[1], true)], true))
        };
        for text in [
            "ID,Hazard,Security\nH-1,late,no\nH-2,wrong,yes\n",
            "\u{feff}Hazard ID;Security;Hazard\r\nH-1;;late\r\nH-2;X;wrong",
            "security\tid\n\tH-1\nTrue\tH-2\n",
        ] {
            assert_eq!(told(text), two([2, 3]), "{text}");
        }
        let joined =
            "id,\"what, and \"\"why\"\"\",security\nH-1,\"late\nand wrong\",\n\nH-2,,no\n,second cause,yes\n";
        assert_eq!(told(joined), two([2, 5]));
        assert_eq!(told("[{\"id\":\"H-1\"},\n{\"id\":\" H-2 \",\"security\":true}]"), two([1, 2]));
        let numbers = told("{\"hazards\":[{\"id\":7}]}").expect("a list");
        assert_eq!(numbers, (vec![("7".to_owned(), 1, false)], false));
        assert_eq!(told("id\nH-1\n"), Ok((vec![("H-1".to_owned(), 2, false)], false)));
    }

    #[test]
    fn what_is_no_list_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "neither JSON nor a table"),
            ("H-1,late\nH-2,wrong\n", "neither JSON nor a table"),
            ("id,security\n", "lists no hazard"),
            ("id,security\nH-1,perhaps\n", "line 2: `perhaps` says neither yes nor no"),
            ("id,\"security\nH-1,yes\n", "a quote is opened"),
            ("[{\"name\":\"H-1\"}]", "line 1: this hazard has no `id`"),
            ("[{\"id\":\"H-1\",\"security\":\"yes\"}]", "neither true nor false"),
            ("{\"hazards\":{}}", "lists no hazard"),
            ("[{\"id\":", "no JSON"),
        ] {
            let told = told(text).expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
        }
    }

    #[test]
    fn cut_off_anywhere_it_is_read_or_refused() {
        let text = "id,\"security\"\n\"H-1\",\"yes\"\n\"H\u{e4}-2\",no\n";
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let _ = told(&text[..end]);
            let _ = told(&text[end..]);
        }
    }
}
