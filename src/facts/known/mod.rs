//! What is known of the world's code, as data: the tables in `rules/` and how their entries fit.
//!
//! - `interfaces`: calls that open an interface of the product, from `rules/interfaces.toml`
//! - `patterns`: full paths with alternatives and gaps, and the reading of the tables
//! - `routes`: what HTTP servers answer and programs write, from `rules/routes.toml`
//! - `settings`: calls and fields that settle how safe something is, from `rules/settings.toml`
//! - `words`: what names tell, from `rules/words.toml`

pub mod interfaces;
pub mod patterns;
pub mod routes;
pub mod settings;
pub mod words;
