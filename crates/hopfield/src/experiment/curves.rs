//! A table's columns as curves, in SVG.

use plotters::prelude::*;

use super::table::Table;

/// How values lie along the horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    Linear,
    Logarithmic,
}

/// Which columns are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Curves {
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
    pub(crate) axis: Axis,
}

const SIZE: (u32, u32) = (900, 540);
/// Told apart by most eyes (Okabe & Ito), then dashed.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(150, 150, 150),
];

impl Curves {
    /// A curve for each line, of rows of the table; none if no line has two points.
    pub(crate) fn draw(
        &self,
        title: &str,
        table: &Table,
        lines: &[(String, Vec<usize>)],
    ) -> Option<String> {
        let points = |rows: &Vec<usize>| -> Vec<(f64, f64)> {
            let point =
                |&row: &usize| Some((table.number(row, self.x)?, table.number(row, self.y)?));
            let mut points: Vec<_> = rows.iter().filter_map(point).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        let lines: Vec<(&String, Vec<(f64, f64)>)> =
            lines.iter().map(|(name, rows)| (name, points(rows))).collect();
        if lines.iter().all(|(_, points)| points.len() < 2) {
            return None;
        }
        let all = || lines.iter().flat_map(|(_, points)| points);
        let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &(x, _)| {
            (low.min(x), high.max(x))
        });
        let top = all().fold(0.0f64, |top, &(_, y)| top.max(y)) * 1.03;
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let drawn = area.fill(&WHITE).and_then(|()| {
                let mut builder = ChartBuilder::on(&area);
                builder
                    .margin(16)
                    .caption(format!("{title}: {} by {}", self.y, self.x), ("sans-serif", 20))
                    .x_label_area_size(44)
                    .y_label_area_size(60)
                    .right_y_label_area_size(0);
                macro_rules! chart {
                    ($range:expr) => {{
                        let mut chart = builder.build_cartesian_2d($range, 0.0..top.max(1e-9))?;
                        chart
                            .configure_mesh()
                            .x_desc(self.x)
                            .y_desc(self.y)
                            .label_style(("sans-serif", 14))
                            .light_line_style(WHITE)
                            .draw()?;
                        for (index, (name, points)) in lines.iter().enumerate() {
                            let colour = COLOURS[index % COLOURS.len()];
                            let width = if index < COLOURS.len() { 2 } else { 1 };
                            let style = colour.stroke_width(width);
                            chart
                                .draw_series(
                                    LineSeries::new(points.iter().copied(), style).point_size(3),
                                )?
                                .label(name.as_str())
                                .legend(move |(x, y)| {
                                    PathElement::new([(x, y), (x + 20, y)], style)
                                });
                        }
                        chart
                            .configure_series_labels()
                            .label_font(("sans-serif", 14))
                            .background_style(WHITE.mix(0.85))
                            .border_style(RGBColor(200, 200, 200))
                            .draw()?;
                    }};
                }
                match self.axis {
                    Axis::Linear => chart!(low..high),
                    Axis::Logarithmic => chart!((low..high).log_scale()),
                }
                area.present()
            });
            drawn.expect("a text takes everything");
        }
        Some(svg)
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Cell;
    use super::*;

    #[test]
    fn curves_have_names_and_points() {
        let mut table = Table::new(&["patterns", "top-1"]);
        for (n, share) in [(1, 1.0), (10, 0.5), (100, 0.25)] {
            table.add(vec![Cell::Count(n), Cell::Real(share, 3)]);
        }
        let curves = Curves { x: "patterns", y: "top-1", axis: Axis::Logarithmic };
        let svg = curves.draw("capacity", &table, &[("a network".into(), vec![0, 1, 2])]).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(
            svg.contains("a network")
                && svg.contains("<polyline")
                && svg.matches("<circle").count() == 3
        );
        assert!(curves.draw("capacity", &table, &[("one point".into(), vec![0])]).is_none());
    }
}
