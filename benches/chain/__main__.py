"""Writes a chain of N revisions twice, for limbeck and for Alembic: `python3 -m chain N FOLDER`."""

import argparse
import datetime
import re
import shutil
import textwrap
from dataclasses import dataclass
from pathlib import Path

from .changes import Change, Database, next_change
from .model import literal, quoted
from .words import WHYS

SEED = 20150105
EPOCH = datetime.datetime(2015, 1, 5, 8, 0, 0)

ALEMBIC_INI = """\
[alembic]
script_location = %(here)s
path_separator = os
"""

ENV_PY = """\
from alembic import context

# A transaction per revision, as limbeck writes it.
context.configure(dialect_name="postgresql", literal_binds=True, transaction_per_migration=True)

with context.begin_transaction():
    context.run_migrations()
"""

SCRIPT_PY_MAKO = '''\
"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

# revision identifiers, used by Alembic.
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''


@dataclass
class Revision:
    id: str
    down_revision: str | None
    message: str
    created: datetime.datetime
    why: str | None
    says_auto: bool
    changes: list[Change]


def revisions(count: int):
    """The first `count` revisions of the one chain: a longer chain begins with the shorter one."""
    db = Database(SEED)
    created, parent = EPOCH, None
    ids: set[str] = set()
    for _ in range(count):
        changes = [next_change(db) for _ in range(db.random.choice([1, 1, 2, 2, 3]))]
        id = f"{db.random.getrandbits(48):012x}"
        while id in ids:
            id = f"{db.random.getrandbits(48):012x}"
        ids.add(id)
        created += datetime.timedelta(seconds=db.random.randint(600, 80_000))
        why = db.random.choice(WHYS) if db.random.random() < 0.4 else None
        message = " and ".join(change.message for change in changes[:2])
        yield Revision(id, parent, message, created, why, db.random.random() < 0.5, changes)
        parent = id


def indented(lines: list[str], depth: int) -> str:
    return "".join(textwrap.indent(line, " " * depth) + "\n" for line in lines)


def limbeck_text(revision: Revision) -> str:
    parent = literal(revision.down_revision) if revision.down_revision else "none"
    why = [f"-- {revision.why}"] if revision.why else []
    statements = [statement for change in revision.changes for statement in change.rev]
    text = (
        f"revision      {literal(revision.id)};\n"
        f"down_revision {parent};\n"
        f"message       {literal(revision.message)};\n"
        f"create_date   {literal(str(revision.created))};\n"
        f"\nupgrade {{\n{indented(why + statements, 2)}}}\n"
    )
    return text + "\ndowngrade auto;\n" if revision.says_auto else text


def alembic_text(revision: Revision) -> str:
    why = [f"# {revision.why}"] if revision.why else []
    upgrade = [call for change in revision.changes for call in change.upgrade]
    downgrade = [call for change in reversed(revision.changes) for call in change.downgrade]
    body = indented(why + upgrade, 4), indented(downgrade, 4)
    imports = "from sqlalchemy.dialects import postgresql\n" if "postgresql." in "".join(body) else ""
    return (
        f'"""{revision.message}\n\nRevision ID: {revision.id}\nRevises: {revision.down_revision or ""}\n'
        f'Create Date: {revision.created}\n\n"""\n'
        f"from alembic import op\nimport sqlalchemy as sa\n{imports}\n"
        "# revision identifiers, used by Alembic.\n"
        f"revision = {quoted(revision.id)}\n"
        f"down_revision = {quoted(revision.down_revision) if revision.down_revision else None}\n"
        "branch_labels = None\ndepends_on = None\n\n\n"
        f"def upgrade():\n{body[0]}\n\ndef downgrade():\n{body[1]}"
    )


def write(count: int, folder: Path) -> None:
    if folder.exists():
        if not (folder / "limbeck.yaml").is_file() or not (folder / "alembic").is_dir():
            raise SystemExit(f"{folder} exists and is no chain; give another folder")
        shutil.rmtree(folder)
    limbeck, alembic = folder / "revisions", folder / "alembic"
    (alembic / "versions").mkdir(parents=True)
    limbeck.mkdir()
    (folder / "limbeck.yaml").write_text("revisions: revisions\n")
    (alembic / "alembic.ini").write_text(ALEMBIC_INI)
    (alembic / "env.py").write_text(ENV_PY)
    (alembic / "script.py.mako").write_text(SCRIPT_PY_MAKO)
    for revision in revisions(count):
        slug = re.sub(r"[^a-z0-9]+", "_", revision.message)[:40].rstrip("_")
        (limbeck / f"{revision.id}_{slug}.rev").write_text(limbeck_text(revision))
        (alembic / "versions" / f"{revision.id}_{slug}.py").write_text(alembic_text(revision))


def main() -> None:
    parser = argparse.ArgumentParser(prog="chain", description=__doc__)
    parser.add_argument("count", type=int, metavar="N")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="made anew; an earlier chain in it is replaced")
    arguments = parser.parse_args()
    write(arguments.count, arguments.folder)


if __name__ == "__main__":
    main()
