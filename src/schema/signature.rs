//! What is known of a function that raw SQL makes: how it can be called.

use smol_str::SmolStr;

use crate::builtin::Volatility;
use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::schema::{ObjectId, Schema};
use crate::sql_type::SqlType;

/// One function, procedure or aggregate of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub kind: SignatureKind,
    /// Of its arguments; those that only go out are not among them.
    pub parameters: Vec<Parameter>,
    /// The columns of what it returns, where it names them: `out` parameters and `returns table`.
    pub columns: Vec<(SmolStr, SqlType)>,
    /// What it returns; absent where the text cannot be read.
    pub result: Option<SqlType>,
    pub returns_set: bool,
    pub volatility: Volatility,
    /// Whether it gives null where an argument is null.
    pub strict: bool,
    /// Whether the planner may open it, so that what it is made of counts.
    pub in_sql: bool,
}

/// What a signature is called as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    Function,
    Procedure,
    Aggregate,
    Window,
}

/// A parameter that takes an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: Option<SmolStr>,
    /// Absent where the text cannot be read.
    pub sql_type: Option<SqlType>,
    pub has_default: bool,
    pub variadic: bool,
}

/// The functions of one name.
#[derive(Debug, Clone, Default)]
pub struct Signatures<'a> {
    pub known: Vec<&'a Signature>,
    /// Whether there may be others of that name.
    pub opaque: bool,
}

impl Schema {
    /// What raw SQL made under the name of a function; nothing where it made none.
    #[must_use]
    pub fn signatures(&self, name: &Name) -> Option<Signatures<'_>> {
        let mut found: Option<Signatures<'_>> = None;
        for kind in [Defined::Function, Defined::Procedure, Defined::Aggregate] {
            let object = self.get(&ObjectId::of(Kind::Defined(kind), name));
            let Some(opaque) = object.and_then(|it| it.as_opaque()) else {
                continue;
            };
            let found = found.get_or_insert_default();
            found.known.extend(&opaque.signatures);
            found.opaque |= opaque.signatures.is_empty() || opaque.declared;
        }
        found
    }

    /// The names of the functions that raw SQL made.
    pub fn function_names(&self) -> impl Iterator<Item = &str> {
        self.opaque().filter_map(|(id, opaque)| {
            let is_function = matches!(
                opaque.kind,
                Kind::Defined(Defined::Function | Defined::Procedure | Defined::Aggregate)
            );
            id.name().filter(|_| is_function).map(|it| it.name.as_str())
        })
    }
}
