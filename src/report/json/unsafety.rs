//! Unsafe code by what introduces it, as every format for programs has it.

use serde::Serialize;

use crate::facts::inventory::UnsafeCounts;

/// Places by kind; the names are frozen.
#[derive(Serialize)]
pub(crate) struct UnsafeByKind {
    blocks: u32,
    functions: u32,
    impls: u32,
    traits: u32,
    extern_blocks: u32,
    plain_extern_blocks: u32,
    attributes: u32,
    other: u32,
}

impl From<&UnsafeCounts> for UnsafeByKind {
    fn from(counts: &UnsafeCounts) -> Self {
        Self {
            blocks: counts.blocks,
            functions: counts.functions,
            impls: counts.impls,
            traits: counts.traits,
            extern_blocks: counts.extern_blocks,
            plain_extern_blocks: counts.plain_extern_blocks,
            attributes: counts.attributes,
            other: counts.other,
        }
    }
}
