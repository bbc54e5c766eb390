#!/usr/bin/env python3
"""A wire between two network namespaces, for kernels without netem: two TUN devices and this program between them.

usage: wire.py PID_A PID_B [delay=MS] [loss=P] [dup=P] [reorder=P] [seed=N] [drop=A:2,3/B:1]

Makes `wire` in the namespaces of both processes (192.0.2.1/24 and 192.0.2.2/24) and carries packets between them, each
delayed by MS. Of TCP's it loses, doubles and holds back (by three times the delay) each with probability P, and never carries
those of A or B whose count (from 1) is in the drop list. The generator is seeded.
"""
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
options = dict(a.split('=', 1) for a in sys.argv[3:])
delay = float(options.get('delay', 5)) / 1000
chance = {k: float(options.get(k, 0)) for k in ('loss', 'dup', 'reorder')}
rng = random.Random(int(options.get('seed', 1)))
drop = {'A': set(), 'B': set()}
for part in filter(None, options.get('drop', '').split('/')):
    side, numbers = part.split(':')
    drop[side] = {int(n) for n in numbers.split(',')}


def tun(pid, host):
    home = os.open('/proc/self/ns/net', os.O_RDONLY)
    there = os.open(f'/proc/{pid}/ns/net', os.O_RDONLY)
    libc.setns(there, 0x40000000)
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH22x', b'wire', 0x0001 | 0x1000))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    for line in (f'addr add 192.0.2.{host}/24 dev wire', 'link set wire up', 'link set lo up'):
        subprocess.run(['ip'] + line.split(), check=True)
    libc.setns(home, 0x40000000)
    return fd


def is_tcp(packet):
    return (packet[0] >> 4 == 4 and packet[9] == 6) or (packet[0] >> 4 == 6 and packet[6] == 6)


ends = {'A': tun(sys.argv[1], 1), 'B': tun(sys.argv[2], 2)}
print('ready', flush=True)
count = {'A': 0, 'B': 0}
queue, serial = [], 0
while True:
    now = time.monotonic()
    while queue and queue[0][0] <= now:
        _, _, fd, packet = heapq.heappop(queue)
        os.write(fd, packet)
    wait = max(0, queue[0][0] - time.monotonic()) if queue else 1
    for fd in select.select(list(ends.values()), [], [], wait)[0]:
        side = 'A' if fd == ends['A'] else 'B'
        packet = os.read(fd, 65536)
        due = time.monotonic() + delay
        if is_tcp(packet):
            count[side] += 1
            if count[side] in drop[side] or rng.random() < chance['loss']:
                continue
            if rng.random() < chance['reorder']:
                due += 3 * delay
        to = ends['B' if side == 'A' else 'A']
        for _ in range(2 if rng.random() < chance['dup'] else 1):
            serial += 1
            heapq.heappush(queue, (due, serial, to, packet))
