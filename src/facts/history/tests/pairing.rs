//! Which component of then is which of now.

use std::collections::BTreeSet;

use super::super::*;

type Listed = (String, semver::Version, Origin, Option<String>);

/// Lists of components that a number stands for: small, so that every kind of meeting occurs.
fn lists(mut number: u64) -> [Vec<Listed>; 2] {
    let mut next = |below: u64| {
        // xorshift: the same numbers give the same lists on every machine.
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        number % below
    };
    std::array::from_fn(|_| {
        let count = next(9);
        let mut list: BTreeSet<_> = BTreeSet::new();
        for _ in 0..count {
            let name = ["flow", "log"][usize::from(next(2) == 0)].to_owned();
            let version = semver::Version::new(next(3), next(2), next(2));
            let origin = match next(6) {
                0 => Origin::Git {
                    url: "https://a".into(),
                    commit: Some(["c", "d"][usize::from(next(2) == 0)].into()),
                },
                1 => Origin::Path { folder: None },
                2 => Origin::Registry { url: "https://r".into() },
                _ => Origin::CratesIo,
            };
            list.insert((name, version, origin));
        }
        list.into_iter().map(|(n, v, o)| (n, v, o, Some(next(2).to_string()))).collect()
    })
}

fn keys(list: &[Listed]) -> Vec<Key<'_>> {
    list.iter()
        .map(|(name, version, origin, checksum)| Key { name, version, origin, checksum: checksum.as_deref() })
        .collect()
}

#[test]
fn no_component_is_lost_or_told_twice() {
    for number in 1..3000 {
        let [then, now] = lists(number);
        let (then, now) = (keys(&then), keys(&now));
        let changes = changes(&then, &now);
        let told: Vec<_> = changes.iter().filter_map(|change| change.before).collect();
        assert_eq!(told.len(), told.iter().collect::<BTreeSet<_>>().len(), "{number}");
        let told_now: Vec<_> = changes.iter().filter_map(|change| change.after).collect();
        assert_eq!(told_now.len(), told_now.iter().collect::<BTreeSet<_>>().len(), "{number}");
        // What is not told has stayed as it was, on both sides.
        let same = |keys: &[Key<'_>], told: &[usize]| {
            let stayed = (0..keys.len()).filter(|index| !told.contains(index));
            stayed
                .map(|index| {
                    (
                        keys[index].name.to_owned(),
                        keys[index].version.clone(),
                        keys[index].checksum.map(str::to_owned),
                    )
                })
                .collect::<Vec<_>>()
        };
        let (mut left, mut right) = (same(&then, &told), same(&now, &told_now));
        left.sort();
        right.sort();
        assert_eq!(left, right, "{number}");
        for change in &changes {
            let then = change.before.map(|index| then[index]);
            let now = change.after.map(|index| now[index]);
            if let (Some(then), Some(now)) = (then, now) {
                assert_eq!(then.name, now.name, "{number}");
            }
            assert_eq!(then.is_none(), change.kind == ChangeKind::Added);
            assert_eq!(now.is_none(), change.kind == ChangeKind::Removed);
        }
        for name in ["flow", "log"] {
            let count = |kind| {
                changes
                    .iter()
                    .filter(|change| {
                        let index = change
                            .after
                            .map(|index| now[index].name)
                            .or(change.before.map(|index| then[index].name));
                        change.kind == kind && index == Some(name)
                    })
                    .count()
            };
            assert!(
                count(ChangeKind::Added) == 0 || count(ChangeKind::Removed) == 0,
                "{number}: what could be paired is"
            );
        }
    }
}

#[test]
fn the_way_back_is_the_way_forth_turned_round() {
    let turned = |kind| match kind {
        ChangeKind::Added => ChangeKind::Removed,
        ChangeKind::Removed => ChangeKind::Added,
        other => other,
    };
    for number in 1..3000 {
        let [then, now] = lists(number);
        let (then, now) = (keys(&then), keys(&now));
        let forth: BTreeSet<_> =
            changes(&then, &now).into_iter().map(|c| (c.before, c.after, c.kind)).collect();
        let back: BTreeSet<_> =
            changes(&now, &then).into_iter().map(|c| (c.after, c.before, turned(c.kind))).collect();
        assert_eq!(forth, back, "{number}");
        assert!(changes(&then, &then).is_empty(), "{number}");
    }
}

#[test]
fn versions_side_by_side_are_paired_with_their_like() {
    let list = |text: &str| -> Vec<Listed> {
        text.split_whitespace()
            .map(|word| {
                let (version, git) = word.strip_prefix('g').map_or((word, false), |version| (version, true));
                let origin = if git {
                    Origin::Git { url: "https://a".into(), commit: Some("c".into()) }
                } else {
                    Origin::CratesIo
                };
                ("flow".to_owned(), version.parse().expect("a version"), origin, None)
            })
            .collect()
    };
    for (then, now, expected) in [
        ("1.0.0", "1.0.1", "1.0.0>1.0.1"),
        ("1.0.0", "1.0.0 2.0.0", "+2.0.0"),
        ("1.0.0 2.0.0", "2.1.0", "-1.0.0 2.0.0>2.1.0"),
        ("1.0.0 2.0.0", "1.0.5 2.1.0", "1.0.0>1.0.5 2.0.0>2.1.0"),
        ("0.1.0 0.2.0", "0.2.3 0.3.0", "0.2.0>0.2.3 0.1.0>0.3.0"),
        ("0.48.0 0.52.0", "0.52.0 0.59.0", "0.48.0>0.59.0"),
        ("1.0.0", "g1.0.0", "1.0.0~1.0.0"),
        ("1.0.0 g1.2.0", "1.1.0 g1.2.0", "1.0.0>1.1.0"),
        ("1.0.0", "g2.0.0 1.1.0", "1.0.0>1.1.0 +2.0.0"),
        ("2.0.0", "1.0.0", "2.0.0>1.0.0"),
    ] {
        let (then, now) = (list(then), list(now));
        let (then, now) = (keys(&then), keys(&now));
        let told: Vec<String> = changes(&then, &now)
            .into_iter()
            .map(|change| {
                let then = change.before.map(|index| then[index].version.to_string()).unwrap_or_default();
                let now = change.after.map(|index| now[index].version.to_string()).unwrap_or_default();
                let sign = match change.kind {
                    ChangeKind::Added => "+",
                    ChangeKind::Removed => return format!("-{then}"),
                    ChangeKind::Updated => ">",
                    ChangeKind::Moved => "~",
                    ChangeKind::Replaced => "!",
                };
                format!("{then}{sign}{now}")
            })
            .collect();
        assert_eq!(told.join(" "), expected);
    }
}

#[test]
fn ten_thousand_versions_of_one_name_end_in_time() {
    let version = |index: usize| semver::Version::new(1, 0, index as u64);
    let versions: Vec<_> = (0..20_000).map(version).collect();
    let key = |version| Key { name: "a", version, origin: &Origin::CratesIo, checksum: None };
    let then: Vec<_> = versions[..10_000].iter().map(key).collect();
    let now: Vec<_> = versions[10_000..].iter().map(key).collect();
    let start = std::time::Instant::now();
    assert_eq!(changes(&then, &now).len(), 10_000);
    assert!(start.elapsed().as_secs() < 5);
}
