//! What a component is able to do, in the words of the policy and of reports.

use serde::{Deserialize, Serialize};

/// What a component is able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Opens sockets.
    Net,
    /// Starts programs.
    Process,
    /// Writes files.
    FileWrite,
    /// Reads or writes environment variables.
    Env,
    /// Calls foreign functions.
    Ffi,
    /// Loads libraries at run time.
    Dlopen,
    /// Holds assembler code.
    Asm,
    /// Starts threads.
    Threads,
    /// Holds unsafe code.
    Unsafe,
}

impl Capability {
    /// Every capability with its word in the policy and in reports.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("net", Self::Net),
        ("process", Self::Process),
        ("file-write", Self::FileWrite),
        ("env", Self::Env),
        ("ffi", Self::Ffi),
        ("dlopen", Self::Dlopen),
        ("asm", Self::Asm),
        ("threads", Self::Threads),
        ("unsafe", Self::Unsafe),
    ];

    /// The capability that a word means.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, capability)| *capability)
    }

    /// The word in the policy and in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, capability)| *capability == self).map_or("", |(word, _)| word)
    }

    /// What a component with it does, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Net => "open sockets",
            Self::Process => "start programs",
            Self::FileWrite => "write files",
            Self::Env => "use the environment",
            Self::Ffi => "call foreign functions",
            Self::Dlopen => "load libraries at run time",
            Self::Asm => "hold assembler code",
            Self::Threads => "start threads",
            Self::Unsafe => "hold unsafe code",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_the_policy_are_those_in_reports() {
        for (word, capability) in Capability::WORDS {
            assert_eq!(serde_json::to_value(capability).expect("a word"), *word);
            assert_eq!((Capability::read(word), capability.word()), (Some(*capability), *word));
        }
        assert_eq!(Capability::read("network"), None);
    }
}
