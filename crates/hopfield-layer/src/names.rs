//! Names of settings: in files, in configs and on the command line.

use thiserror::Error;

/// A text that names no setting of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("allowed: {allowed}")]
pub struct UnknownName {
    /// The text.
    pub name: String,
    /// What is allowed, for people.
    pub allowed: String,
}

/// `ALL`, `name`, `Display`, `FromStr` and serde of an enum without data, from one table. The crate that calls it needs serde.
#[doc(hidden)]
#[macro_export]
macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The name in files, in configs and on the command line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|setting| setting.name() == name);
                found.ok_or_else(|| $crate::UnknownName {
                    name: name.to_owned(),
                    allowed: [$($name),+].join(", "),
                })
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as serde::Deserialize>::deserialize(deserializer)?;
                name.parse().map_err(|_| {
                    let expected = [$($name),+].join(", ");
                    serde::de::Error::custom(format!("`{name}`; allowed: {expected}"))
                })
            }
        }
    };
}

pub(crate) use named;

#[cfg(test)]
mod tests {
    use crate::{ScheduleShape, Similarity};
    use serde_json::json;

    #[test]
    fn a_name_is_the_same_everywhere() {
        for similarity in Similarity::ALL {
            let name = similarity.to_string();
            assert_eq!(name.parse(), Ok(similarity));
            assert_eq!(json!(similarity), json!(name));
            assert_eq!(serde_json::from_value::<Similarity>(json!(name)).unwrap(), similarity);
        }
        let names = Similarity::ALL.map(Similarity::name);
        assert_eq!(names, ["dot", "centred_dot", "cosine", "euclidean", "layer_norm"]);
        let names = ScheduleShape::ALL.map(ScheduleShape::name);
        assert_eq!(names, ["linear", "exponential", "cosine"]);
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let allowed = "allowed: dot, centred_dot, cosine, euclidean, layer_norm";
        assert_eq!("l2".parse::<Similarity>().unwrap_err().to_string(), allowed);
        let error = serde_json::from_value::<Similarity>(json!("l2")).unwrap_err().to_string();
        assert_eq!(error, format!("`l2`; {allowed}"));
        assert!(serde_json::from_value::<Similarity>(json!(3)).is_err());
    }
}
