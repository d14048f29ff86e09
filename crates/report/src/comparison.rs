//! The page that compares many runs.

use serde_json::Value;

use crate::page::{STYLE, escaped, framed};

const PAGE: &str = include_str!("../assets/comparison/page.html");
const OWN_STYLE: &str = include_str!("../assets/comparison/style.css");

const SCRIPTS: [&str; 16] = [
    include_str!("../assets/report/charts.js"),
    include_str!("../assets/comparison/state.js"),
    include_str!("../assets/comparison/controls.js"),
    include_str!("../assets/comparison/groups.js"),
    include_str!("../assets/comparison/selection.js"),
    include_str!("../assets/comparison/colours.js"),
    include_str!("../assets/comparison/axes.js"),
    include_str!("../assets/comparison/filters.js"),
    include_str!("../assets/comparison/table.js"),
    include_str!("../assets/comparison/series.js"),
    include_str!("../assets/comparison/curves.js"),
    include_str!("../assets/comparison/effect.js"),
    include_str!("../assets/comparison/parallel.js"),
    include_str!("../assets/comparison/patterns.js"),
    include_str!("../assets/comparison/watch.js"),
    include_str!("../assets/comparison/main.js"),
];

/// One HTML page that shows `data`: see `assets/comparison`. It needs no other file and no network.
pub fn comparison(title: &str, summary: &str, notes: &[String], data: &Value) -> String {
    let notes = notes.iter().map(|note| format!("<p class=\"note\">{}</p>\n", escaped(note)));
    // A name may contain the end of a script.
    let data = data.to_string().replace('<', "\\u003c");
    framed(
        PAGE,
        [&format!("{STYLE}\n{OWN_STYLE}"), &SCRIPTS.join("\n")],
        &[
            ("{{title}}", &escaped(title)),
            ("{{summary}}", &escaped(summary)),
            ("{{notes}}", &notes.collect::<String>()),
            ("{{data}}", &data),
        ],
    )
}
