//! How the diagram looks: one file that needs nothing beside it, legible on light and on dark ground.

use std::fmt::Write as _;

use super::drawing::{Drawing, Kind, Line, Look, NAME, NAME_LINE, Protection, SMALL, SMALL_LINE, Shape};
use super::letters::{escaped, lines, width};
use super::places::{Places, Route};

/// Above the lanes.
const HEAD: f64 = 74.0;
/// No narrower than its legend.
const NARROWEST: f64 = 760.0;
const SIDE: f64 = 24.0;
const LEGEND: f64 = 58.0;

const STYLE: &str = "\
:root{--ground:#fff;--ink:#1d2733;--faint:#5d6b7a;--lane:#f4f6f9;--border:#9aa7b5;--box:#fff;--edge:#7b8896;\
--external:#fdf6e7;--store:#eaf3ee;--process:#e9f0fb;--hardware:#f3ecf8;--safe:#2b7a4b;--plain:#b3541e;--bad:#b3261e}\
@media (prefers-color-scheme:dark){:root{--ground:#14191f;--ink:#e8edf2;--faint:#9fadbb;--lane:#1b222a;--border:#56636f;\
--box:#222b34;--edge:#8896a4;--external:#3a3222;--store:#20362b;--process:#20304a;--hardware:#33273f;--safe:#6fce97;\
--plain:#f0a06a;--bad:#ff8a80}}\
text{font-family:system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif;fill:var(--ink)}\
.ground{fill:var(--ground)}.title{font-size:18px;font-weight:600}.small{font-size:10.5px}.name{font-size:13px;\
font-weight:600}.zone{font-size:12px;font-weight:600;fill:var(--faint)}.faint{fill:var(--faint)}.bad{fill:var(--bad);\
font-weight:600}.lane{fill:var(--lane);stroke:var(--border);stroke-dasharray:7 5}.box{stroke:var(--ink);\
stroke-width:1.3}.external{fill:var(--external)}.store{fill:var(--store);stroke:none}.process{fill:var(--process)}\
.hardware{fill:var(--hardware)}.loose{fill:none;stroke:var(--faint);stroke-dasharray:3 3}.rule{stroke:var(--ink);\
stroke-width:1.6}.flow{fill:none;stroke:var(--edge);stroke-width:1.5}.head{fill:var(--edge)}.encrypted{stroke:var(--safe)}\
.head.encrypted{fill:var(--safe);stroke:none}.plain{stroke:var(--plain);stroke-dasharray:6 4}.head.plain{\
fill:var(--plain);stroke:none}.mask{fill:var(--ground)}.mask.in{fill:var(--lane)}";

/// Writes the diagram.
pub(super) fn write(drawing: &Drawing, places: &Places) -> String {
    let notes: Vec<String> = drawing
        .notes
        .iter()
        .flat_map(|note| lines(note, SMALL, places.size.0.max(NARROWEST) - 2.0 * SIDE, 3))
        .collect();
    let total = places.size.0.max(NARROWEST);
    let foot = HEAD + places.size.1 + 22.0;
    let height = foot + LEGEND + SMALL_LINE * super::layers::real(notes.len());
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total:.0} {height:.0}\" width=\"{total:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">{}</title>\n\
         <style>{STYLE}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>",
        escaped(&format!("Data-flow diagram of {}", drawing.title))
    );
    let title = lines(&drawing.title, 19.0, total - 2.0 * SIDE, 1).concat();
    text(&mut svg, "title", SIDE, 34.0, "start", &title);
    text(&mut svg, "small faint", SIDE, 52.0, "start", &drawing.subtitle);
    let _ = writeln!(svg, "<g transform=\"translate(0 {HEAD})\">");
    // The drawing stands in the middle where the legend is wider.
    let shift = (total - places.size.0) / 2.0;
    for (name, (top, bottom)) in drawing.lanes.iter().zip(&places.lanes) {
        if name.is_some() {
            lane(&mut svg, total, (*top, *bottom));
        }
    }
    let _ = writeln!(svg, "<g transform=\"translate({shift:.1} 0)\">");
    for (line, route) in drawing.lines.iter().zip(&places.routes) {
        flow(&mut svg, line, route);
    }
    for (name, (top, _)) in drawing.lanes.iter().zip(&places.lanes) {
        if drawing.lanes.len() > 1 || name.is_some() {
            lane_title(&mut svg, name.as_deref(), total, (20.0 - shift, *top));
        }
    }
    for (line, route) in drawing.lines.iter().zip(&places.routes) {
        let lane = places.lanes.iter().position(|(top, bottom)| (*top..=*bottom).contains(&route.label.1));
        let inside = lane.and_then(|lane| drawing.lanes.get(lane)).is_some_and(Option::is_some);
        label(&mut svg, line, route, inside);
    }
    for (shape, place) in drawing.shapes.iter().zip(&places.nodes) {
        figure(&mut svg, shape, *place);
    }
    svg.push_str("</g>\n</g>\n");
    for (at, note) in notes.iter().enumerate() {
        text(&mut svg, "small faint", SIDE, foot + SMALL_LINE * super::layers::real(at), "start", note);
    }
    legend(&mut svg, foot + SMALL_LINE * super::layers::real(notes.len()) + 10.0);
    svg.push_str("</svg>\n");
    svg
}

fn text(svg: &mut String, class: &str, x: f64, y: f64, anchor: &str, words: &str) {
    let words = escaped(words);
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"
    );
}

fn lane(svg: &mut String, total: f64, (top, bottom): (f64, f64)) {
    let _ = writeln!(
        svg,
        "<rect class=\"lane\" x=\"8\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"10\"/>",
        total - 16.0,
        bottom - top
    );
}

/// The title of a lane, on ground of its own: lines pass below it.
fn lane_title(svg: &mut String, name: Option<&str>, total: f64, (x, top): (f64, f64)) {
    let title = lines(name.unwrap_or("in no zone"), 12.5, total - 60.0, 1).concat();
    let _ = writeln!(
        svg,
        "<rect class=\"mask{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"17\" rx=\"3\"/>",
        if name.is_some() { " in" } else { "" },
        x - 3.0,
        top + 7.0,
        width(&title, 12.5) + 6.0
    );
    text(svg, "zone", x, top + 20.0, "start", &title);
}

fn class(protection: Protection) -> &'static str {
    match protection {
        Protection::Encrypted => " encrypted",
        Protection::Unsaid => "",
        Protection::Plain => " plain",
    }
}

fn flow(svg: &mut String, line: &Line, route: &Route) {
    let class = class(line.protection);
    let at_right = if route.reversed { line.arrows.1 } else { line.arrows.0 };
    let at_left = if route.reversed { line.arrows.0 } else { line.arrows.1 };
    let mut points = route.points.clone();
    // The line ends where the head of its arrow begins.
    if at_left && let Some(first) = points.first_mut() {
        first.0 += 7.0;
    }
    if at_right && let Some(last) = points.last_mut() {
        last.0 -= 7.0;
    }
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        match at.checked_sub(1).map(|before| points[before]) {
            None => {
                let _ = write!(path, "M{x:.1} {y:.1}");
            }
            Some((_, before)) if (before - y).abs() < 0.05 => {
                let _ = write!(path, "H{x:.1}");
            }
            Some((left, before)) => {
                let bend = f64::midpoint(left, *x);
                let _ = write!(path, "C{bend:.1} {before:.1} {bend:.1} {y:.1} {x:.1} {y:.1}");
            }
        }
    }
    let _ =
        writeln!(svg, "<g><title>{}</title><path class=\"flow{class}\" d=\"{path}\"/>", escaped(&line.told));
    let mut head = |(x, y): (f64, f64), back: f64| {
        let _ = writeln!(
            svg,
            "<path class=\"head{class}\" d=\"M{x:.1} {y:.1}l{:.1} -4.5v9z\"/>",
            if back > 0.0 { 9.0 } else { -9.0 }
        );
    };
    if at_right && let Some(end) = route.points.last() {
        head(*end, -1.0);
    }
    if at_left && let Some(start) = route.points.first() {
        head(*start, 1.0);
    }
    svg.push_str("</g>\n");
}

fn label(svg: &mut String, line: &Line, route: &Route, inside: bool) {
    if line.words.is_empty() {
        return;
    }
    let (x, y) = route.label;
    let (wide, high) = line.size;
    let _ = writeln!(
        svg,
        "<g><title>{}</title><rect class=\"mask{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" \
         rx=\"4\"/>",
        escaped(&line.told),
        if inside { " in" } else { "" },
        x - wide / 2.0,
        y - high / 2.0
    );
    let mut base = y - high / 2.0 + SMALL_LINE - 1.5;
    for word in &line.words {
        let class = match word.look {
            Look::Name => "small",
            Look::Faint => "small faint",
            Look::Bad => "small bad",
        };
        text(svg, class, x, base, "middle", &word.text);
        base += SMALL_LINE;
    }
    svg.push_str("</g>\n");
}

fn figure(svg: &mut String, shape: &Shape, (x, y): (f64, f64)) {
    let (wide, high) = shape.size;
    let (left, top) = (x - wide / 2.0, y - high / 2.0);
    let _ = writeln!(svg, "<g><title>{}</title>", escaped(&shape.told));
    outline(svg, shape.kind, (left, top), (wide, high));
    let mut base = top + 9.0 + NAME;
    for line in &shape.name {
        text(svg, "name", x, base, "middle", line);
        base += NAME_LINE;
    }
    let class = if shape.open > 0 { "small bad" } else { "small faint" };
    text(svg, class, x, base - 2.0, "middle", &shape.caption);
    svg.push_str("</g>\n");
}

fn outline(svg: &mut String, kind: Kind, (left, top): (f64, f64), (wide, high): (f64, f64)) {
    let mut rect = |class: &str, corner: f64| {
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" \
             rx=\"{corner:.1}\"/>"
        );
    };
    match kind {
        Kind::External => rect("box external", 0.0),
        Kind::Process => rect("box process", (high / 2.0).min(22.0)),
        Kind::Loose => rect("box loose", 8.0),
        Kind::Store => {
            rect("store", 0.0);
            let (right, bottom) = (left + wide, top + high);
            let _ = writeln!(
                svg,
                "<path class=\"rule\" d=\"M{left:.1} {top:.1}H{right:.1}M{left:.1} {bottom:.1}H{right:.1}\"/>"
            );
        }
        Kind::Hardware => {
            let cut = 10.0;
            let _ = writeln!(
                svg,
                "<path class=\"box hardware\" d=\"M{:.1} {top:.1}h{:.1}l{cut} {cut}v{:.1}l-{cut} {cut}h-{:.1}l-{cut} \
                 -{cut}v-{:.1}z\"/>",
                left + cut,
                wide - 2.0 * cut,
                high - 2.0 * cut,
                wide - 2.0 * cut,
                high - 2.0 * cut
            );
        }
    }
}

/// What shapes and lines mean.
fn legend(svg: &mut String, y: f64) {
    let mut x = SIDE;
    for (kind, word) in [
        (Kind::External, "external"),
        (Kind::Process, "process"),
        (Kind::Store, "store"),
        (Kind::Hardware, "hardware"),
    ] {
        outline(svg, kind, (x, y - 9.0), (30.0, 20.0));
        text(svg, "small faint", x + 37.0, y + 4.5, "start", word);
        x += 37.0 + width(word, SMALL) + 18.0;
    }
    for (protection, word) in [
        (Protection::Encrypted, "encrypted"),
        (Protection::Unsaid, "not said"),
        (Protection::Plain, "in the clear"),
    ] {
        let class = class(protection);
        let _ = writeln!(
            svg,
            "<path class=\"flow{class}\" d=\"M{x:.1} {y:.1}h26\"/><path class=\"head{class}\" d=\"M{:.1} {y:.1}l-9 \
             -4.5v9z\"/>",
            x + 34.0
        );
        text(svg, "small faint", x + 40.0, y + 4.5, "start", word);
        x += 40.0 + width(word, SMALL) + 18.0;
    }
}
