//! Statements that name objects which must be there: `alter`, `comment`, and those that work on relations.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, folded, has_token, is_expression};
use super::definition::{is_type, type_of};
use super::named::{attached_kind, kind_of, plain, references};
use crate::tree::definition::Named;

/// Collects the objects of one statement.
#[derive(Debug)]
pub(super) struct Names {
    reader: Reader,
    pub(super) all: Vec<Named>,
    /// Which of them the statement is about: columns and constraints are its.
    subject: Option<usize>,
    /// The kind of what the parser takes for a table.
    table: &'static str,
    /// Columns and attributes that the statement adds.
    added: Vec<SmolStr>,
    /// Whether it adds constraints, which may have names that nobody wrote.
    adds_constraints: bool,
}

impl Reader {
    /// The objects that `node` names; absent if it is no statement that only names some.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn names(self, node: &SyntaxNode) -> Option<Vec<Named>> {
        match node.kind() {
            SyntaxKind::COMMENT_ON => self.subjects(
                &node
                    .children()
                    .find(|object| object.kind() != SyntaxKind::LITERAL)
                    .filter(|object| object.kind() != SyntaxKind::OBJECT_LARGE_OBJECT)?,
            ),
            SyntaxKind::GRANT | SyntaxKind::REVOKE => self.privileges(node),
            SyntaxKind::CREATE_INDEX => self.index(node),
            SyntaxKind::REFRESH => self.subjects(node),
            SyntaxKind::TRUNCATE
            | SyntaxKind::REINDEX
            | SyntaxKind::ANALYZE
            | SyntaxKind::VACUUM
            | SyntaxKind::REPACK
            | SyntaxKind::LOCK => Some(Names::new(self, "relation").of(node)),
            SyntaxKind::CLUSTER => self.cluster(node),
            kind if is_alter(kind) => self.alter(node),
            _ => None,
        }
    }

    fn alter(self, node: &SyntaxNode) -> Option<Vec<Named>> {
        let mut names = Names::new(self, "table");
        names.all = self.subjects(node)?;
        names.subject = (!names.all.is_empty()).then_some(0);
        for addition in node.descendants() {
            match added(&addition) {
                Some(SyntaxKind::ADD_CONSTRAINT) => names.adds_constraints = true,
                Some(kind) => {
                    names.adds_constraints |= kind == SyntaxKind::COLUMN_NAME;
                    let added = children(&addition, kind).map(|name| folded(&name));
                    names.added.extend(added);
                }
                None => {}
            }
        }
        for action in node.children().filter(|child| !is_subject(child.kind())) {
            names.visit(&action);
        }
        Some(names.all)
    }

    /// `cluster t using i` and `cluster i on t`: the index is looked for in the schema of the table.
    fn cluster(self, node: &SyntaxNode) -> Option<Vec<Named>> {
        let legacy = child(node, SyntaxKind::CLUSTER_LEGACY);
        let (table, index) = match &legacy {
            Some(legacy) => (child(legacy, SyntaxKind::ON_PATH), Some(legacy.clone())),
            None => (
                Some(node.clone()),
                child(node, SyntaxKind::CLUSTER_USING_INDEX),
            ),
        };
        let Some(table) = table.and_then(|table| child(&table, SyntaxKind::TABLE_NAME_REF)) else {
            return Some(Vec::new());
        };
        let table = self.whole_name(&table)?;
        let mut all = vec![plain("relation", table.clone())];
        if let Some(index) = index {
            all.push(Named {
                on: Some(table),
                ..plain("index", self.defined(&index, SyntaxKind::INDEX_REF)?)
            });
        }
        Some(all)
    }

    /// The relation of an index, with the columns that stand alone in it.
    fn index(self, node: &SyntaxNode) -> Option<Vec<Named>> {
        let table = self.object(&child(node, SyntaxKind::TABLE_RELATION_NAME)?)?;
        let mut relation = plain("relation", table.name);
        if let Some(list) = child(node, SyntaxKind::PARTITION_ITEM_LIST) {
            self.index_columns(&list, &mut relation);
        }
        if let Some(list) = child(node, SyntaxKind::INDEX_INCLUDE_CLAUSE)
            .and_then(|clause| child(&clause, SyntaxKind::PARTITION_ITEM_LIST))
        {
            self.index_columns(&list, &mut relation);
        }
        let mut all = vec![relation];
        if let Some(space) = child(node, SyntaxKind::TABLESPACE_CLAUSE) {
            let space = references(&space).find_map(|space| self.object(&space));
            all.extend(space);
        }
        Some(all)
    }
}

impl Names {
    pub(super) fn new(reader: Reader, table: &'static str) -> Self {
        Self {
            reader,
            all: Vec::new(),
            subject: None,
            table,
            added: Vec::new(),
            adds_constraints: false,
        }
    }

    /// All that stands below `node`.
    fn of(mut self, node: &SyntaxNode) -> Vec<Named> {
        self.inside(node);
        self.all
    }

    fn inside(&mut self, node: &SyntaxNode) {
        for child in node.children() {
            self.visit(&child);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn visit(&mut self, node: &SyntaxNode) {
        let kind = node.kind();
        match kind {
            _ if is_expression(kind) || is_type(kind) => {}
            // What is always there, what nobody needs to find, and publications of another server.
            SyntaxKind::ACCESS_METHOD_REF
            | SyntaxKind::COLLATE
            | SyntaxKind::COLLATION_REF
            | SyntaxKind::ALTER_SET_STATISTICS
            | SyntaxKind::ADD_PUBLICATION
            | SyntaxKind::SET_PUBLICATION
            | SyntaxKind::DROP_SUBSCRIPTION_PUBLICATION => {}
            SyntaxKind::COLUMN_NAME_REF | SyntaxKind::COMPOSITE_FIELD_REF => self.column(node),
            SyntaxKind::REFERENCES_CONSTRAINT | SyntaxKind::FOREIGN_KEY_CONSTRAINT => {
                self.foreign_key(node);
            }
            SyntaxKind::CONSTRAINT_NAME_REF | SyntaxKind::TRIGGER_REF | SyntaxKind::RULE_REF => {
                self.attached(node);
            }
            SyntaxKind::INDEX_REF => self.index(node),
            SyntaxKind::QUALIFIED_COLUMN_NAME_REF => {
                let column = self.reader.column_of(node);
                self.all.extend(column);
            }
            SyntaxKind::OF_TYPE => self.of_type(node),
            SyntaxKind::FOR_PUBLICATION_OBJECTS
            | SyntaxKind::ADD_PUBLICATION_OBJECTS
            | SyntaxKind::SET_PUBLICATION_OBJECTS
            | SyntaxKind::DROP_PUBLICATION_OBJECTS => self.published(node),
            SyntaxKind::TABLE_AND_COLUMNS => {
                let table = self.reader.with_columns(self.table, node);
                self.all.extend(table);
            }
            SyntaxKind::OBJECT_LARGE_OBJECT => {}
            kind if is_member(kind) => {
                let objects = self.reader.subjects(node);
                self.all.extend(objects.into_iter().flatten());
            }
            kind if kind_of(kind).is_some() => {
                if let Some(mut object) = self.reader.object(node) {
                    if object.kind == "table" {
                        object.kind = SmolStr::new_static(self.table);
                    }
                    self.all.push(object);
                }
            }
            _ => self.inside(node),
        }
    }

    /// Tables and schemas. One without a word of its own is what the one before it is; the parser takes it for a table.
    fn published(&mut self, node: &SyntaxNode) {
        let mut kind = "table";
        for item in node.children() {
            if item.kind() != SyntaxKind::PUBLICATION_OBJECT_TABLE {
                kind = "schema";
                self.visit(&item);
                continue;
            }
            if has_token(&item, SyntaxKind::TABLE_KW) {
                kind = "table";
            }
            let object = self.reader.with_columns(kind, &item);
            self.all.extend(object);
        }
    }

    /// A column of the subject, unless it need not be there. `drop` and a change of type come before what is added.
    fn column(&mut self, node: &SyntaxNode) {
        let parent = node.parent();
        let parent = parent.as_ref();
        if parent.is_some_and(|parent| child(parent, SyntaxKind::IF_EXISTS).is_some()) {
            return;
        }
        let early = parent.is_some_and(|parent| {
            matches!(
                parent.kind(),
                SyntaxKind::DROP_COLUMN | SyntaxKind::DROP_ATTRIBUTE
            ) || child(parent, SyntaxKind::SET_TYPE).is_some()
        });
        let name = folded(node);
        if !early && self.added.contains(&name) {
            return;
        }
        let range = self.reader.range(node);
        if let Some(subject) = self.subject.and_then(|subject| self.all.get_mut(subject)) {
            subject.columns.push((name, range));
        }
    }

    /// The table that a foreign key refers to. What stands before it, and the columns of `set null`, are the subject's.
    fn foreign_key(&mut self, node: &SyntaxNode) {
        let mut referred: Option<Named> = None;
        let mut columns = Vec::new();
        for part in node.children() {
            if part.kind() == SyntaxKind::TABLE_NAME_REF {
                referred = self.reader.object(&part);
            } else if referred.is_none() || !is_referred(part.kind()) {
                self.visit(&part);
            } else if part.kind() == SyntaxKind::COLUMN_NAME_REF {
                columns.push(part);
            } else {
                columns.extend(children(&part, SyntaxKind::COLUMN_NAME_REF));
            }
        }
        let Some(mut referred) = referred else {
            return;
        };
        let subject = self.subject.and_then(|subject| self.all.get(subject));
        let itself =
            subject.is_some_and(|subject| subject.name.parts.last() == referred.name.parts.last());
        referred.columns = columns
            .iter()
            .map(|column| (folded(column), self.reader.range(column)))
            .filter(|(column, _)| !(itself && self.added.contains(column)))
            .collect();
        self.all.push(referred);
    }

    /// A constraint, trigger, or rule of the subject.
    fn attached(&mut self, node: &SyntaxNode) {
        let Some(subject) = self.subject.and_then(|subject| self.all.get(subject)) else {
            return;
        };
        let (Some(kind), Some(name)) = (attached_kind(node.kind()), self.reader.whole_name(node))
        else {
            return;
        };
        let action = node.parent();
        let is_drop = action
            .as_ref()
            .is_some_and(|action| action.kind() == SyntaxKind::DROP_CONSTRAINT);
        if kind == "constraint" && self.adds_constraints && !is_drop {
            return;
        }
        let kind = if subject.kind == "domain" {
            "domain constraint"
        } else {
            kind
        };
        let object = Named {
            on: Some(subject.name.clone()),
            if_exists: action.is_some_and(|action| child(&action, SyntaxKind::IF_EXISTS).is_some()),
            ..plain(kind, name)
        };
        self.all.push(object);
    }

    /// An index; that of a table is looked for in the schema of the table.
    fn index(&mut self, node: &SyntaxNode) {
        let Some(name) = self.reader.whole_name(node) else {
            return;
        };
        let subject = self.subject.and_then(|subject| self.all.get(subject));
        let subject = subject.filter(|subject| subject.kind != "index");
        let holds = node
            .ancestors()
            .any(|above| above.kind() == SyntaxKind::ADD_CONSTRAINT);
        if subject.is_some() && self.adds_constraints && !holds {
            return;
        }
        let object = Named {
            on: subject.map(|subject| subject.name.clone()),
            ..plain("index", name)
        };
        self.all.push(object);
    }

    /// `alter table … of t`.
    fn of_type(&mut self, node: &SyntaxNode) {
        let name = type_of(node).and_then(|sql_type| self.reader.whole_name(&sql_type));
        self.all.extend(name.map(|name| plain("type", name)));
    }
}

/// For what adds a column, an attribute or a constraint: the kind of the name that it adds, or its own.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn added(node: &SyntaxNode) -> Option<SyntaxKind> {
    match node.kind() {
        SyntaxKind::ADD_COLUMN => Some(SyntaxKind::COLUMN_NAME),
        SyntaxKind::ADD_ATTRIBUTE => Some(SyntaxKind::COMPOSITE_FIELD),
        kind @ SyntaxKind::ADD_CONSTRAINT => Some(kind),
        _ => None,
    }
}

/// Whether a part of a foreign key behind the table is about columns of that table.
fn is_referred(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::COLUMN_NAME_REF | SyntaxKind::FOREIGN_KEY_COLUMN_LIST
    )
}

/// Whether a part of an `alter` says what it is about.
fn is_subject(kind: SyntaxKind) -> bool {
    kind_of(kind).is_some()
        || attached_kind(kind).is_some()
        || matches!(
            kind,
            SyntaxKind::ON_RELATION
                | SyntaxKind::ON_TABLE
                | SyntaxKind::SERVER_CLAUSE
                | SyntaxKind::USING_METHOD
        )
}

/// Whether it is an object behind the words of its kind, as a `comment` and an extension have it.
fn is_member(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::OBJECT_ACCESS_METHOD
            | SyntaxKind::OBJECT_AGGREGATE
            | SyntaxKind::OBJECT_CAST
            | SyntaxKind::OBJECT_COLLATION
            | SyntaxKind::OBJECT_CONVERSION
            | SyntaxKind::OBJECT_DATABASE
            | SyntaxKind::OBJECT_DOMAIN
            | SyntaxKind::OBJECT_EVENT_TRIGGER
            | SyntaxKind::OBJECT_EXTENSION
            | SyntaxKind::OBJECT_FOREIGN_DATA_WRAPPER
            | SyntaxKind::OBJECT_FOREIGN_TABLE
            | SyntaxKind::OBJECT_FUNCTION
            | SyntaxKind::OBJECT_INDEX
            | SyntaxKind::OBJECT_LANGUAGE
            | SyntaxKind::OBJECT_MATERIALIZED_VIEW
            | SyntaxKind::OBJECT_OPERATOR
            | SyntaxKind::OBJECT_OPERATOR_CLASS
            | SyntaxKind::OBJECT_OPERATOR_FAMILY
            | SyntaxKind::OBJECT_PROCEDURE
            | SyntaxKind::OBJECT_PUBLICATION
            | SyntaxKind::OBJECT_ROLE
            | SyntaxKind::OBJECT_ROUTINE
            | SyntaxKind::OBJECT_SCHEMA
            | SyntaxKind::OBJECT_SEQUENCE
            | SyntaxKind::OBJECT_SERVER
            | SyntaxKind::OBJECT_STATISTICS
            | SyntaxKind::OBJECT_SUBSCRIPTION
            | SyntaxKind::OBJECT_TABLE
            | SyntaxKind::OBJECT_TABLESPACE
            | SyntaxKind::OBJECT_TEXT_SEARCH_CONFIG
            | SyntaxKind::OBJECT_TEXT_SEARCH_DICT
            | SyntaxKind::OBJECT_TEXT_SEARCH_PARSER
            | SyntaxKind::OBJECT_TEXT_SEARCH_TEMPLATE
            | SyntaxKind::OBJECT_TRANSFORM
            | SyntaxKind::OBJECT_TYPE
            | SyntaxKind::OBJECT_VIEW
    )
}

/// The `alter` statements; not `alter system`, which names nothing of a database.
fn is_alter(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::ALTER_AGGREGATE
            | SyntaxKind::ALTER_COLLATION
            | SyntaxKind::ALTER_CONVERSION
            | SyntaxKind::ALTER_DATABASE
            | SyntaxKind::ALTER_DEFAULT_PRIVILEGES
            | SyntaxKind::ALTER_DOMAIN
            | SyntaxKind::ALTER_EVENT_TRIGGER
            | SyntaxKind::ALTER_EXTENSION
            | SyntaxKind::ALTER_FOREIGN_DATA_WRAPPER
            | SyntaxKind::ALTER_FOREIGN_TABLE
            | SyntaxKind::ALTER_FUNCTION
            | SyntaxKind::ALTER_GROUP
            | SyntaxKind::ALTER_INDEX
            | SyntaxKind::ALTER_LANGUAGE
            | SyntaxKind::ALTER_LARGE_OBJECT
            | SyntaxKind::ALTER_MATERIALIZED_VIEW
            | SyntaxKind::ALTER_OPERATOR
            | SyntaxKind::ALTER_OPERATOR_CLASS
            | SyntaxKind::ALTER_OPERATOR_FAMILY
            | SyntaxKind::ALTER_POLICY
            | SyntaxKind::ALTER_PROCEDURE
            | SyntaxKind::ALTER_PUBLICATION
            | SyntaxKind::ALTER_ROLE
            | SyntaxKind::ALTER_ROUTINE
            | SyntaxKind::ALTER_RULE
            | SyntaxKind::ALTER_SCHEMA
            | SyntaxKind::ALTER_SEQUENCE
            | SyntaxKind::ALTER_SERVER
            | SyntaxKind::ALTER_STATISTICS
            | SyntaxKind::ALTER_SUBSCRIPTION
            | SyntaxKind::ALTER_TABLE
            | SyntaxKind::ALTER_TABLESPACE
            | SyntaxKind::ALTER_TEXT_SEARCH_CONFIGURATION
            | SyntaxKind::ALTER_TEXT_SEARCH_DICTIONARY
            | SyntaxKind::ALTER_TEXT_SEARCH_PARSER
            | SyntaxKind::ALTER_TEXT_SEARCH_TEMPLATE
            | SyntaxKind::ALTER_TRIGGER
            | SyntaxKind::ALTER_TYPE
            | SyntaxKind::ALTER_USER
            | SyntaxKind::ALTER_USER_MAPPING
            | SyntaxKind::ALTER_VIEW
    )
}
