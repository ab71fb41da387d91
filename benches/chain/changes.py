"""What a revision may do: each kind picks its objects from the model, changes them and says so in both languages."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from . import model
from .model import Column, Constraint, Index, Table, python_default, python_type, quoted
from .words import ADJECTIVES, AREAS, COLUMNS, LABELS, NOUNS, REMARKS

MAXIMAL_WIDTH = 24
MAXIMAL_NAME = 63
NUMBERS = ("integer", "smallint", "bigint", "numeric(12, 2)", "double precision")


@dataclass
class Change:
    """A change in limbeck's language, and as Alembic's calls forth and back."""

    message: str
    rev: list[str]
    upgrade: list[str]
    downgrade: list[str]


class Database:
    """The symbolic database that a chain of changes grows."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.tables: list[Table] = []
        self.enums: dict[str, list[str]] = {}
        self.taken: set[str] = set()

    def name(self, text: str) -> str:
        """A name nothing else has had, within PostgreSQL's length."""
        candidate, number = text[:MAXIMAL_NAME], 2
        while candidate in self.taken:
            suffix = f"_{number}"
            candidate, number = text[: MAXIMAL_NAME - len(suffix)] + suffix, number + 1
        self.taken.add(candidate)
        return candidate

    def table_name(self) -> str:
        area, noun = self.random.choice(AREAS), self.random.choice(NOUNS)
        plain = f"{area}_{noun}"
        return self.name(f"{area}_{self.random.choice(ADJECTIVES)}_{noun}" if plain in self.taken else plain)

    def table(self, suits: Callable[[Table], bool] = lambda _: True) -> Table | None:
        """A table to work on: half of the time one of the latest."""
        for _ in range(8):
            recent = self.random.random() < 0.5
            table = self.random.choice(self.tables[-30:] if recent else self.tables)
            if suits(table):
                return table
        return None

    def column(self, suits: Callable[[Table, Column], bool]) -> tuple[Table, Column] | None:
        """A column other than the key, and its table."""
        table = self.table(lambda table: any(suits(table, it) for it in table.columns[1:]))
        if table is None:
            return None
        return table, self.random.choice([it for it in table.columns[1:] if suits(table, it)])

    def new_columns(self, table: Table, count: int) -> list[Column]:
        present = {column.name for column in table.columns}
        columns = []
        for name, type, defaults, required in self.random.sample(COLUMNS, count):
            if name in present:
                continue
            default = self.random.choice(defaults) if defaults and self.random.random() < 0.8 else None
            columns.append(Column(name, type, self.random.random() >= required, default))
        return columns


def textual(column: Column) -> bool:
    return column.type == "text" or column.type.startswith("varchar")


def indexed(table: Table, column: Column) -> bool:
    return any(column in (part for _, part in it.parts) or (it.where and it.where[1] is column) for it in table.indexes)


def constrained(table: Table, column: Column) -> bool:
    return any(column in constraint.columns for constraint in table.constraints)


def free(table: Table, column: Column) -> bool:
    return not indexed(table, column) and not constrained(table, column)


def alter(table: Table, column: Column, enums: dict[str, list[str]], change: str) -> str:
    return f"op.alter_column({quoted(table.name)}, {quoted(column.name)}, existing_type={python_type(column.type, enums)}, {change})"


def create_table(db: Database) -> Change:
    key = Column("id", db.random.choice(["bigint", "bigint", "integer", "uuid"]), nullable=False)
    key.identity = key.type != "uuid" and db.random.random() < 0.4
    table = Table(db.table_name(), [key])
    for parent in db.random.sample(db.tables, min(len(db.tables), db.random.choice([0, 0, 1, 1, 2]))):
        column = Column(parent.name.split("_")[0] + "_id", parent.columns[0].type, db.random.random() < 0.3)
        if any(it.name == column.name for it in table.columns):
            continue
        table.columns.append(column)
        name = db.name(f"fk_{table.name}_{column.name}") if db.random.random() < 0.6 else None
        on_delete = db.random.choice([None, "cascade", "set null" if column.nullable else "restrict"])
        table.constraints.append(Constraint("foreign key", name, [column], target=parent, on_delete=on_delete))
        parent.referenced += 1
    table.columns += db.new_columns(table, db.random.randint(3, 7))
    if not any(it.name == "created_at" for it in table.columns) and db.random.random() < 0.7:
        table.columns.append(Column("created_at", "timestamptz", False, "now()"))
    for column in table.columns[1:]:
        if column.name in ("slug", "code", "email", "external_id", "public_id") and db.random.random() < 0.5:
            name = db.name(f"uq_{table.name}_{column.name}") if db.random.random() < 0.7 else None
            table.constraints.append(Constraint("unique", name, [column]))
        elif column.name in ("quantity", "amount", "total") and db.random.random() < 0.4:
            name = db.name(f"ck_{table.name}_{column.name}")
            table.constraints.append(Constraint("check", name, [column], "{0} >= 0"))
    change = Change(
        f"create {table.name}",
        [model.create_table_text(table)],
        [model.python_create_table(table, db.enums)],
        [f"op.drop_table({quoted(table.name)})"],
    )
    for it in table.constraints:
        if it.kind == "foreign key" and db.random.random() < 0.7:
            add_index(change, table, Index(db.name(f"ix_{table.name}_{it.columns[0].name}"), [("{}", it.columns[0])]))
    db.tables.append(table)
    return change


def drop_table(db: Database) -> Change | None:
    table = db.table(lambda it: it.referenced == 0 and not it.renamed and len(db.tables) > 20)
    if table is None:
        return None
    for it in table.constraints:
        if it.target:
            it.target.referenced -= 1
    db.tables.remove(table)
    downgrade = [model.python_create_table(table, db.enums)]
    downgrade += [model.python_create_index(table, index) for index in table.indexes]
    return Change(
        f"drop {table.name}", [f"drop table {table.name};"], [f"op.drop_table({quoted(table.name)})"], downgrade
    )


def rename_table(db: Database) -> Change | None:
    table = db.table(lambda it: not it.renamed)
    if table is None:
        return None
    old, table.name, table.renamed = table.name, db.table_name(), True
    return Change(
        f"rename {old} to {table.name}",
        [f"alter table {old} rename to {table.name};"],
        [f"op.rename_table({quoted(old)}, {quoted(table.name)})"],
        [f"op.rename_table({quoted(table.name)}, {quoted(old)})"],
    )


def add_columns(db: Database) -> Change | None:
    table = db.table(lambda it: len(it.columns) < MAXIMAL_WIDTH)
    columns = db.new_columns(table, db.random.choice([1, 1, 1, 2, 2, 3])) if table else []
    if not columns:
        return None
    for column in columns:
        column.nullable = column.nullable or column.default is None  # there are rows already
    table.columns += columns
    actions = [f"add column {model.column_text(column)}" for column in columns]
    if db.random.random() < 0.5:
        rev = [f"alter table {table.name}\n  " + ",\n  ".join(actions) + ";"]
    else:
        rev = [f"alter table {table.name} {action};" for action in actions]
    on = quoted(table.name)
    return Change(
        f"add {' and '.join(column.name for column in columns)} to {table.name}",
        rev,
        [f"op.add_column({on}, {model.python_column(column, db.enums)})" for column in columns],
        [f"op.drop_column({on}, {quoted(column.name)})" for column in reversed(columns)],
    )


def drop_column(db: Database) -> Change | None:
    found = db.column(lambda table, column: len(table.columns) > 5 and free(table, column))
    if found is None:
        return None
    table, column = found
    table.columns.remove(column)
    return Change(
        f"drop {column.name} from {table.name}",
        [f"alter table {table.name} drop column {column.name};"],
        [f"op.drop_column({quoted(table.name)}, {quoted(column.name)})"],
        [f"op.add_column({quoted(table.name)}, {model.python_column(column, db.enums)})"],
    )


def rename_column(db: Database) -> Change | None:
    table = db.table()
    column = db.random.choice(table.columns[1:])
    new = f"{db.random.choice(['original', 'current', 'legacy', 'main'])}_{column.name}"
    if len(new) > 30 or any(it.name == new for it in table.columns):
        return None
    old, column.name, table.renamed = column.name, new, True
    on = quoted(table.name)
    return Change(
        f"rename {old} of {table.name} to {new}",
        [f"alter table {table.name} rename column {old} to {new};"],
        [f"op.alter_column({on}, {quoted(old)}, new_column_name={quoted(new)})"],
        [f"op.alter_column({on}, {quoted(new)}, new_column_name={quoted(old)})"],
    )


def widen_type(db: Database) -> Change | None:
    found = db.column(
        lambda table, it: (it.type.startswith("varchar") or it.type == "integer")
        and not any(constraint.kind == "foreign key" and it in constraint.columns for constraint in table.constraints)
        and not any(index.where and index.where[1] is it for index in table.indexes)
    )
    if found is None:
        return None
    table, column = found
    old = column.type
    if old == "integer":
        column.type = "bigint"
    else:
        length = int(old[8:-1])
        column.type = f"varchar({length * 2})" if length < 500 else "text"
    new = column.type
    forth = alter(table, Column(column.name, old), db.enums, f"type_={python_type(new, db.enums)}")
    back = alter(table, column, db.enums, f"type_={python_type(old, db.enums)}")
    rev = f"alter table {table.name} alter column {column.name} type {new};"
    return Change(f"widen {column.name} of {table.name}", [rev], [forth], [back])


def set_not_null(db: Database) -> Change | None:
    values = {"integer": "0", "bigint": "0", "boolean": "false", "text": "''", "timestamptz": "now()"}
    found = db.column(lambda _, it: it.nullable and (it.type in values or it.type.startswith("varchar")))
    if found is None:
        return None
    table, column = found
    # A foreign key that sets null, and a `deleted_at` that marks live rows, stay nullable.
    if constrained(table, column) or column.name.endswith("deleted_at"):
        return None
    column.nullable = False
    change = Change(
        f"require {column.name} of {table.name}",
        [f"alter table {table.name} alter column {column.name} set not null;"],
        [alter(table, column, db.enums, "nullable=False")],
        [alter(table, column, db.enums, "nullable=True")],
    )
    if db.random.random() < 0.6:
        value = values.get(column.type, "''")
        fill = f"update {table.name} set {column.name} = {value} where {column.name} is null;"
        change.rev.insert(0, f"data {{\n  {fill}\n}} reverse {{ }}")
        change.upgrade.insert(0, f"op.execute({quoted(fill.rstrip(';'))})")
    return change


def drop_not_null(db: Database) -> Change | None:
    found = db.column(lambda table, it: not it.nullable)
    if found is None:
        return None
    table, column = found
    column.nullable = True
    return Change(
        f"allow {table.name} without {column.name}",
        [f"alter table {table.name} alter column {column.name} drop not null;"],
        [alter(table, column, db.enums, "nullable=True")],
        [alter(table, column, db.enums, "nullable=False")],
    )


def change_default(db: Database) -> Change | None:
    choices = {name: defaults for name, _, defaults, _ in COLUMNS if defaults}
    found = db.column(lambda _, it: it.name in choices and it.type not in db.enums)
    if found is None:
        return None
    table, column = found
    old = column.default
    new = None if old else db.random.choice(choices[column.name])
    column.default = new
    action = f"set default {new}" if new else "drop default"
    return Change(
        f"{action} of {column.name} in {table.name}".replace("'", ""),
        [f"alter table {table.name} alter column {column.name} {action};"],
        [alter(table, column, db.enums, f"server_default={python_default(new)}")],
        [alter(table, column, db.enums, f"server_default={python_default(old)}")],
    )


def add_index(change: Change, table: Table, index: Index) -> None:
    table.indexes.append(index)
    change.rev.append(model.create_index_text(table, index))
    change.upgrade.append(model.python_create_index(table, index))
    change.downgrade.insert(0, model.python_drop_index(table, index))


def create_index(db: Database) -> Change | None:
    found = db.column(lambda table, it: len(table.indexes) < 6 and it.type != "inet")
    if found is None:
        return None
    table, column = found
    index = Index(db.name(f"ix_{table.name}_{column.name}"), [("{}", column)])
    other = db.random.choice(table.columns)
    if column.type in ("jsonb", "text[]"):
        index.method = "gin"
    elif textual(column) and db.random.random() < 0.3:
        index.parts = [("lower({})", column)]
    elif column.type == "timestamptz" and db.random.random() < 0.5:
        index.parts = [("{} desc", column)]
    elif other is not column and other.type not in ("jsonb", "text[]") and db.random.random() < 0.4:
        index.parts.append(("{}", other))
    if index.method is None:
        index.unique = db.random.random() < 0.25
        deleted = next((it for it in table.columns if it.name == "deleted_at"), None)
        active = next((it for it in table.columns if it.type == "boolean"), None)
        if deleted and deleted is not column and db.random.random() < 0.6:
            index.where = ("{} is null", deleted)
        elif active and active is not column and db.random.random() < 0.3:
            index.where = ("{}", active)
    change = Change(f"index {table.name} by {column.name}", [], [], [])
    add_index(change, table, index)
    return change


def drop_index(db: Database) -> Change | None:
    table = db.table(lambda it: bool(it.indexes))
    if table is None:
        return None
    index = db.random.choice(table.indexes)
    table.indexes.remove(index)
    return Change(
        f"drop {index.name}",
        [f"drop index {index.name};"],
        [model.python_drop_index(table, index)],
        [model.python_create_index(table, index)],
    )


def add_constraint(change: Change, table: Table, constraint: Constraint) -> Change:
    table.constraints.append(constraint)
    change.rev.append(f"alter table {table.name} add {model.constraint_text(constraint)};")
    change.upgrade.append(model.python_create_constraint(table, constraint))
    change.downgrade.insert(0, model.python_drop_constraint(table, constraint))
    return change


def add_check(db: Database) -> Change | None:
    found = db.column(lambda _, it: it.type in NUMBERS or textual(it))
    if found is None:
        return None
    table, column = found
    expression = "{0} >= 0" if column.type in NUMBERS else db.random.choice(["char_length({0}) > 0", "{0} <> ''"])
    constraint = Constraint("check", db.name(f"ck_{table.name}_{column.name}"), [column], expression)
    return add_constraint(Change(f"check {column.name} of {table.name}", [], [], []), table, constraint)


def add_unique(db: Database) -> Change | None:
    found = db.column(lambda table, it: it.type.startswith("varchar") and not constrained(table, it))
    if found is None:
        return None
    table, column = found
    others = [it for it in table.columns[1:] if it is not column and it.type in ("integer", "bigint", "uuid")]
    columns = [db.random.choice(others), column] if others and db.random.random() < 0.5 else [column]
    constraint = Constraint("unique", db.name(f"uq_{table.name}_{column.name}"), columns)
    return add_constraint(Change(f"make {column.name} of {table.name} unique", [], [], []), table, constraint)


def add_foreign_key(db: Database) -> Change | None:
    table = db.table(lambda it: len(it.columns) < MAXIMAL_WIDTH)
    parent = db.table()
    if table is None or parent is None or parent is table:
        return None
    column = Column(parent.name.split("_")[0] + "_id", parent.columns[0].type)
    if any(it.name == column.name for it in table.columns):
        return None
    table.columns.append(column)
    change = Change(
        f"link {table.name} to {parent.name}",
        [f"alter table {table.name} add column {model.column_text(column)};"],
        [f"op.add_column({quoted(table.name)}, {model.python_column(column, db.enums)})"],
        [f"op.drop_column({quoted(table.name)}, {quoted(column.name)})"],
    )
    name = db.name(f"fk_{table.name}_{column.name}")
    on_delete = db.random.choice([None, "cascade", "set null"])
    parent.referenced += 1
    add_constraint(change, table, Constraint("foreign key", name, [column], target=parent, on_delete=on_delete))
    if db.random.random() < 0.6:
        add_index(change, table, Index(db.name(f"ix_{table.name}_{column.name}"), [("{}", column)]))
    return change


def drop_constraint(db: Database) -> Change | None:
    table = db.table(lambda it: any(constraint.name for constraint in it.constraints))
    if table is None:
        return None
    constraint = db.random.choice([it for it in table.constraints if it.name])
    table.constraints.remove(constraint)
    if constraint.target:
        constraint.target.referenced -= 1
    return Change(
        f"drop {constraint.name}",
        [f"alter table {table.name} drop constraint {constraint.name};"],
        [model.python_drop_constraint(table, constraint)],
        [model.python_create_constraint(table, constraint)],
    )


def add_enum(db: Database) -> Change | None:
    table = db.table(lambda it: len(it.columns) < MAXIMAL_WIDTH)
    name = db.random.choice(["state", "stage", "role", "level"])
    if table is None or any(it.name == name for it in table.columns):
        return None
    labels = db.random.choice(LABELS)
    type = db.name(f"{table.name}_{name}")
    db.enums[type] = labels
    column = Column(name, type, nullable=False, default=f"'{labels[0]}'")
    table.columns.append(column)
    create = f"create type {type} as enum ({', '.join(model.literal(label) for label in labels)})"
    on = quoted(table.name)
    return Change(
        f"add {name} to {table.name}",
        [f"{create};", f"alter table {table.name} add column {model.column_text(column)};"],
        [f"op.execute({quoted(create)})", f"op.add_column({on}, {model.python_column(column, db.enums)})"],
        [f"op.drop_column({on}, {quoted(name)})", f"op.execute({quoted(f'drop type {type}')})"],
    )


def comment(db: Database) -> Change:
    text = db.random.choice(REMARKS)
    table = db.table()
    on = quoted(table.name)
    if db.random.random() < 0.4:
        old, table.comment = table.comment, text
        rev = f"comment on table {table.name} is {model.literal(text)};"
        back = f"op.create_table_comment({on}, {quoted(old)})" if old else f"op.drop_table_comment({on})"
        return Change(f"explain {table.name}", [rev], [f"op.create_table_comment({on}, {quoted(text)})"], [back])
    column = db.random.choice(table.columns[1:])
    old, column.comment = column.comment, text
    return Change(
        f"explain {column.name} of {table.name}",
        [f"comment on column {table.name}.{column.name} is {model.literal(text)};"],
        [alter(table, column, db.enums, f"comment={quoted(text)}")],
        [alter(table, column, db.enums, f"comment={quoted(old) if old else None}")],
    )


def update(db: Database) -> Change | None:
    found = db.column(lambda _, it: it.nullable and it.type.startswith("varchar"))
    if found is None:
        return None
    table, column = found
    forth = f"update {table.name} set {column.name} = '-' where {column.name} is null"
    back = f"update {table.name} set {column.name} = null where {column.name} = '-'"
    return Change(
        f"fill {column.name} of {table.name}",
        [f"data {{\n  {forth};\n}} reverse lossy {{\n  {back};\n}}"],
        [f"op.execute({quoted(forth)})"],
        [f"op.execute({quoted(back)})"],
    )


# How often teams do each, in percent of all changes.
KINDS = {
    create_table: 24,
    add_columns: 20,
    create_index: 10,
    add_foreign_key: 6,
    widen_type: 5,
    drop_column: 5,
    set_not_null: 4,
    rename_column: 4,
    change_default: 4,
    add_check: 3,
    add_unique: 3,
    drop_index: 3,
    add_enum: 3,
    comment: 3,
    update: 3,
    drop_not_null: 2,
    drop_constraint: 2,
    drop_table: 1,
    rename_table: 0.5,
}


def next_change(db: Database) -> Change:
    """The next change that the model allows; a chain starts with a few tables."""
    if len(db.tables) < 4:
        return create_table(db)
    while True:
        (kind,) = db.random.choices(list(KINDS), weights=list(KINDS.values()))
        if change := kind(db):
            return change
