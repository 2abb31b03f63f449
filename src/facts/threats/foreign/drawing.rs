//! What stands where on a drawing: boxes of trust hold what has its middle in them, arrows cut lines of trust and
//! the borders of boxes.

use crate::source::Placed;

use super::draft::Draft;

/// A point on the drawing.
pub(super) type Point = (f64, f64);

/// A line from point to point, of something with an id.
pub(super) type Line = (Placed<String>, Vec<Point>);

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
        let middle = other.middle();
        (self.left..=self.right).contains(&middle.0) && (self.top..=self.bottom).contains(&middle.1)
    }

    /// The point in the middle of it.
    pub(super) fn middle(&self) -> Point {
        (f64::midpoint(self.left, self.right), f64::midpoint(self.top, self.bottom))
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
    if let Some((surplus, _)) = zones.get(MOST_BOXES) {
        draft.unread(
            "it has more boxes than are looked at, and what stands in which is not known",
            surplus.at.clone(),
        );
        return;
    }
    if zones.is_empty() {
        return;
    }
    for (part, own) in parts {
        draft.drawn(&part.value);
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

/// More comparisons of pieces of lines than a drawing needs.
const MOST_COMPARED: usize = 2_000_000;

/// Says which arrows cut which lines of trust. Both may be drawn as curves, and are taken as straight from point to point.
pub(super) fn cut(lines: &[Line], arrows: &[Line], draft: &mut Draft) {
    let pieces = |all: &[Line]| all.iter().map(|(_, points)| points.len()).sum::<usize>();
    let Some((first, _)) = lines.first() else { return };
    if pieces(lines).saturating_mul(pieces(arrows)) > MOST_COMPARED {
        draft.unread(
            "it has more lines than are looked at, and what cuts them is not known",
            first.at.clone(),
        );
        return;
    }
    let cut = arrows.iter().map(|(arrow, way)| {
        let cut = lines.iter().filter(|(_, line)| meet(line, way));
        (arrow.value.as_str(), cut.map(|(line, _)| line.value.clone()).collect())
    });
    draft.cuts(cut.collect());
}

fn meet(line: &[Point], way: &[Point]) -> bool {
    line.windows(2).any(|piece| way.windows(2).any(|step| meet_straight(piece, step)))
}

/// True where two straight pieces meet within both.
fn meet_straight(one: &[Point], other: &[Point]) -> bool {
    let (&[a, b], &[c, d]) = (one, other) else { return false };
    // On which side of the line from the first to the second point the third lies.
    let side = |from: Point, to: Point, point: Point| {
        (to.0 - from.0) * (point.1 - from.1) - (to.1 - from.1) * (point.0 - from.0)
    };
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn lines_meet_where_they_cut_each_other() {
        let line = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0)];
        assert!(meet(&line, &[(-5.0, 5.0), (5.0, 5.0)]));
        assert!(meet(&line, &[(5.0, 5.0), (5.0, 15.0)]));
        assert!(!meet(&line, &[(5.0, 5.0), (15.0, 5.0)]));
        assert!(!meet(&line, &[(-5.0, 15.0), (15.0, 15.0)]));
        assert!(!meet(&line, &[(f64::NAN, 5.0), (5.0, 5.0)]));
        assert!(!meet(&line, &[]));
    }
}
