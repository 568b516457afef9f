//! The fields of a form, as serde reads them.
//!
//! A field that is there twice is an error, unless the form says that it takes several.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// Fields by name, with every value that was sent.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in ::url::form_urlencoded::parse(bytes) {
            fields.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self(fields)
    }

    /// Takes a field out that must be there once.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let mut values = self.0.remove(name)?;
        if values.len() == 1 { values.pop() } else { None }
    }

    pub(super) fn value<T: DeserializeOwned>(self) -> Result<T, Wrong> {
        let fields = self.0.into_iter().map(|(name, values)| (name, Values(values)));
        T::deserialize(MapDeserializer::new(fields))
    }
}

/// What was sent for one field.
struct Values(Vec<String>);

impl Values {
    fn one(&self) -> Result<&str, Wrong> {
        match self.0.as_slice() {
            [one] => Ok(one),
            _ => Err(Wrong("a field was sent twice".to_owned())),
        }
    }
}

impl IntoDeserializer<'_, Wrong> for Values {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Values {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_str(self.one()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.one()? {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Wrong("a choice is neither true nor false".to_owned())),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let word: StrDeserializer<'_, Wrong> = self.one()?.into_deserializer();
        word.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct
        tuple tuple_struct map struct identifier ignored_any
    }
}

/// How the fields are not what the form has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(rename_all = "kebab-case")]
    enum Action {
        MakeOwner,
        Remove,
    }

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    struct Example {
        name: String,
        action: Action,
        note: Option<String>,
        #[serde(default)]
        on: bool,
        #[serde(default)]
        scopes: Vec<String>,
    }

    fn read(text: &str) -> Result<Example, Wrong> {
        Fields::parse(text.as_bytes()).value()
    }

    #[test]
    fn reads_what_the_form_has() {
        let found = read("name=a+b%26c&action=make-owner&scopes=x&scopes=y&on=true").unwrap();
        let scopes = vec!["x".to_owned(), "y".to_owned()];
        assert_eq!(
            found,
            Example { name: "a b&c".to_owned(), action: Action::MakeOwner, note: None, on: true, scopes }
        );
        assert_eq!(read("name=&action=remove&note=").unwrap().note.as_deref(), Some(""));
    }

    #[test]
    fn refuses_the_rest() {
        for bad in [
            "name=a",
            "name=a&name=b&action=remove",
            "name=a&action=remove&is_admin=true",
            "name=a&action=destroy",
            "name=a&action=remove&action=remove",
            "name=a&action=remove&on=perhaps",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let mut twice = Fields::parse(b"csrf=a&csrf=b");
        assert_eq!(twice.take("csrf"), None);
    }
}
