//! The exposure over the steps of the plan.

use super::svg::{Screen, Svg};
use crate::blast::overview::Overview;
use crate::blast::plan::StepRow;

/// A point of both curves, in tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    flaws: i32,
    direct: i32,
}

/// `12.3` as tenths.
pub(super) fn tenths(shown: &str) -> i32 {
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// Both widths of the picture.
pub(super) fn draw(today: &Overview, steps: &[StepRow]) -> String {
    Screen::BOTH.map(|screen| Curve::of(today, steps, screen).draw(today, steps)).concat()
}

struct Curve {
    points: Vec<Point>,
    width: i32,
    height: i32,
    screen: Screen,
}

const LEFT: i32 = 40;
const TOP: i32 = 22;
const BOTTOM: i32 = 44;

impl Curve {
    fn of(today: &Overview, steps: &[StepRow], screen: Screen) -> Self {
        let first = Point { flaws: tenths(&today.exposure), direct: tenths(&today.exposure_direct) };
        let rest = steps
            .iter()
            .map(|step| Point { flaws: tenths(&step.exposure), direct: tenths(&step.exposure_direct) });
        let (width, height) = match screen {
            Screen::Wide => (680, 300),
            Screen::Narrow => (352, 250),
        };
        Self { points: std::iter::once(first).chain(rest).collect(), width, height, screen }
    }

    /// Room for the last values.
    fn right(&self) -> i32 {
        self.width - 46
    }

    fn x(&self, at: usize) -> i32 {
        let steps = i32::try_from(self.points.len() - 1).unwrap_or(i32::MAX).max(1);
        let at = i32::try_from(at).unwrap_or(i32::MAX);
        // A lone point stands at the left, and its line goes all the way.
        LEFT + 14 + (self.right() - LEFT - 14) * at / steps
    }

    fn y(&self, tenths: i32) -> i32 {
        let room = self.height - TOP - BOTTOM;
        TOP + room - room * tenths.clamp(0, 1000) / 1000
    }

    fn draw(&self, today: &Overview, steps: &[StepRow]) -> String {
        let mut svg = Svg::new(self.screen);
        for value in [0, 25, 50, 75, 100] {
            let y = self.y(value * 10);
            svg.put(format_args!(
                "<path class=\"rule\" d=\"M{LEFT} {y}H{}\"/><text class=\"tick end\" x=\"{}\" y=\"{}\">{value}</text>",
                self.right(),
                LEFT - 8,
                y + 4
            ));
        }
        self.axis(&mut svg);
        self.line(&mut svg, "flaws", |point| point.flaws);
        self.line(&mut svg, "direct", |point| point.direct);
        self.ends(&mut svg);
        let last = steps.last();
        let after = last.map_or((&today.exposure, &today.exposure_direct), |step| {
            (&step.exposure, &step.exposure_direct)
        });
        let says = format!(
            "Exposure today: {} of 100 with flaws, {} direct. After {} steps of the plan: {} with flaws, {} direct.",
            today.exposure,
            today.exposure_direct,
            steps.len(),
            after.0,
            after.1
        );
        svg.done(
            "curve",
            "picture-curve",
            (self.width, self.height),
            "Exposure over the steps of the plan",
            &says,
        )
    }

    fn axis(&self, svg: &mut Svg) {
        // So many numbers that they do not touch.
        let every = match self.screen {
            Screen::Wide => self.points.len().div_ceil(20),
            Screen::Narrow => self.points.len().div_ceil(10),
        };
        let y = self.height - BOTTOM + 18;
        for at in (0..self.points.len()).filter(|at| at.is_multiple_of(every.max(1))) {
            let word = if at == 0 { "today".to_owned() } else { at.to_string() };
            svg.put(format_args!("<text class=\"tick mid\" x=\"{}\" y=\"{y}\">{word}</text>", self.x(at)));
        }
        let middle = (LEFT + self.right()) / 2;
        svg.put(format_args!(
            "<text class=\"tick mid\" x=\"{middle}\" y=\"{}\">steps of the plan</text>",
            y + 18
        ));
    }

    /// One curve: each value holds until the next step is done.
    fn line(&self, svg: &mut Svg, class: &str, of: impl Fn(&Point) -> i32) {
        let Some(first) = self.points.first() else { return };
        let mut path = format!("M{} {}", self.x(0), self.y(of(first)));
        for (at, point) in self.points.iter().enumerate().skip(1) {
            path.push_str(&format!("H{}V{}", self.x(at), self.y(of(point))));
        }
        if self.points.len() == 1 {
            path.push_str(&format!("H{}", self.right()));
        }
        let base = self.y(0);
        svg.put(format_args!("<path class=\"area {class}\" d=\"{path}V{base}H{}Z\"/>", self.x(0)));
        svg.put(format_args!("<path class=\"line {class}\" d=\"{path}\"/>"));
        for (at, point) in self.points.iter().enumerate() {
            let (x, y, value) = (self.x(at), self.y(of(point)), of(point));
            let when = if at == 0 { "today".to_owned() } else { format!("after step {at}") };
            let name = if class == "flaws" { "with flaws" } else { "direct" };
            let title = format!("<title>{when}, {name}: {}.{}</title>", value / 10, value % 10);
            // Points differ in form, not in colour alone.
            match class {
                "flaws" => svg.put(format_args!(
                    "<circle class=\"dot {class}\" cx=\"{x}\" cy=\"{y}\" r=\"4\">{title}</circle>"
                )),
                _ => svg.put(format_args!(
                    "<rect class=\"dot {class}\" x=\"{}\" y=\"{}\" width=\"8\" height=\"8\">{title}</rect>",
                    x - 4,
                    y - 4
                )),
            }
        }
    }

    /// The first and the last values in figures, moved apart where they would touch.
    fn ends(&self, svg: &mut Svg) {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return };
        let apart = |point: &Point| {
            let (flaws, direct) = (self.y(point.flaws), self.y(point.direct));
            let low = (flaws - 5).max(TOP - 8);
            (low, (direct + 5).max(low + 16))
        };
        let figure = |value: i32| format!("{}.{}", value / 10, value % 10);
        if self.points.len() > 1 {
            let (flaws, direct) = apart(last);
            let x = self.right() + 8;
            svg.put(format_args!(
                "<text class=\"figure flaws\" x=\"{x}\" y=\"{}\">{}</text>",
                flaws,
                figure(last.flaws)
            ));
            svg.put(format_args!(
                "<text class=\"figure direct\" x=\"{x}\" y=\"{}\">{}</text>",
                direct,
                figure(last.direct)
            ));
        }
        let x = self.x(0) + 8;
        svg.put(format_args!(
            "<text class=\"figure flaws\" x=\"{x}\" y=\"{}\">{}</text>",
            self.y(first.flaws) - 8,
            figure(first.flaws)
        ));
        let below =
            self.y(first.direct) + if self.y(first.direct) > self.height - BOTTOM - 20 { -8 } else { 18 };
        if first.direct != first.flaws {
            svg.put(format_args!(
                "<text class=\"figure direct\" x=\"{x}\" y=\"{below}\">{}</text>",
                figure(first.direct)
            ));
        }
    }
}
