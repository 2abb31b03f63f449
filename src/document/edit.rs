//! Setting a key of a TOML text, and adding a table: formatting, comments and order stay as they are.

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

/// The text with a key set to a string or a truth value; tables on the way are made where they are
/// missing. `None` where the text is not TOML, where something on the way is no table, and where lines end in
/// two ways: there the rest could not stay as it is.
#[must_use]
pub fn set(text: &str, keys: &[&str], new: Scalar<'_>) -> Option<String> {
    let mut document = parsed(text)?;
    let (last, tables) = keys.split_last()?;
    let (empty, mut inline) = (document.as_table().is_empty(), false);
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for (depth, key) in tables.iter().enumerate() {
        if table.get(key).is_none() {
            let mut made = Table::new();
            // Only the table that holds the key needs a head of its own.
            made.set_implicit(depth + 1 < tables.len());
            if !empty {
                made.decor_mut().set_prefix("\n");
            }
            table.insert(key, Item::Table(made));
        }
        let item = table.get_mut(key)?;
        inline |= item.is_inline_table();
        table = item.as_table_like_mut()?;
    }
    let mut item = match new {
        Scalar::Text(text) => value(text),
        Scalar::Truth(truth) => value(truth),
    };
    // Between braces the space before the end belongs to the last value.
    if let Some((_, Item::Value(before))) = table.iter_mut().last().filter(|_| inline)
        && let Some(new) = item.as_value_mut()
    {
        let suffix = before.decor().suffix().cloned().unwrap_or_default();
        before.decor_mut().set_suffix("");
        new.decor_mut().set_suffix(suffix);
    }
    match table.get_mut(last) {
        // Behind a value there may be a comment.
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = item.into_value().ok()?;
            *old.decor_mut() = decor;
        }
        Some(_) => return None,
        None => drop(table.insert(last, item)),
    }
    Some(written(text, &document))
}

/// The text with a table `[kind.id]` behind the others of its kind, or at the end where there is none. `None` as for
/// [`set`], and where that table is there.
#[must_use]
pub fn add_table(text: &str, kind: &str, id: &str, fields: &[(&str, Field<'_>)]) -> Option<String> {
    let mut document = parsed(text)?;
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    for (key, field) in fields {
        table.insert(key, field.item()?);
    }
    let kinds = document.entry(kind).or_insert_with(|| {
        let mut kinds = Table::new();
        kinds.set_implicit(true);
        Item::Table(kinds)
    });
    let kinds = kinds.as_table_mut()?;
    if kinds.contains_key(id) {
        return None;
    }
    // Behind the last of its kind, wherever that stands in the file.
    let last = kinds.iter().filter_map(|(_, item)| item.as_table()?.position()).max();
    if let Some(last) = last {
        table.set_position(Some(last));
    }
    kinds.insert(id, Item::Table(table));
    Some(written(text, &document))
}

/// What is added under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    /// A string.
    Text(&'a str),
    /// A list of strings, a line each where there are several.
    Texts(&'a [String]),
    /// A day.
    Day(jiff::civil::Date),
}

impl Field<'_> {
    fn item(&self) -> Option<Item> {
        Some(match self {
            Self::Text(text) => value(*text),
            Self::Texts(texts) => {
                let mut array: Array = texts.iter().map(String::as_str).collect();
                if texts.len() > 1 {
                    array.iter_mut().for_each(|text| text.decor_mut().set_prefix("\n    "));
                    array.set_trailing("\n");
                    array.set_trailing_comma(true);
                }
                value(array)
            }
            Self::Day(day) => value(day.to_string().parse::<toml_edit::Datetime>().ok()?),
        })
    }
}

/// A text that can be edited: TOML whose lines all end in the same way.
fn parsed(text: &str) -> Option<DocumentMut> {
    let (ends, wide) = (text.matches('\n').count(), text.matches("\r\n").count());
    if wide > 0 && wide < ends {
        return None;
    }
    text.parse().ok()
}

/// The document, as `text` was written: a byte order mark is no part of it, and lines may end in two characters.
fn written(text: &str, document: &DocumentMut) -> String {
    let mark = if text.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let edited = format!("{mark}{}", document.to_string().trim_start_matches('\u{feff}'));
    if text.contains("\r\n") { edited.replace("\r\n", "\n").replace('\n', "\r\n") } else { edited }
}

/// A new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// A string.
    Text(&'a str),
    /// A truth value.
    Truth(bool),
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORBID: &[&str] = &["lints", "rust", "unsafe_code"];

    fn forbid(text: &str) -> Option<String> {
        set(text, FORBID, Scalar::Text("forbid"))
    }

    #[test]
    fn a_table_is_made_at_the_end_and_the_rest_stays() {
        let text = "# The pump.\n[package]\nname   = 'pump' # odd\n\n\n[dependencies] # few\n";
        assert_eq!(
            forbid(text).as_deref(),
            Some(
                "# The pump.\n[package]\nname   = 'pump' # odd\n\n\n[dependencies] # few\n\n[lints.rust]\nunsafe_code = \"forbid\"\n"
            )
        );
        assert_eq!(
            set("", &["lints", "workspace"], Scalar::Truth(true)).as_deref(),
            Some("[lints]\nworkspace = true\n")
        );
    }

    #[test]
    fn a_key_joins_its_table_wherever_that_stands() {
        for (text, expected) in [
            (
                "[lints.rust]\na = 1 # x\n\n[z]\n",
                "[lints.rust]\na = 1 # x\nunsafe_code = \"forbid\"\n\n[z]\n",
            ),
            ("[lints]\nrust.a = 1\n\n[z]\n", "[lints]\nrust.a = 1\nrust.unsafe_code = \"forbid\"\n\n[z]\n"),
            ("[lints]\nrust = { a = 1 }\n", "[lints]\nrust = { a = 1, unsafe_code = \"forbid\" }\n"),
            ("lints = {rust = {a = 1}}\n", "lints = {rust = {a = 1, unsafe_code = \"forbid\"}}\n"),
            ("lints.rust.a = 1\n[z]\n", "lints.rust.a = 1\nlints.rust.unsafe_code = \"forbid\"\n[z]\n"),
            (
                "[lints.rust]\nunsafe_code = \"warn\" # why\n",
                "[lints.rust]\nunsafe_code = \"forbid\" # why\n",
            ),
            (
                "[lints.clippy]\nall = \"warn\"\n",
                "[lints.clippy]\nall = \"warn\"\n\n[lints.rust]\nunsafe_code = \"forbid\"\n",
            ),
        ] {
            assert_eq!(forbid(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn ends_of_lines_and_marks_stay() {
        assert_eq!(
            forbid("\u{feff}[a]\r\nb = 1\r\n").as_deref(),
            Some("\u{feff}[a]\r\nb = 1\r\n\r\n[lints.rust]\r\nunsafe_code = \"forbid\"\r\n")
        );
        assert_eq!(forbid("[a]\r\nb = 1\n"), None, "one of them would change");
    }

    #[test]
    fn what_is_no_table_is_left_alone() {
        for text in [
            "lints = 1",
            "[[lints]]\n",
            "[lints]\nrust = []\n",
            "not toml",
            "[lints.rust.unsafe_code]\nlevel = 1\n",
        ] {
            assert_eq!(forbid(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_set_twice_is_set_once() {
        for text in ["", "[lints.rust]\na = 1\n", "[package]\nname = \"a\"\n[lints]\nrust.b = 2\n"] {
            let once = forbid(text).expect("an edit");
            assert_eq!(forbid(&once).as_deref(), Some(once.as_str()));
        }
    }

    #[test]
    fn a_table_is_added_behind_those_of_its_kind() {
        let day = jiff::civil::date(2026, 11, 27);
        let saw = ["found: b".to_owned(), "found: c \"d\"".to_owned()];
        let fields = [("on", Field::Day(day)), ("by", Field::Text("a.person")), ("saw", Field::Texts(&saw))];
        let add = |text: &str| add_table(text, "review", "R-2", &fields);
        let added = "[review.R-2]\non = 2026-11-27\nby = \"a.person\"\nsaw = [\n    \"found: b\",\n    'found: c \"d\"',\n]\n";
        let head = "# The pump.\n[model]\ntitle   = 'pump' # odd\n";
        assert_eq!(add(head), Some(format!("{head}\n{added}")));
        let (before, after) = (format!("{head}\n# A.\n[review.R-1]\non = 2025-01-01\n"), "\n# V.\n[views]\n");
        assert_eq!(add(&format!("{before}{after}")), Some(format!("{before}\n{added}{after}")));
        for text in
            ["review = 1", "[review.R-2]\n", "[review]\nR-2 = { on = 1 }\n", "not toml", "[a]\r\nb = 1\n"]
        {
            assert_eq!(add(text), None, "{text}");
        }
        assert_eq!(add("[a]\r\nb = 1\r\n"), Some(format!("[a]\nb = 1\n\n{added}").replace('\n', "\r\n")));
    }

    #[test]
    fn every_prefix_is_edited_or_refused() {
        let text = "[package]\nname = \"é\"\n[lints]\nrust = { a = 1 }\n";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let edited = forbid(&text[..end]);
            assert!(edited.is_none_or(|edited| edited.parse::<DocumentMut>().is_ok()), "{end}");
        }
    }
}
