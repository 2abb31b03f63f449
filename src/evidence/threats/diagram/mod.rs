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

/// Stands between the names of zones, each a part of the one before.
const WITHIN: &str = " \u{203a} ";

/// True where the path of a zone leads through another.
fn lies_in(path: &str, around: &str) -> bool {
    path.strip_prefix(around).is_some_and(|rest| rest.starts_with(WITHIN))
}

/// A zone with those around it.
fn path_of_zone(model: &Model, id: &str) -> String {
    let mut names = vec![model.called(id)];
    let mut inner = id;
    while let Some(parent) =
        model.zones.iter().find(|zone| zone.id.value == inner).and_then(|z| z.parent.as_ref())
        && names.len() < 8
    {
        names.push(model.called(&parent.value));
        inner = &parent.value;
    }
    names.reverse();
    names.join(WITHIN)
}
