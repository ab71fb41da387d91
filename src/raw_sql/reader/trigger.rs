//! `create trigger`, `create policy`, `alter policy`, `create rule`.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::atom::path;
use super::cst::{Reader, child, children, folded, has_token, named};
use crate::tree::definition::{Definition, Event, Policy, Rule, Timing, Trigger};
use crate::tree::{Name, Statement};

impl Reader {
    pub(super) fn trigger(self, node: &SyntaxNode) -> Option<Trigger> {
        let on = child(node, SyntaxKind::ON_RELATION)?;
        let from = match child(node, SyntaxKind::FROM_TABLE) {
            Some(from) => Some(self.defined(&from, SyntaxKind::TABLE_NAME_REF)?),
            None => None,
        };
        let referencing = child(node, SyntaxKind::REFERENCING);
        let transition = |kind| {
            let table = child(referencing.as_ref()?, kind)?;
            named(&table, SyntaxKind::TRANSITION_RELATION_NAME)
        };
        let call = child(node, SyntaxKind::CALL_EXPR)?;
        let function = call.children().next()?;
        Some(Trigger {
            name: named(node, SyntaxKind::TRIGGER)?,
            table: self.defined(&on, SyntaxKind::RELATION_NAME_REF)?,
            or_replace: child(node, SyntaxKind::OR_REPLACE).is_some(),
            constraint: has_token(node, SyntaxKind::CONSTRAINT_KW),
            timing: timing(node)?,
            events: self.events(&child(node, SyntaxKind::TRIGGER_EVENT_LIST)?),
            for_each_row: child(node, SyntaxKind::FOR_EACH_ROW).is_some(),
            condition: self.clause(node, SyntaxKind::WHEN_CONDITION),
            function: Name {
                parts: path(&function)?,
                range: self.range(&function),
            },
            old_table: transition(SyntaxKind::OLD_TABLE),
            new_table: transition(SyntaxKind::NEW_TABLE),
            from,
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn events(self, list: &SyntaxNode) -> Vec<Event> {
        list.children()
            .filter_map(|event| match event.kind() {
                SyntaxKind::TRIGGER_EVENT_INSERT => Some(Event::Insert),
                SyntaxKind::TRIGGER_EVENT_DELETE => Some(Event::Delete),
                SyntaxKind::TRIGGER_EVENT_TRUNCATE => Some(Event::Truncate),
                SyntaxKind::TRIGGER_EVENT_UPDATE => Some(Event::Update(
                    children(&event, SyntaxKind::COLUMN_NAME_REF)
                        .map(|column| (folded(&column), self.range(&column)))
                        .collect(),
                )),
                _ => None,
            })
            .collect()
    }

    pub(super) fn policy(self, node: &SyntaxNode) -> Option<Policy> {
        let name = self.defined(node, SyntaxKind::POLICY)?;
        self.policy_of(node, name, node, false)
    }

    /// `alter policy`; where it renames, it only names the policy.
    pub(super) fn alter_policy(self, node: &SyntaxNode) -> Option<Definition> {
        let Some(action) = child(node, SyntaxKind::ALTER_POLICY_TO) else {
            return self.names(node).map(|names| self.alteration(node, names));
        };
        let name = self.defined(node, SyntaxKind::POLICY_REF)?;
        let policy = self.policy_of(node, name, &action, true)?;
        Some(Definition::Policy(Box::new(policy)))
    }

    /// A policy whose clauses are children of `clauses`.
    fn policy_of(
        self,
        node: &SyntaxNode,
        name: Name,
        clauses: &SyntaxNode,
        alter: bool,
    ) -> Option<Policy> {
        let on = child(node, SyntaxKind::ON_TABLE)?;
        let roles = child(clauses, SyntaxKind::POLICY_ROLES);
        let roles = roles.and_then(|roles| child(&roles, SyntaxKind::ROLE_REF_LIST));
        let roles = roles
            .iter()
            .flat_map(|roles| children(roles, SyntaxKind::ROLE_REF));
        Some(Policy {
            name,
            table: self.defined(&on, SyntaxKind::TABLE_NAME_REF)?,
            alter,
            roles: roles.filter_map(|role| self.role(&role)).collect(),
            using: self.clause(clauses, SyntaxKind::USING_EXPR_CLAUSE),
            check: self.clause(clauses, SyntaxKind::WITH_CHECK_EXPR_CLAUSE),
        })
    }

    pub(super) fn rule(self, node: &SyntaxNode) -> Option<Rule> {
        let on = child(node, SyntaxKind::RULE_ON)?;
        let what = child(node, SyntaxKind::RULE_DO)?;
        Some(Rule {
            name: named(node, SyntaxKind::RULE)?,
            table: self.defined(&on, SyntaxKind::RELATION_NAME_REF)?,
            or_replace: child(node, SyntaxKind::OR_REPLACE).is_some(),
            event: lower(&child(&on, SyntaxKind::RULE_EVENT)?),
            instead: has_token(&what, SyntaxKind::INSTEAD_KW),
            condition: self.clause(&on, SyntaxKind::WHERE_CLAUSE),
            actions: self.actions(&what)?,
        })
    }

    /// What a rule does: nothing, one statement, or several in parentheses.
    fn actions(self, node: &SyntaxNode) -> Option<Vec<Statement>> {
        let only = node.children().next()?;
        if only.kind() == SyntaxKind::NOTHING {
            return Some(Vec::new());
        }
        if only.kind() != SyntaxKind::RULE_STMT_LIST {
            return Some(vec![self.statement(&only)]);
        }
        Some(
            only.children()
                .filter(|statement| statement.kind() != SyntaxKind::EMPTY_STMT)
                .map(|statement| self.statement(&statement))
                .collect(),
        )
    }
}

fn timing(node: &SyntaxNode) -> Option<Timing> {
    let has = |kind| child(node, kind).is_some();
    if has(SyntaxKind::TIMING_BEFORE) {
        Some(Timing::Before)
    } else if has(SyntaxKind::TIMING_AFTER) {
        Some(Timing::After)
    } else if has(SyntaxKind::TIMING_INSTEAD_OF) {
        Some(Timing::InsteadOf)
    } else {
        None
    }
}

fn lower(node: &SyntaxNode) -> SmolStr {
    node.text().to_string().to_ascii_lowercase().into()
}
