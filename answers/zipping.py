"""Writing a ZIP archive of very many small files to where nothing can be rewritten.

The standard library keeps half a kilobyte of objects for each file until the end; here
it is the few dozen bytes of the directory, and those go to disk when they are many.
The same members give the same bytes: no time stands in it. ZIP64 where it has to be.
(APPNOTE.TXT of PKWARE, sections 4.3 and 4.5.3.)
"""

import struct
import zlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

IN_MEMORY = 1 << 20  # bytes of the directory
CHUNK = 1 << 16
MOST_16, MOST_32 = 0xFFFF, 0xFFFFFFFF
NEEDED, NEEDED_64 = 20, 45  # version of the format, times ten
UNIX = 3
UTF_8_NAMES = 0x800
DEFLATED = 8
TIME, DATE = 0, 0x21  # midnight, 1 January 1980: the earliest there is
READABLE = 0o100644 << 16


class Archive:
    """An archive on its way out: what the methods return is sent in this order."""

    def __init__(self) -> None:
        self._at = 0  # bytes so far
        self._count = 0
        self._directory = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the directory, also of an archive that nobody waited for."""
        self._directory.close()

    def member(self, name: str, data: bytes) -> bytes:
        """Return a file of the archive, whole."""
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        packed = packer.compress(data) + packer.flush()
        crc = zlib.crc32(data)
        return self.header(name, crc=crc, size=len(data), packed=len(packed)) + packed

    def header(self, name: str, *, crc: int, size: int, packed: int) -> bytes:
        """Return what stands before a file's `packed` bytes, which are to follow."""
        if max(size, packed) >= MOST_32:
            raise ValueError(f"{name}: a file of an archive has less than 4 GB.")
        path = name.encode()
        facts = struct.pack(
            "<4H3L", UTF_8_NAMES, DEFLATED, TIME, DATE, crc, packed, size
        )
        far = self._at >= MOST_32
        extra = struct.pack("<2HQ", 1, 8, self._at) if far else b""
        needed = NEEDED_64 if far else NEEDED
        self._directory.write(
            struct.pack("<4s2BH", b"PK\1\2", needed, UNIX, needed)
            + facts
            + struct.pack("<5H", len(path), len(extra), 0, 0, 0)
            + struct.pack("<2L", READABLE, min(self._at, MOST_32))
            + path
            + extra
        )
        local = struct.pack("<4sH", b"PK\3\4", needed) + facts
        local += struct.pack("<2H", len(path), 0) + path
        self._at += len(local) + packed
        self._count += 1
        return local

    def end(self) -> Iterator[bytes]:
        """Yield the directory, after which nothing follows."""
        start, length = self._at, self._directory.tell()
        self._directory.seek(0)
        while chunk := self._directory.read(CHUNK):
            yield chunk
        count = self._count
        if count >= MOST_16 or max(start, length) >= MOST_32:
            yield struct.pack(
                "<4sQ2H2L4Q", b"PK\6\6", 44, NEEDED_64, NEEDED_64, 0, 0, count, count,
                length, start,
            )  # fmt: skip
            yield struct.pack("<4sLQL", b"PK\6\7", 0, start + length, 1)
        count = min(count, MOST_16)
        yield struct.pack(
            "<4s4H2LH", b"PK\5\6", 0, 0, count, count, min(length, MOST_32),
            min(start, MOST_32), 0,
        )  # fmt: skip
