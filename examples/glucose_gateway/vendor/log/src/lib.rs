//! A stand-in, written for this example, for a logging facade.

/// Says something.
#[macro_export]
macro_rules! info {
    ($($text:tt)*) => { println!($($text)*) };
}

/// Says that something is odd.
#[macro_export]
macro_rules! warn {
    ($($text:tt)*) => { eprintln!($($text)*) };
}
