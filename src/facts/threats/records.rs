//! Records that a model names with their checksum: whether they are the ones that were seen then.
//!
//! A record is looked for beside the file that names it, and from the root. One without a checksum may lie in a
//! quality system, and nothing is said of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::facts::prints::hex;
use crate::facts::{Gap, Kind};
use crate::source::{Placed, Tree, read_limited};

use super::{Evidence, Model};

/// A larger record is not read.
const LARGEST: u64 = 256 * 1024 * 1024;

/// A record that a model names with its checksum.
#[derive(Debug, Clone)]
pub struct Record {
    /// The file, as written.
    pub file: String,
    /// The checksum, as written.
    pub sum: Placed<String>,
    /// What became of it.
    pub kept: Kept,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is as it was.
    Same,
    /// It is another one, with this checksum.
    Differs(String),
    /// It is not there.
    Missing,
    /// What is written is no SHA-256.
    Unsummed,
}

/// Looks at the records of models.
pub(super) fn gather(tree: &Tree, models: &[Model], gaps: &mut Vec<Gap>) -> Vec<Record> {
    let named = models.iter().flat_map(|model| {
        let tests = model.mitigations.iter().flat_map(|mitigation| &mitigation.evidence);
        tests.chain(model.acceptances.iter().flat_map(|acceptance| &acceptance.evidence))
    });
    let summed = named.filter_map(|record| Some((record, record.sha256.as_ref()?)));
    let mut records = Vec::new();
    // Each file is read once, however often it is named.
    let mut sums = BTreeMap::new();
    for (record, sum) in summed {
        match kept(tree, record, &sum.value, &mut sums) {
            Ok(kept) => records.push(Record { file: record.file.value.clone(), sum: sum.clone(), kept }),
            Err(why) => {
                let remedy = "keep a record that can be read, or leave its checksum out";
                gaps.push(
                    Gap::new(Kind::Threats, &record.file.value, why, remedy).at(record.file.at.clone()),
                );
            }
        }
    }
    records
}

type Sums = BTreeMap<PathBuf, Result<String, String>>;

fn kept(tree: &Tree, record: &Evidence, sum: &str, sums: &mut Sums) -> Result<Kept, String> {
    if sum.len() != 64 || !sum.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return Ok(Kept::Unsummed);
    }
    let beside = Path::new(record.file.at.path()).parent().unwrap_or(Path::new(""));
    let places = [beside.join(&record.file.value), Path::new(&record.file.value).to_owned()];
    let mut found =
        places.iter().filter_map(|place| tree.resolve(place).ok()).filter(|place| place.is_file());
    let Some(file) = found.next() else { return Ok(Kept::Missing) };
    let read = |file: &PathBuf| read_limited(file, LARGEST).map(|bytes| hex(&Sha256::digest(bytes)));
    let now = sums.entry(file).or_insert_with_key(|file| read(file).map_err(|error| error.to_string()));
    let now = now.clone()?;
    Ok(if now.eq_ignore_ascii_case(sum) { Kept::Same } else { Kept::Differs(now) })
}
