"""Times limbeck beside Alembic on the same generated chains; benches/README.md says how to read the figures."""

import argparse
import hashlib
import os
import platform
import re
import resource
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ALEMBIC = ["alembic==1.20.1", "sqlalchemy==2.1.9"]
FLOOR = "cat *.rev | sha256sum"


@dataclass
class Command:
    name: str
    arguments: list[str]
    folder: Path
    prints_sql: bool = False
    seconds: list[float] = field(default_factory=list)
    peak: int = 0  # in KiB
    digest: str | None = None
    stopped: float | None = None  # the time limit it ran into

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def run(command: Command, ids: set[str], scratch: Path, limit: float) -> None:
    """Runs the whole process once, with its output in a file, and checks that it did its work."""
    output, errors = scratch / "output", scratch / "errors"
    with output.open("wb") as stdout, errors.open("wb") as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(command.arguments, cwd=command.folder, stdout=stdout, stderr=stderr)
        timer = threading.Timer(limit, os.kill, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    command.peak = max(command.peak, usage.ru_maxrss)
    if process.returncode == -signal.SIGKILL and seconds >= limit:
        # An earlier run may have ended just in time: the lower bound is then its time.
        command.stopped = min([limit, *command.seconds])
        command.seconds.clear()
        return
    if process.returncode != 0:
        raise SystemExit(f"{command.name}: exit status {process.returncode}\n{errors.read_text()[-2000:]}")
    if command.prints_sql:
        # Line by line: what this process holds would count as the peak of the next child.
        with output.open() as lines:
            missing = ids.copy()
            for line in lines:
                missing.difference_update(re.findall(r"\b[0-9a-f]{12}\b", line))
        if missing:
            raise SystemExit(f"{command.name}: its SQL does not name {len(missing)} revisions, such as {min(missing)}")
        with output.open("rb") as sql:
            digest = hashlib.file_digest(sql, "sha256").hexdigest()
        if command.digest not in (None, digest):
            raise SystemExit(f"{command.name}: two runs printed different SQL")
        command.digest = digest
    command.seconds.append(seconds)


def measure(commands: list[Command], ids: set[str], scratch: Path, arguments: argparse.Namespace) -> None:
    """Takes turns, so that a slow minute of the machine meets all commands; the first round only warms up."""
    for round in range(arguments.runs + 1):
        for command in commands:
            if command.stopped or sum(command.seconds) > arguments.budget:
                continue
            run(command, ids, scratch, arguments.time_limit)
            if round == 0 and not command.stopped and command.seconds[0] < arguments.budget:
                command.seconds.clear()


def commands_for(chain: Path, limbeck: Path | None, alembic: Path) -> list[Command]:
    commands = [Command(FLOOR, ["sh", "-c", FLOOR], chain / "revisions")]
    if limbeck:
        commands += [
            Command("limbeck check", [str(limbeck), "check"], chain),
            Command("limbeck upgrade", [str(limbeck), "upgrade", "head", "--sql"], chain, True),
            Command("limbeck downgrade", [str(limbeck), "downgrade", "head:base", "--sql"], chain, True),
        ]
    commands += [
        Command("alembic upgrade", [str(alembic), "upgrade", "head", "--sql"], chain / "alembic", True),
        Command("alembic downgrade", [str(alembic), "downgrade", "head:base", "--sql"], chain / "alembic", True),
    ]
    return commands


def seconds_text(command: Command) -> str:
    if command.stopped:
        return f"> {command.stopped:.3g} s (stopped)"
    return f"{command.median:.3f} s"


def ratio_text(command: Command, measured: dict[str, Command]) -> str:
    alembic = measured.get(command.name.replace("limbeck", "alembic"))
    if not command.name.startswith("limbeck") or alembic is None or command.stopped:
        return ""
    if alembic.stopped:
        return f"> {alembic.stopped / command.median:.0f}"
    return f"{alembic.median / command.median:.1f}"


def result_rows(count: int, commands: list[Command], runner_peak: int) -> list[str]:
    measured = {command.name: command for command in commands}
    rows = []
    for command in commands:
        spread = f"{min(command.seconds):.3f}–{max(command.seconds):.3f}" if command.seconds else ""
        peak = "under" if command.peak <= runner_peak else ""
        peak += f" {max(command.peak, runner_peak) / 1024:.0f} MiB"
        floor = f"{command.median / measured[FLOOR].median:.1f}" if command.seconds else ""
        ratio = ratio_text(command, measured)
        rows.append(
            f"| {count:,} | `{command.name.replace('|', chr(92) + '|')}` | {seconds_text(command)} | {spread} "
            f"| {len(command.seconds)} | {peak.strip()} | {ratio} | {floor} |"
        )
    return rows


def growth_rows(results: dict[int, list[Command]]) -> list[str]:
    rows = []
    for count, commands in results.items():
        for once, twice in zip(commands, results.get(2 * count, [])):
            if once.seconds and twice.seconds:
                growth = f"{twice.median / once.median:.2f}"
            elif once.seconds and twice.stopped:
                growth = f"> {twice.stopped / once.median:.2f}"
            else:
                continue
            rows.append(f"| `{once.name.replace('|', chr(92) + '|')}` | {count:,} → {2 * count:,} | {growth} |")
    return rows


def alembic_in(cache: Path) -> Path:
    """The command `alembic` of a virtual environment with the pinned versions, made when it is not there."""
    folder = cache / "-".join(["venv", *(it.replace("==", "-") for it in ALEMBIC)])
    done = folder / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", *ALEMBIC], check=True)
        done.touch()
    return folder / "bin" / "alembic"


def processor() -> str:
    models = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return f"{models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} cores"


def said_version(program: Path) -> str:
    return subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True).stdout.strip()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", metavar="N", help="revisions (default 1000 5000 10000)")
    parser.add_argument("--limbeck", type=Path, default=HERE.parent / "target/release/limbeck", help="the binary to time")
    parser.add_argument("--alembic-only", action="store_true", help="time Alembic and the floor without limbeck")
    parser.add_argument("--skip-alembic-above", type=int, metavar="N", help="longer chains without Alembic")
    parser.add_argument("--cache", type=Path, help="keeps chains and Alembic here (default: a temporary folder)")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command, after one to warm up")
    parser.add_argument("--budget", type=float, default=60, help="no further run once a command used so many seconds")
    parser.add_argument("--time-limit", type=float, default=900, help="stops one run after so many seconds")
    arguments = parser.parse_args()
    arguments.sizes = sorted(set(arguments.sizes)) or [1000, 5000, 10000]
    if arguments.runs < 1 or min(arguments.sizes) < 1:
        parser.error("runs and sizes are 1 or more")
    if not arguments.alembic_only and not os.access(arguments.limbeck, os.X_OK):
        parser.error(f"no program at {arguments.limbeck}: run `cargo build --release`, or give --limbeck or --alembic-only")
    return arguments


def compare(arguments: argparse.Namespace, cache: Path, scratch: Path) -> None:
    alembic = alembic_in(cache)
    limbeck = None if arguments.alembic_only else arguments.limbeck.resolve()
    results: dict[int, list[Command]] = {}
    rows = []
    for count in arguments.sizes:
        chain = cache / "chains" / str(count)
        chain.parent.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-m", "chain", str(count), str(chain)], cwd=HERE, check=True)
        ids = {path.name.split("_")[0] for path in (chain / "revisions").iterdir()}
        commands = commands_for(chain, limbeck, alembic)
        if arguments.skip_alembic_above is not None and count > arguments.skip_alembic_above:
            commands = [command for command in commands if not command.name.startswith("alembic")]
        print(f"{count:,} revisions: {shlex.join(command.name for command in commands)}", file=sys.stderr)
        measure(commands, ids, scratch, arguments)
        results[count] = commands
        # The kernel counts a child's peak from what this process held when it started the child.
        runner_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        rows += result_rows(count, commands, runner_peak)
    programs = [said_version(program) for program in (limbeck, alembic) if program]
    print(f"{', '.join(programs)}, Python {platform.python_version()}; {processor()}\n")
    print("| revisions | command | median | range | runs | peak memory | times faster than Alembic | multiple of the floor |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    print("\n".join(rows))
    if growth := growth_rows(results):
        print("\n| command | from N to 2N | time grows by |\n| --- | --- | ---: |")
        print("\n".join(growth))


def main() -> None:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="limbeck-bench-") as temporary:
        cache = (arguments.cache or Path(temporary)).resolve()
        cache.mkdir(parents=True, exist_ok=True)
        compare(arguments, cache, Path(temporary))


if __name__ == "__main__":
    main()
