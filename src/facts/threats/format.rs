//! The formats a model can be written in, and what each can say.
//!
//! A drawing tool has no field for a port or a test. That a model in its format names none is no fault of
//! its author: the overlay beside it is where such facts go. What a format can say and its author left
//! blank is another matter.

/// A format of threat models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Our own, in TOML.
    Native,
    /// OWASP Threat Dragon, versions 1 and 2.
    ThreatDragon,
    /// The Microsoft Threat Modeling Tool, `.tm7`.
    MicrosoftTmt,
    /// Threagile, with its computed risks.
    Threagile,
    /// The OWASP Threat Model Library.
    ThreatModelLibrary,
    /// The draft of `CycloneDX` 2.0.
    CycloneDx,
    /// threatcl, once hcltm.
    Threatcl,
    /// The Open Threat Model.
    OpenThreatModel,
    /// AWS Threat Composer.
    ThreatComposer,
    /// What pytm writes; its Python is never run.
    Pytm,
}

/// Something that not every format can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Who uses an interface.
    Roles,
    /// Interfaces with their ports.
    Interfaces,
    /// Which function implements an interface or a mitigation.
    Code,
    /// Which test shows that a mitigation works.
    Tests,
    /// Who accepted a risk, why, and until when.
    Acceptances,
    /// Who reviewed the model, and when.
    Reviews,
}

impl Aspect {
    /// Every aspect, with the words of reports.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("roles", Self::Roles),
        ("interfaces and ports", Self::Interfaces),
        ("functions in the code", Self::Code),
        ("tests", Self::Tests),
        ("acceptances of risks", Self::Acceptances),
        ("reviews", Self::Reviews),
    ];
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::Native,
        Self::ThreatDragon,
        Self::MicrosoftTmt,
        Self::Threagile,
        Self::ThreatModelLibrary,
        Self::CycloneDx,
        Self::Threatcl,
        Self::OpenThreatModel,
        Self::ThreatComposer,
        Self::Pytm,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "health-sec",
            Self::ThreatDragon => "OWASP Threat Dragon",
            Self::MicrosoftTmt => "Microsoft Threat Modeling Tool",
            Self::Threagile => "Threagile",
            Self::ThreatModelLibrary => "OWASP Threat Model Library",
            Self::CycloneDx => "CycloneDX",
            Self::Threatcl => "threatcl",
            Self::OpenThreatModel => "Open Threat Model",
            Self::ThreatComposer => "AWS Threat Composer",
            Self::Pytm => "pytm",
        }
    }

    /// True where a model of this format has a place for it.
    #[must_use]
    pub fn can_say(self, aspect: Aspect) -> bool {
        match self {
            Self::Native => true,
            Self::Threagile => aspect == Aspect::Acceptances,
            Self::Threatcl => aspect == Aspect::Tests,
            Self::Pytm => aspect == Aspect::Interfaces,
            Self::CycloneDx => matches!(aspect, Aspect::Interfaces | Aspect::Acceptances | Aspect::Reviews),
            Self::ThreatDragon
            | Self::MicrosoftTmt
            | Self::ThreatModelLibrary
            | Self::OpenThreatModel
            | Self::ThreatComposer => false,
        }
    }

    /// What models of this format hold that is not read.
    #[must_use]
    pub fn left_behind(self) -> Option<&'static str> {
        match self {
            Self::Native => None,
            Self::ThreatDragon => Some(
                "where things stand on the drawing, its texts, and marks of cells beside scope, encryption and \
                 direction (privilege, logs, credentials, public network, web application)",
            ),
            Self::MicrosoftTmt => Some(
                "where things stand on the drawing, the knowledge base, notes and assumptions, and properties of \
                 shapes beside name, encryption and authentication",
            ),
            Self::Threagile => Some(
                "quantities and ratings of assets, technologies, shared runtimes, questions, abuse cases, and \
                 what tunes the tool's own reports",
            ),
            Self::ThreatModelLibrary => {
                Some("personas, assumptions, likelihood and impact of risks, and where data sets are placed")
            }
            Self::CycloneDx => {
                Some("requirements, risks, responses, and components beside those of blueprints")
            }
            Self::Threatcl => Some("use cases, exclusions, third parties, and attributes beside tests"),
            Self::OpenThreatModel => {
                Some("representations, ratings of zones and assets, tags, and attributes")
            }
            Self::ThreatComposer => {
                Some("pictures, assumptions, and the parts of a statement beside its whole")
            }
            Self::Pytm => Some("controls of elements, ports, and conditions of the tool's own library"),
        }
    }
}
