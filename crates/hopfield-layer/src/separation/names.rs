//! The names of the separations, with their parameters.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

use serde::de::{Deserializer, Error};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::Separation;
use crate::UnknownName;

impl Separation {
    /// One of each kind; a parameter is an example.
    pub const ALL: [Self; 7] = [
        Self::Softmax,
        Self::Sparsemax,
        Self::Entmax15,
        Self::Softmax1,
        Self::LogSumRelu,
        Self::TopK(1),
        Self::Polynomial(1),
    ];

    /// The name of its kind: `softmax`, `sparsemax`, `entmax_1.5`, `softmax1`, `log_sum_relu`, `top_k` or `polynomial`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::Sparsemax => "sparsemax",
            Self::Entmax15 => "entmax_1.5",
            Self::Softmax1 => "softmax1",
            Self::LogSumRelu => "log_sum_relu",
            Self::TopK(_) => "top_k",
            Self::Polynomial(_) => "polynomial",
        }
    }

    /// Its parameter, if its kind has one: name (`k`, `degree`) and value.
    pub const fn parameter(self) -> Option<(&'static str, u64)> {
        match self {
            Self::TopK(k) => Some(("k", k as u64)),
            Self::Polynomial(degree) => Some(("degree", degree as u64)),
            Self::Softmax
            | Self::Sparsemax
            | Self::Entmax15
            | Self::Softmax1
            | Self::LogSumRelu => None,
        }
    }

    /// Writes it as a config does: `{ kind = "top_k", k = 4 }`. For serde's `serialize_with`.
    ///
    /// # Errors
    ///
    /// The serializer's.
    pub fn serialize_by_kind<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind())?;
        if let Some((key, number)) = self.parameter() {
            map.serialize_entry(key, &number)?;
        }
        map.end()
    }

    /// The separation of this kind with this parameter. Whether the parameter makes sense is checked with the
    /// other settings of a layer.
    ///
    /// # Errors
    ///
    /// There is no such kind, it takes no parameter and one is given, or it needs one and none (or one out of
    /// all bounds) is given.
    pub fn new(kind: &str, parameter: Option<u64>) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|separation| separation.kind() == kind);
        let found = found.and_then(|example| match (example, parameter) {
            (Self::TopK(_), Some(k)) => usize::try_from(k).ok().map(Self::TopK),
            (Self::Polynomial(_), Some(degree)) => u32::try_from(degree).ok().map(Self::Polynomial),
            (Self::TopK(_) | Self::Polynomial(_), None) | (_, Some(_)) => None,
            (plain, None) => Some(plain),
        });
        found.ok_or_else(|| {
            let name = match parameter {
                Some(number) => format!("{kind}:{number}"),
                None => kind.to_owned(),
            };
            unknown(name)
        })
    }
}

/// Every kind as on the command line: `softmax, …, top_k:K, polynomial:DEGREE`.
fn unknown(name: String) -> UnknownName {
    let forms = Separation::ALL.map(|separation| match separation.parameter() {
        Some((parameter, _)) => format!("{}:{}", separation.kind(), parameter.to_uppercase()),
        None => separation.kind().to_owned(),
    });
    UnknownName { name, allowed: forms.join(", ") }
}

/// The form of the command line: `softmax`, `top_k:4`.
impl Display for Separation {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.parameter() {
            Some((_, number)) => f.pad(&format!("{}:{number}", self.kind())),
            None => f.pad(self.kind()),
        }
    }
}

impl FromStr for Separation {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text.split_once(':') {
            None => Self::new(text, None),
            Some((kind, number)) => match number.parse() {
                Ok(number) => Self::new(kind, Some(number)),
                Err(_) => Err(unknown(text.to_owned())),
            },
        }
    }
}

/// The form of a pattern database: `"softmax"`, `{"top_k": 4}`.
impl Serialize for Separation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.parameter() {
            None => serializer.serialize_str(self.kind()),
            Some((_, number)) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(self.kind(), &number)?;
                map.end()
            }
        }
    }
}

/// All forms that are read: `softmax`, `top_k:4`, `{top_k: 4}`, `{kind: softmax}`, `{kind: top_k, k: 4}`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a name or a table")]
enum Form {
    Name(String),
    Table(BTreeMap<String, Entry>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a name or a whole number, 0 or more")]
enum Entry {
    Name(String),
    Number(u64),
}

impl<'de> Deserialize<'de> for Separation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Form::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl TryFrom<Form> for Separation {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let named = |error: UnknownName| format!("`{}`; {error}", error.name);
        let mut table = match form {
            Form::Name(name) => return name.parse().map_err(named),
            Form::Table(table) => table,
        };
        let Some(kind) = table.remove("kind") else {
            return match table.pop_first() {
                Some((kind, Entry::Number(number))) if table.is_empty() => {
                    Self::new(&kind, Some(number)).map_err(named)
                }
                _ => Err("a table has a `kind`, or one kind with its parameter".into()),
            };
        };
        let Entry::Name(kind) = kind else { return Err("`kind` is a name".into()) };
        let example = Self::ALL.into_iter().find(|separation| separation.kind() == kind);
        let parameter = match example.and_then(Self::parameter) {
            None => None,
            Some((key, _)) => match table.remove(key) {
                Some(Entry::Number(number)) => Some(number),
                _ => return Err(format!("`{kind}` needs `{key}`, a whole number")),
            },
        };
        match table.pop_first() {
            Some((key, _)) if example.is_some() => Err(format!("`{kind}` has no `{key}`")),
            _ => Self::new(&kind, parameter).map_err(named),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(value: Value) -> Result<Separation, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn every_form_is_read_and_one_is_written() {
        for separation in Separation::ALL {
            assert_eq!(separation.to_string().parse(), Ok(separation));
            assert_eq!(read(json!(separation)), Ok(separation));
            assert_eq!(read(json!(separation.to_string())), Ok(separation));
            let mut table = json!({ "kind": separation.kind() });
            if let Some((key, number)) = separation.parameter() {
                table[key] = json!(number);
            }
            assert_eq!(separation.serialize_by_kind(serde_json::value::Serializer).unwrap(), table);
            assert_eq!(read(table), Ok(separation));
        }
        assert_eq!(Separation::TopK(4).to_string(), "top_k:4");
        assert_eq!(json!(Separation::Entmax15), json!("entmax_1.5"));
        assert_eq!(json!(Separation::TopK(4)), json!({ "top_k": 4 }));
        assert_eq!(json!(Separation::Polynomial(3)), json!({ "polynomial": 3 }));
    }

    #[test]
    fn everything_else_is_refused() {
        let allowed = "allowed: softmax, sparsemax, entmax_1.5, softmax1, log_sum_relu, top_k:K, polynomial:DEGREE";
        for wrong in ["hardmax", "top_k", "top_k:", "top_k:x", "softmax:1", "polynomial:-1", ""] {
            let error = wrong.parse::<Separation>().unwrap_err().to_string();
            assert_eq!(error, allowed, "{wrong}");
            assert_eq!(read(json!(wrong)), Err(format!("`{wrong}`; {allowed}")));
        }
        for (wrong, message) in [
            (json!({ "kind": "top_k" }), "`top_k` needs `k`, a whole number"),
            (json!({ "kind": "top_k", "k": "4" }), "`top_k` needs `k`, a whole number"),
            (json!({ "kind": "softmax", "k": 4 }), "`softmax` has no `k`"),
            (json!({ "kind": 4 }), "`kind` is a name"),
            (json!({ "top_k": 4, "polynomial": 2 }), "a table has a `kind`"),
            (json!({ "softmax": 4 }), "`softmax:4`; allowed: "),
            (json!({ "polynomial": 1u64 << 40 }), "`polynomial:1099511627776`; allowed: "),
            (json!({ "kind": "hardmax", "k": 4 }), "`hardmax`; allowed: "),
            (json!({ "kind": "top_k", "k": -1 }), "a name or a table"),
            (json!(4), "a name or a table"),
        ] {
            let error = read(wrong.clone()).unwrap_err();
            assert!(error.contains(message), "{wrong}: {error}");
        }
    }
}
