//! What stands where on a drawing: boxes of trust hold what has its middle in them.

use crate::source::Placed;

use super::draft::Draft;

/// A rectangle on the drawing.
#[derive(Clone, Copy)]
pub(super) struct Rectangle {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Rectangle {
    pub(super) fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self { left, top, right: left + width, bottom: top + height }
    }

    fn holds(&self, other: &Self) -> bool {
        let middle = (f64::midpoint(other.left, other.right), f64::midpoint(other.top, other.bottom));
        (self.left..=self.right).contains(&middle.0) && (self.top..=self.bottom).contains(&middle.1)
    }

    fn area(&self) -> f64 {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

/// More boxes than a person draws: which lies in which is not asked of them.
const MOST_BOXES: usize = 2_000;

/// Says which part stands in which box, and which box lies in which: the smallest that holds its middle.
pub(super) fn stand(
    zones: &[(Placed<String>, Rectangle)],
    parts: &[(Placed<String>, Rectangle)],
    draft: &mut Draft,
) {
    let smallest = |own: &Rectangle, bigger: bool| {
        let around =
            zones.iter().filter(|(_, zone)| zone.holds(own) && (!bigger || zone.area() > own.area()));
        around.min_by(|(_, a), (_, b)| a.area().total_cmp(&b.area()))
    };
    if zones.len() > MOST_BOXES {
        return;
    }
    for (part, own) in parts {
        if let Some((zone, _)) = smallest(own, false) {
            draft.stands(&part.value, &zone.value);
        }
    }
    for (zone, own) in zones {
        if let Some((parent, _)) = smallest(own, true) {
            draft.lies(&zone.value, parent.clone());
        }
    }
}
