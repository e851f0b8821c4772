# SPDX-License-Identifier: Apache-2.0
"""A door before a service: passes bytes on, or does what a sick service does."""
import asyncio
import threading

BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Listens on host:port for a service on this machine. `mode`: pass; hang (nothing moves, new connections included); fail (HTTP: every request is
    answered 503); refuse (connections are closed)."""

    def __init__(self, host, port, to):
        self.to, self.mode = to, "pass"
        self.open = set()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self.listen(host, port), self.loop).result()
        self.address = f"{host}:{port}"

    async def listen(self, host, port):
        self.passing = asyncio.Event()  # Set while bytes may move.
        self.passing.set()
        await asyncio.start_server(self.serve, host, port)

    def set(self, mode):
        asyncio.run_coroutine_threadsafe(self.change(mode), self.loop).result()

    async def change(self, mode):
        self.mode = mode
        (self.passing.clear if mode == "hang" else self.passing.set)()
        if mode in ("fail", "refuse"):
            for writer in list(self.open):
                writer.transport.abort()

    async def copy(self, reader, writer):
        try:
            while data := await reader.read(1 << 16):
                await self.passing.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort() if self.mode == "refuse" else writer.close()

    async def serve(self, reader, writer):
        await self.passing.wait()
        if self.mode == "fail":
            await reader.read(1 << 16)
            writer.write(BUSY)
        if self.mode != "pass":
            writer.close()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.transport.abort()
            return
        self.open |= {writer, back}
        await asyncio.gather(self.copy(reader, back), self.copy(there, writer))
        self.open -= {writer, back}
