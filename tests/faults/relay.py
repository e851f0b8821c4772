#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bad cable: two tap devices, of which each gives out what came into the other one, late or never.

usage: relay.py TAP TAP DELAY_MS LOSS SEED
"""
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x2, 0x1000


def tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def main():
    one, other = tap(sys.argv[1]), tap(sys.argv[2])
    delay, loss, dice = float(sys.argv[3]) / 1000, float(sys.argv[4]), random.Random(sys.argv[5])
    print("ready", flush=True)
    waiting, number = [], 0  # (when, number: in order of arrival, to which, frame)
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for fd in select.select([one, other], [], [], timeout)[0]:
            frame = os.read(fd, 1 << 16)
            if dice.random() >= loss:
                number += 1
                heapq.heappush(waiting, (time.monotonic() + delay * (1 + dice.random()) / 2, number, other if fd == one else one, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, fd, frame = heapq.heappop(waiting)
            try:
                os.write(fd, frame)
            except OSError:  # Its queue is full, or it is not up yet: lost, as anywhere.
                pass


if __name__ == "__main__":
    main()
