#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speaks TLS on a free port of 127.0.0.1, prints the port, and hands everything on to another port in the clear.

usage: tls_proxy.py CERT.pem KEY.pem PORT
"""
import asyncio
import ssl
import sys


async def copy(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def main(cert, key, port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    async def serve(reader, writer):
        below_reader, below_writer = await asyncio.open_connection("127.0.0.1", int(port))
        await asyncio.gather(copy(reader, below_writer), copy(below_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
