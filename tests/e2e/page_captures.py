"""Captures that the page's test makes up: Ethernet, IPv4, TCP; sums are left 0, payloads are cut as by a short snaplen."""
import random
import struct

CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
SYN_OPTIONS = bytes([2, 4, 5, 180, 4, 2, 8, 10]) + struct.pack(">II", 1, 0) + bytes([1, 3, 3, 7])
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Capture:
    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def packet(self, us, source, target, seq, ack, flags, window=502, length=0, options=b"", text=b""):
        (src, sport), (dst, dport) = source, target
        offset = (5 + len(options) // 4) << 4
        tcp = struct.pack(">HHIIBBHHH", sport, dport, seq % 2**32, ack % 2**32, offset, flags, window, 0, 0) + options + text
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + length, us % 65536, 0, 64, 6, 0, src, dst)
        frame = bytes(12) + b"\x08\0" + ip + tcp
        self.file.write(struct.pack("<IIII", us // 10**6, us % 10**6, len(frame), len(frame) + length) + frame)


def stamps(us):
    return bytes([1, 1, 8, 10]) + struct.pack(">II", us // 1000 % 2**32, 1)


def one_long(path, packets):
    """One connection of that many packets, one in a hundred of them sent again, with SACK blocks."""
    chance, us = random.Random(1), 1700000000000000
    a, b = (CLIENT, 40000), (SERVER, 80)
    with Capture(path) as out:
        out.packet(us, a, b, 1000, 0, SYN, 64240, options=SYN_OPTIONS)
        out.packet(us + 20000, b, a, 5000, 1001, SYN | ACK, 65160, options=SYN_OPTIONS)
        out.packet(us + 20030, a, b, 1001, 5001, ACK, options=stamps(us))
        us, sent, acked = us + 20030, 1001, 1001
        for _ in range(packets - 3):
            us += chance.randrange(20, 400)
            dice = chance.random()
            if dice < 0.62:
                out.packet(us, a, b, sent, 5001, ACK, length=1448, options=stamps(us))
                sent += 1448
            elif dice < 0.63:
                out.packet(us, a, b, max(1001, sent - 1448 * chance.randrange(1, 20)), 5001, ACK, length=1448, options=stamps(us))
            elif dice < 0.67:
                block = struct.pack(">II", (acked + 1448) % 2**32, (acked + 2896) % 2**32)
                out.packet(us, b, a, 5001, acked, ACK, 1500, options=stamps(us) + bytes([1, 1, 5, 10]) + block)
            else:
                acked = min(sent, acked + 1448 * chance.randrange(1, 5))
                out.packet(us, b, a, 5001, acked, ACK, 1400 + chance.randrange(200), options=stamps(us))


def many_short(path, connections):
    """So many connections, each with a request and an answer; every seventh stays without an answer."""
    begin = 1700000000000000
    with Capture(path) as out:
        for c in range(connections):
            us = begin + c * 4000
            a, b = (bytes([10, c >> 16 & 255, c >> 8 & 255, c & 255]), 20000 + c % 40000), (SERVER, 80)
            out.packet(us, a, b, 1000, 0, SYN, 64240, options=SYN_OPTIONS)
            if c % 7 == 0:
                continue
            out.packet(us + 300, b, a, 5000, 1001, SYN | ACK, 65160, options=SYN_OPTIONS)
            out.packet(us + 600, a, b, 1001, 5001, ACK)
            for k in range(4):
                out.packet(us + 1000 + 100 * k, a, b, 1001 + 100 * k, 5001 + 1000 * k, PSH | ACK, length=100)
                out.packet(us + 1050 + 100 * k, b, a, 5001 + 1000 * k, 1101 + 100 * k, PSH | ACK, length=1000)
            out.packet(us + 2000, a, b, 1401, 9001, FIN | ACK)
            out.packet(us + 2100, b, a, 9001, 1402, FIN | ACK)
            out.packet(us + 2200, a, b, 1402, 9002, ACK)


def with_text(path, text):
    """A connection that ends by a RST whose text is what is given (RFC 9293 section 3.5.3)."""
    a, b = (CLIENT, 40000), (SERVER, 80)
    with Capture(path) as out:
        out.packet(1000000, a, b, 1000, 0, SYN, 64240, options=SYN_OPTIONS)
        out.packet(1000300, b, a, 5000, 1001, SYN | ACK, 65160, options=SYN_OPTIONS)
        out.packet(1000600, a, b, 1001, 5001, ACK)
        out.packet(1000900, b, a, 5001, 1001, RST | ACK, text=text)
