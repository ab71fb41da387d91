//! That the histories hold every form of the language.

use std::collections::BTreeSet;

use limbeck::operation::Operation;
use limbeck::operation::alter_table::action::Action;
use limbeck::operation::definition::constraint::ConstraintDefinition;
use limbeck::schema::ConstraintKind;
use limbeck::syntax;

use super::history;

/// What is counted, by the name of its variant.
type Kinds = BTreeSet<&'static str>;

fn operation(operation: &Operation, kinds: &mut Kinds) {
    let name = match operation {
        Operation::CreateTable(it) => {
            it.constraints.iter().for_each(|it| constraint(it, kinds));
            "CreateTable"
        }
        Operation::AlterTable(it) => {
            it.actions.iter().for_each(|it| action(it, kinds));
            "AlterTable"
        }
        Operation::CreateIndex(_) => "CreateIndex",
        Operation::CreateType(_) => "CreateType",
        Operation::CreateDomain(_) => "CreateDomain",
        Operation::CreateSchema(_) => "CreateSchema",
        Operation::CreateExtension(_) => "CreateExtension",
        Operation::CreateSequence(_) => "CreateSequence",
        Operation::AlterSequence(_) => "AlterSequence",
        Operation::AddEnumValue(_) => "AddEnumValue",
        Operation::DropEnumValue(_) => "DropEnumValue",
        Operation::Drop(_) => "Drop",
        Operation::Rename(_) => "Rename",
        Operation::SetSchema(_) => "SetSchema",
        Operation::CommentOn(_) => "CommentOn",
        Operation::Data(_) => "Data",
        Operation::Raw(_) => "Raw",
        Operation::Assert(_) => "Assert",
    };
    kinds.insert(name);
}

fn action(action: &Action, kinds: &mut Kinds) {
    let name = match action {
        Action::AddColumn { .. } => "AddColumn",
        Action::DropColumn { .. } => "DropColumn",
        Action::AlterType { .. } => "AlterType",
        Action::SetDefault {
            default: Some(_), ..
        } => "SetDefault",
        Action::SetDefault { default: None, .. } => "DropDefault",
        Action::SetNotNull { not_null: true, .. } => "SetNotNull",
        Action::SetNotNull {
            not_null: false, ..
        } => "DropNotNull",
        Action::AddIdentity { .. } => "AddIdentity",
        Action::SetIdentity { .. } => "SetIdentity",
        Action::DropIdentity { .. } => "DropIdentity",
        Action::DropExpression { .. } => "DropExpression",
        Action::AddConstraint { definition, .. } => {
            constraint(definition, kinds);
            "AddConstraint"
        }
        Action::ValidateConstraint { .. } => "ValidateConstraint",
        Action::DropConstraint { .. } => "DropConstraint",
        Action::AttachPartition { .. } => "AttachPartition",
        Action::DetachPartition {
            concurrently: true, ..
        } => "DetachConcurrently",
        Action::DetachPartition {
            concurrently: false,
            ..
        } => "DetachPartition",
    };
    kinds.insert(name);
}

fn constraint(definition: &ConstraintDefinition, kinds: &mut Kinds) {
    kinds.insert(match &definition.kind {
        ConstraintKind::PrimaryKey(_) => "PrimaryKey",
        ConstraintKind::Unique(_) => "Unique",
        ConstraintKind::ForeignKey(_) => "ForeignKey",
        ConstraintKind::Check { .. } => "Check",
        ConstraintKind::Exclusion(_) => "Exclusion",
    });
    if definition.using_index.is_some() {
        kinds.insert("UsingIndex");
    }
    if definition.deferrable {
        kinds.insert("Deferrable");
    }
    if !definition.validated {
        kinds.insert("NotValid");
    }
}

/// Words that some statement must hold: forms that have no variant of their own.
const FORMS: &[&str] = &[
    " include (",
    " nulls not distinct",
    " on delete set null (",
    " on delete cascade",
    " on update ",
    " match full",
    " no inherit",
    "exclude using gist",
    " partition by range",
    " partition by list",
    " partition by hash",
    ") default;",
    "(modulus ",
    " inherits (",
    "(like ",
    "unlogged table",
    "with (fillfactor",
    " collate \"C\"",
    " serial",
    " stored",
    "[]",
    " using gin",
    " using hash",
    " using brin",
    " using gist",
    " using btree",
    "index concurrently",
    "on only ",
    " desc nulls last",
    " text_pattern_ops",
    " where ",
    " owned by ",
    "rename value",
    " before '",
    " after '",
    "rename attribute",
    "rename constraint",
    "alter domain",
    "alter index",
    "alter sequence",
    "create policy",
    "create trigger",
    "create statistics",
    "materialized view",
    "begin atomic",
    "grant select",
    "downgrade irreversible",
    "downgrade auto",
    "downgrade {",
    "verify {",
    "depends_on",
    "branch_labels",
    "reverse {",
    "if not exists",
    "if exists",
    " cascade;",
    "\"Order ",
    "\"select ",
    "is null;",
    "comment on column",
    "comment on constraint",
    "comment on index",
    "comment on schema",
    "comment on sequence",
    "comment on domain",
    "comment on type",
];

#[test]
fn some_histories_hold_every_form() {
    every_form(160, 50);
}

#[test]
#[ignore = "deep: 300 histories; fast: some_histories_hold_every_form"]
fn the_histories_hold_every_form() {
    every_form(300, 100);
}

fn every_form(seeds: u64, few_merges: usize) {
    let (mut kinds, mut missing) = (Kinds::new(), FORMS.to_vec());
    let (mut proposed, mut refused, mut merges) = (0, 0, 0);
    for seed in 0..seeds {
        let history = history(seed, 5 + usize::try_from(seed % 16).expect("it is small"));
        proposed += history.proposed;
        refused += history.refused.len();
        merges += history
            .revisions
            .iter()
            .filter(|it| it.parents.len() > 1)
            .count();
        for (id, source) in history.sources().iter() {
            missing.retain(|it| !source.text.contains(it));
            let body = syntax::parse_body(id, &source.text, "public").expect("it is sound");
            for statement in &body.upgrade {
                operation(&statement.operation, &mut kinds);
            }
        }
    }
    assert!(missing.is_empty(), "no history holds {missing:?}");
    // 18 operations, 17 actions, 5 constraints and 3 ways to make one.
    assert_eq!(kinds.len(), 43, "only {kinds:?}");
    assert!(merges > few_merges, "only {merges} merges");
    assert!(
        refused * 4 < proposed,
        "{refused} of {proposed} are refused"
    );
}

#[test]
fn a_seed_gives_one_history() {
    for size in [1, 7, 61] {
        let (one, two) = (history(3, size), history(3, size));
        assert_eq!(one.files, two.files);
        assert_eq!(one.files.len(), size);
    }
    assert_ne!(history(3, 7).files, history(4, 7).files);
}
