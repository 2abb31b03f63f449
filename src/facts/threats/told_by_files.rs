//! What files of settings say of an address: one thing, or one of several, each with its place.

use crate::facts::code::{Setting, Value};
use crate::source::Location;

use super::listeners::{Address, Host};

/// What files of settings say of an address.
#[derive(Debug, Default)]
pub struct ToldByFiles {
    /// The keys that decide it, such as `service.port`.
    pub keys: Vec<String>,
    /// The ports.
    pub ports: Choice<u16>,
    /// The hosts.
    pub hosts: Choice<Host>,
}

/// What a file says of one thing.
#[derive(Debug)]
pub struct Said<T> {
    /// What it is.
    pub value: T,
    /// The key, such as `service.port`.
    pub key: String,
    /// Where the file says it.
    pub at: Location,
}

/// What several files say of one thing, in the order of files.
#[derive(Debug)]
pub struct Choice<T>(Vec<Said<T>>);

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> Choice<T> {
    /// True where files say different things.
    #[must_use]
    pub fn differ(&self) -> bool {
        self.0.windows(2).any(|pair| pair[0].value != pair[1].value)
    }

    /// True where no file says anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they say, each thing once.
    #[must_use]
    pub fn each(&self) -> Vec<&Said<T>> {
        let mut each: Vec<&Said<T>> = Vec::new();
        for said in &self.0 {
            if !each.iter().any(|known| known.value == said.value) {
                each.push(said);
            }
        }
        each
    }

    fn add(&mut self, value: Option<T>, key: Option<&String>, at: &Location) {
        let key = key.cloned().unwrap_or_default();
        self.0.extend(value.map(|value| Said { value, key, at: at.clone() }));
    }
}

impl ToldByFiles {
    /// What files say of the address in a value, with the value as the first of them has it; where none says anything, as
    /// the code has it.
    pub(super) fn of(value: &Value, read: &dyn Fn(&Value) -> Address) -> (Self, Value) {
        let mut told = Self::default();
        let mut settings: Vec<Setting> = Vec::new();
        let first = value.put_together(&mut |setting| {
            settings.push(setting.clone());
            setting.said.first().map_or_else(|| setting.otherwise.clone(), |first| first.value.clone())
        });
        for (at, Setting { key, said, .. }) in settings.iter().enumerate() {
            told.keys.extend(key.clone().filter(|key| !told.keys.contains(key)));
            let with = |own: &Value| {
                let mut index = 0;
                let value = value.put_together(&mut |setting| {
                    index += 1;
                    match setting.said.first() {
                        _ if index == at + 1 => own.clone(),
                        Some(first) => first.value.clone(),
                        None => setting.otherwise.clone(),
                    }
                });
                read(&value)
            };
            // What is known without it is not what it says.
            let without = with(&Value::Unknown);
            for one in said {
                let address = with(&one.value);
                told.ports.add(address.port.filter(|_| without.port.is_none()), key.as_ref(), &one.at);
                told.hosts.add(address.host.filter(|_| without.host.is_none()), key.as_ref(), &one.at);
            }
        }
        (told, first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::threats::listeners::address;
    use crate::source::{Placed, Source};

    fn setting(said: &[Value]) -> Value {
        let file = Source::new("config.toml", "x");
        let said = said.iter().map(|value| Placed { value: value.clone(), at: file.whole() }).collect();
        Value::Setting(Box::new(Setting { key: Some("k".to_owned()), said, ..Setting::default() }))
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn each_part_of_an_address_has_what_files_say_of_it() {
        let both = Value::Tuple(vec![
            setting(&[text("0.0.0.0"), text("127.0.0.1")]),
            setting(&[Value::Integer(80), Value::Integer(80)]),
        ]);
        let (told, first) = ToldByFiles::of(&both, &address);
        assert_eq!(address(&first), Address { host: Some(Host::Any), port: Some(80) });
        assert!(told.hosts.differ() && !told.ports.differ());
        assert_eq!(told.ports.each().len(), 1);
        assert_eq!(told.keys, ["k"]);
    }

    #[test]
    fn what_the_code_says_is_not_told_by_a_file() {
        let port = Value::Tuple(vec![text("0.0.0.0"), setting(&[Value::Integer(80)])]);
        let (told, _) = ToldByFiles::of(&port, &address);
        assert!(told.hosts.is_empty() && !told.ports.is_empty());
        let whole = setting(&[text("10.0.0.1:80"), text("10.0.0.1:81")]);
        let (told, _) = ToldByFiles::of(&whole, &address);
        assert!(told.ports.differ() && !told.hosts.differ());
        let silent = setting(&[]);
        assert!(ToldByFiles::of(&silent, &address).0.ports.is_empty());
    }
}
