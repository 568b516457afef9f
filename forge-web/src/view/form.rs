//! Forms that say what is wrong and where.

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormError {
    /// The id of the field, which is its name too. Empty for the form as a whole.
    pub field: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Everything that is wrong with a form that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormErrors(Vec<FormError>);

impl FormErrors {
    /// A form with nothing wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// A form with one thing wrong.
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds something that is wrong.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FormError { field: field.into(), message: message.into() });
    }

    /// What is wrong with a field.
    pub fn on(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything, in the order of the fields.
    pub fn iter(&self) -> std::slice::Iter<'_, FormError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a FormErrors {
    type Item = &'a FormError;
    type IntoIter = std::slice::Iter<'a, FormError>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One of several answers in a form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: String,
    /// A sentence that explains it; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

impl Choice {
    /// One that says all by its label, chosen if it is what was sent before.
    pub(crate) fn plain<Label: Into<String>>(value: &str, label: Label, chosen: &str) -> Self {
        Self { value: value.to_owned(), label: label.into(), hint: String::new(), is_chosen: value == chosen }
    }
}
