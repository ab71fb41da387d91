//! Statements that the language reads -> operations; tables and indexes in `table`.

use smol_str::SmolStr;

use crate::name::Name;
use crate::operation::comment_on::Subject;
use crate::operation::definition::column::IdentityDefinition;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::drop::DropKind;
use crate::operation::enum_value::Place;
use crate::operation::rename::Renamed;
use crate::operation::set_schema::Moved;
use crate::operation::{
    AddEnumValue, AlterSequence, CommentOn, CreateDomain, CreateExtension, CreateSchema,
    CreateSequence, CreateType, Drop, DropEnumValue, Operation, Rename, SetSchema,
};
use crate::schema::{Composite, Enum, Type};
use crate::syntax::build::{Build, Built, all, find, has, once, parts, the};
use crate::syntax::grammar::Rule;
use crate::syntax::reader::Pair;
use crate::syntax::table;

/// The operations that the statements mean.
pub(super) fn operations(build: Build<'_>) -> Built<Vec<Operation>> {
    let tree = build.parse(Rule::body_statements)?;
    tree.pairs()
        .filter(|it| !matches!(it.rule(), Rule::kw_create | Rule::kw_alter | Rule::end))
        .map(|it| operation(build, &it))
        .collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, a statement is one of these"
)]
fn operation(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    match pair.rule() {
        Rule::create_table => table::create_table(build, pair).map(Operation::CreateTable),
        Rule::create_index => table::create_index(build, pair).map(Operation::CreateIndex),
        Rule::alter_table => table::alter_table(build, pair),
        Rule::create_type => create_type(build, pair),
        Rule::create_domain => create_domain(build, pair),
        Rule::create_schema => create_schema(build, pair),
        Rule::create_extension => create_extension(build, pair),
        Rule::create_sequence => create_sequence(build, pair),
        Rule::alter_index => {
            let name = build.qualified(&the(pair, Rule::qualified))?;
            rename(
                build,
                pair,
                Renamed::Index(name),
                &the(pair, Rule::rename_to),
            )
        }
        Rule::alter_type => alter_type(build, pair),
        Rule::alter_domain => {
            let name = build.qualified(&the(pair, Rule::qualified))?;
            match find(pair, Rule::rename_to) {
                Some(to) => rename(build, pair, Renamed::Domain(name), &to),
                None => set_schema(build, pair, Moved::Domain, name),
            }
        }
        Rule::alter_sequence => alter_sequence(build, pair),
        Rule::drop => drop(build, pair),
        Rule::comment_on => comment_on(build, pair),
        other => unreachable!("{other:?} is no statement"),
    }
}

/// `… rename to name`
pub(super) fn rename(
    build: Build<'_>,
    pair: &Pair<'_>,
    subject: Renamed,
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
    kind: Moved,
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

fn create_type(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let definition = if let Some(values) = find(pair, Rule::enum_values) {
        let values = all(&values, Rule::string)
            .map(|it| Ok(build.string(&it)?.into()))
            .collect::<Built<Vec<SmolStr>>>()?;
        Type::Enum(Enum {
            values,
            comment: None,
        })
    } else {
        let attributes = all(&the(pair, Rule::attributes), Rule::attribute)
            .map(|it| {
                let collation = find(&it, Rule::collate).map(|it| collation(build, &it));
                Ok((
                    build.name(&the(&it, Rule::name))?,
                    build.sql_type(&the(&it, Rule::sql_type))?,
                    collation.transpose()?,
                ))
            })
            .collect::<Built<Vec<_>>>()?;
        Type::Composite(Composite {
            attribute_comments: std::collections::BTreeMap::new(),
            attributes,
            comment: None,
        })
    };
    Ok(Operation::CreateType(CreateType {
        name: build.qualified(&the(pair, Rule::qualified))?,
        if_not_exists: has(pair, Rule::if_not_exists),
        definition,
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

fn create_domain(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    once(
        build,
        pair,
        &[Rule::default, Rule::collate, Rule::not_null, Rule::null],
    )?;
    if has(pair, Rule::not_null)
        && let Some(null) = find(pair, Rule::null)
    {
        return build.fault(
            &null,
            "the domain is declared both null and not null",
            "keep one of the two",
        );
    }
    let checks = all(pair, Rule::domain_check)
        .map(|it| {
            let name = find(&it, Rule::constraint_name).map(|it| build.name(&the(&it, Rule::name)));
            Ok((
                name.transpose()?,
                build.parenthesised(&the(&it, Rule::parenthesised))?,
            ))
        })
        .collect::<Built<Vec<_>>>()?;
    let default =
        find(pair, Rule::default).map(|it| build.expression(&the(&it, Rule::b_expression)));
    let collation = find(pair, Rule::collate).map(|it| collation(build, &it));
    Ok(Operation::CreateDomain(CreateDomain {
        name: build.qualified(&the(pair, Rule::qualified))?,
        if_not_exists: has(pair, Rule::if_not_exists),
        base: build.sql_type(&the(pair, Rule::sql_type))?,
        collation: collation.transpose()?,
        default: default.transpose()?,
        not_null: has(pair, Rule::not_null),
        checks,
    }))
}

fn create_schema(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let mut names = all(pair, Rule::name);
    let name = build.name(&names.next().expect("a schema has a name"))?;
    let authorization = names.next().map(|it| build.name(&it)).transpose()?;
    Ok(Operation::CreateSchema(CreateSchema {
        name,
        if_not_exists: has(pair, Rule::if_not_exists),
        authorization,
    }))
}

fn create_extension(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    once(
        build,
        pair,
        &[
            Rule::extension_schema,
            Rule::extension_version,
            Rule::kw_cascade,
        ],
    )?;
    let schema = find(pair, Rule::extension_schema).map(|it| build.name(&the(&it, Rule::name)));
    let version = find(pair, Rule::extension_version).map(|it| match find(&it, Rule::string) {
        Some(text) => build.string(&text).map(SmolStr::from),
        None => build.name(&the(&it, Rule::name)),
    });
    Ok(Operation::CreateExtension(CreateExtension {
        name: build.name(&the(pair, Rule::name))?,
        if_not_exists: has(pair, Rule::if_not_exists),
        schema: schema.transpose()?,
        version: version.transpose()?,
        cascade: has(pair, Rule::kw_cascade),
    }))
}

fn create_sequence(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    Ok(Operation::CreateSequence(CreateSequence {
        name: build.qualified(&the(pair, Rule::qualified))?,
        if_not_exists: has(pair, Rule::if_not_exists),
        unlogged: has(pair, Rule::kw_unlogged),
        options: sequence_options(build, pair)?,
    }))
}

/// `[(options)]` after `as identity`.
pub(super) fn identity(build: Build<'_>, pair: &Pair<'_>) -> Built<IdentityDefinition> {
    let options = sequence_options(build, pair)?;
    for option in all(pair, Rule::sequence_option) {
        identity_option(build, &option)?;
    }
    Ok(IdentityDefinition {
        always: has(&the(pair, Rule::always), Rule::kw_always),
        options,
    })
}

/// Refuses what the column itself says of its sequence.
pub(super) fn identity_option(build: Build<'_>, option: &Pair<'_>) -> Built<()> {
    if has(option, Rule::sequence_type) || has(option, Rule::owned_by) {
        return build.fault(
            option,
            "the sequence of an identity has its column's type and owner",
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
            return build.fault(&it, "this option stands twice", "keep one of the two");
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
                "this number is out of the range of bigint",
                "choose a smaller one",
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
fn owner(build: Build<'_>, pair: &Pair<'_>) -> Built<(Name, SmolStr)> {
    let mut names = all(pair, Rule::name)
        .map(|it| build.name(&it))
        .collect::<Built<Vec<SmolStr>>>()?;
    let column = names.pop().expect("an owner has two or three names");
    let table = names.pop().expect("an owner has two or three names");
    let schema = names.pop().unwrap_or_else(|| build.schema.into());
    Ok((Name::new(schema, table), column))
}

fn alter_type(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let name = build.qualified(&the(pair, Rule::qualified))?;
    let text = |pair: &Pair<'_>| -> Built<Vec<SmolStr>> {
        all(pair, Rule::string)
            .map(|it| Ok(build.string(&it)?.into()))
            .collect()
    };
    let if_exists = has(pair, Rule::if_exists);
    if let Some(to) = find(pair, Rule::rename_to) {
        return rename(build, pair, Renamed::Type(name), &to);
    }
    if find(pair, Rule::set_schema).is_some() {
        return set_schema(build, pair, Moved::Type, name);
    }
    if let Some(it) = find(pair, Rule::rename_attribute) {
        let from = build.name(&the(&it, Rule::name))?;
        return rename(build, pair, Renamed::Attribute(name, from), &it);
    }
    if let Some(it) = find(pair, Rule::rename_value) {
        let mut values = text(&it)?;
        let to = values.pop().expect("a rename of a value has two texts");
        let from = values.pop().expect("a rename of a value has two texts");
        return Ok(Operation::Rename(Rename {
            subject: Renamed::EnumValue(name, from),
            if_exists,
            to,
        }));
    }
    if let Some(it) = find(pair, Rule::drop_value) {
        if if_exists {
            return guarded(build, pair);
        }
        let value = text(&it)?.remove(0);
        return Ok(Operation::DropEnumValue(DropEnumValue { name, value }));
    }
    let it = the(pair, Rule::add_value);
    if if_exists {
        return guarded(build, pair);
    }
    let place = match find(&it, Rule::value_place) {
        None => Place::Last,
        Some(place) => {
            let other = text(&place)?.remove(0);
            if has(&place, Rule::kw_before) {
                Place::Before(other)
            } else {
                Place::After(other)
            }
        }
    };
    Ok(Operation::AddEnumValue(AddEnumValue {
        name,
        if_not_exists: has(&it, Rule::if_not_exists),
        value: text(&it)?.remove(0),
        place,
    }))
}

fn guarded(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    build.fault(
        &the(pair, Rule::if_exists),
        "a change of an enum's values cannot be guarded with `if exists`",
        "remove `if exists`; `add value if not exists` guards the value",
    )
}

fn alter_sequence(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let name = build.qualified(&the(pair, Rule::qualified))?;
    if let Some(to) = find(pair, Rule::rename_to) {
        return rename(build, pair, Renamed::Sequence(name), &to);
    }
    if find(pair, Rule::set_schema).is_some() {
        return set_schema(build, pair, Moved::Sequence, name);
    }
    Ok(Operation::AlterSequence(AlterSequence {
        name,
        if_exists: has(pair, Rule::if_exists),
        options: sequence_options(build, pair)?,
    }))
}

fn drop(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let kind_pair = the(pair, Rule::drop_kind);
    let kinds = [
        (Rule::kw_table, DropKind::Table),
        (Rule::kw_index, DropKind::Index),
        (Rule::kw_sequence, DropKind::Sequence),
        (Rule::kw_type, DropKind::Type),
        (Rule::kw_domain, DropKind::Domain),
        (Rule::kw_schema, DropKind::Schema),
        (Rule::kw_extension, DropKind::Extension),
    ];
    let kind = kinds
        .into_iter()
        .find(|(rule, _)| has(&kind_pair, *rule))
        .expect("the grammar knows these kinds")
        .1;
    let names = all(pair, Rule::qualified)
        .map(|it| {
            let name = build.qualified(&it)?;
            let bare = matches!(kind, DropKind::Schema | DropKind::Extension);
            if bare && build.slice(&it).contains('.') && build.parts(&it)?.len() > 1 {
                return build.fault(
                    &it,
                    "this name has one part only",
                    "remove what stands before the dot",
                );
            }
            Ok(name)
        })
        .collect::<Built<Vec<Name>>>()?;
    let concurrently = has(pair, Rule::kw_concurrently);
    let cascade = table::cascade(pair);
    if concurrently && kind != DropKind::Index {
        return build.fault(
            &the(pair, Rule::kw_concurrently),
            "only an index is dropped concurrently",
            "remove `concurrently`",
        );
    }
    if concurrently && (names.len() > 1 || cascade) {
        return build.fault(
            &the(pair, Rule::kw_concurrently),
            "`drop index concurrently` takes one index, and no `cascade`",
            "write one statement for each index",
        );
    }
    Ok(Operation::Drop(Drop {
        kind,
        names,
        if_exists: has(pair, Rule::if_exists),
        cascade,
        concurrently,
    }))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, a subject is one of these"
)]
fn comment_on(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let comment = find(pair, Rule::string)
        .map(|it| build.string(&it))
        .transpose()?;
    let mut subject = None;
    for it in parts(*pair) {
        let name = |it: &Pair<'_>| build.qualified(&the(it, Rule::qualified));
        subject = Some(match it.rule() {
            Rule::on_table => Subject::Table(name(&it)?),
            Rule::on_column => {
                let (table, column) = owner(build, &the(&it, Rule::owner))?;
                Subject::Column(table, column)
            }
            Rule::on_constraint => {
                let constraint = build.name(&the(&it, Rule::name))?;
                if has(&it, Rule::kw_domain) {
                    Subject::DomainConstraint(name(&it)?, constraint)
                } else {
                    Subject::Constraint(name(&it)?, constraint)
                }
            }
            Rule::on_index => Subject::Index(name(&it)?),
            Rule::on_sequence => Subject::Sequence(name(&it)?),
            Rule::on_type => Subject::Type(name(&it)?),
            Rule::on_domain => Subject::Domain(name(&it)?),
            Rule::on_schema => Subject::Schema(build.name(&the(&it, Rule::name))?),
            Rule::on_extension => Subject::Extension(build.name(&the(&it, Rule::name))?),
            _ => continue,
        });
    }
    Ok(Operation::CommentOn(CommentOn {
        subject: subject.expect("a comment has a subject"),
        comment: comment.map(SmolStr::from).filter(|it| !it.is_empty()),
    }))
}
