//! Types of columns in canonical form: `int4` and `integer` are one type, `varchar(20)` and
//! `character varying(20)` another one.
//!
//! Sources: PostgreSQL documentation chapter 8 and `format_type()`.

pub mod access_method;
pub mod casts;
pub mod catalog;

use smol_str::{SmolStr, format_smolstr};

use crate::name::Name;
use crate::token::{Token, TokenKind, identifier};

/// A type with its modifiers. Array dimensions and bounds are no part of it, as in `pg_attribute`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SqlType {
    pub base: BaseType,
    /// What stands in the parentheses (`20`, `10,2`), or an interval's fields (`day to second(3)`); empty for none.
    pub modifiers: SmolStr,
    pub array: bool,
}

/// What a type is based on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaseType {
    /// A type of `pg_catalog` by its `typname`, such as `int4`.
    Builtin(&'static str),
    /// An enum, domain, composite, or a type of an extension.
    Named(Name),
}

/// A column's type as written: a type, or one of the `serial` words that stand for a type and a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrittenType {
    Type(SqlType),
    /// The integer type that the `serial` word stands for.
    Serial(SqlType),
}

impl SqlType {
    /// Whether constants beside a value of one type are written as beside one of the other: PostgreSQL casts neither, or
    /// casts `varchar` to `text`.
    #[must_use]
    pub fn is_written_like(&self, other: &Self) -> bool {
        let is_text = |it: &Self| matches!(it.base, BaseType::Builtin("text" | "varchar"));
        self.array == other.array && (self.base == other.base || is_text(self) && is_text(other))
    }

    /// The plain builtin type called `typname` in `pg_type`.
    #[must_use]
    pub fn builtin(typname: &'static str) -> Self {
        Self {
            base: BaseType::Builtin(typname),
            modifiers: SmolStr::default(),
            array: false,
        }
    }

    /// The builtin base's `typname`, for a type that is no array.
    #[must_use]
    pub fn scalar(&self) -> Option<&'static str> {
        match &self.base {
            BaseType::Builtin(typname) if !self.array => Some(typname),
            BaseType::Builtin(_) | BaseType::Named(_) => None,
        }
    }

    /// The object of the schema that the type is based on.
    #[must_use]
    pub fn named(&self) -> Option<&Name> {
        match &self.base {
            BaseType::Builtin(_) => None,
            BaseType::Named(name) => Some(name),
        }
    }

    /// As `format_type()` shows it where `schema` comes first on the search path.
    #[must_use]
    pub fn within(&self, schema: &str) -> SmolStr {
        let name = match &self.base {
            BaseType::Named(name) => name_within(name, schema),
            // `character` alone would mean `character(1)`.
            BaseType::Builtin("bpchar") if self.modifiers.is_empty() => {
                SmolStr::new_static("bpchar")
            }
            // And `bit` alone `bit(1)`.
            BaseType::Builtin("bit") if self.modifiers.is_empty() => SmolStr::new_static("\"bit\""),
            BaseType::Builtin(typname) => SmolStr::new_static(display(typname)),
        };
        let array = if self.array { "[]" } else { "" };
        if self.modifiers.is_empty() {
            return format_smolstr!("{name}{array}");
        }
        match self.base {
            BaseType::Builtin("interval") => format_smolstr!("interval {}{array}", self.modifiers)
                .replace("interval (", "interval(")
                .into(),
            // The precision stands before the words that follow the type's first one.
            BaseType::Builtin("timestamp" | "timestamptz" | "time" | "timetz") => {
                let (word, rest) = name.split_once(' ').unwrap_or((&name, ""));
                format_smolstr!("{word}({}) {rest}{array}", self.modifiers)
            }
            BaseType::Builtin(_) | BaseType::Named(_) => {
                format_smolstr!("{name}({}){array}", self.modifiers)
            }
        }
    }
}

/// As messages write it.
impl std::fmt::Display for SqlType {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.within("public"))
    }
}

/// The name of a type of the schema as SQL writes it where `schema` comes first on the search path: PostgreSQL takes an
/// unqualified name for its own type first.
#[must_use]
pub fn name_within(name: &Name, schema: &str) -> SmolStr {
    if name.schema == schema && is_own(&name.name) {
        name.qualified()
    } else {
        name.within(schema)
    }
}

/// Whether `name` alone means a type of PostgreSQL.
#[must_use]
pub fn is_own(name: &str) -> bool {
    builtin(name).is_some() || is_serial(name)
}

/// The builtin type that `pg_type` calls `name`.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static str> {
    catalog::builtin_type(name)
        .filter(|it| it.is_column_type())
        .map(|it| it.name)
}

/// The names of the builtin types as users write them.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    catalog::BUILTIN_TYPES
        .iter()
        .filter(|it| it.is_column_type())
        .flat_map(|it| [it.name, it.display])
}

fn is_serial(name: &str) -> bool {
    matches!(
        name,
        "serial" | "serial2" | "serial4" | "serial8" | "bigserial" | "smallserial"
    )
}

fn display(typname: &str) -> &'static str {
    catalog::builtin_type(typname)
        .expect("a builtin type came from the catalogue")
        .display
}

/// Reads a type from its tokens; `schema` is where an unqualified name that is no builtin belongs. The error is a
/// sentence.
pub fn parse(text: &str, tokens: &[Token], schema: &str) -> Result<WrittenType, String> {
    let mut reader = Reader {
        text,
        tokens,
        at: 0,
    };
    let first = reader.word();
    let quoted = tokens
        .first()
        .is_some_and(|token| token.kind == TokenKind::QuotedName);
    if reader.accept(".") {
        let name = reader.word();
        let base = match (first.as_str(), builtin(&name)) {
            ("pg_catalog", Some(typname)) => BaseType::Builtin(typname),
            _ => BaseType::Named(Name::new(first, name)),
        };
        return reader.finish(base);
    }
    if quoted {
        // Quoting switches the grammar's special names off: "char" is a type of its own.
        let base = match builtin(&first) {
            Some(typname) => BaseType::Builtin(typname),
            None => BaseType::Named(Name::new(schema, first)),
        };
        return reader.finish(base);
    }
    let serial = |typname| Ok(WrittenType::Serial(SqlType::builtin(typname)));
    let base = match first.as_str() {
        "serial" | "serial4" if reader.at_end() => return serial("int4"),
        "bigserial" | "serial8" if reader.at_end() => return serial("int8"),
        "smallserial" | "serial2" if reader.at_end() => return serial("int2"),
        "int" | "integer" => BaseType::Builtin("int4"),
        "bigint" => BaseType::Builtin("int8"),
        "smallint" => BaseType::Builtin("int2"),
        "real" => BaseType::Builtin("float4"),
        "float" => return reader.float(),
        "double" if reader.accept("precision") => BaseType::Builtin("float8"),
        "decimal" | "dec" => BaseType::Builtin("numeric"),
        "boolean" => BaseType::Builtin("bool"),
        "varchar" => BaseType::Builtin("varchar"),
        "national" => {
            reader.word();
            reader.character()
        }
        "character" | "char" | "nchar" => reader.character(),
        "bit" => {
            if reader.accept("varying") {
                BaseType::Builtin("varbit")
            } else {
                BaseType::Builtin("bit")
            }
        }
        "time" => return reader.time("time", "timetz"),
        "timestamp" => return reader.time("timestamp", "timestamptz"),
        "interval" => return reader.interval(),
        other => match (builtin(other), other.strip_prefix('_').and_then(builtin)) {
            (Some(typname), _) => BaseType::Builtin(typname),
            // How the catalogue calls an array: `_int4`.
            (None, Some(element)) if reader.at_end() => {
                return Ok(WrittenType::Type(SqlType {
                    array: true,
                    ..SqlType::builtin(element)
                }));
            }
            (None, _) => BaseType::Named(Name::new(schema, first)),
        },
    };
    reader.finish(base)
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> &str {
        self.tokens
            .get(self.at)
            .map_or("", |token| token.text(self.text))
    }

    fn at_end(&self) -> bool {
        self.at == self.tokens.len()
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek().eq_ignore_ascii_case(word);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> SmolStr {
        let word = identifier(self.peek());
        self.at += 1;
        word
    }

    fn character(&mut self) -> BaseType {
        if self.accept("varying") {
            BaseType::Builtin("varchar")
        } else {
            BaseType::Builtin("bpchar")
        }
    }

    /// `( … )` as text without blanks, empty where there is none.
    fn modifiers(&mut self) -> SmolStr {
        if !self.accept("(") {
            return SmolStr::default();
        }
        let mut modifiers = String::new();
        while !self.at_end() && !self.accept(")") {
            if self.tokens[self.at].kind == TokenKind::Word {
                modifiers.push_str(&identifier(self.peek()));
            } else {
                modifiers.push_str(self.peek());
            }
            self.at += 1;
        }
        modifiers.into()
    }

    fn finish(mut self, base: BaseType) -> Result<WrittenType, String> {
        let character = self.tokens.first().is_some_and(|token| {
            token.kind == TokenKind::Word && !token.is_word(self.text, "bpchar")
        });
        let mut modifiers = self.modifiers();
        if modifiers.is_empty() && character && matches!(base, BaseType::Builtin("bpchar" | "bit"))
        {
            // `char` is `char(1)`; only the internal names `bpchar` and `"bit"` have no length.
            modifiers = "1".into();
        }
        if base == BaseType::Builtin("numeric") && !modifiers.is_empty() && !modifiers.contains(',')
        {
            modifiers = format_smolstr!("{modifiers},0");
        }
        self.done(base, modifiers)
    }

    fn done(mut self, base: BaseType, modifiers: SmolStr) -> Result<WrittenType, String> {
        let mut array = false;
        if self.accept("array") {
            array = true;
        }
        while self.accept("[") {
            array = true;
            self.at += usize::from(self.peek().bytes().all(|it| it.is_ascii_digit()));
            if !self.accept("]") {
                return Err("the bounds of an array must be numbers".to_owned());
            }
        }
        if let Some(token) = self.tokens.get(self.at) {
            let word = token.text(self.text);
            return Err(format!("`{word}` is not allowed in a type"));
        }
        let sql_type = SqlType {
            base,
            modifiers,
            array,
        };
        sql_type.check_modifiers()?;
        Ok(WrittenType::Type(sql_type))
    }

    fn float(mut self) -> Result<WrittenType, String> {
        let precision = self.modifiers();
        let base = match precision.parse::<u32>() {
            Ok(1..=24) => "float4",
            Ok(25..=53) => "float8",
            Err(_) if precision.is_empty() => "float8",
            Ok(_) | Err(_) => {
                return Err("the precision of float must be between 1 and 53".to_owned());
            }
        };
        self.done(BaseType::Builtin(base), SmolStr::default())
    }

    fn time(mut self, plain: &'static str, zoned: &'static str) -> Result<WrittenType, String> {
        let modifiers = self.modifiers();
        let with = self.accept("with");
        if with || self.accept("without") {
            self.accept("time");
            self.accept("zone");
        }
        self.done(
            BaseType::Builtin(if with { zoned } else { plain }),
            modifiers,
        )
    }

    fn interval(mut self) -> Result<WrittenType, String> {
        let mut fields = Vec::new();
        let mut precision = self.modifiers();
        while matches!(
            self.peek().to_ascii_lowercase().as_str(),
            "year" | "month" | "day" | "hour" | "minute" | "second" | "to"
        ) {
            fields.push(self.word());
        }
        if fields.last().is_some_and(|field| field == "second") {
            precision = self.modifiers();
        }
        let mut modifiers = fields.join(" ");
        if !precision.is_empty() {
            modifiers = format!("{modifiers}({precision})");
        }
        self.done(BaseType::Builtin("interval"), modifiers.into())
    }
}

impl SqlType {
    /// Refuses modifiers that PostgreSQL refuses.
    fn check_modifiers(&self) -> Result<(), String> {
        let BaseType::Builtin(typname) = self.base else {
            return Ok(());
        };
        let numbers: Vec<Option<i64>> = self
            .modifiers
            .split(',')
            .map(|it| it.parse().ok())
            .collect();
        let bad = match (typname, numbers.as_slice()) {
            _ if self.modifiers.is_empty() => false,
            ("varchar" | "bpchar", [Some(length)]) => !(1..=10_485_760).contains(length),
            ("bit" | "varbit", [Some(length)]) => !(1..=83_886_080).contains(length),
            ("numeric", [Some(precision), Some(scale)]) => {
                !(1..=1000).contains(precision) || !(-1000..=1000).contains(scale)
            }
            ("time" | "timetz" | "timestamp" | "timestamptz", [Some(precision)]) => {
                !(0..=6).contains(precision)
            }
            ("interval", _) => false,
            _ => true,
        };
        if bad {
            Err(format!(
                "the type {} does not accept ({})",
                display(typname),
                self.modifiers
            ))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        let tokens = crate::token::lex(text, 0, text.len()).unwrap();
        match parse(text, &tokens, "public").unwrap() {
            WrittenType::Type(sql_type) => sql_type.within("public").to_string(),
            WrittenType::Serial(sql_type) => format!("serial {sql_type}"),
        }
    }

    #[test]
    fn types_are_canonical() {
        for (written, expected) in [
            ("INT", "integer"),
            ("int4", "integer"),
            ("varchar(20)", "character varying(20)"),
            ("national character varying (5)", "character varying(5)"),
            ("char", "character(1)"),
            ("bpchar", "bpchar"),
            ("\"char\"", "\"char\""),
            ("bit", "bit(1)"),
            ("bit varying(3)[]", "bit varying(3)[]"),
            ("dec(10)", "numeric(10,0)"),
            ("numeric(10, 2)", "numeric(10,2)"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            (
                "timestamp (3) without time zone",
                "timestamp(3) without time zone",
            ),
            ("time with time zone", "time with time zone"),
            ("float(24)", "real"),
            ("float", "double precision"),
            ("interval day to second (3)", "interval day to second(3)"),
            ("interval(2)", "interval(2)"),
            ("text[3][]", "text[]"),
            ("int array[4]", "integer[]"),
            ("pg_catalog.int8", "bigint"),
            ("app.mood", "app.mood"),
            ("Mood[]", "mood[]"),
            ("serial", "serial integer"),
        ] {
            assert_eq!(canonical(written), expected, "{written}");
        }
    }
}
