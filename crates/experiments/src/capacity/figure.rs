//! Capacities over dimensions, on one page with logarithmic axes.

use plotters::prelude::*;

use super::{Found, spread};
use crate::curves::{LEGEND, legend, style};

const SIZE: (u32, u32) = (1030, 600);

/// A curve through the medians of each network, bars from the lowest to the highest seed, and dashes for what the theory says.
/// Nothing if no network has two dimensions.
pub(super) fn draw(all: &[Found]) -> Option<String> {
    let medians = |found: &Found| -> Vec<(f64, f64)> {
        let median =
            |(dim, capacities): &(usize, Vec<usize>)| (*dim as f64, spread(capacities)[1] as f64);
        // A logarithm of 0 is nowhere.
        found.points.iter().map(median).filter(|point| point.1 > 0.0).collect()
    };
    let curves: Vec<_> = all.iter().map(|found| (found, medians(found))).collect();
    if curves.iter().all(|(_, points)| points.len() < 2) {
        return None;
    }
    let dims = || curves.iter().flat_map(|(_, points)| points).map(|point| point.0);
    let (low, high) = (dims().fold(f64::INFINITY, f64::min), dims().fold(0.0, f64::max));
    let capacities = all.iter().flat_map(|found| &found.points).flat_map(|(_, found)| found);
    let top = 1.5 * *capacities.max()? as f64;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let drawn = area.fill(&WHITE).and_then(|()| {
            let (left, right) = area.split_horizontally(SIZE.0 - LEGEND);
            let mut builder = ChartBuilder::on(&left);
            builder.margin(16).caption("capacity by dimension", ("sans-serif", 20));
            builder.x_label_area_size(44).y_label_area_size(70);
            let mut chart =
                builder.build_cartesian_2d((low..high).log_scale(), (1.0..top).log_scale())?;
            let mut mesh = chart.configure_mesh();
            mesh.x_desc("units").y_desc("patterns recalled without error");
            mesh.label_style(("sans-serif", 14)).light_line_style(WHITE);
            mesh.x_label_formatter(&|x| format!("{x}")).y_label_formatter(&|y| format!("{y}"));
            mesh.draw()?;
            for (index, (found, points)) in curves.iter().enumerate() {
                let style = style(index);
                chart.draw_series(LineSeries::new(points.iter().copied(), style).point_size(3))?;
                let bars = found.points.iter().map(|(dim, capacities)| {
                    let [low, _, high] = spread(capacities);
                    let ends = [low, high].map(|end| (*dim as f64, end as f64));
                    PathElement::new(ends.map(|(x, y)| (x, y.max(1.0))).to_vec(), style)
                });
                chart.draw_series(bars)?;
                // Around the curve, and no further than the page.
                let Some((from, to)) = points.first().zip(points.last()) else { continue };
                let (from, to) = (from.0, to.0);
                let steps = (0..=60).map(|step| from * (to / from).powf(f64::from(step) / 60.0));
                let theory = steps.filter_map(|d| Some((d, found.expected(d)?)));
                let theory: Vec<_> = theory.filter(|(_, n)| (1.0..=top).contains(n)).collect();
                chart.draw_series(DashedLineSeries::new(theory, 4, 4, style.stroke_width(1)))?;
            }
            let names = curves.iter().map(|(found, _)| found.network.to_string());
            legend(&right, &names.collect::<Vec<_>>())?;
            area.present()
        });
        drawn.expect("drawing into a string cannot fail");
    }
    Some(svg)
}
