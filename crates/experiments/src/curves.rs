//! Curves of one column of a table over another, as SVG.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::table::Table;

/// Which columns of a table are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Curves {
    /// The title of the figure.
    pub title: &'static str,
    /// The column along the horizontal axis.
    pub x: &'static str,
    /// The column along the vertical axis.
    pub y: &'static str,
    /// Whether equal distances along the horizontal axis are equal ratios, not differences.
    pub logarithmic: bool,
}

const SIZE: (u32, u32) = (1030, 480);
/// Width of the legend.
pub(crate) const LEGEND: u32 = 300;
/// Colours that colour-blind people can tell apart (Okabe & Ito).
const COLOURS: [u32; 8] =
    [0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x000000, 0x969696];

/// How the curve with this number is drawn.
pub(crate) fn style(index: usize) -> ShapeStyle {
    let [_, red, green, blue] = COLOURS[index % COLOURS.len()].to_be_bytes();
    // Colours that are used again get thinner lines.
    RGBColor(red, green, blue).stroke_width(if index < COLOURS.len() { 2 } else { 1 })
}

/// The names of all curves, beside the figure.
pub(crate) fn legend<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    names: &[impl AsRef<str>],
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    for (index, name) in names.iter().enumerate() {
        let y = 60 + 20 * index as i32;
        area.draw(&PathElement::new([(0, y), (22, y)], style(index)))?;
        area.draw(&Text::new(name.as_ref(), (30, y - 7), ("sans-serif", 14)))?;
    }
    Ok(())
}

/// A column's name as a label.
fn label(column: &str) -> String {
    column.replace('_', " ")
}

impl Curves {
    /// Draws a curve through the rows of each name; `names` has that of every row. Nothing if no curve has two points.
    pub(crate) fn draw(&self, table: &Table, names: &[String]) -> Option<String> {
        let mut lines: Vec<(&str, Vec<(f64, f64)>)> = Vec::new();
        for (row, name) in names.iter().enumerate() {
            let point = table.number(row, self.x).zip(table.number(row, self.y));
            match lines.iter_mut().find(|(known, _)| known == name) {
                Some((_, points)) => points.extend(point),
                None => lines.push((name, point.into_iter().collect())),
            }
        }
        lines.iter_mut().for_each(|(_, points)| points.sort_by(|a, b| a.0.total_cmp(&b.0)));
        if lines.iter().all(|(_, points)| points.len() < 2) {
            return None;
        }
        let all = || lines.iter().flat_map(|(_, points)| points);
        let low = all().fold(f64::INFINITY, |low, point| low.min(point.0));
        let high = all().fold(f64::NEG_INFINITY, |high, point| high.max(point.0));
        let top = all().fold(0.0f64, |top, point| top.max(point.1)) * 1.03;
        let mut svg = String::new();
        {
            // Room for all entries of the legend.
            let size = (SIZE.0, SIZE.1.max(80 + 20 * lines.len() as u32));
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            let drawn = area.fill(&WHITE).and_then(|()| {
                let (left, right) = area.split_horizontally(SIZE.0 - LEGEND);
                let title = format!("{}: {} by {}", self.title, label(self.y), label(self.x));
                let mut builder = ChartBuilder::on(&left);
                builder.margin(16).caption(title, ("sans-serif", 20));
                builder.x_label_area_size(44).y_label_area_size(60);
                // The type of a chart depends on its axes.
                macro_rules! chart {
                    ($range:expr) => {{
                        let mut chart = builder.build_cartesian_2d($range, 0.0..top.max(1e-9))?;
                        let mut mesh = chart.configure_mesh();
                        mesh.x_desc(label(self.x)).y_desc(label(self.y));
                        mesh.label_style(("sans-serif", 14)).light_line_style(WHITE);
                        // Ticks are sums with rounding errors.
                        mesh.x_label_formatter(&|x| format!("{}", (x * 1e6).round() / 1e6))
                            .draw()?;
                        for (index, (_, points)) in lines.iter().enumerate() {
                            let points = points.iter().copied();
                            chart
                                .draw_series(LineSeries::new(points, style(index)).point_size(3))?;
                        }
                    }};
                }
                if self.logarithmic {
                    chart!((low..high).log_scale());
                } else {
                    chart!(low..high);
                }
                legend(&right, &lines.iter().map(|(name, _)| *name).collect::<Vec<_>>())?;
                area.present()
            });
            drawn.expect("drawing into a string cannot fail");
        }
        Some(svg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Cell;

    #[test]
    fn curves_have_names_and_points() {
        let mut table = Table::new(&[]);
        for (n, share) in [(1, 1.0), (10, 0.5), (100, 0.25)] {
            table.add(vec![("patterns", Cell::Count(n)), ("top-1", Cell::Real(share, 3))]);
        }
        let curves = Curves { title: "load", x: "patterns", y: "top-1", logarithmic: true };
        let names = ["a network"; 3].map(String::from);
        let svg = curves.draw(&table, &names).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(
            svg.contains("a network")
                && svg.contains("<polyline")
                && svg.matches("<circle").count() == 3
        );
        assert!(curves.draw(&table, &["one".into(), "point".into(), "each".into()]).is_none());
    }
}
