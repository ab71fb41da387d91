//! Clauses that statements on tables share with others.

use smol_str::SmolStr;

use crate::kind::Kind;
use crate::name::Name;
use crate::operation::definition::column::IdentityDefinition;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::{Operation, Rename, SetSchema};
use crate::schema::Subject;
use crate::syntax::build::{Build, Built, all, find, has, parts, the};
use crate::syntax::grammar::Rule;
use crate::syntax::reader::Pair;

/// `… rename to name`
pub(super) fn rename(
    build: Build<'_>,
    pair: &Pair<'_>,
    subject: Subject,
    to: &Pair<'_>,
) -> Built<Operation> {
    let name = all(to, Rule::name).last().expect("a rename has a name");
    Ok(Operation::Rename(Rename {
        subject,
        if_exists: has(pair, Rule::if_exists),
        to: build.name(&name)?,
    }))
}

/// `… set schema name`
pub(super) fn set_schema(
    build: Build<'_>,
    pair: &Pair<'_>,
    kind: Kind,
    name: Name,
) -> Built<Operation> {
    let to = the(pair, Rule::set_schema);
    Ok(Operation::SetSchema(SetSchema {
        kind,
        name,
        if_exists: has(pair, Rule::if_exists),
        to: build.name(&the(&to, Rule::name))?,
    }))
}

/// `collate name`: a collation without a schema is one of PostgreSQL's.
pub(super) fn collation(build: Build<'_>, pair: &Pair<'_>) -> Built<Name> {
    let pair = the(pair, Rule::qualified);
    match build.parts(&pair)?.as_slice() {
        [name] => Ok(Name::new("pg_catalog", name.clone())),
        [schema, name] => Ok(Name::new(schema.clone(), name.clone())),
        _ => build.fault(
            &pair,
            "a collation's name has at most two parts",
            "write schema.name",
        ),
    }
}

/// `[(options)]` after `as identity`.
pub(super) fn identity(build: Build<'_>, pair: &Pair<'_>) -> Built<Box<IdentityDefinition>> {
    let options = sequence_options(build, pair)?;
    for option in all(pair, Rule::sequence_option) {
        identity_option(build, &option)?;
    }
    Ok(Box::new(IdentityDefinition {
        always: has(&the(pair, Rule::always), Rule::kw_always),
        options,
    }))
}

/// Refuses what the column itself says of its sequence.
pub(super) fn identity_option(build: Build<'_>, option: &Pair<'_>) -> Built<()> {
    if has(option, Rule::sequence_type) || has(option, Rule::owned_by) {
        return build.fault(
            option,
            "the sequence of an identity column has the type of the column and belongs to it",
            "remove this option",
        );
    }
    Ok(())
}

/// The options among the children of `pair`.
pub(super) fn sequence_options(build: Build<'_>, pair: &Pair<'_>) -> Built<SequenceOptions> {
    let mut options = SequenceOptions::default();
    for option in all(pair, Rule::sequence_option) {
        let it = parts(option).next().expect("an option has a pair");
        if set_option(build, &it, &mut options)? {
            return build.fault(&it, "this option is written twice", "remove one of them");
        }
    }
    Ok(options)
}

/// Sets one option, and tells whether it was set already.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, an option is one of these"
)]
pub(super) fn set_option(
    build: Build<'_>,
    it: &Pair<'_>,
    options: &mut SequenceOptions,
) -> Built<bool> {
    let number = || {
        let pair = the(it, Rule::signed);
        let digits: String = build.words(&pair).map(|it| it.replace('_', "")).collect();
        match digits.parse::<i64>() {
            Ok(number) => Ok(number),
            Err(_) => build.fault(
                &pair,
                "this number is out of range for bigint",
                "choose a number that fits into bigint",
            ),
        }
    };
    let limit = || {
        if has(it, Rule::signed) {
            number().map(Some)
        } else {
            Ok(None)
        }
    };
    Ok(match it.rule() {
        Rule::sequence_type => {
            let sql_type = build.sql_type(&the(it, Rule::sql_type))?;
            options.sql_type.replace(sql_type).is_some()
        }
        Rule::increment => options.increment.replace(number()?).is_some(),
        Rule::minimum => options.minimum.replace(limit()?).is_some(),
        Rule::maximum => options.maximum.replace(limit()?).is_some(),
        Rule::start => options.start.replace(number()?).is_some(),
        Rule::restart => options.restart.replace(limit()?).is_some(),
        Rule::cache => options.cache.replace(number()?).is_some(),
        Rule::cycle => options.cycle.replace(!has(it, Rule::kw_no)).is_some(),
        Rule::owned_by => {
            let owned_by = find(it, Rule::owner)
                .map(|it| owner(build, &it))
                .transpose()?;
            options.owned_by.replace(owned_by).is_some()
        }
        Rule::sequence_name => {
            let name = build.beside_table().qualified(&the(it, Rule::qualified))?;
            options.name.replace(name).is_some()
        }
        other => unreachable!("{other:?} is no option of a sequence"),
    })
}

/// `table.column` or `schema.table.column`
pub(super) fn owner(build: Build<'_>, pair: &Pair<'_>) -> Built<(Name, SmolStr)> {
    let mut names = all(pair, Rule::name)
        .map(|it| build.name(&it))
        .collect::<Built<Vec<SmolStr>>>()?;
    let column = names.pop().expect("an owner has two or three names");
    let table = names.pop().expect("an owner has two or three names");
    let schema = names.pop().unwrap_or_else(|| build.schema.into());
    Ok((Name::new(schema, table), column))
}
