//! Tables, their columns, constraints and indexes -> operations.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::create_index::plain;
use crate::operation::create_table::{Like, LikeOption, PartitionColumn};
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::{AlterTable, CreateIndex, CreateTable, Operation};
use crate::schema::object::Key;
use crate::schema::{
    ConstraintKind, Exclusion, ForeignKey, Generated, IndexElement, Partition, ReferentialAction,
    Subject,
};
use crate::sql_type::{SqlType, WrittenType};
use crate::syntax::build::{Build, Built, all, find, has, once, parts, the};
use crate::syntax::clause::{collation, identity, identity_option, rename, set_option, set_schema};
use crate::syntax::grammar::Rule;
use crate::syntax::reader::Pair;

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, a part of a table is one of these"
)]
pub(super) fn create_table(build: Build<'_>, pair: &Pair<'_>) -> Built<CreateTable> {
    let name = build.qualified(&the(pair, Rule::qualified))?;
    let own = name.clone();
    let build = build.on(&own);
    once(
        build,
        pair,
        &[
            Rule::inherits,
            Rule::partition_by,
            Rule::with_options,
            Rule::tablespace,
            Rule::comment,
        ],
    )?;
    let mut create = CreateTable {
        partition_columns: Vec::new(),
        indexes: Vec::new(),
        if_not_exists: has(pair, Rule::if_not_exists),
        unlogged: has(pair, Rule::kw_unlogged),
        columns: Vec::with_capacity(all(pair, Rule::column).count()),
        constraints: Vec::new(),
        likes: Vec::new(),
        inherits: Vec::new(),
        of: None,
        partition_by: None,
        partition_of: None,
        options: BTreeMap::new(),
        tablespace: None,
        comment: None,
        name,
    };
    for it in parts(*pair) {
        match it.rule() {
            Rule::column => {
                let (column, constraints) = column(build, &it, &create.name)?;
                create.columns.push(column);
                create.constraints.extend(constraints);
            }
            Rule::table_constraint => create.constraints.push(table_constraint(build, &it)?),
            Rule::like => create.likes.push((create.columns.len(), like(build, &it)?)),
            Rule::partition_of => {
                create.partition_of = Some(Partition {
                    parent: build.qualified(&the(&it, Rule::qualified))?,
                    bound: build.normal(&the(&it, Rule::bound)),
                });
                for it in all(&it, Rule::table_constraint) {
                    create.constraints.push(table_constraint(build, &it)?);
                }
                for it in all(&it, Rule::partition_column) {
                    let name = build.name(&the(&it, Rule::name))?;
                    // The type is the parent's.
                    let any = WrittenType::Type(SqlType::builtin("text"));
                    let column = ColumnDefinition::new(name, any);
                    let (column, constraints) = clauses(build, &it, &create.name, column)?;
                    create.partition_columns.push(PartitionColumn {
                        name: column.name,
                        default: column.default,
                        not_null: column.not_null,
                    });
                    create.constraints.extend(constraints);
                }
            }
            Rule::inherits => {
                create.inherits = all(&it, Rule::qualified)
                    .map(|it| build.qualified(&it))
                    .collect::<Built<_>>()?;
            }
            Rule::partition_by => {
                create.partition_by = Some(build.normal(&the(&it, Rule::partition_key)));
            }
            Rule::with_options => create.options = options(build, &it),
            Rule::tablespace => create.tablespace = Some(build.name(&the(&it, Rule::name))?),
            Rule::comment => create.comment = comment(build, &it)?,
            _ => {}
        }
    }
    Ok(create)
}

fn comment(build: Build<'_>, pair: &Pair<'_>) -> Built<Option<SmolStr>> {
    let text = build.string(&the(pair, Rule::string))?;
    Ok(Some(SmolStr::from(text)).filter(|it| !it.is_empty()))
}

/// `with (name = value, …)` in `pair` or one of its children.
fn options(build: Build<'_>, pair: &Pair<'_>) -> BTreeMap<SmolStr, SmolStr> {
    all(pair, Rule::option)
        .map(|option| {
            let value =
                find(&option, Rule::option_value).map(|it| build.words(&it).collect::<String>());
            (
                build
                    .words(&the(&option, Rule::option_name))
                    .collect::<String>()
                    .into(),
                value.unwrap_or_default().into(),
            )
        })
        .collect()
}

fn like(build: Build<'_>, pair: &Pair<'_>) -> Built<Like> {
    let mut including = BTreeSet::new();
    for option in all(pair, Rule::like_option) {
        let words = build.normal(&option);
        let (verb, word) = words.split_once(' ').unwrap_or((&words, ""));
        for (option, _) in LikeOption::ALL
            .into_iter()
            .filter(|it| word == "all" || it.1 == word)
        {
            if verb == "including" {
                including.insert(option);
            } else {
                including.remove(&option);
            }
        }
    }
    Ok(Like {
        table: build.qualified(&the(pair, Rule::qualified))?,
        including,
    })
}

/// A column and the constraints that stand with it.
fn column(
    build: Build<'_>,
    pair: &Pair<'_>,
    table: &Name,
) -> Built<(ColumnDefinition, Vec<ConstraintDefinition>)> {
    let name = build.name(&the(pair, Rule::name))?;
    let type_pair = the(pair, Rule::sql_type);
    let column = ColumnDefinition::new(name, build.written_type(&type_pair)?);
    clauses(build, pair, table, column)
}

/// What follows the name and type of a column.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, a clause of a column is one of these"
)]
fn clauses(
    build: Build<'_>,
    pair: &Pair<'_>,
    table: &Name,
    mut column: ColumnDefinition,
) -> Built<(ColumnDefinition, Vec<ConstraintDefinition>)> {
    let name = column.name.clone();
    let mut constraints: Vec<ConstraintDefinition> = Vec::new();
    let mut seen: Vec<Rule> = Vec::new();
    let mut nullable = None;
    for it in parts(*pair) {
        let rule = it.rule();
        let twice = seen.contains(&rule)
            && matches!(
                rule,
                Rule::default
                    | Rule::not_null
                    | Rule::null
                    | Rule::generated
                    | Rule::collate
                    | Rule::comment
            );
        if twice {
            let word = build.words(&it).next().unwrap_or_default();
            return build.fault(
                &it,
                format!("`{word}` is written twice for column \"{name}\""),
                "remove one of them",
            );
        }
        seen.push(rule);
        match rule {
            Rule::not_null | Rule::null => {
                if nullable.replace(rule).is_some() {
                    return build.contradiction(
                        &it,
                        format!("column \"{name}\" is declared both null and not null"),
                        "remove one of them",
                    );
                }
                column.not_null = rule == Rule::not_null;
            }
            Rule::default => {
                column.default = Some(build.expression(&the(&it, Rule::b_expression))?);
            }
            Rule::collate => column.collation = Some(collation(build, &it)?),
            Rule::comment => column.comment = comment(build, &it)?,
            Rule::generated => match find(&it, Rule::parenthesised) {
                Some(expression) => {
                    column.generated = Some(Generated {
                        expression: build.parenthesised(&expression)?.unqualify(table),
                        stored: stored(build, &it)?,
                    });
                }
                None => column.identity = Some(identity(build, &it)?),
            },
            Rule::column_constraint => match column_constraint(build, &it, &name)? {
                Some(constraint) => constraints.push(constraint),
                None => column.not_null = true,
            },
            Rule::deferrability => match constraints.last_mut() {
                Some(constraint) => defer(build, &it, constraint)?,
                None => {
                    return build.fault(
                        &it,
                        "this belongs to a constraint",
                        "put it after the constraint",
                    );
                }
            },
            _ => {}
        }
    }
    // Both are not null by themselves.
    let is_numbered =
        column.identity.is_some() || matches!(column.sql_type, WrittenType::Serial(_));
    if is_numbered && nullable == Some(Rule::null) {
        return build.contradiction(
            pair,
            format!("column \"{name}\" is declared null, but a serial or identity column never is"),
            "remove `null`",
        );
    }
    if column.identity.is_some() || matches!(column.sql_type, WrittenType::Serial(_)) {
        column.not_null = false;
    }
    Ok((column, constraints))
}

/// `stored` must be written: without it the meaning hangs on the server's version.
fn stored(build: Build<'_>, pair: &Pair<'_>) -> Built<bool> {
    if has(pair, Rule::kw_stored) {
        return Ok(true);
    }
    if has(pair, Rule::kw_virtual) {
        return build.fault(
            pair,
            "virtual columns require PostgreSQL 18",
            "write `stored`",
        );
    }
    build.fault(
        pair,
        "the expression must be followed by `stored`",
        "write: generated always as (…) stored",
    )
}

/// A constraint that stands with its column; `None` for a named `not null`.
fn column_constraint(
    build: Build<'_>,
    pair: &Pair<'_>,
    column: &SmolStr,
) -> Built<Option<ConstraintDefinition>> {
    let name = constraint_name(build, pair)?;
    let kind = if let Some(it) = find(pair, Rule::column_primary) {
        ConstraintKind::PrimaryKey(key(build, &it, vec![column.clone()])?)
    } else if let Some(it) = find(pair, Rule::column_unique) {
        ConstraintKind::Unique(key(build, &it, vec![column.clone()])?)
    } else if let Some(it) = find(pair, Rule::column_check) {
        check(build, &it)?
    } else if let Some(it) = find(pair, Rule::column_references) {
        ConstraintKind::ForeignKey(references(
            build,
            &the(&it, Rule::references),
            vec![column.clone()],
        )?)
    } else {
        return Ok(None);
    };
    Ok(Some(ConstraintDefinition::new(name, kind)))
}

fn constraint_name(build: Build<'_>, pair: &Pair<'_>) -> Built<Option<SmolStr>> {
    find(pair, Rule::constraint_name)
        .map(|it| build.name(&the(&it, Rule::name)))
        .transpose()
}

/// A constraint of a table, with or without a name.
fn table_constraint(build: Build<'_>, pair: &Pair<'_>) -> Built<ConstraintDefinition> {
    let name = constraint_name(build, pair)?;
    constraint(build, pair, name)
}

fn constraint(
    build: Build<'_>,
    pair: &Pair<'_>,
    name: Option<SmolStr>,
) -> Built<ConstraintDefinition> {
    let mut using_index = None;
    let mut keyed = |it: &Pair<'_>| -> Built<Key> {
        if let Some(index) = find(it, Rule::using_index) {
            using_index = Some(build.name(&the(&index, Rule::name))?);
            return Ok(Key {
                nulls_not_distinct: nulls_not_distinct(it),
                ..Key::default()
            });
        }
        let columns = columns(build, &the(it, Rule::columns))?;
        key(build, it, columns)
    };
    let kind = if let Some(it) = find(pair, Rule::primary_key) {
        ConstraintKind::PrimaryKey(keyed(&it)?)
    } else if let Some(it) = find(pair, Rule::unique) {
        ConstraintKind::Unique(keyed(&it)?)
    } else if let Some(it) = find(pair, Rule::foreign_key) {
        let columns = columns(build, &the(&it, Rule::columns))?;
        ConstraintKind::ForeignKey(references(build, &the(&it, Rule::references), columns)?)
    } else if let Some(it) = find(pair, Rule::check) {
        check(build, &it)?
    } else {
        exclude(build, &the(pair, Rule::exclude))?
    };
    let mut definition = ConstraintDefinition::new(name, kind);
    definition.using_index = using_index;
    for it in all(pair, Rule::deferrability) {
        defer(build, &it, &mut definition)?;
    }
    if let Some(it) = find(pair, Rule::not_valid) {
        if definition.kind.has_index() {
            return build.fault(
                &it,
                "only foreign keys and checks can be `not valid`",
                "remove `not valid`",
            );
        }
        definition.validated = false;
    }
    Ok(definition)
}

fn defer(build: Build<'_>, pair: &Pair<'_>, constraint: &mut ConstraintDefinition) -> Built<()> {
    if matches!(constraint.kind, ConstraintKind::Check { .. }) {
        return build.fault(pair, "a check cannot be deferrable", "remove this");
    }
    if has(pair, Rule::kw_deferred) {
        constraint.deferrable = true;
        constraint.initially_deferred = true;
    } else if has(pair, Rule::kw_deferrable) && !has(pair, Rule::kw_not) {
        constraint.deferrable = true;
    }
    Ok(())
}

fn columns(build: Build<'_>, pair: &Pair<'_>) -> Built<Vec<SmolStr>> {
    all(pair, Rule::name).map(|it| build.name(&it)).collect()
}

fn nulls_not_distinct(pair: &Pair<'_>) -> bool {
    find(pair, Rule::nulls_distinct).is_some_and(|it| has(&it, Rule::kw_not))
}

fn key(build: Build<'_>, pair: &Pair<'_>, key: Vec<SmolStr>) -> Built<Key> {
    let parameters = the(pair, Rule::index_parameters);
    Ok(Key {
        columns: key,
        include: include(build, &parameters)?,
        nulls_not_distinct: nulls_not_distinct(pair),
        options: find(&parameters, Rule::with_options)
            .map_or_else(BTreeMap::new, |it| options(build, &it)),
        tablespace: find(&parameters, Rule::index_tablespace)
            .map(|it| build.name(&the(&it, Rule::name)))
            .transpose()?,
        ..Key::default()
    })
}

fn include(build: Build<'_>, pair: &Pair<'_>) -> Built<Vec<SmolStr>> {
    match find(pair, Rule::include) {
        Some(it) => columns(build, &the(&it, Rule::columns)),
        None => Ok(Vec::new()),
    }
}

fn check(build: Build<'_>, pair: &Pair<'_>) -> Built<ConstraintKind> {
    Ok(ConstraintKind::Check {
        expression: build.parenthesised(&the(pair, Rule::parenthesised))?,
        no_inherit: has(pair, Rule::no_inherit),
    })
}

fn references(build: Build<'_>, pair: &Pair<'_>, own: Vec<SmolStr>) -> Built<ForeignKey> {
    once(
        build,
        pair,
        &[Rule::match_type, Rule::on_delete, Rule::on_update],
    )?;
    let mut key = ForeignKey {
        columns: own,
        table: build.qualified(&the(pair, Rule::qualified))?,
        references: match find(pair, Rule::columns) {
            Some(it) => columns(build, &it)?,
            None => Vec::new(),
        },
        match_full: find(pair, Rule::match_type).is_some_and(|it| has(&it, Rule::kw_full)),
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        on_delete_columns: Vec::new(),
        index: SmolStr::default(),
    };
    if let Some(it) = find(pair, Rule::on_delete) {
        key.on_delete = action(&the(&it, Rule::referential_action));
        if let Some(list) = find(&it, Rule::columns) {
            if !matches!(
                key.on_delete,
                ReferentialAction::SetNull | ReferentialAction::SetDefault
            ) {
                return build.fault(
                    &list,
                    "only `set null` and `set default` allow a list of columns",
                    "remove the columns",
                );
            }
            key.on_delete_columns = columns(build, &list)?;
        }
    }
    if let Some(it) = find(pair, Rule::on_update) {
        key.on_update = action(&the(&it, Rule::referential_action));
    }
    Ok(key)
}

fn action(pair: &Pair<'_>) -> ReferentialAction {
    let kinds = [
        (Rule::kw_cascade, ReferentialAction::Cascade),
        (Rule::kw_restrict, ReferentialAction::Restrict),
        (Rule::kw_null, ReferentialAction::SetNull),
        (Rule::kw_default, ReferentialAction::SetDefault),
    ];
    kinds
        .into_iter()
        .find(|(rule, _)| has(pair, *rule))
        .map_or(ReferentialAction::NoAction, |it| it.1)
}

fn exclude(build: Build<'_>, pair: &Pair<'_>) -> Built<ConstraintKind> {
    let method = find(pair, Rule::name)
        .map(|it| build.name(&it))
        .transpose()?;
    let elements = all(pair, Rule::exclude_element)
        .map(|it| {
            let element = index_element(build, &the(&it, Rule::index_element))?;
            Ok((element, build.normal(&the(&it, Rule::exclude_operator))))
        })
        .collect::<Built<Vec<_>>>()?;
    let predicate = find(pair, Rule::parenthesised).map(|it| build.parenthesised(&it));
    let parameters = the(pair, Rule::index_parameters);
    Ok(ConstraintKind::Exclusion(Exclusion {
        method: method.unwrap_or_else(|| SmolStr::new_static("btree")),
        elements,
        include: include(build, &parameters)?,
        options: find(&parameters, Rule::with_options)
            .map_or_else(BTreeMap::new, |it| options(build, &it)),
        tablespace: find(&parameters, Rule::index_tablespace)
            .map(|it| build.name(&the(&it, Rule::name)))
            .transpose()?,
        predicate: predicate.transpose()?,
    }))
}

fn index_element(build: Build<'_>, pair: &Pair<'_>) -> Built<IndexElement> {
    let expression = if let Some(it) = find(pair, Rule::parenthesised) {
        build.parenthesised(&it)?
    } else if let Some(it) = find(pair, Rule::function_call) {
        build.expression(&it)?
    } else {
        let column = the(pair, Rule::index_column);
        Expression::column(&build.name(&the(&column, Rule::name))?)
    };
    let collation = find(pair, Rule::collate)
        .map(|it| collation(build, &it))
        .transpose()?;
    let descending = has(pair, Rule::kw_desc);
    let nulls_first = find(pair, Rule::nulls_order).map(|it| has(&it, Rule::kw_first));
    Ok(IndexElement {
        expression,
        collation,
        operator_class: find(pair, Rule::operator_class).map(|it| build.normal(&it)),
        descending,
        // Nulls come first by default where the order descends.
        nulls_first: nulls_first.filter(|first| *first != descending),
    })
}

pub(super) fn create_index(build: Build<'_>, pair: &Pair<'_>) -> Built<CreateIndex> {
    let table = build.qualified(&the(pair, Rule::qualified))?;
    let elements = all(pair, Rule::index_element)
        .map(|it| index_element(build, &it))
        .collect::<Built<Vec<_>>>()?;
    let name = find(pair, Rule::index_name)
        .map(|it| build.name(&the(&it, Rule::name)))
        .transpose()?;
    let mut index = plain(table, elements);
    index.unique = has(pair, Rule::kw_unique);
    index.only = has(pair, Rule::kw_only);
    if let Some(method) = find(pair, Rule::name) {
        index.method = match build.name(&method)? {
            // Its name until version 8.2, which PostgreSQL still takes (`DefineIndex`).
            old if old == "rtree" => SmolStr::new_static("gist"),
            method => method,
        };
    }
    index.include = include(build, pair)?;
    index.nulls_not_distinct = nulls_not_distinct(pair);
    if let Some(it) = find(pair, Rule::with_options) {
        index.options = options(build, &it);
    }
    if let Some(it) = find(pair, Rule::tablespace) {
        index.tablespace = Some(build.name(&the(&it, Rule::name))?);
    }
    if let Some(it) = find(pair, Rule::filter) {
        index.predicate = Some(build.expression(&the(&it, Rule::tail_expression))?);
    }
    let if_not_exists = has(pair, Rule::if_not_exists);
    if if_not_exists && name.is_none() {
        return build.fault(
            &the(pair, Rule::if_not_exists),
            "`if not exists` requires a name for the index",
            "name the index",
        );
    }
    Ok(CreateIndex {
        name,
        if_not_exists,
        concurrently: has(pair, Rule::kw_concurrently),
        index,
    })
}

/// Whether `cascade` stands at the end of a drop.
pub(super) fn cascade(pair: &Pair<'_>) -> bool {
    find(pair, Rule::behavior).is_some_and(|it| has(&it, Rule::kw_cascade))
}

pub(super) fn alter_table(build: Build<'_>, pair: &Pair<'_>) -> Built<Operation> {
    let name = build.qualified(&the(pair, Rule::qualified))?;
    let own = name.clone();
    let build = build.on(&own);
    if let Some(only) = find(pair, Rule::only)
        && [
            Rule::rename_to,
            Rule::set_schema,
            Rule::rename_column,
            Rule::rename_constraint,
        ]
        .into_iter()
        .any(|rule| has(pair, rule))
    {
        return build.fault(
            &only,
            "`only` cannot be combined with a new name or schema",
            "remove `only`",
        );
    }
    if let Some(to) = find(pair, Rule::rename_to) {
        return rename(build, pair, Subject::new(Kind::Table, name), &to);
    }
    if find(pair, Rule::set_schema).is_some() {
        return set_schema(build, pair, Kind::Table, name);
    }
    if let Some(it) = find(pair, Rule::rename_column) {
        let from = build.name(&the(&it, Rule::name))?;
        return rename(build, pair, Subject::column(name, from), &it);
    }
    if let Some(it) = find(pair, Rule::rename_constraint) {
        let from = build.name(&the(&it, Rule::name))?;
        return rename(build, pair, Subject::constraint(name, from), &it);
    }
    let mut actions = Vec::new();
    for it in parts(*pair) {
        read_action(build, &it, &name, &mut actions)?;
    }
    let alone = |it: &Action| {
        matches!(
            it,
            Action::AttachPartition { .. } | Action::DetachPartition { .. }
        )
    };
    if actions.len() > 1 && actions.iter().any(alone) {
        return build.fault(
            pair,
            "attaching or detaching a partition requires a statement of its own",
            "write two statements",
        );
    }
    Ok(Operation::AlterTable(AlterTable {
        name,
        if_exists: has(pair, Rule::if_exists),
        only: has(pair, Rule::only),
        actions,
    }))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, an action is one of these"
)]
fn read_action(
    build: Build<'_>,
    it: &Pair<'_>,
    table: &Name,
    actions: &mut Vec<Action>,
) -> Built<()> {
    let name = || build.name(&the(it, Rule::name));
    let if_exists = has(it, Rule::if_exists);
    let action = match it.rule() {
        Rule::add_column => {
            let (definition, constraints) = column(build, &the(it, Rule::column), table)?;
            let if_not_exists = has(it, Rule::if_not_exists);
            actions.push(Action::AddColumn {
                definition,
                if_not_exists,
            });
            actions.extend(
                constraints
                    .into_iter()
                    .map(|definition| Action::AddConstraint {
                        definition,
                        if_not_exists,
                    }),
            );
            return Ok(());
        }
        Rule::add_constraint => {
            Action::add_constraint(table_constraint(build, &the(it, Rule::table_constraint))?)
        }
        Rule::add_constraint_guarded => {
            let name = find(it, Rule::name).map(|it| build.name(&it)).transpose()?;
            Action::AddConstraint {
                definition: constraint(build, it, name)?,
                if_not_exists: true,
            }
        }
        Rule::drop_constraint => Action::DropConstraint {
            name: name()?,
            if_exists,
            cascade: cascade(it),
        },
        Rule::drop_column => Action::DropColumn {
            column: name()?,
            if_exists,
            cascade: cascade(it),
        },
        Rule::validate => Action::ValidateConstraint { name: name()? },
        Rule::attach => Action::AttachPartition {
            partition: build.qualified(&the(it, Rule::qualified))?,
            bound: build.normal(&the(it, Rule::bound)),
        },
        Rule::detach => Action::DetachPartition {
            partition: build.qualified(&the(it, Rule::qualified))?,
            concurrently: has(it, Rule::kw_concurrently),
        },
        Rule::alter_column => alter_column(build, it)?,
        _ => return Ok(()),
    };
    actions.push(action);
    Ok(())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has many rules, an action on a column is one of these"
)]
fn alter_column(build: Build<'_>, pair: &Pair<'_>) -> Built<Action> {
    let column = build.name(&the(pair, Rule::name))?;
    let it = parts(*pair).last().expect("the grammar requires an action");
    Ok(match it.rule() {
        Rule::alter_type_action => Action::AlterType {
            column,
            sql_type: build.sql_type(&the(&it, Rule::sql_type))?,
            collation: find(&it, Rule::collate)
                .map(|it| collation(build, &it))
                .transpose()?,
            using: find(&it, Rule::using)
                .map(|it| build.expression(&the(&it, Rule::a_expression)))
                .transpose()?,
        },
        Rule::set_default => Action::SetDefault {
            column,
            default: Some(build.expression(&the(&it, Rule::a_expression))?),
        },
        Rule::drop_default => Action::SetDefault {
            column,
            default: None,
        },
        Rule::set_not_null => Action::SetNotNull {
            column,
            not_null: true,
        },
        Rule::drop_not_null => Action::SetNotNull {
            column,
            not_null: false,
        },
        Rule::add_identity => Action::AddIdentity {
            column,
            identity: identity(build, &it)?,
            sequence: None,
        },
        Rule::drop_identity => Action::DropIdentity {
            column,
            if_exists: has(&it, Rule::if_exists),
        },
        Rule::drop_expression => Action::DropExpression {
            column,
            if_exists: has(&it, Rule::if_exists),
        },
        Rule::set_identity => {
            let mut options = SequenceOptions::default();
            let mut set = |inner: &Pair<'_>| match set_option(build, inner, &mut options) {
                Ok(true) => {
                    build.fault(inner, "this option is written twice", "remove one of them")
                }
                Ok(false) => Ok(()),
                Err(diagnostic) => Err(diagnostic),
            };
            for option in all(&it, Rule::set_option) {
                let option = the(&option, Rule::sequence_option);
                identity_option(build, &option)?;
                if has(&option, Rule::sequence_name) {
                    return build.fault(
                        &option,
                        "the sequence of an identity column cannot be replaced",
                        "write: alter sequence … rename to …",
                    );
                }
                set(&parts(option).next().expect("an option has a pair"))?;
            }
            for restart in all(&it, Rule::restart) {
                set(&restart)?;
            }
            Action::SetIdentity {
                column,
                always: find(&it, Rule::always).map(|it| has(&it, Rule::kw_always)),
                options: Box::new(options),
            }
        }
        other => unreachable!("{other:?} is no action on a column"),
    })
}
