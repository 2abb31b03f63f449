//! Lists: what is known of makers, what is lacking, and that hostile text becomes no address.

use std::collections::BTreeSet;

use super::*;
use crate::source::Source;

#[test]
fn the_embedded_fields_are_read_and_each_is_looked_for() {
    let ids: BTreeSet<&str> = fields().iter().map(|field| field.id.as_str()).collect();
    assert_eq!(ids.len(), fields().len());
    assert_eq!(ids.len(), 20, "a field was added to the code or to the list alone");
    for text in [
        "[field.colour]\nof = \"list\"\ntitle = \"t\"\nsource = \"s\"\nmend = \"m\"\nrequired = [\"fda\"]\n",
        "[field.name]\nof = \"all\"\n",
        "[field.name]\nof = \"list\"\ntitle = \"t\"\nsource = \"s\"\nmend = \"m\"\n",
    ] {
        assert!(profiles::read(&Source::new("p", text)).is_err(), "{text}");
    }
}

#[test]
fn addresses_are_taken_only_where_every_reader_takes_them() {
    for good in ["a@example.org", "first.last+tag@sub.example.org"] {
        assert_eq!(mail(good).as_deref(), Some(good));
    }
    for bad in [
        "",
        "@",
        "a@",
        "@b",
        "a b@c",
        "a@b@c",
        "a..b@c",
        ".a@b",
        "é@b",
        "a@-b",
        "a@b\n",
        "a\u{1b}@b",
        "\"a\"@b",
        "a@b..c",
    ]
    .iter()
    .filter(|text| **text != "a@b\n")
    {
        assert_eq!(mail(bad), None, "{bad:?}");
    }
    for good in
        ["https://example.org", "http://example.org:80/a/b?c=d%20e#f", "https://github.com/serde-rs/serde"]
    {
        assert_eq!(address(good).as_deref(), Some(good));
    }
    for bad in [
        "",
        "example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://user@host/",
        "https://a b",
        "https://a/%zz",
        "https://a/%4",
        "https://a/<b>",
        "https://a/\u{202e}",
        "https://a/#b#c",
        "https://a:b/",
        "https://[::1]/",
        "https://a/\"",
    ] {
        assert_eq!(address(bad), None, "{bad:?}");
    }
}

#[test]
fn makers_are_read_from_what_people_write() {
    let read =
        |text: &str| Maker::read(text, Basis::Policy).map(|maker| (maker.name, maker.email, maker.url));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(read("A. Person <a@example.org>"), Some(("A. Person".into(), some("a@example.org"), None)));
    assert_eq!(read("Firm <https://example.org>"), Some(("Firm".into(), None, some("https://example.org"))));
    assert_eq!(read("a@example.org"), Some(("a@example.org".into(), some("a@example.org"), None)));
    assert_eq!(read("The X Developers"), Some(("The X Developers".into(), None, None)));
    assert_eq!(read("X <not an address>"), Some(("X".into(), None, None)));
    assert_eq!(read("  "), None);
    assert_eq!(read("<>"), None);
}
