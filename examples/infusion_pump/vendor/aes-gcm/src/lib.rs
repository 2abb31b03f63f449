//! A stand-in, written for this example, for an authenticated cipher. It encrypts nothing.

/// A cipher.
pub struct Aes256Gcm;

/// Makes a cipher from a key.
pub trait KeyInit: Sized {
    /// From the bytes of a key.
    fn new_from_slice(key: &[u8]) -> Result<Self, usize>;
}

impl KeyInit for Aes256Gcm {
    fn new_from_slice(key: &[u8]) -> Result<Self, usize> {
        if key.len() == 32 { Ok(Self) } else { Err(key.len()) }
    }
}
