//! Two documents read as one: what a file takes over from another. Every value keeps its own place.

use super::{Entry, Node, Value};

impl Value {
    /// This table with what another one adds. Under the same key tables become one, key by key, and of
    /// other values this one's stands. `joined` names the lists that are put together instead, by their keys
    /// from the top of the file: this one's items come first, and of two tables in such a list that
    /// have the same `name`, one is made.
    #[must_use]
    pub fn inheriting(&self, other: &Self, joined: &[&[&str]]) -> Self {
        let node = match (&self.node, &other.node) {
            (Node::Table(own), Node::Table(more)) => Node::Table(tables(own, more, joined)),
            (Node::Array(own), Node::Array(more)) if joined.iter().any(|path| path.is_empty()) => {
                Node::Array(lists(own, more))
            }
            (own, _) => own.clone(),
        };
        Self { node, source: self.source.clone(), span: self.span.clone() }
    }
}

fn tables(own: &[Entry], more: &[Entry], joined: &[&[&str]]) -> Vec<Entry> {
    let within = |key: &str| -> Vec<&[&str]> {
        let below = joined.iter().filter_map(|path| path.split_first());
        below.filter(|(first, _)| **first == key).map(|(_, rest)| rest).collect()
    };
    let both = own.iter().map(|entry| match more.iter().find(|other| other.key == entry.key) {
        Some(other) => {
            Entry { value: entry.value.inheriting(&other.value, &within(&entry.key)), ..entry.clone() }
        }
        None => entry.clone(),
    });
    let added = more.iter().filter(|other| own.iter().all(|entry| entry.key != other.key));
    both.chain(added.cloned()).collect()
}

fn lists(own: &[Value], more: &[Value]) -> Vec<Value> {
    fn name(value: &Value) -> Option<&str> {
        value.entry("name")?.value.as_str()
    }
    let same = |value: &Value, others: &[Value]| {
        name(value).and_then(|known| others.iter().position(|other| name(other) == Some(known)))
    };
    let both = own.iter().map(|value| match same(value, more) {
        Some(at) => value.inheriting(&more[at], &[]),
        None => value.clone(),
    });
    both.chain(more.iter().filter(|value| same(value, own).is_none()).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::source::Source;

    fn value(name: &str, text: &str) -> Value {
        parse(&Source::new(name, text)).expect("TOML")
    }

    const OWN: &str = "limit = 1\nlist = [\"own\"]\n[a.b]\nx = 1\n[[item]]\nname = \"os\"\nv = 1\n";
    const OTHER: &str = "limit = 2\nmore = 3\nlist = [\"other\"]\n[a.b]\nx = 2\ny = 2\n[a.c]\nz = 3\n\
                         [[item]]\nname = \"os\"\nv = 2\nw = 2\n[[item]]\nname = \"db\"\n[in]\nlist = [1]\n";

    #[test]
    fn own_values_stand_and_the_rest_is_added_with_its_place() {
        let joined = value("own", OWN).inheriting(&value("other", OTHER), &[&["item"]]);
        let at = |keys: &[&str]| joined.get(keys).expect("a value").at().to_string();
        assert_eq!(at(&["limit"]), "own:1:9");
        assert_eq!(at(&["more"]), "other:2:8");
        assert_eq!(at(&["a", "b", "x"]), "own:4:5");
        assert_eq!(at(&["a", "b", "y"]), "other:6:5");
        assert_eq!(at(&["a", "c", "z"]), "other:8:5");
        assert_eq!(joined.get(&["list"]).expect("a list").items().len(), 1, "a list is one decision");
        let items = joined.get(&["item"]).expect("a list").items();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].get(&["v"]).expect("a value").at().path(), "own");
        assert_eq!(items[0].get(&["w"]).expect("a value").at().path(), "other");
        assert_eq!(items[1].get(&["name"]).and_then(Value::as_str), Some("db"));
    }

    #[test]
    fn lists_are_joined_only_where_they_are_named_from_the_top() {
        let own = value("own", "list = [1]\n[in]\nlist = [2]\n");
        let other = value("other", "list = [3]\n[in]\nlist = [4]\n");
        let joined = own.inheriting(&other, &[&["in", "list"]]);
        let numbers = |keys: &[&str]| -> Vec<i64> {
            joined.get(keys).expect("a list").items().iter().filter_map(Value::as_integer).collect()
        };
        assert_eq!((numbers(&["list"]), numbers(&["in", "list"])), (vec![1], vec![2, 4]));
    }

    #[test]
    fn values_of_different_types_are_not_mixed() {
        let own = value("own", "a = 1\nb = []\n[c]\n");
        let joined = own.inheriting(&value("other", "b = 1\nc = []\n[a]\nx = 1\n"), &[&["b"], &["c"]]);
        let types = ["a", "b", "c"].map(|key| joined.get(&[key]).expect("a value").type_name());
        assert_eq!(types, ["integer", "array", "table"]);
    }
}
