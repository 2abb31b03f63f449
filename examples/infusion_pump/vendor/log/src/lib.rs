//! A stand-in, written for this example, for a logging facade.

/// Says something.
#[macro_export]
macro_rules! info {
    ($($text:tt)*) => { println!($($text)*) };
}

/// Says something in detail.
#[macro_export]
macro_rules! debug {
    ($($text:tt)*) => { println!($($text)*) };
}

/// Says that something failed.
#[macro_export]
macro_rules! error {
    ($($text:tt)*) => { eprintln!($($text)*) };
}
