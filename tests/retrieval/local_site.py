"""A web server on this computer that gives one answer and notes what it was asked."""

import socket
import threading
from types import TracebackType


class LocalSite:
    """Answers every request on its own thread until it is left."""

    def __init__(self, body: bytes, headers: bytes = b"", status: bytes = b"200 OK") -> None:
        self.body, self.headers, self.status = body, headers, status
        self.requests: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/page"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "LocalSite":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(self._read(connection))
                length = b"Content-Length: %d\r\n\r\n" % len(self.body)
                connection.sendall(
                    b"HTTP/1.1 " + self.status + b"\r\n" + self.headers + length + self.body
                )

    @staticmethod
    def _read(connection: socket.socket) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        return data.decode()
