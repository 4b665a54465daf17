"""A camera on the network: RTSP over TCP (RFC 2326) with JPEG pictures (RFC 2435)."""

import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

import cv2

from drivers.camera_face.face import Image

PAYLOAD = 1_400
JPEG_TYPE = 26
SAMPLED_420 = 1
TABLES_IN_BAND = 255
CLOCK_HZ = 90_000
SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 26\r\nc=IN IP4 0.0.0.0\r\na=control:track0\r\n"
)


class NetworkCamera:
    """Serves pictures in a loop until it is lost; it can come back on the same port."""

    def __init__(self, images: Sequence[Image], *, rate: float = 10.0, port: int = 0) -> None:
        self.port = port
        self.is_frozen = False
        """While True it keeps its connections and sends nothing: a cable that was pulled."""
        self._pictures = [_jpeg_parts(image) for image in images]
        self._rate = rate
        self._server: socket.socket | None = None
        self._clients: list[socket.socket] = []

    def __enter__(self) -> Self:
        self.come()
        return self

    def __exit__(self, *_: object) -> None:
        self.go()

    @property
    def address(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/camera"

    def come(self) -> None:
        """Be there."""
        self._server = socket.create_server(("127.0.0.1", self.port))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def go(self) -> None:
        """Be gone, as after a power cut."""
        server, self._server = self._server, None
        for one in [*self._clients, *([server] if server else [])]:
            with suppress(OSError):  # it was not connected
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._clients.clear()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):  # it hung up
            self._answer(client)
        with suppress(ValueError):  # the camera went, and has forgotten everybody
            self._clients.remove(client)

    def _answer(self, client: socket.socket) -> None:
        """Answer requests; after PLAY pictures are sent from another thread."""
        waiting = b""
        while chunk := client.recv(4_096):
            waiting += chunk
            while b"\r\n\r\n" in waiting and not waiting.startswith(b"$"):
                head, _, waiting = waiting.partition(b"\r\n\r\n")
                lines = head.decode("ascii", "replace").split("\r\n")
                method = lines[0].split(" ")[0]
                number = next(line.split(":")[1].strip() for line in lines if "CSeq" in line)
                client.sendall(_answer_to(method, number, self.address).encode("ascii"))
                if method == "PLAY":
                    threading.Thread(target=self._play, args=(client,), daemon=True).start()
            if waiting.startswith(b"$"):
                waiting = b""  # the player's receiver reports

    def _play(self, client: socket.socket) -> None:
        sequence, began = 0, time.monotonic()
        for number in range(10**9):
            tables, scan, width, height = self._pictures[number % len(self._pictures)]
            stamp = int(number / self._rate * CLOCK_HZ) & 0xFFFFFFFF
            packets = _packets(tables, scan, size=(width, height), stamp=stamp, first=sequence)
            sequence += len(packets)
            try:
                if not self.is_frozen:
                    client.sendall(b"".join(packets))
            except OSError:
                return
            time.sleep(max(0.0, began + (number + 1) / self._rate - time.monotonic()))


def _answer_to(method: str, number: str, address: str) -> str:
    head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n"
    if method == "OPTIONS":
        return f"{head}Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n"
    if method == "DESCRIBE":
        kind = f"Content-Base: {address}/\r\nContent-Type: application/sdp\r\n"
        return f"{head}{kind}Content-Length: {len(SDP)}\r\n\r\n{SDP}"
    if method == "SETUP":
        way = "RTP/AVP/TCP;unicast;interleaved=0-1"
        return f"{head}Transport: {way}\r\nSession: 1;timeout=60\r\n\r\n"
    return f"{head}Session: 1\r\n\r\n"


def _jpeg_parts(image: Image) -> tuple[bytes, bytes, int, int]:
    """Give the tables and the scan of a picture as JPEG, and its size."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])
    jpeg = encoded.tobytes()
    tables, place = b"", 2
    while True:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4], "big")
        content = jpeg[place + 4 : place + 2 + length]
        if marker == 0xDB:  # quantisation tables, each with a byte that says which it is
            tables += b"".join(content[at + 1 : at + 65] for at in range(0, len(content), 65))
        place += 2 + length
        if marker == 0xDA:  # the scan follows, up to the end of the image
            return tables, jpeg[place:-2], image.shape[1], image.shape[0]


def _packets(
    tables: bytes, scan: bytes, *, size: tuple[int, int], stamp: int, first: int
) -> list[bytes]:
    found = []
    for number, offset in enumerate(range(0, len(scan), PAYLOAD)):
        piece = scan[offset : offset + PAYLOAD]
        is_last = offset + PAYLOAD >= len(scan)
        head = struct.pack(
            ">BBHII", 0x80, JPEG_TYPE | is_last << 7, (first + number) & 0xFFFF, stamp, 1
        )
        head += struct.pack(">I", offset)
        head += bytes([SAMPLED_420, TABLES_IN_BAND, size[0] // 8, size[1] // 8])
        if offset == 0:
            head += struct.pack(">BBH", 0, 0, len(tables)) + tables
        packet = head + piece
        found.append(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
    return found
