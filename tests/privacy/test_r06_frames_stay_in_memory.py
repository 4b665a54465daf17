"""R6: pictures live in memory, for two seconds at the most; no switch writes them anywhere."""

import ast
import os
import subprocess
import time
from pathlib import Path

import pytest

from drivers.camera_face.driver import CameraFace
from drivers.camera_face.protocol import Alive, Offered, framed, read_from_worker
from drivers.camera_face.shots import KEPT_NS
from drivers.camera_face.worker import FORGET_NS
from edge.driver.contract import SourceSpec
from edge.model.names import SECOND, SourceName
from tests.drivers.camera_face.drawn import walk, write_video
from tests.drivers.camera_face.drawn_worker import PROGRAM

DRIVER = Path(__file__).resolve().parents[2] / "drivers/camera_face"
WRITERS = {"imwrite", "imwritemulti", "VideoWriter", "tofile", "savez", "mkstemp", "mkdtemp"}
LOOKS_FOR_S = 4.0


def test_r06_no_picture_is_kept_for_more_than_two_seconds() -> None:
    assert KEPT_NS <= 2 * SECOND
    assert FORGET_NS <= 2 * SECOND


def test_r06_only_a_recording_on_order_can_write_pictures() -> None:
    writing = {path.name for path in DRIVER.glob("*.py") if _calls(path) & WRITERS}

    assert writing == {"tape.py"}
    assert "drivers.camera_face.tape" not in _imports(DRIVER / "worker.py")


def test_r06_a_worker_with_faces_in_view_writes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=40))
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "CACHE_DIRECTORY"):
        monkeypatch.setenv(name, str(home))
    spec = SourceSpec(name=SourceName("cam"), driver="camera_face", options={"device": str(video)})

    with subprocess.Popen(
        PROGRAM, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdin is not None
        worker.stdin.write(framed(CameraFace(spec)._begin(has_pictures=False)))
        worker.stdin.flush()
        written: set[str] = set()
        heard: list[object] = []
        ends = time.monotonic() + LOOKS_FOR_S
        while time.monotonic() < ends or not any(isinstance(one, Offered) for one in heard):
            heard.append(_next(worker))
            written |= _open_for_writing(worker.pid)
        worker.stdin.close()

    assert sum(one.frames for one in heard if isinstance(one, Alive)) > 0
    assert written == set()
    assert list(home.rglob("*")) == []


def _next(worker: "subprocess.Popen[bytes]") -> object:
    assert worker.stdout is not None
    length = int.from_bytes(worker.stdout.read(4), "big")
    return read_from_worker(worker.stdout.read(length))


def _open_for_writing(process: int) -> set[str]:
    """Give the files on a disk, or in shared memory, that a process may write to."""
    found = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = str(link.readlink())
            flags = (Path(f"/proc/{process}/fdinfo") / link.name).read_text().split()[3]
        except OSError:  # closed meanwhile
            continue
        is_file = target.startswith("/") and not target.startswith("/dev/")
        if is_file and int(flags, 8) & os.O_ACCMODE:
            found.add(target)
    return found


def _calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        one.attr if isinstance(one, ast.Attribute) else one.id
        for one in calls
        if isinstance(one, ast.Attribute | ast.Name)
    }


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
