//! The templates of the pages, and the style and the scripts of the report.

const FRAME: &str = include_str!("../assets/frame.html");
const PAGE: &str = include_str!("../assets/report/page.html");
pub(crate) const STYLE: &str = include_str!("../assets/report/style.css");
pub(crate) const PLAYGROUND: &str = include_str!("../assets/report/playground.html");
/// The sections of patterns that are images, and of others.
pub(crate) const PICTURES: &str = include_str!("../assets/report/pictures.html");
pub(crate) const VECTORS: &str = include_str!("../assets/report/vectors.html");
/// The sections in which images are answered.
pub(crate) const TRIES: &str = include_str!("../assets/report/tries.html");
const SCRIPTS: [&str; 7] = [
    include_str!("../assets/report/network.js"),
    include_str!("../assets/report/charts.js"),
    include_str!("../assets/report/images.js"),
    include_str!("../assets/report/sections.js"),
    include_str!("../assets/report/vectors.js"),
    include_str!("../assets/report/playground.js"),
    include_str!("../assets/report/main.js"),
];

/// The report with these fields, and its style and scripts.
pub(crate) fn filled(fields: &[(&str, &str)]) -> String {
    framed(PAGE, [STYLE, &SCRIPTS.join("\n")], fields)
}

/// A page with this template for its body, its style and its scripts, and these fields; among them are title and data.
pub(crate) fn framed(body: &str, [style, script]: [&str; 2], fields: &[(&str, &str)]) -> String {
    let body = fill(body, fields);
    let of_frame = [("{{body}}", &*body), ("{{style}}", style), ("{{script}}", script)];
    fill(FRAME, &[fields, &of_frame].concat())
}

/// A template with its fields filled in, in one pass: fields within a filled-in text are left alone.
pub(crate) fn fill(template: &str, fields: &[(&str, &str)]) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let (before, from) = rest.split_at(start);
        page.push_str(before);
        let field = fields.iter().find(|(name, _)| from.starts_with(name));
        let (name, text) = field.expect("every field of the page has a text");
        page.push_str(text);
        rest = &from[name.len()..];
    }
    page + rest
}

/// Text as HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_text() {
        let fields = [("{{a}}", "{{b}}"), ("{{b}}", "2")];
        assert_eq!(fill("<{{a}}>{{b}}{{a}}", &fields), "<{{b}}>2{{b}}");
        assert_eq!(escaped("a < \"b\" & c"), "a &lt; &quot;b&quot; &amp; c");
    }
}
