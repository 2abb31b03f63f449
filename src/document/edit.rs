//! Setting a key of a TOML text: formatting, comments and order stay as they are.

use toml_edit::{DocumentMut, Item, Table, TableLike, value};

/// The text with a key set to a string or a truth value; tables on the way are made where they are
/// missing. `None` where the text is not TOML, where something on the way is no table, and where lines end in
/// two ways: there the rest could not stay as it is.
#[must_use]
pub fn set(text: &str, keys: &[&str], new: Scalar<'_>) -> Option<String> {
    let (ends, wide) = (text.matches('\n').count(), text.matches("\r\n").count());
    if wide > 0 && wide < ends {
        return None;
    }
    let mut document: DocumentMut = text.parse().ok()?;
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
    // A byte order mark is no part of the document, and lines may end in two characters.
    let mark = if text.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let edited = format!("{mark}{}", document.to_string().trim_start_matches('\u{feff}'));
    Some(if wide > 0 { edited.replace("\r\n", "\n").replace('\n', "\r\n") } else { edited })
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
    fn every_prefix_is_edited_or_refused() {
        let text = "[package]\nname = \"é\"\n[lints]\nrust = { a = 1 }\n";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let edited = forbid(&text[..end]);
            assert!(edited.is_none_or(|edited| edited.parse::<DocumentMut>().is_ok()), "{end}");
        }
    }
}
