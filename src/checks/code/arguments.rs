//! What safety arguments say: whether a text is about the code that it stands at.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::facts::code::{UnsafeKind, UnsafeSite};
use crate::finding::Findings;

use super::safety::is_empty;
use super::ships;

/// Sites with an argument that is not plainly empty, which another rule tells.
fn argued(facts: &Facts) -> impl Iterator<Item = (&UnsafeSite, &str)> {
    let of_code = |site: &&UnsafeSite| matches!(site.kind, UnsafeKind::Block | UnsafeKind::Impl);
    let sites = facts.code.unsafe_sites.iter().filter(|site| ships(&site.site) && !site.site.in_macro);
    sites.filter(of_code).filter_map(|site| {
        let argument = site.argument.as_deref().filter(|argument| !is_empty(argument))?;
        Some((site, argument))
    })
}

pub(super) fn safety_argument_hollow(facts: &Facts, found: &mut Findings<'_>) {
    let functions = facts.code.unsafe_sites.iter().filter(|site| site.kind == UnsafeKind::Function);
    let unsafe_functions: BTreeSet<&str> = functions.map(|site| site.site.within.as_str()).collect();
    for (site, argument) in argued(facts) {
        let words: Vec<String> = words(argument).collect();
        // Inside an unsafe function the duty may be the caller's: its documentation says which.
        let forwarded = unsafe_functions.contains(site.site.within.as_str())
            && words.iter().any(|word| is_one_of(word, FORWARDS));
        let hollow = words.iter().all(|word| is_one_of(word, SAYS_NOTHING) || is_one_of(word, FORWARDS));
        let named = site.names.iter().any(|name| words.contains(&name.to_lowercase()));
        if !hollow || forwarded || named {
            continue;
        }
        let told: String =
            argument.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
        found
            .add(&site.site.at, format!("this safety argument says nothing of what stands here: `{told}`"))
            .about(&site.site.within)
            .help("name the condition of each operation, and what in this code guarantees it");
    }
}

/// How often a text stands before it is told, and at how many different pieces of code.
const COPIES: usize = 8;
const DIFFERENT: usize = 4;

pub(super) fn safety_argument_copied(facts: &Facts, found: &mut Findings<'_>) {
    let mut copies: BTreeMap<(usize, String), Vec<&UnsafeSite>> = BTreeMap::new();
    for (site, argument) in argued(facts).filter(|(site, _)| site.kind == UnsafeKind::Block) {
        let text = argument.split_whitespace().collect::<Vec<_>>().join(" ");
        copies.entry((site.site.unit, text)).or_default().push(site);
    }
    for ((_, text), sites) in copies {
        // A text that names something of the code fits wherever that stands.
        let words: BTreeSet<String> = words(&text).collect();
        let strange =
            |site: &&UnsafeSite| !site.names.iter().any(|name| words.contains(&name.to_lowercase()));
        let strange: Vec<&UnsafeSite> = sites.into_iter().filter(strange).collect();
        let different: BTreeSet<&[String]> = strange.iter().map(|site| site.names.as_slice()).collect();
        let [first, others @ ..] = strange.as_slice() else { continue };
        if strange.len() < COPIES || different.len() < DIFFERENT {
            continue;
        }
        let message = format!(
            "the same safety argument stands at {} places with {} different pieces of code",
            strange.len(),
            different.len()
        );
        let finding = found.add(&first.site.at, message);
        finding.about(&first.site.within);
        for other in others.iter().take(COPIES) {
            finding.with(&other.site.at, "here too");
        }
    }
}

/// Words of an argument, in small letters; a name keeps its underscores.
fn words(argument: &str) -> impl Iterator<Item = String> {
    let between = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '\''));
    argument.split(between).map(|word| word.trim_matches('\'').to_lowercase()).filter(|word| !word.is_empty())
}

fn is_one_of(word: &str, list: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

/// Words by which a duty is handed on.
const FORWARDS: &str = "\
    caller callers contract contracts precondition preconditions invariant invariants requirement \
    requirements condition conditions obligation obligations forward forwarded forwards delegate \
    delegated passing rules rule";

/// Words that state no fact about any code.
const SAYS_NOTHING: &str = "\
    a actually all always an and any are as assert asserted assume assumed assumes assured at be because \
    been before behave behaves being believe block body both by c call called calling calls can check \
    checked checks code completely correct correctly did do does done down each earlier ensure ensured \
    ensures ever every external ffi fine fn for from function good guarantee guaranteed guarantees had \
    has have here hold holds hope i impl implementation in internal internally is isn't it it's its just \
    kept know known knows library maintained may met method methods might must never no none not obvious \
    obviously of ok okay on only operation operations or our perfectly preserved previously promise \
    promised promises really required right safe safely safety satisfied satisfies satisfy should simple \
    simply since so sound soundly sure that that's the their there these they this those through to \
    totally trait trivial trivially trust trusted unclear unsafe unsafely up upheld uphold upholds use \
    used user users uses using valid verified verify was we we're were will with work works would you";
