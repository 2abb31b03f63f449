//! The data-flow diagram of a model, as SVG: externals, processes and stores, their zones of trust, and what flows.
//!
//! - `drawing`: what is drawn: boxes and lines with their words;
//! - `layers` and `places`: where;
//! - `letters`: how wide a text is;
//! - `svg`: how it looks.

mod drawing;
mod layers;
mod letters;
mod places;
mod svg;

use crate::facts::threats::Model;

use super::Standings;

/// More boxes and lines than that nobody reads on one drawing.
const MOST: usize = 600;

/// The diagram; `None` where there is more to draw than anybody reads.
pub(super) fn svg(model: &Model, standings: &Standings<'_>) -> Option<String> {
    if model.components.len() + model.neighbours.len() + model.flows.len() > MOST {
        return None;
    }
    let drawing = drawing::Drawing::of(model, standings);
    let graph = drawing.graph();
    Some(svg::write(&drawing, &places::places(&graph)))
}
