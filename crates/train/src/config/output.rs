//! `[output]`: what is kept of a run besides its results.

use hopfield_report::Format;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// `[output]`: what is kept of a run besides its results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// At most this many snapshots of the pattern database are kept in `evolution`, most of them early on, to see it grow; together
    /// at most 256 MB. 0: none.
    #[schemars(range(min = 0, max = 1000), extend("default" = 32))]
    pub snapshots: u64,
    /// Formats in which the pattern database is written at the end, besides safetensors and png.
    #[schemars(schema_with = "formats", extend("default" = []))]
    pub export: Vec<Format>,
}

/// A list of formats, except for those that are always written.
fn formats(_: &mut SchemaGenerator) -> Schema {
    let optional = |format: &Format| !matches!(format, Format::Safetensors | Format::Png);
    let names: Vec<_> = Format::ALL.into_iter().filter(optional).map(Format::name).collect();
    json_schema!({ "type": "array", "items": { "type": "string", "enum": names } })
}
