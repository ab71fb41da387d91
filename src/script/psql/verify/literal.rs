//! Which expressions can be compared with the catalogue, whose texts are written anew by the server: literals of types
//! whose values have one form, and a few calls.

use crate::expression::Expression;
use crate::model::partition_key::{By, PartitionKey};
use crate::schema::{Object, Partition, Schema, Type};
use crate::script::psql::reading::array;
use crate::sql_type::{self, BaseType, SqlType, WrittenType};
use crate::token::{Token, TokenKind, lex, quote_literal, string_value};

/// What is known of the text that the server has for an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// One of these values, each as SQL.
    Literal(Vec<String>),
    /// This text, as SQL.
    Call(String),
    /// Nothing but that there is one.
    Present,
    /// That there is none: `default null` is the same as no default.
    Absent,
    /// Not even that: the server drops what turns out to be null.
    Nothing,
}

/// Calls that the server writes as they are, but for capitals.
const CALLS: [&str; 18] = [
    "now()",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "current_role",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
    "clock_timestamp()",
    "statement_timestamp()",
    "transaction_timestamp()",
    "timeofday()",
    "random()",
    "pi()",
    "gen_random_uuid()",
    "txid_current()",
];

/// Types whose values the server reads and writes alike on every day and with every setting.
const STEADY: [&str; 13] = [
    "bool", "int2", "int4", "int8", "numeric", "float4", "float8", "text", "varchar", "uuid",
    "json", "jsonb", "bpchar",
];

/// The type that a part has.
pub(super) fn type_of<'a>(object: &'a Object, part: &str) -> Option<&'a SqlType> {
    if let Some(name) = part.strip_prefix("column ") {
        object.as_table()?.column(name).map(|it| &it.sql_type)
    } else if let Some(name) = part.strip_prefix("attribute ")
        && let Type::Composite(it) = object.as_type()?
    {
        let attribute = it.attributes.iter().find(|it| it.0 == name);
        attribute.map(|it| &it.1)
    } else if part.is_empty()
        && let Type::Domain(it) = object.as_type()?
    {
        Some(&it.base)
    } else {
        None
    }
}

/// The default of a part.
pub(super) fn written_default<'a>(object: &'a Object, part: &str) -> Option<&'a Expression> {
    if let Some(name) = part.strip_prefix("column ") {
        object.as_table()?.column(name)?.default.as_ref()
    } else if let Type::Domain(it) = object.as_type()? {
        it.default.as_ref().filter(|_| part.is_empty())
    } else {
        None
    }
}

/// What is known of a default of type `sql_type`.
pub(super) fn default(expression: &Expression, sql_type: &SqlType, schema: &Schema) -> Known {
    let text = expression.text();
    if CALLS.contains(&text) {
        return Known::Call(quote_literal(text));
    }
    if let Some(sequence) = nextval(expression, schema) {
        return Known::Call(sequence);
    }
    let tokens = lex(text, 0, text.len()).expect("an expression lexes");
    if tokens.iter().any(|it| it.is_word(text, "null")) {
        let is_plain = matches!(sql_type.base, BaseType::Builtin(_));
        return if is_plain && tokens.len() == 1 {
            Known::Absent
        } else {
            Known::Nothing
        };
    }
    let value = match tokens.as_slice() {
        [literal, cast, named @ ..] if cast.is(text, "::") => {
            match sql_type::parse(text, named, &schema.default) {
                Ok(WrittenType::Type(it)) if it == *sql_type => Value::of(&[*literal], text),
                Ok(_) | Err(_) => None,
            }
        }
        all => Value::of(all, text),
    };
    match value {
        Some(value) => literal(&value, sql_type, schema),
        None => Known::Present,
    }
}

fn literal(value: &Value, sql_type: &SqlType, schema: &Schema) -> Known {
    let quoted = quote_literal(value.text());
    match &sql_type.base {
        BaseType::Builtin(name) if STEADY.contains(name) => {
            let mut texts = vec![quoted, value.read(sql_type)];
            if let Value::Number(number) = value {
                texts.push(format!("({number})::text"));
            }
            Known::Literal(texts)
        }
        BaseType::Builtin("date" | "timestamp") if is_iso(value.text()) && !sql_type.array => {
            let read = format!("to_char({quoted}::timestamp, 'YYYY-MM-DD')");
            Known::Literal(vec![
                quoted.clone(),
                read.clone(),
                format!("{read} || to_char({quoted}::timestamp, ' HH24:MI:SS')"),
            ])
        }
        BaseType::Named(name)
            if !sql_type.array && matches!(schema.type_named(name), Some(Type::Enum(_))) =>
        {
            Known::Literal(vec![quoted])
        }
        BaseType::Builtin(_) | BaseType::Named(_) => Known::Present,
    }
}

/// Whether it is a date, or one with a time without fractions, in the form that no setting reads otherwise.
fn is_iso(value: &str) -> bool {
    let form: String = value
        .chars()
        .map(|it| if it.is_ascii_digit() { '0' } else { it })
        .collect();
    form == "0000-00-00" || form == "0000-00-00 00:00:00"
}

fn nextval(expression: &Expression, schema: &Schema) -> Option<String> {
    let text = expression.text();
    let tokens = lex(text, 0, text.len()).expect("an expression lexes");
    let words: Vec<&str> = tokens.iter().map(|it| it.text(text)).collect();
    let ("nextval", ["(", _, ")"] | ["(", _, "::", "regclass", ")"]) = (words[0], &words[1..])
    else {
        return None;
    };
    let sequence = expression.relations(&schema.default).next()?;
    Some(format!(
        "'nextval(' || quote_literal(quote_ident({}) || '.' || quote_ident({})) || '::regclass)'",
        quote_literal(&sequence.schema),
        quote_literal(&sequence.name)
    ))
}

/// What a literal writes.
#[derive(Debug)]
enum Value {
    Number(String),
    Text(String),
}

impl Value {
    /// The value that the tokens write, if they are one literal.
    fn of(tokens: &[Token], text: &str) -> Option<Self> {
        match tokens {
            [one] => match one.kind {
                TokenKind::Number => Some(Self::Number(one.text(text).to_owned())),
                TokenKind::String | TokenKind::DollarString => {
                    string_value(one.text(text)).map(Self::Text)
                }
                TokenKind::Word if one.is_word(text, "true") || one.is_word(text, "false") => {
                    Some(Self::Text(one.text(text).to_owned()))
                }
                TokenKind::Word
                | TokenKind::QuotedName
                | TokenKind::Parameter
                | TokenKind::Operator
                | TokenKind::Punctuation
                | TokenKind::Stray => None,
            },
            [minus, number] if minus.is(text, "-") && number.kind == TokenKind::Number => {
                Some(Self::Number(format!("-{}", number.text(text))))
            }
            _ => None,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Number(text) | Self::Text(text) => text,
        }
    }

    /// The value as the server writes one of that type, as SQL.
    fn read(&self, sql_type: &SqlType) -> String {
        let sql_type = sql_type.within("pg_catalog");
        match self {
            Self::Number(number) => format!("({number})::{sql_type}::text"),
            Self::Text(text) => format!("{}::{sql_type}::text", quote_literal(text)),
        }
    }
}

/// The bound of a partition as SQL that makes the server's text of it, without quotes; `None` where it holds more than
/// literals.
pub(super) fn bound(partition: &Partition, schema: &Schema) -> Option<String> {
    let bound = partition.bound.as_str();
    let tokens = lex(bound, 0, bound.len()).expect("a bound lexes");
    if tokens.len() == 1 {
        return Some("'DEFAULT'".to_owned());
    }
    let parent = schema.table(&partition.parent)?;
    let key = PartitionKey::parse(parent.partition_by.as_deref()?);
    let mut lists = Lists::of(&tokens, bound)?.0.into_iter();
    let first = lists.next()?;
    if key.strategy == "hash" {
        let number = |word: &str| {
            first
                .iter()
                .find_map(|it| it.strip_prefix(word))
                .map(str::trim)
        };
        let (modulus, remainder) = (number("modulus")?, number("remainder")?);
        return Some(quote_literal(&format!(
            "FOR VALUES WITH (modulus {modulus}, remainder {remainder})"
        )));
    }
    let types: Vec<&SqlType> = key
        .elements
        .iter()
        .map(|element| match &element.by {
            By::Column(column) => parent.column(column).map(|it| &it.sql_type),
            By::Expression(_) => None,
        })
        .collect::<Option<_>>()?;
    let values = |list: Vec<String>| -> Option<String> {
        let values: Vec<String> = list
            .iter()
            .enumerate()
            .map(|(at, it)| bound_value(it, types[at.min(types.len() - 1)]))
            .collect::<Option<_>>()?;
        Some(format!("array_to_string({}, ', ')", array(&values)))
    };
    match lists.next() {
        None => Some(format!("'FOR VALUES IN (' || {} || ')'", values(first)?)),
        Some(second) => Some(format!(
            "'FOR VALUES FROM (' || {} || ') TO (' || {} || ')'",
            values(first)?,
            values(second)?
        )),
    }
}

fn bound_value(text: &str, sql_type: &SqlType) -> Option<String> {
    let word = text.to_ascii_uppercase();
    if ["MINVALUE", "MAXVALUE", "NULL"].contains(&word.as_str()) {
        return Some(quote_literal(&word));
    }
    let tokens = lex(text, 0, text.len()).ok()?;
    let value = Value::of(&tokens, text)?;
    match &sql_type.base {
        BaseType::Builtin(name) if STEADY.contains(name) => {}
        BaseType::Builtin("date" | "timestamp" | "timestamptz") if is_iso(value.text()) => {}
        BaseType::Builtin(_) | BaseType::Named(_) => return None,
    }
    let read = value.read(sql_type);
    Some(format!("replace(quote_literal({read}), '''', '')"))
}

/// What stands between the commas of each pair of outer parentheses.
struct Lists(Vec<Vec<String>>);

impl Lists {
    fn of(tokens: &[Token], text: &str) -> Option<Self> {
        let mut lists: Vec<Vec<String>> = Vec::new();
        let mut depth = 0_usize;
        let mut from = 0;
        for token in tokens {
            let word = token.text(text);
            match word {
                "(" | "[" => {
                    depth += 1;
                    if depth == 1 {
                        lists.push(Vec::new());
                        from = token.end as usize;
                    }
                }
                "," | ")" if depth == 1 => {
                    let item = text[from..token.start as usize].trim().to_owned();
                    lists.last_mut()?.push(item);
                    from = token.end as usize;
                    depth -= usize::from(word == ")");
                }
                ")" | "]" => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        Some(Self(lists))
    }
}
